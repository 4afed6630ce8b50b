"""What all products of 云AI share: the key, the envelope, and what a product is here."""

import secrets
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.vendors.base import ApiCall, Handler
from lipsync_nb.sandbox.vendors.bearer_auth import BearerVendorService
from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.vendors.product import Product

MB100, GB = 100_000_000, 1_000_000_000  # the pages say 100m and 1GB: a GB is 1,000 MB
INTERNAL_ERROR = 500
STOCK_MODEL = "100001"
"""A person and a voice that each account has. It is on no page, and the sandbox's own: without it,
nothing could be tried before something was trained."""


class YunaiApi(BearerVendorService):
    """What all calls share: credentials, the envelope of answers, refusals."""

    NAME = "yunai"
    PATHS = (
        "/avatar/",
        "/agent_api.php",
        "/model",
        "/v1/tts",
        "/chat/",
        "/generate_video",
        "/query_video/",
    )
    UNAUTHORIZED = "无效的令牌"
    ERROR_MESSAGES: ClassVar = {
        "no_face": "未检测到人脸",
        "bad_media": "文件格式错误: {}",
        "unreachable": "文件下载失败: {}",
        "too_large": "文件超过100M（训练素材超过1G）: {}",
        "short_sample": "克隆音频不能少于20秒: {}",
        "training_length": "训练素材须为30-300秒: {}",
        "fault": "合成失败",
    }

    @staticmethod
    def new_keys() -> dict[str, str]:
        """An API key of the form sk-…."""
        return {"api_key": f"sk-{secrets.token_hex(24)}"}

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error (not on the page): the envelope, with a message."""
        return {"code": code, "message": message, "data": None}

    def start(self, product: Product, request: dict[str, Any], order: RenderOrder) -> str:
        """Start a job and return its id."""
        job_id = uuid.uuid4().hex
        self.submit(job_id, request, order, product=product)
        return job_id

    async def at_once(
        self, product: Product, request: dict[str, Any], order: RenderOrder, job_id: str = ""
    ) -> VendorJob:
        """Start a job, and wait until it is done; JobError if it failed."""
        job_id = job_id or uuid.uuid4().hex
        return await self.made(self.submit(job_id, request, order, product=product), job_id)

    def jobs_of(self, product: Product) -> list[VendorJob]:
        """The jobs of a product, oldest first."""
        return [job for job in self.resources.jobs.of(self.NAME) if job.product == product.name]


class YunaiProduct:
    """The calls of one product.

    Attributes:
        PRODUCT: What it is.
        LIMIT_BYTES: The size limit of a file; the page names none, but for two products.

    Args:
        api: What all products share.
    """

    PRODUCT: ClassVar[Product]
    LIMIT_BYTES: ClassVar[int] = GB

    def __init__(self, api: YunaiApi) -> None:
        self.api = api

    def calls(self) -> list[ApiCall]:
        """The calls."""
        raise NotImplementedError

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """Check a job's media; raise JobError to fail the job."""


def refuse_unless(kind: str, job: VendorJob, role: str, probes: dict[str, Probe]) -> None:
    """Raise JobError unless a medium is of a kind, such as ``video``."""
    if probes[role].kind != kind:
        raise JobError("bad_media", f"{job.order.media[role]} is no {kind}")


def refuse_untrainable(kind: str, job: VendorJob, role: str, probes: dict[str, Probe]) -> None:
    """Raise JobError unless a model can be trained from a medium: it has 30 to 300 s."""
    refuse_unless(kind, job, role, probes)
    seconds = probes[role].duration_s
    if not 30 <= seconds <= 300.1:  # noqa: PLR2004 -- 30–300 s, and the last frame
        raise JobError("training_length", f"{seconds:.1f}s")


def answering(
    handler: Handler, body: Callable[[int, str], dict[str, Any]], api: YunaiApi, invalid: int
) -> Handler:
    """A handler whose errors have bodies of its product's own.

    Args:
        handler: The handler.
        body: The body for an HTTP status and a message.
        api: Which has the messages.
        invalid: The HTTP status for a wrong field.
    """

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except FieldError as wrong:
            return JSONResponse(body(invalid, str(wrong)), invalid)
        except JobError as failed:
            return JSONResponse(body(INTERNAL_ERROR, api.reason(failed)), INTERNAL_ERROR)

    return answer
