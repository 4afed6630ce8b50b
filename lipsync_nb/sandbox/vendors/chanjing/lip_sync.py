"""蝉镜 Chanjing's lip sync: a clip says something else."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import Pace, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall, json_body
from lipsync_nb.sandbox.vendors.chanjing.api import BAD_PARAMETER, ChanjingApi, page_of
from lipsync_nb.sandbox.vendors.chanjing.lip_sync_order import priced_order
from lipsync_nb.sandbox.vendors.chanjing.spoken_text import EmojiError
from lipsync_nb.sandbox.vendors.chanjing.token_and_rate_limits import RateWindow
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.product import Product

LIP_SYNC = Product(
    pace=Pace(queue_s=0.8, base_s=1.6, per_second_s=0.6),
    no_job=(BAD_PARAMETER, "参数错误: no such video"),
    status_at=("data", "status"),
    result_at=("data", "video_url"),
    done_status=20,
    odd_status=77,
)
STATES = {"queued": 0, "processing": 10, "done": 20, "failed": 30}


class LipSync:
    """The calls of the product.

    Args:
        api: What all products share.
        files: The client's uploaded files.
    """

    def __init__(self, api: ChanjingApi, files: Files) -> None:
        self._api = api
        self._files = files
        self._create_limit = RateWindow(10, 60)
        self._detail_limit = RateWindow(10, 1)

    def calls(self) -> list[ApiCall]:
        """The page's three calls."""
        path = "/open/v1/video_lip_sync"
        return [
            ApiCall("POST", f"{path}/create", "submit", self.create, product=LIP_SYNC),
            ApiCall("POST", f"{path}/list", "poll", self.list, product=LIP_SYNC),
            ApiCall("GET", f"{path}/detail", "poll", self.detail, product=LIP_SYNC),
        ]

    async def create(self, request: Request) -> Response:
        """POST video_lip_sync/create: a job, paid in beans."""
        self._api.within(self._create_limit)
        body = await json_body(request)
        fields = Fields(body)
        callback = fields.url("callback", "")
        try:
            order, price = priced_order(fields, self._files)
        except EmojiError:
            raise self._api.has_emoji() from None
        return self._api.success(self._api.paid_job(body, order, callback, price, LIP_SYNC))

    async def list(self, request: Request) -> Response:
        """POST video_lip_sync/list: the jobs, newest first."""
        fields = Fields(await json_body(request) if await request.body() else {})
        jobs = self._api.all_jobs()[::-1]
        page, size = fields.whole("page", 1, 10**9, 1), fields.whole("page_size", 1, 1000, 10)
        rows, page_info = page_of(jobs, page, size)
        return self._api.success({"list": [self.row(job) for job in rows], "page_info": page_info})

    async def detail(self, request: Request) -> Response:
        """GET video_lip_sync/detail: one job."""
        self._api.within(self._detail_limit)
        job = self._api.job(request.query_params.get("id", ""), LIP_SYNC)
        return JSONResponse(self._api.callback(job))

    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a job."""
        done = job.state == "done"
        return {
            "id": job.id,
            "status": STATES[job.state],
            "progress": self._progress(job),
            "msg": "success" if done else job.reason,
            "video_url": self._api.result_url(job) if done else "",
            "preview_url": self._api.result_url(job, "jpg") if done else "",
            "duration": round(job.duration_s * 1000),
            "create_time": int(job.created),
        }

    def _progress(self, job: VendorJob) -> int:
        percent = int(100 * self._api.runner.fraction(job))
        return percent if job.state == "done" else min(percent, 99)
