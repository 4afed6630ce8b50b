"""The errors of ``agent_api.php``, whose codes mean the reverse of those of the other calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from lipsync_nb.vendors.base import (
    Answer,
    JobStatus,
    OutOfCredit,
    ServerError,
    VendorError,
    as_code,
    reason,
    status_error,
    translate,
)
from lipsync_nb.vendors.yunai.api import YunaiApi, no_credit_code

DONE, FAILED = 1, 0
"""The codes, which come as numbers or texts. Any other is on no page, and proves nothing."""
IDS = ("task_id", "model_id")
"""Fields with the id of what was created."""
NO_ID = (None, "", 0)
"""What stands there if nothing was."""
REASONS = ("msg", "message", "error", "detail")
"""Fields with a message, that of the page first."""
NO_SUCH_TASK = re.compile("不存在|not found|no such", re.IGNORECASE)
"""In the message of a query that failed because there is no such task; on no page."""
NO_CREDIT = re.compile("余额不足|余额不够|积分不足|点数不足|额度不足|欠费")
"""In the message of an account without credit; on no page."""


def code_of(payload: Any) -> int | str | None:
    """Return the code of an answer; ``true`` and ``false`` are none that the page has."""
    code = payload.get("code") if isinstance(payload, dict) else None
    return str(code) if isinstance(code, bool) else as_code(code)


@dataclass(frozen=True, slots=True)
class CreationErrors:
    """Reads the errors of a call that creates a task.

    Attributes:
        vendor: The vendor.
    """

    vendor: YunaiApi

    def check(self, answer: Answer) -> None:
        """Raise by a code for no credit, then if the code says so, then by the HTTP status."""
        self.vendor.refuse_empty_account(answer)
        code, why = code_of(answer.payload), reason(answer.payload, REASONS) or "no reason given"
        if code == FAILED:
            raise self.failure(answer, why)
        if answer.status >= httpx.codes.BAD_REQUEST:
            raise status_error(self.vendor.name, answer, why)
        if code not in (None, DONE):
            raise ServerError(f"{self.vendor.name}: unexpected code {code!r}, {why}", code=code)

    def refuses(self, answer: Answer) -> bool:
        """Return whether it proves that nothing was created.

        Code 0 does, but not of a broken server, and not beside the id of what was created.
        """
        payload = answer.payload
        if not isinstance(payload, dict):
            return False
        failed = code_of(payload) == FAILED and not _is_broken(answer)
        return (failed and not _names_id(payload)) or no_credit_code(payload) is not None

    def failure(self, answer: Answer, why: str) -> VendorError:
        """Return the error of an answer with the code for failure."""
        if NO_CREDIT.search(why) and not _is_broken(answer):
            return OutOfCredit(f"{self.vendor.name}: {FAILED}, {why}", code=FAILED)
        return status_error(self.vendor.name, answer, why, code=FAILED)


@dataclass(frozen=True, slots=True)
class QueryErrors(CreationErrors):
    """Reads the errors of a call that asks for a task.

    A task that failed is no error, whatever the code is: its ``zstatus`` says so.

    Attributes:
        statuses: What each ``zstatus`` means.
    """

    statuses: Mapping[int, JobStatus]

    def check(self, answer: Answer) -> None:
        """Raise, unless the answer tells of a task that failed."""
        failed = code_of(answer.payload) == FAILED and not _is_broken(answer)
        if not (failed and self._tells_of_failure(answer.payload)):
            CreationErrors.check(self, answer)

    def failure(self, answer: Answer, why: str) -> VendorError:
        """Return the error; HTTP's code for what does not exist if there is no such task."""
        if NO_SUCH_TASK.search(why) and not _is_broken(answer):
            return VendorError(f"{self.vendor.name}: {why}", code=httpx.codes.NOT_FOUND.value)
        return CreationErrors.failure(self, answer, why)

    def _tells_of_failure(self, payload: Mapping[str, Any]) -> bool:
        task = payload.get("data")
        word = as_code(task.get("zstatus")) if isinstance(task, dict) else None
        return translate(self.statuses, word) is JobStatus.failed


def _names_id(payload: Mapping[str, Any]) -> bool:
    data = payload.get("data")
    inner = data.get("model") if isinstance(data, dict) else None
    parts = [part for part in (payload, data, inner) if isinstance(part, dict)]
    return any(as_code(part.get(name)) not in NO_ID for part in parts for name in IDS)


def _is_broken(answer: Answer) -> bool:
    return answer.status >= httpx.codes.INTERNAL_SERVER_ERROR
