"""What is told of a video, a lip sync or one of a person, in the same fields with other numbers."""

from collections.abc import Mapping
from typing import ClassVar

from lipsync_nb.vendors.base import (
    Amount,
    Code,
    JobStatus,
    Lenient,
    Message,
    Snapshot,
    Time,
    translate,
)
from lipsync_nb.vendors.chanjing.answers import share_done
from lipsync_nb.vendors.chanjing.api import JobReply


class VideoReply(JobReply):
    """A job: progress from 0 to 100.

    Attributes:
        statuses: What the numbers of its status mean.
        units_per_second: The unit of ``duration``.
    """

    statuses: ClassVar[Mapping[int, JobStatus]]
    units_per_second: ClassVar[int]

    status: Code
    progress: Lenient[Amount] = None
    msg: Message = None
    video_url: Lenient[str] = None
    preview_url: Lenient[str] = None
    duration: Lenient[Amount] = None
    create_time: Lenient[Time] = None

    def snapshot(self, job_id: str) -> Snapshot:
        """Translate it."""
        status = translate(self.statuses, self.status)
        return Snapshot(
            status=status,
            vendor_status=str(self.status),
            vendor_id=job_id,
            progress=share_done(self.progress),
            video_url=self.video_url,
            poster_url=self.preview_url,
            error=self.msg if status is JobStatus.failed else None,
            duration_s=self.duration / self.units_per_second if self.duration else None,
            created_at=self.create_time,
        )
