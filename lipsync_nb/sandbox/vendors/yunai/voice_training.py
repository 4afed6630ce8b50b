"""云AI's 声音克隆(废弃): a model, its training from a sample, and texts that it speaks."""

from typing import Any

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.render import speech
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.yunai.agent import (
    STATES,
    AgentError,
    AgentProduct,
    Data,
    agent_product,
    line_of,
)
from lipsync_nb.sandbox.vendors.yunai.api import STOCK_MODEL, refuse_untrainable

TRAINING_STATES = STATES | {"queued": 0}
SPEECH_STATES = {"queued": 0, "processing": 2, "done": 3, "failed": 4}
MODEL = agent_product("voice_model", Pace(0.0, 0.0, 0.0), "", STATES)
TRAINING = agent_product("voice_training", Pace(0.5, 2.0, 0.02), "", TRAINING_STATES)
SPEECH = agent_product("cloned_speech", Pace(0.3, 0.5, 0.1), "audio_url", SPEECH_STATES)
GREETING = "你好，很高兴见到你。"


class VoiceModel(AgentProduct):
    """A model without a sound; the answer has it."""

    PRODUCT, CREATES = MODEL, "create_model"

    def calls(self) -> list[ApiCall]:
        """One act."""
        return [self.act(self.CREATES, "submit", self.create)]

    async def create(self, fields: Fields) -> Data:
        """The model."""
        name = fields.text("model_name")
        request = {"model_name": name, "line_type": line_of(fields)}
        job = await self.api.at_once(MODEL, request, RenderOrder("text", {}, {}, {"text": name}))
        model = {"model_name": name, "model_type": "1", "model_id": job.id, "model_status": "0"}
        return {"model": model}

    def known(self, model_id: str) -> bool:
        """Whether there is such a model."""
        job = self.api.resources.jobs.get(self.api.NAME, model_id)
        found = job is not None and job.product == MODEL.name and job.state == "done"
        return model_id == STOCK_MODEL or found


class VoiceTraining(AgentProduct):
    """A model that learns how a sample sounds."""

    PRODUCT, CREATES, QUERIES = TRAINING, "create_model_audio", "chk_model_audio"
    STATES = TRAINING_STATES

    def request(self, fields: Fields) -> dict[str, Any]:
        """The model's id and the sample's URL."""
        model_id, url = fields.text("model_id"), fields.url("model_audio_url")
        if not VoiceModel(self.api).known(model_id):
            raise AgentError(f"音色模型不存在: {model_id}")
        return {"model_id": model_id, "model_audio_url": url}

    def order(self, request: dict[str, Any]) -> RenderOrder:
        """A voice like the sample's."""
        media = {"sample": request["model_audio_url"]}
        return RenderOrder("voice", media, {}, {"text": GREETING, "language": "zh"})

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """A sound of 30 to 300 s."""
        refuse_untrainable("audio", job, "sample", probes)

    def result(self, job: VendorJob) -> Data:
        """The model's id."""
        return {"model_id": job.request["model_id"] if job.state == "done" else ""}

    def voice_settings(self, model_id: str) -> dict[str, Any]:
        """How a trained model speaks; AgentError if it is not trained."""
        jobs = self.api.jobs_of(TRAINING)
        done = [j for j in jobs if j.request["model_id"] == model_id and j.state == "done"]
        if done:
            return {name: done[-1].facts[name] for name in ("voice", "pitch")}
        if model_id == STOCK_MODEL:
            return {"voice": speech.VOICES[-1].id}
        raise AgentError(f"音色模型未训练: {model_id}")


class ClonedSpeech(AgentProduct):
    """A text that a trained model speaks."""

    PRODUCT, CREATES, QUERIES = SPEECH, "create_audio", "chk_audio"
    STATES = SPEECH_STATES

    def request(self, fields: Fields) -> dict[str, Any]:
        """The text and the model's id."""
        return {"task_text": fields.text("task_text"), "people_id": fields.text("people_id")}

    def order(self, request: dict[str, Any]) -> RenderOrder:
        """The text, spoken like the sample."""
        settings = VoiceTraining(self.api).voice_settings(request["people_id"])
        return RenderOrder("speech", {}, {}, {"text": request["task_text"], **settings})

    def result(self, job: VendorJob) -> Data:
        """The sound."""
        return {"audio_url": self.api.result_url(job) if job.state == "done" else ""}
