"""The calls of ``agent_api.php``: forms whose field ``act`` says what is asked."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from lipsync_nb.vendors.base import (
    AliasChoices,
    Amount,
    Call,
    Code,
    Delivery,
    Display,
    Field,
    JobStatus,
    Lenient,
    Message,
    Product,
    Purpose,
    Reply,
    ServerError,
    Snapshot,
    reason,
    translate,
    without_empty,
)
from lipsync_nb.vendors.yunai.agent_errors import REASONS, CreationErrors, QueryErrors
from lipsync_nb.vendors.yunai.agent_fields import objects_in
from lipsync_nb.vendors.yunai.agent_ids import CreatedId, as_id
from lipsync_nb.vendors.yunai.api import YunaiApi

PATH = "agent_api.php"
SUCCESS = re.compile("^ok$|^success|(?<![不未])成功$", re.IGNORECASE)
"""The message of an answer that is no error. It may come with a task that failed."""

Statuses = Mapping[int, JobStatus]
"""What each ``zstatus`` means. Two products have numbers of their own; all others are unknown."""
VIDEO_STATUSES: Statuses = {
    -1: JobStatus.failed,
    0: JobStatus.queued,
    1: JobStatus.queued,
    2: JobStatus.running,
    3: JobStatus.succeeded,
}
"""Those of the videos and of the people in them."""


def _line(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("Input should be 0 or 1")  # noqa: TRY004 - pydantic wants this one
    return int(value) if isinstance(value, str) and value in {"0", "1"} else value


LineType = Annotated[
    Literal[0, 1],
    BeforeValidator(_line),
    Display(label="Line", options={0: "Ordinary line", 1: "Fast line"}),
]
"""A field of each request: 0 for the ordinary line, 1 for the fast one. The page writes texts."""


class AgentReply(Reply):
    """An answer: its fields, and those of the objects in it, the innermost first."""

    @model_validator(mode="before")
    @classmethod
    def _merged(cls, answer: Any) -> Any:
        if not isinstance(answer, dict):
            return answer
        fields: dict[str, Any] = {}
        for part in objects_in(answer):
            given = without_empty(part)
            fields |= {key: given[key] for key in given if not _says_success(key, given[key])}
        return fields


def _says_success(key: str, value: Any) -> bool:
    return key in REASONS and bool(SUCCESS.search(str(value)))


class Queried(AgentReply):
    """A task, or the training of a model; a video's length in seconds."""

    zstatus: Code | None = None
    why: Message = Field(None, validation_alias=AliasChoices("fail_reason", *REASONS))
    video_url: Lenient[str] = None
    video_pic: Lenient[str] = None
    video_time: Lenient[Amount] = None
    audio_url: Lenient[str] = None
    model_pic: Lenient[str] = None
    model_id: Annotated[str | None, BeforeValidator(as_id)] = None


class AgentProduct(Product[YunaiApi]):
    """A product whose calls go to ``agent_api.php``.

    Attributes:
        creates: The ``act`` that creates a task.
        queries: The one that asks for it.
        id_field: The field with the id of what was created, in the answer and in that query.
        results: The fields of the answer with a result; one is enough.
        statuses: What the numbers of the answer mean.
    """

    creates: ClassVar[str]
    queries: ClassVar[str]
    id_field: ClassVar[str] = "task_id"
    results: ClassVar[tuple[str, ...]] = ("video_url",)
    statuses: ClassVar[Statuses] = VIDEO_STATUSES

    @abstractmethod
    async def fields(self, request: Any, delivery: Delivery) -> dict[str, str]:
        """Return the fields of the form that creates a task, but for ``act`` and ``line_type``."""

    def result(self, request: Any, task: Queried, vendor_id: str) -> dict[str, Any]:
        """Return what a snapshot says of the result: a video, unless a product makes another."""
        seconds = task.video_time or None
        return {"video_url": task.video_url, "poster_url": task.video_pic, "duration_s": seconds}

    async def submission(self, request: Any, delivery: Delivery) -> Call[Snapshot]:
        """Give the media URLs, and return the call that creates a task."""
        fields = await self.fields(request, delivery)
        created = CreatedId(self.id_field, frozenset(fields.values()))
        read, errors = partial(self._read, request, created), CreationErrors(self.vendor, created)
        form = self._form(self.creates, request, fields)
        return Call("POST", PATH, read, Purpose.paid, form=form, errors=errors)

    def poll(self, request: Any, vendor_id: str) -> Call[Snapshot]:
        """Ask for a task, on the line of its request."""
        form = self._form(self.queries, request, {self.id_field: vendor_id})
        read = partial(self._queried, request, vendor_id)
        errors = QueryErrors(self.vendor, self.statuses, self.results)
        return Call("POST", PATH, read, Purpose.poll, form=form, errors=errors)

    def created(self, request: Any, vendor_id: str) -> Snapshot:
        """Return what is known of a task that was created."""
        return Snapshot(JobStatus.queued, "", vendor_id)

    def _read(self, request: Any, created: CreatedId, payload: Any) -> Snapshot:
        if (vendor_id := created.found(payload)) is None:
            why = reason(payload, REASONS) or "no reason given"
            name = self.vendor.name
            raise ServerError(f"{name}: unexpected answer (see {self.id_field}): {why}")
        return self.created(request, vendor_id)

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
