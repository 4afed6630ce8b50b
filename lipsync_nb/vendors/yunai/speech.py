"""Yunai's text to speech (将文本转换为语音), with stock voices and own ones.

Call: ``POST /v1/tts``, which answers with the sound.
"""

from typing import Annotated, ClassVar, Literal, Self

from lipsync_nb.vendors.base import (
    MB,
    Audio,
    Call,
    Delivery,
    Display,
    Field,
    FromJob,
    JobStatus,
    NonBlank,
    Product,
    Purpose,
    Request,
    Snapshot,
    Text,
    Unsupported,
    Voice,
    spoken_seconds,
)
from lipsync_nb.vendors.yunai.api import LONGEST_ANSWER, YunaiApi

LARGEST = 200 * MB
"""Bytes of a sound: half an hour of WAV at 48 kHz."""


class Speech(Request[Audio]):
    """A text that a voice speaks (将文本转换为语音, ``POST /v1/tts``).

    The vendor's format ``pcm`` is not offered: such a file does not tell its own rate, so no
    program plays it and no vendor takes it.
    """

    vendor = "yunai"
    is_answered: ClassVar = True

    text: Annotated[NonBlank, Display(lines=4), FromJob(Text)]
    """The text to speak."""
    voice: Annotated[NonBlank | None, FromJob(Voice, "yunai", kinds=("OwnVoice",))] = None
    """The voice: the job of an `OwnVoice`, or its id (``reference_id``). By default the model's."""
    model: Annotated[
        Literal["speech-1.5", "speech-1.6", "s1", "s1-mini"], Display(label="Model")
    ] = "speech-1.5"
    """The model that speaks; it is sent as a header."""
    format: Literal["mp3", "wav", "opus"] = "mp3"
    """The format of the sound."""
    mp3_bitrate: Annotated[Literal[64, 128, 192], Display(unit="kbit/s")] = 128
    """The bit rate of an mp3, in kbit/s."""
    chunk_length: Annotated[int, Field(ge=100, le=300)] = 200
    """How long the pieces are in which the text is spoken, from 100 to 300."""
    normalize: bool = True
    """Whether numbers and the like are spoken as words."""
    latency: Literal["normal", "balanced"] = "normal"
    """Whether quality counts most (normal), or the time until it is made as well (balanced)."""
    temperature: Annotated[float, Field(ge=0.1, le=2)] = 0.7
    """How much it varies, from 0.1 to 2."""
    top_p: Annotated[float, Field(ge=0.1, le=1)] = 0.7
    """The share of the most probable sounds that are used, from 0.1 to 1."""

    @classmethod
    def speaking(cls, text: str, voice: str) -> Self:
        """Return the request for a text that a voice speaks.

        Raises:
            Unsupported: The voice is one of `AvatarVideo`, ``"engine/id"``.
        """
        if "/" in voice:
            raise Unsupported(f'"{voice}" is a stock voice of AvatarVideo; name one of OwnVoice')
        return cls(text=text, voice=voice)

    def spoken_seconds(self) -> float | None:
        """Return about how long it is, unless the text is still to be made."""
        return spoken_seconds(self.text) if isinstance(self.text, str) else None


class SpeechProduct(Product[YunaiApi]):
    """The product."""

    kinds = (Speech,)

    async def submission(self, request: Speech, delivery: Delivery) -> Call[Snapshot]:
        """Return the call whose answer is the sound."""
        body = request.model_dump(exclude={"model", "voice"})
        if request.voice is not None:
            body["reference_id"] = request.voice
        return Call(
            "POST",
            "v1/tts",
            _spoken,
            Purpose.paid,
            json=body,
            headers={"model": request.model},
            is_file=True,
            largest=LARGEST,
            longest=LONGEST_ANSWER,
        )


def _spoken(sound: bytes) -> Snapshot:
    return Snapshot(JobStatus.succeeded, "", "", data=sound)
