"""The calls of ``agent_api.php``: forms whose field ``act`` says what is asked."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, model_validator

from lipsync_nb.vendors.base import (
    NO_JOB,
    AliasChoices,
    Amount,
    Call,
    Code,
    Delivery,
    Display,
    Field,
    JobId,
    JobStatus,
    Lenient,
    Message,
    Product,
    Purpose,
    Reply,
    Snapshot,
    translate,
    without_empty,
)
from lipsync_nb.vendors.yunai.agent_errors import (
    REASONS,
    CreationErrors,
    QueryErrors,
)
from lipsync_nb.vendors.yunai.api import YunaiApi

PATH = "agent_api.php"
SUCCESS = re.compile("^ok$|^success|(?<![不未])成功$", re.IGNORECASE)
"""The message of an answer that is no error. It may come with a task that failed."""

Statuses = Mapping[int, JobStatus]
"""What each ``zstatus`` means. Each product has numbers of its own; all others are unknown."""

LineType = Annotated[
    Literal[0, 1], Display(label="Line", options={0: "Ordinary line", 1: "Fast line"})
]
"""A field of each request: 0 for the ordinary line, 1 for the fast one."""


def _not_zero(job_id: str) -> str:
    if job_id == NO_JOB:
        raise ValueError("0 is no id")
    return job_id


AgentId = Annotated[JobId, AfterValidator(_not_zero)]
"""The vendor's id of a task or a model."""


class AgentReply(Reply):
    """An answer: the fields of its ``data``, and of the ``model`` in there."""

    @model_validator(mode="before")
    @classmethod
    def _merged(cls, answer: Any) -> Any:
        fields = without_empty(answer)
        if isinstance(fields, dict):
            fields = {key: fields[key] for key in fields if not _says_success(key, fields[key])}
        for name in ("data", "model"):
            if isinstance(fields, dict):
                inner = next((fields[key] for key in fields if key.lower() == name), None)
                fields = {**fields, **without_empty(inner)} if isinstance(inner, dict) else fields
        return fields


def _says_success(key: str, value: Any) -> bool:
    return key in REASONS and bool(SUCCESS.search(str(value)))


class Created(AgentReply):
    """A task or a model was accepted."""

    id: AgentId = Field(validation_alias=AliasChoices("task_id", "model_id"))


class Queried(AgentReply):
    """A task, or the training of a model; a video's length in seconds."""

    zstatus: Code | None = None
    why: Message = Field(None, validation_alias=AliasChoices("fail_reason", *REASONS))
    video_url: Lenient[str] = None
    video_pic: Lenient[str] = None
    video_time: Lenient[Amount] = None
    audio_url: Lenient[str] = None
    model_pic: Lenient[str] = None
    model_id: Lenient[AgentId] = None


class AgentProduct(Product[YunaiApi]):
    """A product whose calls go to ``agent_api.php``.

    Attributes:
        creates: The ``act`` that creates a task.
        queries: The one that asks for it.
        asks_by: The name of the task's id in that query.
        statuses: What the numbers of the answer mean.
    """

    creates: ClassVar[str]
    queries: ClassVar[str]
    asks_by: ClassVar[str] = "task_id"
    statuses: ClassVar[Statuses]

    @abstractmethod
    async def fields(self, request: Any, delivery: Delivery) -> dict[str, str]:
        """Return the fields of the form that creates a task, but for ``act`` and ``line_type``."""

    def result(self, request: Any, task: Queried, vendor_id: str) -> dict[str, Any]:
        """Return what a snapshot says of the result: a video, unless a product makes another."""
        seconds = task.video_time or None
        return {"video_url": task.video_url, "poster_url": task.video_pic, "duration_s": seconds}

    async def submission(self, request: Any, delivery: Delivery) -> Call[Snapshot]:
        """Give the media URLs, and return the call that creates a task."""
        form = self._form(self.creates, request, await self.fields(request, delivery))
        read, errors = partial(self.created, request), CreationErrors(self.vendor)
        return Call("POST", PATH, read, Purpose.paid, form=form, errors=errors)

    def poll(self, request: Any, vendor_id: str) -> Call[Snapshot]:
        """Ask for a task, on the line of its request."""
        form = self._form(self.queries, request, {self.asks_by: vendor_id})
        read = partial(self._queried, request, vendor_id)
        errors = QueryErrors(self.vendor, self.statuses)
        return Call("POST", PATH, read, Purpose.poll, form=form, errors=errors)

    def created(self, request: Any, payload: Any) -> Snapshot:
        """Read the answer that a task was created."""
        return Snapshot(JobStatus.queued, "", self.vendor.read(Created, payload).id)

    def _form(self, act: str, request: Any, fields: Mapping[str, str]) -> dict[str, str]:
        return {"act": act, **fields, "line_type": str(request.line_type)}

    def _queried(self, request: Any, vendor_id: str, payload: Any) -> Snapshot:
        task = self.vendor.read(Queried, payload)
        status = translate(self.statuses, task.zstatus)
        result = self.result(request, task, vendor_id) if status is JobStatus.succeeded else {}
        return Snapshot(
            status=status,
            vendor_status="" if task.zstatus is None else str(task.zstatus),
            vendor_id=vendor_id,
            error=task.why if status is JobStatus.failed else None,
            **result,
        )
