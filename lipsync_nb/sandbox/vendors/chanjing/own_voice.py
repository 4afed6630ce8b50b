"""蝉镜 Chanjing's voices of the client's own: a sample is cloned. From copies of its pages."""

from typing import Any

from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.product_calls import ProductCalls
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.product import Product

QUEUED, RUNNING, DONE, FAILED, DELETED = 0, 1, 2, 4, 99  # in other products, other numbers
OWN_VOICE = Product(
    pace=Pace(queue_s=0.6, base_s=2.0, per_second_s=0.05),
    no_job=(BAD_PARAMETER, "参数错误: no such voice"),
    status_at=("data", "status"),
    result_at=("data", "audio_path"),
    done_status=DONE,
    odd_status=77,
    name="own_voice",
)
STATES = {"queued": QUEUED, "processing": RUNNING, "done": DONE, "failed": FAILED}
MODELS = ("cicada1.0", "cicada3.0", "cicada3.0-turbo")  # the default is the first one
SHORTEST_S, LONGEST_S = 15.0, 300.0
LARGEST_SAMPLE_BYTES = 100_000_000
SPOKEN = {"cn": "你好，这是我的声音。", "en": "Hello, this is my voice."}
"""Language → what the voice says in its preview."""


class OwnVoice(ProductCalls):
    """The calls of the product.

    Args:
        api: What all products share.
        files: The client's uploaded files.
    """

    PRODUCT = OWN_VOICE
    IDS_BEGIN = "C-Audio-"

    def __init__(self, api: ChanjingApi, files: Files) -> None:
        super().__init__(api)
        self._files = files

    def calls(self) -> list[ApiCall]:
        """The pages' four calls."""
        path, product = "/open/v1/{}customised_audio", OWN_VOICE
        return [
            ApiCall("POST", path.format("create_"), "submit", self.create, product=product),
            ApiCall("GET", path.format(""), "poll", self.detail, product=product),
            ApiCall("POST", path.format("list_"), "poll", self.listing, product=product),
            ApiCall("POST", path.format("delete_"), "other", self.delete, product=product),
        ]

    def order(self, fields: Fields) -> tuple[RenderOrder, int]:
        """The parameters as an order. No price is published, so it costs nothing."""
        fields.text("name")
        fields.choice("model_type", MODELS, MODELS[0])
        language, url = fields.choice("language", tuple(SPOKEN), "cn"), fields.url("url")
        file = self._files.at(url)
        if file is not None and not (file.ready and file.service == "prompt_audio"):
            raise FieldError("url is not a ready file of service prompt_audio")
        if file is not None and self._files.size(file) > LARGEST_SAMPLE_BYTES:
            raise FieldError("url is a file of more than 100 MB")
        said = fields.text("text", "") or SPOKEN[language]
        speech = {"text": said, "language": "en" if language == "en" else "zh"}
        return RenderOrder("voice", {"sample": file.path if file else url}, {}, speech), 0

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a voice."""
        deleted, done = self.api.is_deleted(job), job.state == "done"
        return {
            "id": job.id,
            "progress": self.progress(job),
            "type": job.request.get("model_type") or MODELS[0],
            "name": job.request["name"],
            "err_msg": job.reason,
            "audio_path": self.api.result_url(job) if done and not deleted else "",
            "status": DELETED if deleted else STATES[job.state],
        }

    def told(self, job_id: str) -> Response:
        """The answer about one voice, which is told of when it was deleted, too."""
        return JSONResponse(self.api.callback(self.api.job(job_id, OWN_VOICE)))

    def check(self, probes: dict[str, Probe]) -> None:
        """Fail a job whose sample is no sound, too short or too long."""
        sample = probes["sample"]
        if sample.kind != "audio":
            raise JobError("bad_media", "url")
        if sample.duration_s < SHORTEST_S:
            raise JobError("too_short", f"{SHORTEST_S:g}秒")
        if sample.duration_s > LONGEST_S + 1:
            raise JobError("too_long", f"{LONGEST_S / 60:g}分钟")

    def get(self, voice_id: str) -> tuple[str, float] | None:
        """How a voice speaks, if there is one with this id that can be used."""
        job = self.api.resources.jobs.get(self.api.NAME, voice_id)
        usable = job is not None and job.product == OWN_VOICE.name and job.state == "done"
        if job is None or not usable or self.api.is_deleted(job):
            return None
        return job.facts["voice"], job.facts["pitch"]
