"""Lingdong 灵动数智人: a picture or clip and audio, sent as multipart.

Page: 灵动数智人 RESTful API v1.0. The vendor runs on its customers' own hosts, so its base URL
has to be set.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

import httpx
from pydantic import SecretStr

from lipsync_nb.vendors.base import (
    AliasChoices,
    Amount,
    Answer,
    Call,
    CallbackURL,
    Cost,
    Delivery,
    Display,
    Field,
    HeaderAuth,
    JobId,
    JobStatus,
    Lenient,
    Media,
    Message,
    OutOfCredit,
    Purpose,
    Reply,
    Request,
    Snapshot,
    Takes,
    Talk,
    Time,
    Vendor,
    VendorError,
    Video,
    in_path,
    reason,
    translate,
)

CREDITS_PER_SECOND = 10
"""Inferred from the page's example, 105 credits for 10.5 s."""

NO_CREDIT = re.compile("积分|余额")
"""In the message of an account without credit; on no page."""

STATUSES = {
    "pending": JobStatus.queued,
    "processing": JobStatus.running,
    "completed": JobStatus.succeeded,
    "failed": JobStatus.failed,
}


class Generate(Request[Video]):
    """A talking video from a picture or clip and audio (``POST /generate``)."""

    vendor = "lingdong"
    callback_field = "callback_url"

    source: Annotated[Media, Takes(("image", "video"))]
    """The face: a picture or a clip (源文件)."""
    audio: Annotated[Media, Takes(("audio",))]
    """The speech (音频文件)."""
    type: Annotated[
        Literal["image", "video"] | None,
        Display(options={"image": "Picture", "video": "Clip"}),
    ] = None
    """Whether the source is a picture or a clip (类型); detected from the source if left out."""
    callback_url: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return a request from a face and a speech."""
        return cls(source=talk.needed_face(), audio=talk.needed_speech())


class _Known(Reply):
    duration: Lenient[Amount] = None
    credits_used: Lenient[Amount] = None
    created_at: Lenient[Time] = None


class _Submitted(_Known):
    task_id: JobId
    status: Lenient[str] = None


class _Task(_Known):
    status: str
    download_url: Lenient[str] = None
    # The page names no field for the reason of a failure.
    error: Message = Field(
        None, validation_alias=AliasChoices("error", "error_message", "reason", "message")
    )


class Lingdong(Vendor):
    """Lingdong 灵动数智人.

    Args:
        api_key: ``LINGDONG_API_KEY``.
        base_url: ``LINGDONG_BASE_URL``, such as ``https://your-domain.com/api/v1``.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.
    """

    name = "lingdong"
    title = "Lingdong 灵动数智人"
    kinds = (Generate,)
    variables: ClassVar = {"api_key": "LINGDONG_API_KEY"}
    results_need_key = True
    unit = "credits"
    prices = f"≈ {CREDITS_PER_SECOND} credits per second"

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, api_key=api_key)

    def auth(self) -> httpx.Auth:
        """Send the key in ``X-API-Key``."""
        return HeaderAuth("X-API-Key", self.key("api_key"))

    async def submission(self, request: Generate, delivery: Delivery) -> Call[Snapshot]:
        """Return a multipart call with both files; those at URLs are downloaded first."""
        files = {field: await delivery.file(media) for field, media, _ in request.media()}
        form = {"type": request.type or files["source"].mime.partition("/")[0]}
        if request.callback_url:
            form["callback_url"] = request.callback_url
        return Call(
            "POST", "generate", self._submitted, purpose=Purpose.paid, form=form, files=files
        )

    def poll(self, request: Generate, vendor_id: str) -> Call[Snapshot]:
        """Ask ``GET /task/:taskId``."""
        read = partial(self._task, vendor_id)
        return Call("GET", f"task/{in_path(vendor_id)}", read, purpose=Purpose.poll)

    def estimate(self, request: Generate, seconds: Callable[[Media], float | None]) -> Cost | None:
        """Return the cost by the second of speech."""
        length = seconds(request.audio)
        return None if length is None else Cost(CREDITS_PER_SECOND * length, "credits", True)

    def check(self, answer: Answer) -> None:
        """Follow the page's table of HTTP statuses; 403 is "not enough credits and the like"."""
        why = reason(answer.payload)
        if answer.status == httpx.codes.FORBIDDEN:
            raise OutOfCredit(f"lingdong: HTTP 403, {why or '积分不足等'}", code=403)
        if self.refuses(answer) and NO_CREDIT.search(why):
            raise OutOfCredit(f"lingdong: {why}")
        super().check(answer)
        if _unsuccessful(answer.payload):
            raise VendorError(f"lingdong: {why or 'refused'}")

    def refuses(self, answer: Answer) -> bool:
        """Return whether the vendor itself says ``success: false``."""
        return answer.status < httpx.codes.INTERNAL_SERVER_ERROR and _unsuccessful(answer.payload)

    def _submitted(self, payload: Any) -> Snapshot:
        task = self.read(_Submitted, payload)
        return _snapshot(task.task_id, task)

    def _task(self, task_id: str, payload: Any) -> Snapshot:
        task = self.read(_Task, payload)
        snapshot = _snapshot(task_id, task)
        if snapshot.status is JobStatus.succeeded:
            return replace(snapshot, video_url=self._download_url(task_id, task))
        if snapshot.status is JobStatus.failed:
            return replace(snapshot, error=task.error)
        return snapshot

    def _download_url(self, task_id: str, task: _Task) -> str:
        # Root-relative on the page: joined to the origin, not to the base URL.
        path = task.download_url or f"download/{in_path(task_id)}"
        try:
            return str(self.base_url.join(path))
        except httpx.InvalidURL:
            return path  # the download will report it


def _unsuccessful(payload: Any) -> bool:
    success = payload.get("success") if isinstance(payload, dict) else None
    return str(success).lower() in {"false", "0"}


def _snapshot(task_id: str, task: _Submitted | _Task) -> Snapshot:
    status = task.status or "pending"
    return Snapshot(
        status=translate(STATUSES, status),
        vendor_status=status,
        vendor_id=task_id,
        cost=None if task.credits_used is None else Cost(task.credits_used, "credits"),
        duration_s=task.duration,
        created_at=task.created_at,
    )
