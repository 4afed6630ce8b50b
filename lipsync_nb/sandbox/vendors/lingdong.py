"""灵动数智人 Lingdong, as described on its page "灵动数智人 RESTful API v1.0"."""

import secrets
import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, ApiCall, Refusal, VendorService, same
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.multipart import form, part, save_part
from lipsync_nb.sandbox.vendors.product import Product

STYLE = {"height": 480, "fps": 25, "crf": 23, "av_offset_ms": 0.0}
CREDITS_PER_S = 10  # the page's example: 10.5 s cost 105
SHORT_ID_LENGTH = 18  # the page's paths have the first three groups of a task's id
STATES = {"queued": "pending", "processing": "processing", "done": "completed", "failed": "failed"}


class LingdongService(VendorService):
    """灵动数智人: one multipart call, a task to poll, a download with the key."""

    NAME = "lingdong"
    BASE_PATH = "/api/v1"
    CREDENTIAL_HEADERS = ("x-api-key",)
    OPENING_CREDITS = 100_000.0
    STEPS = COMMON_STEPS | {"callback"}
    HAS_ERROR_CODES = False
    PRODUCTS = (
        Product(
            pace=Pace(queue_s=0.6, base_s=1.2, per_second_s=0.5),
            no_job=(404, "任务不存在"),
            status_at=("status",),
            result_at=("download_url",),
            done_status="completed",
            odd_status="archived",
        ),
    )
    ERROR_MESSAGES: ClassVar = {
        "no_face": "源文件中未检测到人脸",
        "bad_media": "文件无法解析: {}",
        "fault": "生成失败",
    }

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An API key of the form ld_…."""
        return {"api_key": f"ld_{secrets.token_hex(16)}"}

    def calls(self) -> list[ApiCall]:
        """The page's three calls."""
        return [
            ApiCall("POST", "/generate", "submit", self.generate),
            ApiCall("GET", "/task/{task_id}", "poll", self.task),
            ApiCall("GET", "/download/{task_id}", "download", self.download),
        ]

    async def authorize(self, request: Request) -> None:
        """Check X-API-Key."""
        if not same(request.headers.get("x-api-key", ""), self.keys["api_key"]):
            raise self.refusal(401, "API Key无效")

    def envelope(self, code: int, message: str) -> dict[str, Any]:  # noqa: ARG002 -- its errors have no codes
        """The body of an error (not on the page): fields of ``generate``'s answer."""
        return {"success": False, "message": message}

    def invalid(self, message: str) -> Refusal:
        """The refusal of a wrong field: 400, 请求参数错误."""
        return self.refusal(400, f"请求参数错误: {message}")

    async def generate(self, request: Request) -> Response:
        """POST /generate: a job, from a multipart form."""
        parts = await form(request)
        fields = Fields({name: text for name, text in parts.items() if isinstance(text, str)})
        kind = fields.choice("type", ("image", "video"), "")
        callback = fields.url("callback_url", "")
        folder, renderer = self.resources.media_folder, self.resources.renderer
        source = await save_part(part(parts, "source"), folder)
        audio = await save_part(part(parts, "audio"), folder)
        if (await renderer.probe(source)).kind != kind:
            raise self.invalid(f"source 不是 {kind}")
        media = {"face": f"media/{source.name}", "speech": f"media/{audio.name}"}
        speech = await renderer.probe(audio)
        return self._accept(kind, media, speech, callback)

    def _accept(self, kind: str, media: dict[str, str], speech: Probe, callback: str) -> Response:
        if not speech.duration_s:
            raise self.invalid("audio 无法识别")
        duration_s = round(speech.duration_s, 1)
        credits_ = round(duration_s * CREDITS_PER_S)
        if not self.charge(credits_):
            raise self.refusal(403, "积分不足")
        task_id = str(uuid.uuid4())
        request = {"type": kind, "duration": duration_s, "credits_used": credits_}
        order = RenderOrder("face", media, STYLE)
        self.submit(task_id, request, order, callback, credits_)
        answer = {"success": True, "task_id": task_id, "duration": duration_s}
        rest = {"credits_used": credits_, "status": "pending", "message": "任务已提交"}
        return JSONResponse(answer | rest)

    async def task(self, request: Request) -> Response:
        """GET /task/:taskId; values of a finished task are null before (not on the page)."""
        job = self._found(request)
        answer = {
            "task_id": job.id,
            "status": STATES[job.state],
            **job.request,
            "download_url": self._download_url(job),
            "created_at": _iso(job.created),
            "completed_at": _iso(job.finished) if job.finished else None,
        }
        if job.state == "failed":
            answer["message"] = job.reason  # not on the page; the field is that of generate
        return JSONResponse(answer)

    async def download(self, request: Request) -> Response:
        """GET /download/:taskId: the video itself."""
        job = self._found(request)
        video = self.resources.renderer.rendering(job.render).file("mp4")
        if not video.exists():
            raise self.refusal(404, "视频尚未生成")
        return FileResponse(video, media_type="video/mp4", filename=f"{job.id}.mp4")

    def callback(self, job: VendorJob) -> dict[str, Any]:
        """The body of the callback: the page's 回调数据格式."""
        return {
            "task_id": job.id,
            "status": STATES[job.state],
            "download_url": self._download_url(job),
        }

    def _download_url(self, job: VendorJob) -> str | None:
        if job.state != "done":
            return None
        return f"{self.BASE_PATH}/download/{job.id[:SHORT_ID_LENGTH]}"

    def _found(self, request: Request) -> VendorJob:
        given = request.path_params["task_id"]
        whole = (each.id for each in self.all_jobs() if each.id[:SHORT_ID_LENGTH] == given)
        return self.job(next(whole, given))


def _iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
