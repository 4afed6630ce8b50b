"""What all products of 蝉镜 Chanjing share: its token, its envelope, its beans."""

import math
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.vendors.base import Refusal, VendorService
from lipsync_nb.sandbox.vendors.chanjing.token_and_rate_limits import RateWindow, Token
from lipsync_nb.sandbox.vendors.product import Product

T = TypeVar("T")

DELETED = "chanjing deleted"
"""Kind of the documents in the store that name what was deleted."""
NO_TOKEN, BAD_PARAMETER, TOO_FAST, BROKEN = 10400, 40000, 40001, 50000


class ChanjingApi(VendorService):
    """What all calls share: credentials, the envelope of answers, refusals."""

    NAME = "chanjing"
    PATHS = ("/open/",)
    CREDENTIAL_HEADERS = ("access_token",)
    ALWAYS_200 = True  # not on the page

    def __init__(self, keys: dict[str, str], resources: Resources, runner: JobRunner) -> None:
        super().__init__(keys, resources, runner)
        self._token = Token(resources.store, resources.settings)

    async def authorize(self, request: Request) -> None:
        """Check access_token."""
        if not self._token.is_valid(request.headers.get("access_token", "")):
            raise self.refusal(NO_TOKEN, "AccessToken验证失败")

    def forget_token(self) -> None:
        """Invalidate the client's token."""
        self._token.forget()

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error."""
        return {"trace_id": uuid.uuid4().hex, "code": code, "msg": message, "data": None}

    def enveloped(self, data: Any) -> dict[str, Any]:
        """The body of an answer."""
        return {"trace_id": uuid.uuid4().hex, "code": 0, "msg": "success", "data": data}

    def success(self, data: Any) -> Response:
        """An answer."""
        return JSONResponse(self.enveloped(data))

    def invalid(self, message: str) -> Refusal:
        """The refusal of a wrong field: 40000, 参数错误."""
        return self.refusal(BAD_PARAMETER, f"参数错误: {message}")

    def broken(self, message: str) -> Refusal:
        """The refusal for an error of the vendor itself: 50000, 系统内部错误."""
        return self.refusal(BROKEN, message)

    def has_emoji(self) -> Refusal:
        """The refusal of a text with an emoji, which has the code of a system error."""
        return self.refusal(BROKEN, "文本包含emoji表情")

    def within(self, limit: RateWindow) -> None:
        """Raise a Refusal if a rate limit is exceeded."""
        if self.resources.settings.rates and not limit.allows():
            raise self.refusal(TOO_FAST, "超出RPM/QPS限制")

    def jobs_of(self, product: Product) -> list[VendorJob]:
        """The jobs of a product that were not deleted, oldest first."""
        jobs = self.resources.jobs.of(self.NAME)
        return [job for job in jobs if job.product == product.name and not self.is_deleted(job)]

    def delete(self, job: VendorJob) -> None:
        """Delete what a job made; a Refusal if that was done before."""
        if self.is_deleted(job):
            raise self.refusal(BAD_PARAMETER, "参数错误: it was deleted")
        self.resources.store.put(DELETED, job.id, {})

    def is_deleted(self, job: VendorJob) -> bool:
        """Whether what a job made was deleted."""
        return self.resources.store.get(DELETED, job.id) is not None

    def submit_paid(
        self,
        job_id: str,
        body: dict[str, Any],
        order: RenderOrder,
        callback: str,
        beans: int,
        *,
        product: Product,
    ) -> None:
        """Charge the beans and start a job; a Refusal if there are too few."""
        if not self.charge(beans):
            raise self.refusal(BROKEN, "蝉豆余额不足")  # this code is not on the page
        self.submit(job_id, body, order, callback, beans, product=product)


def page_of(rows: Sequence[T], page: int, size: int) -> tuple[list[T], dict[str, int]]:
    """One page of a list, and its page_info."""
    info = {
        "page": page,
        "size": size,
        "total_count": len(rows),
        "total_page": math.ceil(len(rows) / size),
    }
    return list(rows[(page - 1) * size : page * size]), info
