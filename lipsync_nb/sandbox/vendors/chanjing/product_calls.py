"""What the products of 蝉镜 Chanjing do alike: create, list, tell of and delete their jobs."""

import uuid
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.jobs.job import RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall, json_body
from lipsync_nb.sandbox.vendors.chanjing.api import ChanjingApi, page_of
from lipsync_nb.sandbox.vendors.chanjing.spoken_text import EmojiError
from lipsync_nb.sandbox.vendors.chanjing.token_and_rate_limits import RateWindow
from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.vendors.product import Product


class ProductCalls(ABC):
    """The calls of one product.

    Attributes:
        PRODUCT: The product.
        IDS_BEGIN: How the ids of its jobs begin.

    Args:
        api: What all products share.
    """

    PRODUCT: ClassVar[Product]
    IDS_BEGIN: ClassVar[str] = ""

    def __init__(self, api: ChanjingApi) -> None:
        self.api = api
        self._create_limit = RateWindow(10, 60)
        self._detail_limit = RateWindow(10, 1)

    @abstractmethod
    def calls(self) -> list[ApiCall]:
        """Its calls."""

    def storage_calls(self) -> list[ApiCall]:
        """Its calls on the storage host, beside those of results."""
        return []

    @abstractmethod
    def order(self, fields: Fields) -> tuple[RenderOrder, int]:
        """The create call's parameters as an order, and its price in beans.

        Raises:
            FieldError: A parameter is wrong.
            EmojiError: A text has an emoji.
        """

    @abstractmethod
    def row(self, job: VendorJob) -> dict[str, Any]:
        """What is told of a job."""

    def created(self, job_id: str) -> Any:
        """The ``data`` that answers a create call."""
        return job_id

    async def create(self, request: Request) -> Response:
        """Create a job, paid in beans."""
        self.api.within(self._create_limit)
        body = await json_body(request)
        fields = Fields(body)
        callback = fields.url("callback", "")
        try:
            order, price = self.order(fields)
        except EmojiError:
            raise self.api.has_emoji() from None
        job_id = f"{self.IDS_BEGIN}{uuid.uuid4().hex}"
        self.api.submit_paid(job_id, body, order, callback, price, product=self.PRODUCT)
        return self.api.success(self.created(job_id))

    async def listing(self, request: Request) -> Response:
        """The jobs that were not deleted, newest first."""
        fields = Fields(await json_body(request) if await request.body() else {})
        jobs = self.api.jobs_of(self.PRODUCT)[::-1]
        page, size = fields.whole("page", 1, 10**9, 1), fields.whole("page_size", 1, 1000, 10)
        rows, page_info = page_of(jobs, page, size)
        return self.api.success(self.listed([self.row(job) for job in rows], page_info))

    def listed(self, rows: list[dict[str, Any]], page_info: dict[str, int]) -> dict[str, Any]:
        """The ``data`` of a list."""
        return {"list": rows, "page_info": page_info}

    async def detail(self, request: Request) -> Response:
        """One job, by the id in the query."""
        self.api.within(self._detail_limit)
        return self.told(request.query_params.get("id", ""))

    async def delete(self, request: Request) -> Response:
        """Delete what a job made, by the id in the body."""
        fields = Fields(await json_body(request))
        job = self.api.job(fields.text("id"), self.PRODUCT)
        self.api.delete(job)
        return self.api.success(job.id)

    def told(self, job_id: str) -> Response:
        """The answer about one job; one that was deleted is unknown."""
        job = self.api.job(job_id, self.PRODUCT)
        if self.api.is_deleted(job):
            raise self.api.refusal(*self.PRODUCT.no_job)
        return JSONResponse(self.api.callback(job))

    def progress(self, job: VendorJob) -> int:
        """The share of a job that is done, in percent."""
        percent = int(100 * self.api.runner.fraction(job))
        return percent if job.state == "done" else min(percent, 99)
