"""Xingyun 魔珐星云: render tasks, with their states, previews and cancellation.

Page: 数字人视频生成API说明. It takes neither a face nor audio from the user.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import SecretStr

from lipsync_nb.vendors.base import (
    Amount,
    Answer,
    BadRequest,
    Call,
    Cost,
    Delivery,
    Field,
    JobId,
    JobStatus,
    Lenient,
    Media,
    Message,
    Purpose,
    Reply,
    ServerError,
    Snapshot,
    Time,
    Unauthorized,
    Vendor,
    VendorError,
    as_code,
    as_message,
    status_error,
    translate,
)
from lipsync_nb.vendors.xingyun.requests import Render, RenderScript, RenderSlides, Segment
from lipsync_nb.vendors.xingyun.signature import SignatureAuth

API = "user/v1/video_synthesis_task/"
NO_SUCH_APPLICATION = 20001
"""Also the answer to the key of an application that is not for video generation."""
WRONG_SIGNATURE = 1
"""签名有误, in copies of the page. With another message, it is not known what it means."""
ERRORS: Mapping[int | str, str] = {
    WRONG_SIGNATURE: "签名有误",
    NO_SUCH_APPLICATION: "应用不存在或无法使用",
    30002: "PPT文件不存在",
    30003: "PPT文件解析错误",
    30004: "视频任务未找到",
    30005: "创建视频任务错误",
    30006: "取消视频任务错误",
}
"""The page's table of error codes (3.错误码)."""

REFUSALS = frozenset({NO_SUCH_APPLICATION, 30002, 30003})
"""The codes that prove that no task was created, as a wrong signature does. 30005 does not:
创建视频任务错误."""

LONGEST_SECONDS = 3600.0
"""A number above this is a length in milliseconds."""

STATUSES = {
    "not_send": JobStatus.queued,
    "waiting": JobStatus.running,  # 处理中, not a queue
    "processing": JobStatus.running,
    "finished": JobStatus.succeeded,
    "error": JobStatus.failed,
    "cancel": JobStatus.cancelled,
}


class _Created(Reply):
    task_id: Annotated[JobId, Field(pattern=r"^[0-9]+$")]


class _Parsed(Reply):
    parse_ppt_file_name: str


class _Preview(Reply):
    preview_url: str = ""  # although the page's table says int; empty while the task runs


class _Task(Reply):
    # Its id is "id" in the page's example and "task_id" in its table: it is not read.
    synth_state: str
    error_reason: Message = None
    render_video_oss: Lenient[str] = None
    render_image_oss: Lenient[str] = None
    create_time: Lenient[Time] = None
    # On no page; a client of another maker reads them.
    amount: Lenient[Amount] = None
    duration: Lenient[Amount] = None
    progress: Lenient[Amount] = None


class Xingyun(Vendor):
    """Xingyun 魔珐星云.

    Args:
        app_id: ``XINGYUN_APP_ID``, of an application for video generation.
        app_secret: ``XINGYUN_APP_SECRET``.
        base_url: ``XINGYUN_BASE_URL``, if not the vendor's own.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.
    """

    name = "xingyun"
    title = "Xingyun 魔珐星云"
    kinds = (RenderScript, RenderSlides)
    variables: ClassVar = {"app_id": "XINGYUN_APP_ID", "app_secret": "XINGYUN_APP_SECRET"}
    identifiers = frozenset({"app_id"})
    default_base_url = "https://nebula-agent.xingyun3d.com"
    cancels = (RenderScript, RenderSlides)
    no_such_job = frozenset({30004})

    def __init__(
        self,
        app_id: str | SecretStr | None = None,
        app_secret: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, app_id=app_id, app_secret=app_secret)

    def auth(self) -> httpx.Auth:
        """Sign each request with MD5."""
        return SignatureAuth(self.key("app_id"), self.key("app_secret"))

    async def submission(self, request: Render, delivery: Delivery) -> Call[Snapshot]:
        """Have slides parsed first; return the call that creates the task."""
        body = request.model_dump(exclude={"segments", "ppt"}, exclude_none=True)
        if isinstance(request, RenderSlides):
            body["parse_ppt_file_name"] = await self._parse(request.ppt, delivery)
        elif isinstance(request, RenderScript):
            body["segment"] = [await _segment(part, delivery) for part in request.segments]
        return Call(
            "POST", f"{API}create_render_task", self._created, purpose=Purpose.paid, json=body
        )

    def poll(self, request: Render, vendor_id: str) -> Call[Snapshot]:
        """Ask ``get_render_task``."""
        path, query = f"{API}get_render_task", {"task_id": _task_id(vendor_id)}
        read = partial(self._task, vendor_id)
        return Call("GET", path, read, purpose=Purpose.poll, params=query)

    def cancellation(self, request: Render, vendor_id: str) -> Call[None]:
        """Send ``cancel_render_task``."""
        body = {"task_id": _task_id(vendor_id)}
        return Call("POST", f"{API}cancel_render_task", lambda _: None, json=body)

    def preview_url(self, vendor_id: str) -> str:
        """Return where a task can be previewed (``get_render_task_preview_url``).

        Args:
            vendor_id: The task's id, as in ``job.vendor_id``.

        Returns:
            The URL; empty if there is none yet.
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
        why = as_message(payload.get("error_reason")) or ERRORS.get(code, "no reason given")
        if not isinstance(code, int):
            raise ServerError(f"xingyun: unexpected answer, error_code {code!r}: {why}")
        if code == NO_SUCH_APPLICATION:
            remedy = "the key must be that of an application for video generation"
            raise Unauthorized(f"xingyun: {code}, {why}: {remedy}", code=code)
        if _is_wrongly_signed(payload):
            remedy = "check app_secret and this machine's clock"
            raise Unauthorized(f"xingyun: {code}, {why}: {remedy}", code=code)
        if code in ERRORS:
            raise VendorError(f"xingyun: {code}, {why}", code=code)
        raise status_error(self.name, answer, why, code=code)

    def refuses(self, answer: Answer) -> bool:
        """Return whether the code proves that no task was created."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        return as_code(payload.get("error_code")) in REFUSALS or _is_wrongly_signed(payload)

    async def _parse(self, ppt: Media, delivery: Delivery) -> str:
        files = {"ppt_file": await delivery.file(ppt)}
        call = Call("POST", f"{API}parse_ppt_file", self._parsed, files=files)
        return await delivery.send(call)

    def _parsed(self, payload: Any) -> str:
        return self.read_data(_Parsed, payload).parse_ppt_file_name

    def _created(self, payload: Any) -> Snapshot:
        task = self.read_data(_Created, payload)
        return Snapshot(JobStatus.queued, "not_send", task.task_id)

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
            progress=_share(task.progress),
            cost=None if task.amount is None else Cost(task.amount, "credits"),
            duration_s=_seconds(task.duration),
            created_at=task.create_time,
        )

    def _preview(self, payload: Any) -> str:
        data = payload.get("data") if isinstance(payload, dict) else payload
        return self.read(_Preview, data or {}).preview_url


def _is_wrongly_signed(payload: Mapping[str, Any]) -> bool:
    why = as_message(payload.get("error_reason"))
    return as_code(payload.get("error_code")) == WRONG_SIGNATURE and (not why or "签名" in why)


async def _segment(part: Segment, delivery: Delivery) -> dict[str, str]:
    media = {"media_url": await delivery.url(part.media_url)} if part.media_url else {}
    return {"text": part.text, **media}


def _share(progress: float | None) -> float | None:
    """Return a share from 0 to 1. It is on no page whether the vendor counts to 1 or to 100.

    So 1 says nothing.
    """
    if progress is None or progress == 1:
        return None
    return min(1.0, progress / 100 if progress > 1 else progress)


def _seconds(duration: float | None) -> float | None:
    """Return a length in seconds. Its unit is on no page, so more than an hour is milliseconds."""
    return duration / 1000 if duration and duration > LONGEST_SECONDS else duration


def _task_id(vendor_id: str) -> int:
    if not (vendor_id.isascii() and vendor_id.isdecimal()):
        raise BadRequest(f"xingyun: a task's id is a number, not {vendor_id!r}")
    return int(vendor_id)
