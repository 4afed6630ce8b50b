"""魔珐星云 Xingyun's videos: a script or slides, spoken by a figure."""

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.multipart import form, part, save_part
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.xingyun.api import XingyunApi, is_fresh, iso, times_of
from lipsync_nb.sandbox.vendors.xingyun.render_order import (
    fields_in_detail,
    options_of,
    script_order,
    style_of,
)
from lipsync_nb.sandbox.vendors.xingyun.signature import signed_data

API = "/user/v1/video_synthesis_task"
NO_PPT, BAD_PPT, NO_TASK, NOT_CANCELLED = 30002, 30003, 30004, 30006
LARGEST_PPT_BYTES = 20_000_000  # on a copy of the vendor's page of PPT files
STATES = {
    "queued": "not_send",
    "processing": "processing",
    "done": "finished",
    "failed": "error",
    "cancelled": "cancel",
}
RENDER = Product(
    pace=Pace(queue_s=0.8, base_s=1.5, per_second_s=0.5),
    no_job=(NO_TASK, "视频任务未找到"),
    status_at=("data", "synth_state"),
    result_at=("data", "render_video_oss"),
    done_status="finished",
    odd_status="suspended",
)


class Render:
    """The calls of the product.

    Args:
        api: What all products share.
    """

    def __init__(self, api: XingyunApi) -> None:
        self._api = api

    def calls(self) -> list[ApiCall]:
        """The page's five calls."""
        return [
            ApiCall("POST", f"{API}/create_render_task", "submit", self.create),
            ApiCall("POST", f"{API}/parse_ppt_file", "upload", self.parse_ppt),
            ApiCall("GET", f"{API}/get_render_task", "poll", self.get),
            ApiCall("POST", f"{API}/cancel_render_task", "other", self.cancel),
            ApiCall("GET", f"{API}/get_render_task_preview_url", "other", self.preview),
        ]

    async def create(self, request: Request) -> Response:
        """POST create_render_task: a script, or slides that were parsed before."""
        body = await signed_data(request)
        fields = Fields(body)
        order = self._order(fields)
        return self._api.new_task(fields_in_detail(fields, body), order, RENDER)

    def _order(self, fields: Fields) -> RenderOrder:
        if fields.given("segment") == fields.given("parse_ppt_file_name"):
            raise FieldError("exactly one of segment, parse_ppt_file_name is required")
        options, style = options_of(fields), style_of(fields)
        if fields.given("segment"):
            return script_order(fields.rows("segment"), style, options)
        name = fields.text("parse_ppt_file_name")
        ppt = self._api.resources.store.get("ppt", name)
        if ppt is None:
            raise self._api.refusal(NO_PPT, "PPT文件不存在")
        return RenderOrder("slides", {"ppt": ppt["path"]}, style, options=options)

    async def parse_ppt(self, request: Request) -> Response:
        """POST parse_ppt_file: slides as multipart; the answer has their name.

        The vendor takes ppt, pptx and pdf, but the sandbox can read pptx only.
        """
        api, resources = self._api, self._api.resources
        try:
            upload = part(await form(request), "ppt_file")
        except FieldError as error:
            raise api.refusal(NO_PPT, f"PPT文件不存在: {error}") from None
        if (upload.size or 0) > LARGEST_PPT_BYTES:
            raise api.refusal(BAD_PPT, "PPT文件解析错误: 文件超过20MB")
        path = await save_part(upload, resources.media_folder)
        if resources.faults.take(api.NAME, "upload", ("failed",)):
            raise api.refusal(BAD_PPT, "PPT文件解析错误")
        try:
            await resources.renderer.count_slides(path)
        except JobError as error:
            raise api.refusal(BAD_PPT, f"PPT文件解析错误: {error.detail}") from None
        name = f"{uuid.uuid4().hex}.json"
        resources.store.put("ppt", name, {"path": f"media/{path.name}"})
        return api.success({"parse_ppt_file_name": name})

    async def get(self, request: Request) -> Response:
        """GET get_render_task: one task."""
        return self._api.success(self._detail(self._api.asked(request, RENDER)))

    def _detail(self, job: VendorJob) -> dict[str, Any]:
        done = job.state == "done"
        return {
            "id": int(job.id),
            "error_reason": job.reason,
            **times_of(job),
            **job.request,
            "synth_start_time": iso(job.started) if job.started else None,
            "synth_finish_time": iso(job.finished) if done else None,
            "synth_state": "waiting" if is_fresh(job) else STATES[job.state],
            "render_image_oss": self._api.result_url(job, "jpg") if done else None,
            "render_video_oss": self._api.result_url(job) if done else None,
        }

    async def cancel(self, request: Request) -> Response:
        """POST cancel_render_task: cancel a task that has not ended."""
        job = await self._api.named(request, RENDER)
        if not self._api.runner.cancel(job):
            raise self._api.refusal(NOT_CANCELLED, f"取消视频任务错误: {STATES[job.state]}")
        return self._api.success()

    async def preview(self, request: Request) -> Response:
        """GET get_render_task_preview_url: the poster, or "" before the task is finished."""
        job = self._api.asked(request, RENDER)
        url = self._api.result_url(job, "jpg") if job.state == "done" else ""
        return self._api.success({"preview_url": url})
