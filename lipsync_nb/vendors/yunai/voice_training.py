"""Yunai's deprecated cloning of voices (声音克隆, 废弃), in three steps.

Acts: ``create_model``, ``create_model_audio``, ``chk_model_audio``, ``create_audio``,
``chk_audio``. The vendor's page calls them deprecated.
"""

from typing import Annotated, Any, ClassVar

from typing_extensions import deprecated

from lipsync_nb.vendors.base import (
    Audio,
    Call,
    Delivery,
    Display,
    FromJob,
    JobStatus,
    Media,
    NonBlank,
    Product,
    Request,
    ServerError,
    Snapshot,
    Takes,
    Text,
    Voice,
    spoken_seconds,
)
from lipsync_nb.vendors.yunai.agent import AgentProduct, LineType, Queried, Statuses
from lipsync_nb.vendors.yunai.training_media import TRAINING_LIMITS


@deprecated("Yunai has deprecated VoiceModel; use ls.yunai.OwnVoice", category=None)
class VoiceModel(Request[Voice]):
    """A voice without a sound, for `VoiceTraining` (创建音色模型, ``create_model``).

    Deprecated by the vendor: use `OwnVoice`.
    """

    vendor = "yunai"
    is_answered: ClassVar = True

    name: NonBlank
    """The voice's name (``model_name``)."""
    line_type: LineType = 0
    """The line that makes it: 0 ordinary, 1 fast (线路)."""


@deprecated("Yunai has deprecated VoiceTraining; use ls.yunai.OwnVoice", category=None)
class VoiceTraining(Request[Voice]):
    """A voice that learns its sound from a sample (训练模型音色, ``create_model_audio``).

    Deprecated by the vendor: use `OwnVoice`.
    """

    vendor = "yunai"

    model: Annotated[
        NonBlank,
        Display(label="Voice"),
        FromJob(Voice, "yunai", kinds=("VoiceModel", "VoiceTraining")),
    ]
    """The voice: the job of a `VoiceModel`, that of a `VoiceTraining` to train it again, or its id
    (``model_id``)."""
    audio: Annotated[Media, Takes(("audio",), spoken=False, **TRAINING_LIMITS)]
    """The sample: 30 to 300 s long, at most 1 GB (``model_audio_url``)."""
    line_type: LineType = 0
    """The line that trains it: 0 ordinary, 1 fast (线路)."""


@deprecated("Yunai has deprecated ClonedSpeech; use ls.yunai.Speech", category=None)
class ClonedSpeech(Request[Audio]):
    """A text that a trained voice speaks (创建文本转音频任务, ``create_audio``).

    Deprecated by the vendor: use `Speech`.
    """

    vendor = "yunai"

    text: Annotated[NonBlank, Display(lines=4), FromJob(Text)]
    """The text to speak (``task_text``)."""
    voice: Annotated[NonBlank, FromJob(Voice, "yunai", kinds=("VoiceTraining",))]
    """The voice: the job of a `VoiceTraining`, or its id (``people_id``)."""
    line_type: LineType = 0
    """The line that makes it: 0 ordinary, 1 fast (线路)."""

    def spoken_seconds(self) -> float | None:
        """Return about how long it is, unless the text is still to be made."""
        return spoken_seconds(self.text) if isinstance(self.text, str) else None


class VoiceModelProduct(AgentProduct):
    """The voices without a sound. The answer has the voice; there is no query for it."""

    kinds = (VoiceModel,)
    creates = "create_model"
    id_field = "model_id"

    async def fields(self, request: VoiceModel, delivery: Delivery) -> dict[str, str]:
        """Return the name."""
        return {"model_name": request.name}

    def poll(self, request: VoiceModel, vendor_id: str) -> Call[Snapshot]:
        """Raise `Unsupported`."""
        return Product.poll(self, request, vendor_id)

    def created(self, request: VoiceModel, vendor_id: str) -> Snapshot:
        """Return the voice."""
        made = Voice("yunai", vendor_id, request.name)
        return Snapshot(JobStatus.succeeded, "", "", made=made)


class VoiceTrainingProduct(AgentProduct):
    """The training of voices."""

    kinds = (VoiceTraining,)
    creates = "create_model_audio"
    queries = "chk_model_audio"
    results = ("model_id",)
    statuses: ClassVar[Statuses] = {
        -1: JobStatus.failed,
        0: JobStatus.queued,
        2: JobStatus.running,
        3: JobStatus.succeeded,
    }

    async def fields(self, request: VoiceTraining, delivery: Delivery) -> dict[str, str]:
        """Return the voice's id and the URL of the sample."""
        return {
            "model_id": request.model,
            "model_audio_url": await delivery.url(request.audio),
        }

    def result(self, request: VoiceTraining, task: Queried, vendor_id: str) -> dict[str, Any]:
        """Return the voice; its id is that of the answer, or of the request."""
        known = request.model if isinstance(request.model, str) else None
        if (voice_id := task.model_id or known) is None:
            raise ServerError(f"{self.vendor.name}: unexpected answer (see model_id): no voice")
        return {"made": Voice("yunai", voice_id)}


class ClonedSpeechProduct(AgentProduct):
    """The speeches of trained voices."""

    kinds = (ClonedSpeech,)
    creates = "create_audio"
    queries = "chk_audio"
    results = ("audio_url",)
    statuses: ClassVar[Statuses] = {
        0: JobStatus.running,
        1: JobStatus.running,
        2: JobStatus.running,
        3: JobStatus.succeeded,
        4: JobStatus.failed,
    }

    async def fields(self, request: ClonedSpeech, delivery: Delivery) -> dict[str, str]:
        """Return the text and the voice's id."""
        return {"task_text": request.text, "people_id": request.voice}

    def result(self, request: ClonedSpeech, task: Queried, vendor_id: str) -> dict[str, Any]:
        """Return the sound."""
        return {"video_url": task.audio_url}
