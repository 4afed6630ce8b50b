"""Xingyun's speech: a text that a stock voice speaks.

The vendor's page is known from a copy: developers/56-190, ``tts_task``.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Self

import httpx

from lipsync_nb.vendors.base import (
    AliasChoices,
    Answer,
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
    VendorError,
    Voice,
    spoken_seconds,
    translate,
)
from lipsync_nb.vendors.xingyun.api import SPEECH_ERRORS, XingyunApi
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


@dataclass(frozen=True, slots=True)
class QueryErrors:
    """Reads the errors of a query: with each code of speech, there may be no such task.

    So the query is repeated until the deadline, and the job is lost then.

    Attributes:
        vendor: The vendor.
    """

    vendor: XingyunApi

    def check(self, answer: Answer) -> None:
        """Raise as the vendor does, with HTTP's code for what does not exist."""
        try:
            self.vendor.check(answer)
        except VendorError as error:
            if error.code not in SPEECH_ERRORS:
                raise
            why = str(error)
        else:
            return
        raise VendorError(why, code=httpx.codes.NOT_FOUND.value)

    def refuses(self, answer: Answer) -> bool:
        """Return what the vendor says; a query costs nothing."""
        return self.vendor.refuses(answer)


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
        read = partial(self._task, vendor_id)
        call = self.vendor.query_call(f"{API}get_tts_task", vendor_id, read)
        return replace(call, errors=QueryErrors(self.vendor))

    def cancellation(self, request: Speech, vendor_id: str) -> Call[None]:
        """Send ``cancel_tts_task``."""
        return self.vendor.cancel_call(f"{API}cancel_tts_task", vendor_id)

    def _task(self, task_id: str, payload: Any) -> Snapshot:
        task = self.vendor.read_data(SpeechTask, payload)
        word = task.synth_status
        return task.snapshot(task_id, translate(STATUSES, word), word, task.file_oss)
