"""Yunai's own voices (自研声音克隆, 创建新的语音模型): a voice like that of samples.

Call: ``POST /model``, which answers HTTP 201 with the voice, without an envelope.
"""

from typing import Annotated, Any, ClassVar, Literal

from lipsync_nb.vendors.base import (
    AliasChoices,
    Call,
    Delivery,
    Field,
    JobId,
    JobStatus,
    LocalFile,
    Media,
    Message,
    NonBlank,
    Product,
    Purpose,
    Reply,
    Request,
    Snapshot,
    Takes,
    Voice,
)
from lipsync_nb.vendors.yunai.api import LONGEST_ANSWER, YunaiApi

FAILED = "failed"
"""The ``state`` of a voice that could not be made; it is on no page."""


class OwnVoice(Request[Voice]):
    """A voice like that of samples, for `Speech` (自研声音克隆, ``POST /model``)."""

    vendor = "yunai"
    is_answered: ClassVar = True

    title: NonBlank
    """The voice's name."""
    voices: Annotated[list[Media], Field(min_length=1), Takes(("audio",), spoken=False)]
    """The samples of the voice, at least one. They are uploaded; what is behind URLs is downloaded
    first."""
    visibility: Literal["private", "public"] = "private"
    """Who may use the voice. It is always sent, as the default of one page is public."""
    description: NonBlank | None = None
    """A description of the voice."""
    cover_image: Annotated[Media | None, Takes(("image",), faces=0)] = None
    """A picture that is shown for the voice; it is uploaded."""
    texts: list[NonBlank] | None = None
    """What is said in the samples, in their order."""
    tags: list[NonBlank] | None = None
    """Words by which the voice is found."""
    enhance_audio_quality: bool = False
    """Whether the samples are made clearer first."""


class _Model(Reply):
    id: JobId = Field(validation_alias=AliasChoices("_id", "id"))
    title: str | None = None
    state: str | None = None
    why: Message = Field(
        None, validation_alias=AliasChoices("fail_reason", "message", "msg", "error")
    )


class OwnVoiceProduct(Product[YunaiApi]):
    """The product."""

    kinds = (OwnVoice,)
    uploads = True

    async def submission(self, request: OwnVoice, delivery: Delivery) -> Call[Snapshot]:
        """Return the call with the samples as files."""
        files: dict[str, LocalFile | list[LocalFile]] = {
            "voices": [await delivery.file(sample) for sample in request.voices]
        }
        if request.cover_image is not None:
            files["cover_image"] = await delivery.file(request.cover_image)
        return Call(
            "POST",
            "model",
            self._made,
            Purpose.paid,
            form=_form(request),
            files=files,
            longest=LONGEST_ANSWER,
        )

    def _made(self, payload: Any) -> Snapshot:
        model = self.vendor.read(_Model, payload)
        state = model.state or ""
        if state == FAILED:
            return Snapshot(JobStatus.failed, state, model.id, error=model.why)
        made = Voice("yunai", model.id, model.title or "")
        return Snapshot(JobStatus.succeeded, state, "", made=made)


def _form(request: OwnVoice) -> dict[str, str | list[str]]:
    form: dict[str, str | list[str]] = {
        "type": "tts",
        "title": request.title,
        "train_mode": "fast",
        "visibility": request.visibility,
    }
    if request.description is not None:
        form["description"] = request.description
    if request.texts:
        form["texts"] = request.texts
    if request.tags:
        form["tags"] = request.tags
    if request.enhance_audio_quality:
        form["enhance_audio_quality"] = "true"
    return form
