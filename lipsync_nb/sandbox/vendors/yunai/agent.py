"""agent_api.php: forms with an ``act``. The codes are the reverse of those of /avatar/*.

All numbers are answered as texts. How a task tells why it failed is on no page: here the code is
that for failure, and the message says why.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields
from lipsync_nb.sandbox.vendors.multipart import form
from lipsync_nb.sandbox.vendors.product import Product
from lipsync_nb.sandbox.vendors.yunai.api import YunaiApi, YunaiProduct

PATH = "/agent_api.php"
DONE, FAILED = 1, 0
LINES = ("0", "1")
STATES = {"queued": 1, "processing": 2, "done": 3, "failed": -1}
"""zstatus of most queries; others have tables of their own."""
NO_TASK = "任务不存在"

Data = dict[str, Any]
Act = Callable[[Fields], Data | Awaitable[Data]]


class AgentError(Exception):
    """What was asked fails, in the vendor's words."""


def body_of(code: int, message: str, data: Any = ()) -> dict[str, Any]:
    """The body of an answer. Without data it has an empty list, as PHP writes empty arrays."""
    return {"code": str(code), "msg": message, "data": data or []}


def agent_product(name: str, pace: Pace, result: str, states: dict[str, int]) -> Product:
    """A product of agent_api.php.

    Args:
        name: What its jobs are stored under.
        pace: How long its jobs take.
        result: The field with the result's URL; empty if it has none.
        states: What it says of the states of a job.
    """
    return Product(
        pace=pace,
        no_job=(FAILED, NO_TASK),
        status_at=("data", "zstatus"),
        result_at=("data", result),
        done_status=str(states["done"]),
        odd_status="77",
        name=name,
        envelope=body_of,
    )


class AgentProduct(YunaiProduct):
    """A product whose calls are acts.

    Attributes:
        CREATES: The act that creates.
        QUERIES: The act that asks.
        ASKS_BY: The name of the id in that query.
        STATES: What it says of the states of a job.
    """

    CREATES: ClassVar[str]
    QUERIES: ClassVar[str]
    ASKS_BY: ClassVar[str] = "task_id"
    STATES: ClassVar[dict[str, int]] = STATES

    def calls(self) -> list[ApiCall]:
        """Both acts."""
        return [
            self.act(self.CREATES, "submit", self.create),
            self.act(self.QUERIES, "poll", self.query),
        ]

    def act(self, name: str, step: str, handler: Act) -> ApiCall:
        """An act as a call."""
        answer = partial(_answer, self.api, handler)
        return ApiCall("POST", PATH, step, answer, product=self.PRODUCT, act=name)

    async def create(self, fields: Fields) -> Data:
        """The act that creates a job."""
        request = self.request(fields) | {"line_type": line_of(fields)}
        return {"task_id": self.api.start(self.PRODUCT, request, self.order(request))}

    async def query(self, fields: Fields) -> Data:
        """The act that asks for a job, on the line of its creation."""
        job = self.find(fields.text(self.ASKS_BY), line_of(fields))
        told = {"zstatus": str(self.STATES[job.state]), **self.result(job)}
        if job.state == "failed":
            raise Failed(job.reason, told)
        return told

    def request(self, fields: Fields) -> dict[str, Any]:
        """The fields that were sent, checked."""
        raise NotImplementedError

    def order(self, request: dict[str, Any]) -> RenderOrder:
        """What is to be made."""
        raise NotImplementedError

    def result(self, job: VendorJob) -> Data:
        """What is told of the result: a video; empty values before it is there."""
        done = job.state == "done"
        return {
            "video_url": self.api.result_url(job) if done else "",
            "video_pic": self.api.result_url(job, "jpg") if done else "",
            "video_time": f"{job.duration_s:.2f}" if done else "0",
        }

    def find(self, job_id: str, line: str) -> VendorJob:
        """The job of this product and line; AgentError if there is none."""
        job = self.api.resources.jobs.get(self.api.NAME, job_id)
        known = job is not None and job.product == self.PRODUCT.name
        if job is None or not known or job.request["line_type"] != line:
            raise AgentError(NO_TASK)
        return job


class Failed(AgentError):
    """A job has failed.

    Args:
        reason: Why.
        data: What is told of it.
    """

    def __init__(self, reason: str, data: Data) -> None:
        super().__init__(reason)
        self.data = data


def line_of(fields: Fields) -> str:
    """The line: ``0`` is the ordinary one, ``1`` the fast one."""
    return str(fields.choice("line_type", LINES, "0"))


def unknown_act(api: YunaiApi) -> ApiCall:
    """The call that answers any other act, and forms without one."""

    async def unknown(fields: Fields) -> Data:
        raise AgentError(f"act错误: {fields.text('act')}")

    return ApiCall("POST", PATH, "other", partial(_answer, api, unknown))


async def _answer(api: YunaiApi, handler: Act, request: Request) -> Response:
    try:
        told = handler(Fields(dict(await form(request))))
        data = await told if inspect.isawaitable(told) else told
    except FieldError as wrong:
        return JSONResponse(body_of(FAILED, f"参数错误: {wrong}"))
    except JobError as failed:
        return JSONResponse(body_of(FAILED, api.reason(failed)))
    except Failed as failed:
        return JSONResponse(body_of(FAILED, str(failed), failed.data))
    except AgentError as wrong:
        return JSONResponse(body_of(FAILED, str(wrong)))
    return JSONResponse(body_of(DONE, "success", data))
