"""Chanjing's answers, and how they are translated.

Pages: access_token, file management, video_lip_sync.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import field_validator

from lipsync_nb.vendors.base import (
    AliasChoices,
    Amount,
    Code,
    Field,
    JobId,
    JobStatus,
    Lenient,
    Message,
    Reply,
    Snapshot,
    Subtitle,
    Time,
    translate,
)

API = "open/v1/"
"""The beginning of all paths."""
INVALID_TOKEN = (10400, 10401)
"""The codes for an invalid token: AccessToken验证失败."""
SPEECH_STATUSES = {1: JobStatus.running}
"""The statuses of ``audio_task_state`` but for `SPEECH_ENDED`."""
SPEECH_ENDED = 9
"""A speech was made, or failed if there is a message of an error."""
STATUSES = {
    0: JobStatus.queued,
    10: JobStatus.running,
    20: JobStatus.succeeded,
    30: JobStatus.failed,
}
"""The statuses of video_lip_sync; the vendor's create_video uses other numbers."""


class AccessToken(Reply):
    """A token."""

    access_token: Annotated[str, Field(pattern=r"^[!-~]+$")]  # it becomes a header


class Created(Reply):
    """The job was accepted; ``data`` is its id."""

    data: JobId

    @field_validator("data", mode="before")
    @classmethod
    def _unwrapped(cls, data: Any) -> Any:
        """Read ``{"id": …}`` as well, which a later copy of the page shows."""
        return data.get("id") if isinstance(data, dict) else data


class LipSyncReply(Reply):
    """A job (``detail``, ``list``): progress from 0 to 100, duration in milliseconds."""

    status: Code
    progress: Lenient[Amount] = None
    msg: Message = None
    video_url: Lenient[str] = None
    preview_url: Lenient[str] = None
    duration: Lenient[Amount] = None
    create_time: Lenient[Time] = None


class ListedVideo(LipSyncReply):
    """A job in a list."""

    id: str


class SpeechTask(Reply):
    """A speech was accepted."""

    task_id: JobId


class SpeechFile(Reply):
    """The audio of a speech; its length in seconds."""

    url: Lenient[str] = None
    duration: Lenient[Amount] = None


class SpeechPart(Reply):
    """A part of a speech; its times in seconds."""

    start_time: Amount
    end_time: Amount
    subtitle: str


class SpeechReply(Reply):
    """A speech (``audio_task_state``)."""

    status: Code
    error: Annotated[Message, Field(validation_alias=AliasChoices("errMsg", "err_msg"))] = None
    full: Lenient[SpeechFile] = None
    subtitles: Sequence[Lenient[SpeechPart]] = ()

    def snapshot(self, task_id: str) -> Snapshot:
        """Translate it."""
        file, status = self.full or SpeechFile(), translate(SPEECH_STATUSES, self.status)
        if self.status == SPEECH_ENDED:
            status = JobStatus.failed if self.error else JobStatus.succeeded
        return Snapshot(
            status=status,
            vendor_status=str(self.status),
            vendor_id=task_id,
            video_url=file.url,
            error=self.error if status is JobStatus.failed else None,
            duration_s=file.duration or None,
            subtitles=tuple(
                Subtitle(part.start_time, part.end_time, part.subtitle)
                for part in self.subtitles
                if part is not None
            ),
        )


class PageInfo(Reply):
    """The length of a list, as far as it is given."""

    total_count: Lenient[int] = None
    total_page: Lenient[int] = None


class Page(Reply):
    """A page of a list."""

    list: Sequence[Any] = ()
    page_info: PageInfo = PageInfo()


class Balance(Reply):
    """The credit left."""

    resi_total_bean: float


def snapshot(video_id: str, video: LipSyncReply) -> Snapshot:
    """Translate a job into a snapshot."""
    status = translate(STATUSES, video.status)
    return Snapshot(
        status=status,
        vendor_status=str(video.status),
        vendor_id=video_id,
        progress=None if video.progress is None else min(1.0, video.progress / 100),
        video_url=video.video_url,
        poster_url=video.preview_url,
        error=video.msg if status is JobStatus.failed else None,
        duration_s=video.duration / 1000 if video.duration else None,
        created_at=video.create_time,
    )
