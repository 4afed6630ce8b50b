"""Xingyun 魔珐星云: a script or slides, spoken by a stock figure.

Page: 数字人视频生成API说明. It takes neither a face nor audio from the user.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

import httpx
from pydantic import Field, SecretStr

from lipsync_nb.errors import BadRequest, ServerError, Unauthorized, VendorError
from lipsync_nb.files import MB, LocalFile
from lipsync_nb.hints import Hint
from lipsync_nb.jobs import JobStatus, Snapshot
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.talk import Talk
from lipsync_nb.net.call import Answer, Call, status_error
from lipsync_nb.net.retry import Purpose
from lipsync_nb.request import Model, Request, Text
from lipsync_nb.vendors.base import Vendor
from lipsync_nb.vendors.courier import Courier
from lipsync_nb.vendors.reading import Fact, Reply, Words, as_code, as_words, translate
from lipsync_nb.vendors.xingyun_signature import SignatureAuth

API = "user/v1/video_synthesis_task/"
LARGEST_SLIDES = 50 * MB
"""A usual client-side limit; the page names none."""
NO_SUCH_APPLICATION = 20001
"""Also the answer to the key of an application that is not for video generation."""
ERRORS: Mapping[int | str, str] = {
    NO_SUCH_APPLICATION: "应用不存在或无法使用",
    30002: "PPT文件不存在",
    30003: "PPT文件解析错误",
    30004: "视频任务未找到",
    30005: "创建视频任务错误",
    30006: "取消视频任务错误",
}
"""The page's table of error codes (3.错误码)."""
STOCK = {
    "look_name": "AM054_Jap_9021_new",
    "tts_vcn_name": "XMOV_HN_TTS__236",
    "studio_name": "youling_2d_v",
}
"""The figure, voice and studio of the page's example, as the API has no defaults."""

STATUSES = {
    "not_send": JobStatus.queued,
    "waiting": JobStatus.running,  # 处理中, not a queue
    "processing": JobStatus.running,
    "finished": JobStatus.succeeded,
    "error": JobStatus.failed,
    "cancel": JobStatus.cancelled,
}


class Segment(Model):
    """One piece of a script."""

    text: Annotated[Text, Hint(lines=3)]
    """What is spoken, as plain text or SSML."""
    media_url: Annotated[Media | None, Takes(("image", "video")), Hint(label="Picture or clip")] = (
        None
    )
    """The picture or clip shown while it is spoken."""


class _Render(Request):
    """The fields that both ways of rendering have in common."""

    vendor = "xingyun"

    look_name: Annotated[Text, Hint(label="Figure")]
    """The stock figure (形象名), such as ``AM054_Jap_9021_new``."""
    tts_vcn_name: Annotated[Text, Hint(label="Voice")]
    """The voice (音色), such as ``XMOV_HN_TTS__236``."""
    studio_name: Annotated[Text, Hint(label="Studio")]
    """The studio (演播室), such as ``youling_2d_v``."""
    video_name: str | None = None
    """The result's name (视频名称); the current time if left out."""
    sub_title: Annotated[Literal["on", "off"], Hint(label="Subtitles")] = "on"
    """Whether subtitles are shown (是否开启字幕)."""
    if_aigc_mark: bool = True
    """Whether the mark "魔珐星云·AI生成" is shown (是否AI生成标识)."""


class RenderScript(_Render):
    """A script spoken by a stock figure (通过segment发起渲染)."""

    segments: Annotated[list[Segment], Field(min_length=1), Hint(label="Script")]
    """The script, piece by piece."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a text, for the stock figure of the page's own example."""
        figure = STOCK | ({"tts_vcn_name": talk.voice} if talk.voice else {})
        return cls(segments=[Segment(text=talk.needed_text())], **figure)


class RenderSlides(_Render):
    """Slides presented by a stock figure (通过PPT发起渲染)."""

    ppt: Annotated[
        Media, Takes(("slides",), ("pptx",), max_bytes=LARGEST_SLIDES), Hint(label="Slides")
    ]
    """The slides (PPT文件), a .pptx file."""


class _Created(Reply):
    task_id: int


class _Parsed(Reply):
    parse_ppt_file_name: str


class _Preview(Reply):
    preview_url: str  # although the page's table says int


class _Task(Reply):
    # Its id is "id" in the page's example and "task_id" in its table: it is not read.
    synth_state: str
    error_reason: Words = None
    render_video_oss: Fact[str] = None
    render_image_oss: Fact[str] = None


class Xingyun(Vendor):
    """Xingyun 魔珐星云.

    Args:
        app_id: ``XINGYUN_APP_ID``, of an application for video generation.
        app_secret: ``XINGYUN_APP_SECRET``.
        base_url: ``XINGYUN_BASE_URL``, if not the vendor's own.
    """

    name = "xingyun"
    title = "Xingyun 魔珐星云"
    kinds = (RenderScript, RenderSlides)
    variables: ClassVar = {"app_id": "XINGYUN_APP_ID", "app_secret": "XINGYUN_APP_SECRET"}
    identifiers = frozenset({"app_id"})
    default_base_url = "https://nebula-agent.xingyun3d.com"
    cancels = True
    no_such_job = frozenset({30004})

    def __init__(
        self,
        app_id: str | SecretStr | None = None,
        app_secret: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, app_id=app_id, app_secret=app_secret)

    def auth(self) -> httpx.Auth:
        """Sign each request with MD5."""
        return SignatureAuth(self)

    async def submission(self, request: _Render, courier: Courier) -> Call[Snapshot]:
        """Have slides parsed first; return the call that creates the task."""
        body = request.model_dump(exclude={"segments", "ppt"}, exclude_none=True)
        if isinstance(request, RenderSlides):
            body["parse_ppt_file_name"] = await self._parse(await courier.file(request.ppt))
        elif isinstance(request, RenderScript):
            body["segment"] = [await _segment(part, courier) for part in request.segments]
        return Call(
            "POST", f"{API}create_render_task", self._created, purpose=Purpose.paid, json=body
        )

    def poll(self, vendor_id: str) -> Call[Snapshot]:
        """Ask ``get_render_task``."""
        path, query = f"{API}get_render_task", {"task_id": _task_id(vendor_id)}
        read = partial(self._task, vendor_id)
        return Call("GET", path, read, purpose=Purpose.poll, params=query)

    def cancellation(self, vendor_id: str) -> Call[None]:
        """Send ``cancel_render_task``."""
        body = {"task_id": _task_id(vendor_id)}
        return Call("POST", f"{API}cancel_render_task", lambda _: None, json=body)

    def preview_url(self, vendor_id: str) -> str:
        """Return where a running task can be previewed (``get_render_task_preview_url``).

        Args:
            vendor_id: The task's id, as in ``job.vendor_id``.
        """
        path = f"{API}get_render_task_preview_url"
        query = {"task_id": _task_id(vendor_id)}
        return self.ask(Call("GET", path, self._preview, params=query))

    def check(self, answer: Answer) -> None:
        """Raise if ``error_code`` is not 0, even with HTTP 200."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        code = as_code(payload.get("error_code"))
        if code in {None, 0}:
            return super().check(answer)
        why = as_words(payload.get("error_reason")) or ERRORS.get(code, "no reason given")
        if not isinstance(code, int):
            raise ServerError(f"xingyun: unexpected answer, error_code {code!r}: {why}")
        if code == NO_SUCH_APPLICATION:
            remedy = "the key must be that of an application for video generation"
            raise Unauthorized(f"xingyun: {code}, {why}: {remedy}", code=code)
        if code in ERRORS:
            raise VendorError(f"xingyun: {code}, {why}", code=code)
        raise status_error(self.name, answer, why, code=code)

    async def _parse(self, ppt: LocalFile) -> str:
        call = Call("POST", f"{API}parse_ppt_file", self._parsed, files={"ppt_file": ppt})
        return await self.api.send(call)

    def _parsed(self, payload: Any) -> str:
        return self.read_data(_Parsed, payload).parse_ppt_file_name

    def _created(self, payload: Any) -> Snapshot:
        task = self.read_data(_Created, payload)
        return Snapshot(JobStatus.queued, "not_send", str(task.task_id))

    def _task(self, task_id: str, payload: Any) -> Snapshot:
        task = self.read_data(_Task, payload)
        status = translate(STATUSES, task.synth_state)
        return Snapshot(
            status=status,
            vendor_status=task.synth_state,
            vendor_id=task_id,
            video_url=task.render_video_oss,
            poster_url=task.render_image_oss,
            error=task.error_reason if status is JobStatus.failed else None,
        )

    def _preview(self, payload: Any) -> str:
        return self.read_data(_Preview, payload).preview_url


async def _segment(part: Segment, courier: Courier) -> dict[str, str]:
    media = {"media_url": await courier.url(part.media_url)} if part.media_url else {}
    return {"text": part.text, **media}


def _task_id(vendor_id: str) -> int:
    if not (vendor_id.isascii() and vendor_id.isdecimal()):
        raise BadRequest(f"xingyun: a task's id is a number, not {vendor_id!r}")
    return int(vendor_id)
