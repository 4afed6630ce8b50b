"""蝉镜 Chanjing's people of the client's own: a clip is trained. From copies of its pages."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.signed_urls import StorageError
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi
from lipsync_nb.sandbox.vendors.chanjing.product_calls import ProductCalls
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import MIMES, Files
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.product import Product

RUNNING, DONE, FAILED = 1, 2, 4  # in other products, the numbers mean other things
OWN_PERSON = Product(
    pace=Pace(queue_s=0.6, base_s=2.5, per_second_s=0.05),
    no_job=(BAD_PARAMETER, "参数错误: no such person"),
    status_at=("data", "status"),
    result_at=("data", "preview_url"),
    done_status=DONE,
    odd_status=77,
    name="own_person",
)
LONGEST_S = 300.0
VOICE_MARK = "-V"
"""At the end of the audio_man_id of a person's own voice, after the person's id."""


class OwnPeople(ProductCalls):
    """The calls of the product.

    Args:
        api: What all products share.
        files: The client's uploaded files.
    """

    PRODUCT = OWN_PERSON
    IDS_BEGIN = "C-"

    def __init__(self, api: ChanjingApi, files: Files) -> None:
        super().__init__(api)
        self._files = files

    def calls(self) -> list[ApiCall]:
        """The pages' four calls."""
        path, product = "/open/v1/{}customised_person", OWN_PERSON
        return [
            ApiCall("POST", path.format("create_"), "submit", self.create, product=product),
            ApiCall("GET", path.format(""), "poll", self.detail, product=product),
            ApiCall("POST", path.format("list_"), "poll", self.listing, product=product),
            ApiCall("POST", path.format("delete_"), "other", self.delete, product=product),
        ]

    def storage_calls(self) -> list[ApiCall]:
        """A person's clip. The signature in its URL is its only credential."""
        return [ApiCall("GET", "/chanjing/own/{name}", "other", self.preview, public=True)]

    def order(self, fields: Fields) -> tuple[RenderOrder, int]:
        """The parameters as an order. No price is published, so it costs nothing."""
        fields.text("name")
        trained = fields.text("train_type", "") or "both"
        Fields({"train_type": trained}).choice("train_type", ("figure", "voice", "both"), "both")
        language = fields.choice("language", ("cn", "en"), "cn")
        fields.choice("resolution_rate", (0, 1), 0)
        options: dict[str, Any] = {"error_skip": fields.flag("error_skip", default=False)}
        if trained != "figure":
            options["voice_language"] = "en" if language == "en" else "zh"
        file = self._files.ready(fields, "file_id", "customised_person")
        return RenderOrder("person", {"clip": file.path}, {}, {}, options), 0

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a person."""
        done = job.state == "done"
        return {
            "id": job.id,
            "name": job.request["name"],
            "type": "person",
            "pic_url": self.api.result_url(job) if done else "",
            "preview_url": self._preview_url(job) if done else "",
            "width": job.facts.get("width", 0),
            "height": job.facts.get("height", 0),
            "audio_man_id": f"{job.id}{VOICE_MARK}" if "voice" in job.facts else "",
            "status": {"done": DONE, "failed": FAILED}.get(job.state, RUNNING),
            "err_reason": job.reason,
            "is_open": int(done),
            "reason": "",
            "progress": self.progress(job),
            "create_time": int(job.created),
            "support_4k": False,
        }

    async def preview(self, request: Request) -> Response:
        """The clip that a person was trained with."""
        self.api.resources.signer.check(request)
        job_id, _, suffix = request.path_params["name"].rpartition(".")
        clip = self.clip(job_id)
        if clip is None:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
        mime = MIMES["customised_person"].get(suffix)
        return FileResponse(self.api.resources.home / clip, media_type=mime)

    def check(self, probes: dict[str, Probe]) -> None:
        """Fail a job whose clip is no clip, or too long."""
        clip = probes["clip"]
        if clip.kind != "video":
            raise JobError("bad_media", "file_id")
        if clip.duration_s > LONGEST_S + 1:
            raise JobError("too_long", f"{LONGEST_S / 60:g}分钟")

    def clip(self, person_id: str) -> str | None:
        """The clip of a person that can be used, by its path in the home."""
        job = self._usable(person_id)
        return None if job is None else job.order.media["clip"]

    def voice(self, voice_id: str) -> tuple[str, float] | None:
        """How a person's own voice speaks, if there is one with this id that can be used."""
        job = self._usable(voice_id.removesuffix(VOICE_MARK))
        if job is None or "voice" not in job.facts or not voice_id.endswith(VOICE_MARK):
            return None
        return job.facts["voice"], job.facts["pitch"]

    def _usable(self, person_id: str) -> VendorJob | None:
        job = self.api.resources.jobs.get(self.api.NAME, person_id)
        usable = job is not None and job.product == OWN_PERSON.name and job.state == "done"
        return None if job is None or not usable or self.api.is_deleted(job) else job

    def _preview_url(self, job: VendorJob) -> str:
        suffix = job.order.media["clip"].rpartition(".")[2]
        resources = self.api.resources
        return resources.signer.url(
            f"/chanjing/own/{job.id}.{suffix}", resources.settings.url_lifetime_s
        )
