"""Xingyun's speech: a text that a stock voice speaks.

The vendor's page is known from a copy: developers/56-190, ``tts_task``.
"""

from functools import partial
from typing import Annotated, Any, Self

from lipsync_nb.vendors.base import (
    AliasChoices,
    Audio,
    Call,
    Delivery,
    Display,
    Field,
    FromJob,
    JobStatus,
    Lenient,
    NonBlank,
    Product,
    Request,
    Snapshot,
    Text,
    Voice,
    spoken_seconds,
    translate,
)
from lipsync_nb.vendors.xingyun.api import XingyunApi
from lipsync_nb.vendors.xingyun.task import TaskReply

API = "user/v1/tts_task/"
STATUSES = {
    "waiting": JobStatus.queued,
    "processing": JobStatus.running,
    "finished": JobStatus.succeeded,
    "error": JobStatus.failed,
    "cancel": JobStatus.cancelled,
}
"""``synth_status``. The word for a task that waits is not that of videos, ``not_send``."""


class Speech(Request[Audio]):
    """A text that a stock voice speaks (``POST /user/v1/tts_task/create_tts_task``)."""

    vendor = "xingyun"

    text: Annotated[NonBlank, Display(lines=4), FromJob(Text)]
    """The text to speak (``text``); no limit of its length is known."""
    voice: Annotated[NonBlank, Display(label="Voice"), FromJob(Voice, "xingyun")]
    """The voice (音色, ``tts_vcn``), such as ``XMOV_HN_TTS__236``."""
    name: NonBlank | None = None
    """The result's name (``audio_name``); the vendor's choice if left out."""

    @classmethod
    def speaking(cls, text: str, voice: str) -> Self:
        """Return the request for a text that a voice speaks."""
        return cls(text=text, voice=voice)

    def spoken_seconds(self) -> float | None:
        """Return about how long it is, unless the text is still to be made."""
        return spoken_seconds(self.text) if isinstance(self.text, str) else None


class SpeechTask(TaskReply):
    """The answer to ``get_tts_task``."""

    synth_status: str = Field(validation_alias=AliasChoices("synth_status", "synth_state"))
    file_oss: Lenient[str] = None


class SpeechProduct(Product[XingyunApi]):
    """The product of speech."""

    kinds = (Speech,)
    cancels = True

    async def submission(self, request: Speech, delivery: Delivery) -> Call[Snapshot]:
        """Return the call that creates the task."""
        body = {"tts_vcn": request.voice, "text": request.text}
        if request.name is not None:
            body["audio_name"] = request.name
        return self.vendor.create_call(f"{API}create_tts_task", body, "waiting")

    def poll(self, request: Speech, vendor_id: str) -> Call[Snapshot]:
        """Ask ``get_tts_task``."""
        return self.vendor.query_call(
            f"{API}get_tts_task", vendor_id, partial(self._task, vendor_id)
        )

    def cancellation(self, request: Speech, vendor_id: str) -> Call[None]:
        """Send ``cancel_tts_task``."""
        return self.vendor.cancel_call(f"{API}cancel_tts_task", vendor_id)

    def _task(self, task_id: str, payload: Any) -> Snapshot:
        task = self.vendor.read_data(SpeechTask, payload)
        word = task.synth_status
        return task.snapshot(task_id, translate(STATUSES, word), word, task.file_oss)
