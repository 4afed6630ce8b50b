"""What all products of 魔珐星云 Xingyun share: the signature, the envelope, the tasks."""

import time
from datetime import datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import COMMON_STEPS, Refusal, VendorService
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.xingyun.render_order import SHANGHAI
from lipsync_nb.sandbox.vendors.xingyun.signature import signature_error, signed_data

FIRST_TASK_ID = 135  # as on the page
NOT_CREATED = 30005
WAITING_S = 0.2  # how long a job is "waiting" (处理中) before it is "processing" (进行中)


class XingyunApi(VendorService):
    """What all calls share: credentials, the envelope of answers, refusals."""

    NAME = "xingyun"
    PATHS = ("/user/",)
    CREDENTIAL_HEADERS = ("x-app-id", "x-token")
    STEPS = COMMON_STEPS | {"upload"}
    ALWAYS_200 = True
    ERROR_MESSAGES: ClassVar = {
        "bad_media": "合成任务失败,素材无法解析: {}",
        "no_face": "合成任务失败,请重新发起或联系客服处理",
        "unreachable": "创建合成任务报错: 素材下载失败 {}",
        "too_large": "创建合成任务报错: 素材过大 {}",
        "fault": "合成任务失败,请重新发起或联系客服处理",
    }

    async def authorize(self, request: Request) -> None:
        """Check X-APP-ID, X-TIMESTAMP and X-TOKEN."""
        if wrong := await signature_error(request, self.keys):
            raise self.refusal(*wrong)

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error."""
        return {"error_code": code, "error_reason": message, "data": {}}

    def success(self, data: dict[str, Any] | None = None) -> Response:
        """An answer; some have no data."""
        told = {} if data is None else {"data": data}
        return JSONResponse({"error_code": 0, "error_reason": "", **told})

    def invalid(self, message: str) -> Refusal:
        """The refusal of a wrong field: 30005, the most similar code on the page."""
        return self.refusal(NOT_CREATED, f"创建视频任务错误: {message}")

    def new_task(self, request: dict[str, Any], order: RenderOrder, product: Product) -> Response:
        """Start a task, and answer with its id. All products count in one row."""
        tasks = self.resources.jobs.of(self.NAME)
        task_id = max((int(job.id) + 1 for job in tasks), default=FIRST_TASK_ID)
        self.submit(str(task_id), request, order, product=product)
        return self.success({"task_id": task_id})

    def asked(self, request: Request, product: Product) -> VendorJob:
        """The task that a query names; a Refusal if the product has none of this id."""
        return self.job(request.query_params.get("task_id", ""), product)

    async def named(self, request: Request, product: Product) -> VendorJob:
        """The task that a body names; a Refusal if the product has none of this id."""
        return self.job(str((await signed_data(request)).get("task_id")), product)


def is_fresh(job: VendorJob) -> bool:
    """Whether the work at a task began only just now."""
    return job.state == "processing" and time.time() - job.started < WAITING_S


def times_of(job: VendorJob) -> dict[str, Any]:
    """When a task was created and changed, as every answer tells it."""
    return {
        "create_time": iso(job.created),
        "update_time": iso(job.finished or job.started or job.created),
        "enable": True,
    }


def iso(unix_s: float) -> str:
    """A time as the vendor writes it."""
    return datetime.fromtimestamp(unix_s, SHANGHAI).isoformat(timespec="microseconds")
