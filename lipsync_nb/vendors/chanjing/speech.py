"""Chanjing's speech: a text becomes an audio.

Calls: ``create_audio_task``, ``audio_task_state``.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator

from lipsync_nb.vendors.base import (
    AliasChoices,
    Amount,
    Audio,
    Call,
    CallbackURL,
    Code,
    Delivery,
    Display,
    Field,
    FromJob,
    JobId,
    JobStatus,
    Lenient,
    Message,
    Product,
    Purpose,
    Reply,
    Request,
    Snapshot,
    Subtitle,
    Text,
    spoken_seconds,
    translate,
)
from lipsync_nb.vendors.chanjing.answers import API
from lipsync_nb.vendors.chanjing.api import ChanjingApi, JobReply
from lipsync_nb.vendors.chanjing.spoken_text import Pitch, Short, SpeechText, Speed, VoiceId

STATUSES = {1: JobStatus.running}
"""The statuses of ``audio_task_state`` but for `ENDED`."""
ENDED = 9
"""A speech was made, or failed if there is a message of an error, or a reason."""
Why: TypeAlias = Annotated[Message, BeforeValidator(lambda why: why or None)]
"""Why it failed; an empty object or list tells nothing."""


class Speech(Request[Audio]):
    """A text that a voice speaks (``POST /open/v1/create_audio_task``)."""

    vendor = "chanjing"
    callback_field = "callback"

    text: SpeechText
    """The text to speak: fewer than 4,000 characters, no emoji."""
    voice: Annotated[VoiceId, Field(validation_alias=AliasChoices("voice", "audio_man_id"))]
    """The voice's id, from ``client.chanjing.voices()`` (``audio_man``)."""
    speed: Speed = 1.0
    """Speed of the voice (语速), from 0.5 to 2."""
    pitch: Pitch = 1.0
    """Pitch of the voice (音调), from 0.1 to 3; the limits are those of the vendor's own client."""
    plain_text: Annotated[Short | None, Display(lines=4), FromJob(Text)] = None
    """The same text without marks, if the text has any (纯文本): fewer than 4,000 characters, no
    emoji."""
    aigc_watermark: bool = False
    """Whether the audio is marked as made by AI."""
    callback: CallbackURL | None = None
    """The URL that the vendor calls when the job ends (回调地址)."""

    @classmethod
    def speaking(cls, text: str, voice: str) -> Self:
        """Return the request for a text that a voice speaks."""
        return cls(text=text, voice=voice)

    def spoken_seconds(self) -> float | None:
        """Return about how long it is, unless the text is still to be made."""
        return spoken_seconds(self.text, self.speed) if isinstance(self.text, str) else None


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


class SpeechReply(JobReply):
    """A speech (``audio_task_state``)."""

    status: Code
    message: Annotated[Why, Field(validation_alias=AliasChoices("errMsg", "err_msg"))] = None
    reason: Annotated[Why, Field(validation_alias=AliasChoices("errReason", "err_reason"))] = None
    full: Lenient[SpeechFile] = None
    subtitles: Lenient[Sequence[Lenient[SpeechPart]]] = None

    def snapshot(self, job_id: str) -> Snapshot:
        """Translate it."""
        file, status = self.full or SpeechFile(), translate(STATUSES, self.status)
        whys = list(dict.fromkeys(why for why in (self.message, self.reason) if why))
        if self.status == ENDED:
            status = JobStatus.failed if whys else JobStatus.succeeded
        return Snapshot(
            status=status,
            vendor_status=str(self.status),
            vendor_id=job_id,
            video_url=file.url,
            error=": ".join(whys) if status is JobStatus.failed else None,
            duration_s=file.duration or None,
            subtitles=tuple(
                Subtitle(part.start_time, part.end_time, part.subtitle)
                for part in self.subtitles or ()
                if part is not None
            ),
        )


class SpeechProduct(Product[ChanjingApi]):
    """The speeches. No price of them is published."""

    kinds = (Speech,)

    async def submission(self, request: Speech, delivery: Delivery) -> Call[Snapshot]:
        """Return the call for ``create_audio_task``."""
        body = request.model_dump(exclude={"text", "plain_text", "voice"}, exclude_none=True)
        body |= {"audio_man": request.voice, "text": {"text": request.text}}
        if request.plain_text is not None:
            body["text"]["plain_text"] = request.plain_text
        path = f"{API}create_audio_task"
        return Call("POST", path, self._task, purpose=Purpose.paid, json=body, rate="create")

    def poll(self, request: Speech, vendor_id: str) -> Call[Snapshot]:
        """Ask ``audio_task_state``."""
        read, body = partial(self._state, vendor_id), {"task_id": vendor_id}
        path = f"{API}audio_task_state"
        return Call("POST", path, read, purpose=Purpose.poll, json=body, rate="poll")

    def _task(self, payload: Any) -> Snapshot:
        return Snapshot(JobStatus.queued, "", self.vendor.read_data(SpeechTask, payload).task_id)

    def _state(self, task_id: str, payload: Any) -> Snapshot:
        return self.vendor.read_data(SpeechReply, payload).snapshot(task_id)
