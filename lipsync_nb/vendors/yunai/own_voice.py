"""Yunai's own voices (自研声音克隆, 创建新的语音模型): a voice like that of samples.

Call: ``POST /model``, which answers HTTP 201 with the voice, without an envelope.
"""

from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from lipsync_nb.vendors.base import (
    AliasChoices,
    Call,
    Delivery,
    Field,
    JobId,
    JobStatus,
    Lenient,
    LocalFile,
    Media,
    Message,
    NonBlank,
    Product,
    Purpose,
    Request,
    Snapshot,
    Takes,
    Voice,
)
from lipsync_nb.vendors.yunai.answers import Task
from lipsync_nb.vendors.yunai.api import LONGEST_ANSWER, YunaiApi

FAILED = frozenset({"failed", "failure", "error", "rejected"})
"""The ``state``, in any case, of a voice that could not be made; these are on no page."""


class OwnVoice(Request[Voice]):
    """A voice like that of samples, for `Speech` (自研声音克隆, ``POST /model``).

    The answer to the request is the voice; no call asks for it later. So it is kept whatever its
    ``state`` is, unless that says that it failed: a voice that is still in training, or whose state
    no page has, is a result too. ``job.record.vendor_status`` has the vendor's word.
    """

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


class _Model(Task):
    id: JobId = Field(validation_alias=AliasChoices("_id", "id"))
    title: Lenient[str] = None
    state: Lenient[str] = None
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
            partial(self._made, request),
            Purpose.paid,
            form=_form(request),
            files=files,
            longest=LONGEST_ANSWER,
        )

    def _made(self, request: OwnVoice, payload: Any) -> Snapshot:
        model = self.vendor.read(_Model, payload)
        state = model.state or ""
        if state.strip().lower() in FAILED:
            return Snapshot(JobStatus.failed, state, model.id, error=model.why)
        made = Voice("yunai", model.id, model.title or request.title)
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
