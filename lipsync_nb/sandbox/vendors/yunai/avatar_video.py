"""云AI's avatars (标准版数字人合成), as described on its page and public copies of 获取任务详情."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.base import ApiCall, json_body
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.yunai.api import MB100, YunaiProduct

STYLE = {"height": 540, "fps": 30, "crf": 26, "av_offset_ms": 80.0}
WATERMARK = "云AI"
SAMPLE_S = 20.0  # minimum length of a voice sample
LANGUAGES = ("zh", "en", "cn")  # one copy of the page says cn
SOUNDS = ("audio_url", "create_voice", "use_voice")
STATES = {"queued": 0, "processing": 100, "done": 200, "failed": -1}
"""On the page, 200 is success, below 0 is failure, and all others are neither."""
DONE_CODE = 200  # 状态码,200 表示成功; the page's example shows 0


AVATAR = Product(
    pace=Pace(queue_s=1.0, base_s=1.5, per_second_s=0.8),
    no_job=(404, "任务不存在"),
    status_at=("data", "web_work_status"),
    result_at=("data", "work_video_path"),
    done_status=STATES["done"],
    odd_status=777,
)


class AvatarVideo(YunaiProduct):
    """One JSON call, a task to poll."""

    PRODUCT = AVATAR
    LIMIT_BYTES = MB100  # 限制100m大小

    def calls(self) -> list[ApiCall]:
        """The page's two calls."""
        return [
            ApiCall("POST", "/avatar/generation", "submit", self.generation, product=AVATAR),
            ApiCall("GET", "/avatar/task/{task_id}", "poll", self.task, product=AVATAR),
        ]

    async def generation(self, request: Request) -> Response:
        """POST /avatar/generation: a job."""
        body = await json_body(request)
        job_id = self.api.start(AVATAR, body, order_of(Fields(body)))
        return JSONResponse({"code": DONE_CODE, "data": {"id": job_id}})

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """Check that a voice sample is at least 20 s long."""
        sample = probes.get("sample")
        if sample is not None and not sample.kind:
            raise JobError("bad_media", job.order.media["sample"])
        if sample is not None and sample.duration_s < SAMPLE_S:
            raise JobError("short_sample", f"{sample.duration_s:.1f}s")

    async def task(self, request: Request) -> Response:
        """GET /avatar/task/{id}: one job."""
        job = self.api.job(request.path_params["task_id"], AVATAR)
        return JSONResponse({"code": DONE_CODE, "data": self._detail(job)})

    def _detail(self, job: VendorJob) -> dict[str, Any]:
        done = job.state == "done"
        url = self.api.result_url(job) if done else None
        clean = bool(job.request.get("no_watermark"))
        detail = {
            "id": job.id,
            "work_name": job.id,
            "work_video_path": url,
            "wm_work_video_path": None if clean else url,
            "no_wm_work_video_path": url if clean else None,
            "work_webp_path": self.api.result_url(job, "webp") if done else None,
            "web_work_status": STATES[job.state],
            "create_time": int(job.created * 1000),
        }
        if job.state == "failed":
            detail["fail_reason"] = job.reason  # on a reseller's page; not on the vendor's
        return detail


def order_of(fields: Fields) -> RenderOrder:
    """The render order; a FieldError if the body has none of the page's three forms."""
    given = [name for name in SOUNDS if fields.given(name)]
    if len(given) != 1:
        raise FieldError(f"exactly one of {', '.join(SOUNDS)} is required")
    clean = fields.flag("no_watermark", default=False)
    style = {**STYLE, "watermark": "" if clean else WATERMARK}
    media = {"face": fields.url("avatar_url")}
    if given == ["audio_url"]:
        return RenderOrder("face", media | {"speech": fields.url("audio_url")}, style)
    voice = fields.inner(given[0])
    language = voice.choice("language", LANGUAGES, "")
    speech = {"text": voice.text("text"), "language": "en" if language == "en" else "zh"}
    if given == ["create_voice"]:
        sample = voice.url("audio_url")
        return RenderOrder("face", media | {"sample": sample}, style, speech | {"likeness": sample})
    likeness = f"{voice.text('voice_engine_id')}/{voice.text('audio_id')}"
    return RenderOrder("face", media, style, speech | {"likeness": likeness})
