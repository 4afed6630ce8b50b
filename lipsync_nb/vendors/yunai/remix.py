"""Yunai's remixes of clips (视频二创): a clip with a new text.

Calls: ``POST /generate_video``, which answers without an envelope, and ``GET /query_video/{id}``.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar

from lipsync_nb.vendors.base import (
    AliasChoices,
    Call,
    Delivery,
    Display,
    Field,
    FromJob,
    JobId,
    JobStatus,
    Lenient,
    Media,
    Message,
    NonBlank,
    Product,
    Purpose,
    Reply,
    Request,
    Snapshot,
    Takes,
    Text,
    Time,
    Video,
    in_path,
    translate,
)
from lipsync_nb.vendors.yunai.answers import Submitted
from lipsync_nb.vendors.yunai.api import YunaiApi


class Remix(Request[Video]):
    """A clip with a new text, and texts that float over it (视频二创, ``POST /generate_video``)."""

    vendor = "yunai"

    video: Annotated[Media, Takes(("video",), faces=0)]
    """The clip (``video_url``); the page names no limit."""
    text: Annotated[NonBlank, Display(lines=4), FromJob(Text)]
    """What is said (``text_content``)."""
    floating_texts: list[NonBlank] | None = None
    """Texts that are shown over the clip; what is in ``{braces}`` is highlighted
    (``custom_floating_text``)."""


class _Created(Submitted):
    id: JobId = Field(validation_alias=AliasChoices("task_id", "id"))


class _Result(Reply):
    public_url: Lenient[str] = None


class _Remix(Reply):
    status: str | None = None
    error_message: Message = None
    result_urls: Lenient[_Result] = None
    created_at: Lenient[Time] = None


class RemixProduct(Product[YunaiApi]):
    """The product."""

    kinds = (Remix,)
    statuses: ClassVar[Mapping[str, JobStatus]] = {
        "pending": JobStatus.queued,
        "processing": JobStatus.running,
        "completed": JobStatus.succeeded,
        "failed": JobStatus.failed,
    }

    async def submission(self, request: Remix, delivery: Delivery) -> Call[Snapshot]:
        """Give the clip a URL, and return the call that creates a task."""
        body: dict[str, Any] = {
            "video_url": await delivery.url(request.video),
            "text_content": request.text,
        }
        if request.floating_texts:
            body["custom_floating_text"] = request.floating_texts
        return Call("POST", "generate_video", self._submitted, Purpose.paid, json=body)

    def poll(self, request: Remix, vendor_id: str) -> Call[Snapshot]:
        """Ask ``GET /query_video/{task_id}``."""
        read = partial(self._queried, vendor_id)
        return Call("GET", f"query_video/{in_path(vendor_id)}", read, Purpose.poll)

    def _submitted(self, payload: Any) -> Snapshot:
        return Snapshot(JobStatus.queued, "", self.vendor.read(_Created, payload).id)

    def _queried(self, task_id: str, payload: Any) -> Snapshot:
        task = self.vendor.read_data(_Remix, payload)
        status = translate(self.statuses, task.status)
        return Snapshot(
            status=status,
            vendor_status=task.status or "",
            vendor_id=task_id,
            video_url=task.result_urls.public_url if task.result_urls else None,
            error=task.error_message if status is JobStatus.failed else None,
            created_at=task.created_at,
        )
