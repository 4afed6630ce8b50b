"""Chanjing's voices of one's own: a sample becomes a voice that speaks texts.

Calls: ``create_customised_audio``, ``customised_audio``, ``list_customised_audio``.
"""

from typing import Annotated, Literal

from lipsync_nb.vendors.base import (
    MB,
    Amount,
    Call,
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
    ServerError,
    Snapshot,
    Takes,
    Voice,
    translate,
)
from lipsync_nb.vendors.chanjing.answers import API, share_done
from lipsync_nb.vendors.chanjing.api import ChanjingApi, JobReply

STATUSES = {
    0: JobStatus.queued,
    1: JobStatus.running,
    2: JobStatus.succeeded,
    3: JobStatus.expired,
    4: JobStatus.failed,
    99: JobStatus.expired,
}
"""The statuses of ``customised_audio``; 3 has expired, 99 was deleted."""


class OwnVoice(Request[Voice]):
    """A voice like that of a sample (``POST /open/v1/create_customised_audio``)."""

    vendor = "chanjing"

    sample: Annotated[
        Media,
        Takes(
            ("audio",),
            ("mp3", "wav", "m4a"),
            max_bytes=100 * MB,
            min_seconds=15,
            max_seconds=300,
            spoken=False,
        ),
    ]
    """Clear speech of one person without noise: mp3, wav or m4a, from 15 seconds to 5 minutes, at
    most 100 MB."""
    name: NonBlank
    """The voice's name (声音名称)."""
    model_type: Annotated[
        Literal["cicada3.0-turbo", "cicada3.0", "cicada1.0"], Display(label="Model")
    ] = "cicada3.0-turbo"
    """The model that speaks like the sample (声音模型类型)."""
    language: Annotated[
        Literal["cn", "en"], Display(options={"cn": "Chinese", "en": "English"})
    ] = "cn"
    """The language of the voice (语言): ``cn`` or ``en``."""


class OwnVoiceReply(JobReply):
    """A voice (``customised_audio``): progress from 0 to 100."""

    status: Code
    progress: Lenient[Amount] = None
    name: Lenient[str] = None
    audio_path: Lenient[str] = None
    err_msg: Message = None

    def snapshot(self, job_id: str) -> Snapshot:
        """Translate it."""
        status = translate(STATUSES, self.status)
        made = Voice("chanjing", job_id, self.name or "", self.audio_path)
        return Snapshot(
            status=status,
            vendor_status=str(self.status),
            vendor_id=job_id,
            progress=share_done(self.progress),
            error=self.err_msg if status is JobStatus.failed else None,
            made=made if status is JobStatus.succeeded else None,
        )


class OwnVoiceProduct(Product[ChanjingApi]):
    """The voices of one's own. No price of them is published."""

    kinds = (OwnVoice,)
    lists = True

    async def submission(self, request: OwnVoice, delivery: Delivery) -> Call[Snapshot]:
        """Upload the sample unless it is a URL; return the call."""
        body = request.model_dump(exclude={"sample"})
        body["url"] = await self._url(request.sample, delivery)
        path, read = f"{API}create_customised_audio", self.vendor.created
        return Call("POST", path, read, purpose=Purpose.paid, json=body, rate="create_voice")

    def poll(self, request: OwnVoice, vendor_id: str) -> Call[Snapshot]:
        """Ask ``customised_audio``."""
        return self.vendor.job_detail(f"{API}customised_audio", vendor_id, OwnVoiceReply)

    def listing(self, page: int) -> Call[JobPage]:
        """Ask ``list_customised_audio``."""
        return self.vendor.job_list(f"{API}list_customised_audio", page, OwnVoiceReply)

    async def _url(self, sample: Media, delivery: Delivery) -> str:
        if sample.url is not None:
            return await delivery.url(sample)
        file = await delivery.file(sample)
        uploaded = await self.vendor.upload(file, "prompt_audio", delivery)
        if not uploaded.full_path:
            raise ServerError(f"chanjing: {file.name} was uploaded, and its URL is not told")
        return uploaded.full_path
