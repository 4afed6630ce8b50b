"""The calls of 魔珐星云 Xingyun."""

import time
import uuid
from datetime import datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, ApiCall, Refusal, VendorService
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.multipart import form, part, save_part
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.xingyun.render_order import (
    SHANGHAI,
    fields_in_detail,
    options_of,
    script_order,
    style_of,
)
from lipsync_nb.sandbox.vendors.xingyun.signature import signature_error, signed_data

API = "/user/v1/video_synthesis_task"
FIRST_TASK_ID = 135  # as on the page
NO_PPT, BAD_PPT, NO_TASK, NOT_CREATED, NOT_CANCELLED = 30002, 30003, 30004, 30005, 30006
LARGEST_PPT_BYTES = 20_000_000  # on a copy of the vendor's page of PPT files
STATES = {
    "queued": "not_send",
    "processing": "processing",
    "done": "finished",
    "failed": "error",
    "cancelled": "cancel",
}
WAITING_S = 0.2  # how long a job is "waiting" (处理中) before it is "processing" (进行中)


class XingyunService(VendorService):
    """魔珐星云: signed calls; a script or slides become a video."""

    NAME = "xingyun"
    PATHS = ("/user/",)
    CREDENTIAL_HEADERS = ("x-app-id", "x-token")
    STEPS = COMMON_STEPS | {"upload"}
    ALWAYS_200 = True
    PRODUCTS = (
        Product(
            pace=Pace(queue_s=0.8, base_s=1.5, per_second_s=0.5),
            no_job=(NO_TASK, "视频任务未找到"),
            status_at=("data", "synth_state"),
            result_at=("data", "render_video_oss"),
            done_status="finished",
            odd_status="suspended",
        ),
    )
    ERROR_MESSAGES: ClassVar = {
        "bad_media": "合成任务失败,素材无法解析: {}",
        "no_face": "合成任务失败,请重新发起或联系客服处理",
        "unreachable": "创建合成任务报错: 素材下载失败 {}",
        "too_large": "创建合成任务报错: 素材过大 {}",
        "fault": "合成任务失败,请重新发起或联系客服处理",
    }

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An application's id and secret, both UUIDs."""
        return {"app_id": str(uuid.uuid4()), "app_secret": str(uuid.uuid4())}

    def calls(self) -> list[ApiCall]:
        """The page's five calls."""
        return [
            ApiCall("POST", f"{API}/create_render_task", "submit", self.create),
            ApiCall("POST", f"{API}/parse_ppt_file", "upload", self.parse_ppt),
            ApiCall("GET", f"{API}/get_render_task", "poll", self.get),
            ApiCall("POST", f"{API}/cancel_render_task", "other", self.cancel),
            ApiCall("GET", f"{API}/get_render_task_preview_url", "other", self.preview),
        ]

    async def authorize(self, request: Request) -> None:
        """Check X-APP-ID, X-TIMESTAMP and X-TOKEN."""
        if wrong := await signature_error(request, self.keys):
            raise self.refusal(*wrong)

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error."""
        return {"error_code": code, "error_reason": message, "data": {}}

    def invalid(self, message: str) -> Refusal:
        """The refusal of a wrong field: 30005, the most similar code on the page."""
        return self.refusal(NOT_CREATED, f"创建视频任务错误: {message}")

    async def create(self, request: Request) -> Response:
        """POST create_render_task: a script, or slides that were parsed before."""
        body = await signed_data(request)
        fields = Fields(body)
        order = self._order(fields)
        sent = fields_in_detail(fields, body)
        task_id = max((int(job.id) + 1 for job in self.all_jobs()), default=FIRST_TASK_ID)
        self.submit(str(task_id), sent, order)
        return self._success({"task_id": task_id})

    def _order(self, fields: Fields) -> RenderOrder:
        if fields.given("segment") == fields.given("parse_ppt_file_name"):
            raise FieldError("exactly one of segment, parse_ppt_file_name is required")
        options, style = options_of(fields), style_of(fields)
        if fields.given("segment"):
            return script_order(fields.rows("segment"), style, options)
        name = fields.text("parse_ppt_file_name")
        ppt = self.resources.store.get("ppt", name)
        if ppt is None:
            raise self.refusal(NO_PPT, "PPT文件不存在")
        return RenderOrder("slides", {"ppt": ppt["path"]}, style, options=options)

    async def parse_ppt(self, request: Request) -> Response:
        """POST parse_ppt_file: slides as multipart; the answer has their name.

        The vendor takes ppt, pptx and pdf, but the sandbox can read pptx only.
        """
        try:
            upload = part(await form(request), "ppt_file")
        except FieldError as error:
            raise self.refusal(NO_PPT, f"PPT文件不存在: {error}") from None
        if (upload.size or 0) > LARGEST_PPT_BYTES:
            raise self.refusal(BAD_PPT, "PPT文件解析错误: 文件超过20MB")
        path = await save_part(upload, self.resources.media_folder)
        if self.resources.faults.take(self.NAME, "upload", ("failed",)):
            raise self.refusal(BAD_PPT, "PPT文件解析错误")
        try:
            await self.resources.renderer.count_slides(path)
        except JobError as error:
            raise self.refusal(BAD_PPT, f"PPT文件解析错误: {error.detail}") from None
        name = f"{uuid.uuid4().hex}.json"
        self.resources.store.put("ppt", name, {"path": f"media/{path.name}"})
        return self._success({"parse_ppt_file_name": name})

    async def get(self, request: Request) -> Response:
        """GET get_render_task: one task."""
        return self._success(self._detail(self.job(request.query_params.get("task_id", ""))))

    def _detail(self, job: VendorJob) -> dict[str, Any]:
        done = job.state == "done"
        return {
            "id": int(job.id),
            "error_reason": job.reason,
            "create_time": _iso(job.created),
            "update_time": _iso(job.finished or job.started or job.created),
            "enable": True,
            **job.request,
            "synth_start_time": _iso(job.started) if job.started else None,
            "synth_finish_time": _iso(job.finished) if done else None,
            "synth_state": self._state(job),
            "render_image_oss": self.result_url(job, "jpg") if done else None,
            "render_video_oss": self.result_url(job) if done else None,
        }

    def _state(self, job: VendorJob) -> str:
        if job.state == "processing" and time.time() - job.started < WAITING_S:
            return "waiting"
        return STATES[job.state]

    async def cancel(self, request: Request) -> Response:
        """POST cancel_render_task: cancel a task that has not ended."""
        job = self.job(str((await signed_data(request)).get("task_id")))
        if not self.runner.cancel(job):
            raise self.refusal(NOT_CANCELLED, f"取消视频任务错误: {STATES[job.state]}")
        return JSONResponse({"error_code": 0, "error_reason": ""})

    async def preview(self, request: Request) -> Response:
        """GET get_render_task_preview_url: the poster, or "" before the task is finished."""
        job = self.job(request.query_params.get("task_id", ""))
        return self._success(
            {"preview_url": self.result_url(job, "jpg") if job.state == "done" else ""}
        )

    def _success(self, data: dict[str, Any]) -> Response:
        return JSONResponse({"error_code": 0, "error_reason": "", "data": data})


def _iso(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, SHANGHAI).isoformat(timespec="microseconds")
