"""云AI's 高质量视频合成 (V2) and 高速视频合成: clips and trained people that speak."""

from typing import Any

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.yunai.agent import (
    STATES,
    AgentError,
    AgentProduct,
    Data,
    agent_product,
    line_of,
)
from lipsync_nb.sandbox.vendors.yunai.api import (
    STOCK_MODEL,
    refuse_unless,
    refuse_untrainable,
)

V2_STYLE = {"height": 720, "fps": 25, "crf": 20, "av_offset_ms": 20.0}
FAST_STYLE = {"height": 576, "fps": 24, "crf": 27, "av_offset_ms": 60.0}
V2 = agent_product("v2", Pace(1.0, 2.0, 1.0), "video_url", STATES)
FAST_AVATAR = agent_product("fast_avatar", Pace(0.5, 3.0, 0.0), "model_pic", STATES)
FAST_VIDEO = agent_product("fast_video", Pace(0.3, 0.8, 0.3), "video_url", STATES)


class VideoV2(AgentProduct):
    """A clip that says something else."""

    PRODUCT, CREATES, QUERIES = V2, "create_v2", "chk_v2"

    def request(self, fields: Fields) -> dict[str, Any]:
        """Both URLs."""
        return {"audio_url": fields.url("audio_url"), "video_url": fields.url("video_url")}

    def order(self, request: dict[str, Any]) -> RenderOrder:
        """The clip, with its mouth moved."""
        media = {"face": request["video_url"], "speech": request["audio_url"]}
        return RenderOrder("face", media, V2_STYLE)

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """A clip, not a picture."""
        refuse_unless("video", job, "face", probes)


class FastAvatar(AgentProduct):
    """A person, trained from a clip."""

    PRODUCT, CREATES, QUERIES = FAST_AVATAR, "create_model_fast", "chk_model_fast"
    ASKS_BY = "model_id"

    async def create(self, fields: Fields) -> Data:
        """Start the training."""
        request = self.request(fields) | {"line_type": line_of(fields)}
        model_id = self.api.start(FAST_AVATAR, request, self.order(request))
        name = request["model_name"]
        return {"model": {"model_name": name, "model_id": model_id, "model_status": "0"}}

    def request(self, fields: Fields) -> dict[str, Any]:
        """The name and the clip's URL."""
        return {"model_name": fields.text("model_name"), "video_url": fields.url("video_url")}

    def order(self, request: dict[str, Any]) -> RenderOrder:
        """A picture of the person."""
        return RenderOrder("person", {"clip": request["video_url"]}, {})

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """A clip of 30 to 300 s."""
        refuse_untrainable("video", job, "clip", probes)

    def result(self, job: VendorJob) -> Data:
        """The picture."""
        url = self.api.result_url(job) if job.state == "done" else ""
        return {"model_pic": url, "model_id": job.id}

    def clip_of(self, model_id: str) -> str:
        """The clip of a trained person, as its place in the home; AgentError if there is none."""
        job = self.api.resources.jobs.get(self.api.NAME, model_id)
        if job is None or job.product != FAST_AVATAR.name:
            raise AgentError(f"模特不存在: {model_id}")
        if job.state != "done":
            raise AgentError(f"模特未训练完成: {model_id}")
        return str(job.facts["clip"])


class FastVideo(AgentProduct):
    """A trained person that says something."""

    PRODUCT, CREATES, QUERIES = FAST_VIDEO, "create_video_fast", "chk_video_fast"

    def request(self, fields: Fields) -> dict[str, Any]:
        """The person's id and the URL of the speech."""
        return {"model_id": fields.text("model_id"), "audio_url": fields.url("audio_url")}

    def order(self, request: dict[str, Any]) -> RenderOrder:
        """The person's clip, with its mouth moved; the stock person is drawn."""
        speech = {"speech": request["audio_url"]}
        if request["model_id"] == STOCK_MODEL:
            return RenderOrder("figure", speech, FAST_STYLE, options={"look": STOCK_MODEL})
        clip = FastAvatar(self.api).clip_of(request["model_id"])
        return RenderOrder("face", speech | {"face": clip}, FAST_STYLE)
