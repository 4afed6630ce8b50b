"""Chanjing's people of one's own: a clip becomes a person who says anything.

Calls: ``create_customised_person``, ``customised_person``, ``list_customised_person``.
"""

from typing import Annotated, Literal

from lipsync_nb.vendors.base import (
    Amount,
    Avatar,
    Call,
    CallbackURL,
    Code,
    Delivery,
    Display,
    JobPage,
    JobStatus,
    Lenient,
    Media,
    Message,
    NonBlank,
    Product,
    Purpose,
    Request,
    Snapshot,
    Takes,
    Time,
    translate,
)
from lipsync_nb.vendors.chanjing.answers import API, share_done
from lipsync_nb.vendors.chanjing.api import ChanjingApi, JobReply

STATUSES = {
    1: JobStatus.running,
    2: JobStatus.succeeded,
    4: JobStatus.failed,
    5: JobStatus.failed,
}
"""The statuses of ``customised_person``; 5 is an error of the vendor's own."""


class OwnPerson(Request[Avatar]):
    """A person like the one in a clip (``POST /open/v1/create_customised_person``)."""

    vendor = "chanjing"
    callback_field = "callback"

    video: Annotated[Media, Takes(("video",), ("mp4", "mov", "webm"), max_seconds=300)]
    """A clip of the person, who looks at the camera: mp4, mov or webm, at most 5 minutes."""
    name: NonBlank
    """The person's name (定制数字人名称)."""
    train_type: Annotated[
        Literal["both", "figure", "voice"],
        Display(
            label="Train",
            options={"both": "Figure and voice", "figure": "Figure only", "voice": "Voice only"},
        ),
    ] = "both"
    """What is trained (训练类型): the figure, the voice, or both. A clip without sound can train
    the figure only."""
    language: Annotated[
        Literal["cn", "en"], Display(options={"cn": "Chinese", "en": "English"})
    ] = "cn"
    """The language of the voice (语种): ``cn`` or ``en``."""
    error_skip: Annotated[bool, Display(label="Go on without a voice")] = False
    """Whether the person is made without a voice if the voice cannot be trained (跳过部分失败)."""
    resolution_rate: Annotated[
        Literal[0, 1], Display(label="Resolution", options={0: "1080p", 1: "4K"})
    ] = 0
    """The resolution (分辨率): 0 is 1080p, 1 is 4K."""
    callback: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""


class OwnPersonReply(JobReply):
    """A person (``customised_person``): progress from 0 to 100."""

    status: Code
    progress: Lenient[Amount] = None
    name: Lenient[str] = None
    pic_url: Lenient[str] = None
    preview_url: Lenient[str] = None
    audio_man_id: Lenient[str] = None
    err_reason: Message = None
    create_time: Lenient[Time] = None

    def snapshot(self, job_id: str) -> Snapshot:
        """Translate it."""
        status = translate(STATUSES, self.status)
        made = Avatar("chanjing", job_id, self.name or "", self.preview_url, self.audio_man_id)
        return Snapshot(
            status=status,
            vendor_status=str(self.status),
            vendor_id=job_id,
            progress=share_done(self.progress),
            poster_url=self.pic_url,
            error=self.err_reason if status is JobStatus.failed else None,
            created_at=self.create_time,
            made=made if status is JobStatus.succeeded else None,
        )


class OwnPersonProduct(Product[ChanjingApi]):
    """The people of one's own. No price of them is published."""

    kinds = (OwnPerson,)
    lists = True

    async def submission(self, request: OwnPerson, delivery: Delivery) -> Call[Snapshot]:
        """Upload the clip; return the call for ``create_customised_person``."""
        body = request.model_dump(exclude={"video"}, exclude_none=True)
        file = await delivery.file(request.video)
        body["file_id"] = (await self.vendor.upload(file, "customised_person", delivery)).file_id
        path, read = f"{API}create_customised_person", self.vendor.created
        return Call("POST", path, read, purpose=Purpose.paid, json=body, rate="create_person")

    def poll(self, request: OwnPerson, vendor_id: str) -> Call[Snapshot]:
        """Ask ``customised_person``."""
        return self.vendor.job_detail(f"{API}customised_person", vendor_id, OwnPersonReply)

    def listing(self, page: int) -> Call[JobPage]:
        """Ask ``list_customised_person``."""
        return self.vendor.job_list(f"{API}list_customised_person", page, OwnPersonReply)
