"""Answers that tell of a task, in the vendor's envelope, a reseller's, or none."""

from typing import Any

from pydantic import model_validator

from lipsync_nb.vendors.base import AliasChoices, Field, JobId, Reply, without_empty


class Task(Reply):
    """A task, in ``data`` or not."""

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, task: Any) -> Any:
        """Merge nested ``data``: a reseller may wrap the vendor's task, or its whole answer."""
        while isinstance(task, dict) and isinstance(inner := task.get("data"), dict):
            outer = {key: value for key, value in without_empty(task).items() if key != "data"}
            task = {**without_empty(inner), **outer}
        return task


class Submitted(Task):
    """A task was accepted."""

    id: JobId = Field(validation_alias=AliasChoices("id", "task_id"))

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, task: Any) -> Any:
        """Read a bare id, as resellers send it."""
        return {"id": task} if isinstance(task, str | int) else task
