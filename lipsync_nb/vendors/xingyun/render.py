"""Xingyun's videos: a script or slides, spoken by a stock figure.

Page: 数字人视频生成API说明, 2. API调用.
"""

from functools import partial
from typing import Annotated, Any, Literal, Self

from lipsync_nb.vendors.base import (
    MB,
    Avatar,
    Call,
    Delivery,
    Display,
    Field,
    FromJob,
    JobStatus,
    Lenient,
    Media,
    Model,
    NonBlank,
    Product,
    Reply,
    Request,
    Snapshot,
    Takes,
    Talk,
    Text,
    Video,
    Voice,
    translate,
)
from lipsync_nb.vendors.xingyun import slides
from lipsync_nb.vendors.xingyun.api import XingyunApi
from lipsync_nb.vendors.xingyun.task import TaskReply, task_number

API = "user/v1/video_synthesis_task/"
NEW = "not_send"
"""The status of a task that was just created."""
STATUSES = {
    NEW: JobStatus.queued,
    "waiting": JobStatus.running,  # 处理中, not a queue
    "processing": JobStatus.running,
    "finished": JobStatus.succeeded,
    "error": JobStatus.failed,
    "cancel": JobStatus.cancelled,
}

LARGEST_SLIDES = 20 * MB
"""From a copy of the vendor's page of PPT files; the page of the API names no limit."""
STOCK = {
    "look_name": "AM054_Jap_9021_new",
    "tts_vcn_name": "XMOV_HN_TTS__236",
    "studio_name": "youling_2d_v",
}
"""The figure, voice and studio of the page's example, as the API has no defaults."""


class Segment(Model):
    """One piece of a script."""

    text: Annotated[NonBlank, Display(lines=3), FromJob(Text)]
    """What is spoken, as plain text or SSML."""
    media_url: Annotated[
        Media | None, Takes(("image", "video"), faces=0), Display(label="Picture or clip")
    ] = None
    """The picture or clip shown while it is spoken."""


class Render(Request[Video]):
    """The fields that both ways of rendering have in common."""

    vendor = "xingyun"

    look_name: Annotated[NonBlank, Display(label="Figure"), FromJob(Avatar, "xingyun")]
    """The stock figure (形象名), such as ``AM054_Jap_9021_new``."""
    tts_vcn_name: Annotated[NonBlank, Display(label="Voice"), FromJob(Voice, "xingyun")]
    """The voice (音色), such as ``XMOV_HN_TTS__236``."""
    studio_name: Annotated[NonBlank, Display(label="Studio")]
    """The studio (演播室), such as ``youling_2d_v``."""
    video_name: str | None = None
    """The result's name (视频名称); the current time if left out."""
    sub_title: Annotated[Literal["on", "off"], Display(label="Subtitles")] = "on"
    """Whether subtitles are shown (是否开启字幕)."""
    if_aigc_mark: bool = True
    """Whether the mark "魔珐星云·AI生成" is shown (是否AI生成标识)."""
    output_resolution: Literal["540P", "720P", "1080P", "2K", "4K"] | None = None
    """The result's resolution; the page shows it in answers, but not as a field of requests."""


class RenderScript(Render):
    """A script spoken by a stock figure (通过segment发起渲染)."""

    segments: Annotated[list[Segment], Field(min_length=1), Display(label="Script")]
    """The script, piece by piece."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a text, for the stock figure of the page's own example."""
        figure = STOCK | ({"tts_vcn_name": talk.voice} if talk.voice else {})
        return cls(segments=[Segment(text=talk.needed_text())], **figure)


class RenderSlides(Render):
    """Slides presented by a stock figure, which speaks their notes (通过PPT发起渲染)."""

    ppt: Annotated[
        Media,
        Takes(
            ("slides",),
            ("ppt", "pptx", "pdf"),
            max_bytes=LARGEST_SLIDES,
            check=slides.refusal,
            warning=slides.warning,
        ),
        Display(label="Slides"),
    ]
    """The slides (PPT文件): ppt, pptx or pdf, at most 20 MB. Only their notes are spoken."""


class RenderTask(TaskReply):
    """The answer to ``get_render_task``."""

    synth_state: str
    render_video_oss: Lenient[str] = None
    render_image_oss: Lenient[str] = None


class _Parsed(Reply):
    parse_ppt_file_name: str


class _Preview(Reply):
    preview_url: str = ""  # although the page's table says int; empty while the task runs


class RenderProduct(Product[XingyunApi]):
    """The product of scripts and slides."""

    kinds = (RenderScript, RenderSlides)
    cancels = True

    async def submission(self, request: Render, delivery: Delivery) -> Call[Snapshot]:
        """Have slides parsed first; return the call that creates the task."""
        body = request.model_dump(exclude={"segments", "ppt"}, exclude_none=True)
        if isinstance(request, RenderSlides):
            body["parse_ppt_file_name"] = await self._parse(request.ppt, delivery)
        elif isinstance(request, RenderScript):
            body["segment"] = [await _segment(part, delivery) for part in request.segments]
        return self.vendor.create_call(f"{API}create_render_task", body, NEW)

    def poll(self, request: Render, vendor_id: str) -> Call[Snapshot]:
        """Ask ``get_render_task``."""
        return self.vendor.query_call(
            f"{API}get_render_task", vendor_id, partial(self._task, vendor_id)
        )

    def cancellation(self, request: Render, vendor_id: str) -> Call[None]:
        """Send ``cancel_render_task``."""
        return self.vendor.cancel_call(f"{API}cancel_render_task", vendor_id)

    async def _parse(self, ppt: Media, delivery: Delivery) -> str:
        files = {"ppt_file": await delivery.file(ppt)}
        call = Call("POST", f"{API}parse_ppt_file", self._parsed, files=files)
        return await delivery.send(call)

    def _parsed(self, payload: Any) -> str:
        return self.vendor.read_data(_Parsed, payload).parse_ppt_file_name

    def _task(self, task_id: str, payload: Any) -> Snapshot:
        task = self.vendor.read_data(RenderTask, payload)
        word, url, poster = task.synth_state, task.render_video_oss, task.render_image_oss
        return task.snapshot(task_id, translate(STATUSES, word), word, url, poster)


def preview(api: XingyunApi, vendor_id: str) -> Call[str]:
    """Return the call for the URL of a task's preview (``get_render_task_preview_url``)."""

    def read(payload: Any) -> str:
        data = payload.get("data") if isinstance(payload, dict) else payload
        return api.read(_Preview, data or {}).preview_url

    path = f"{API}get_render_task_preview_url"
    return Call("GET", path, read, params={"task_id": task_number(vendor_id)})


async def _segment(part: Segment, delivery: Delivery) -> dict[str, str]:
    media = {"media_url": await delivery.url(part.media_url)} if part.media_url else {}
    return {"text": part.text, **media}
