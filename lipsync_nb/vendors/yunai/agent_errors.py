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
from lipsync_nb.vendors.yunai.agent_fields import values_of
from lipsync_nb.vendors.yunai.agent_ids import CreatedId
from lipsync_nb.vendors.yunai.api import YunaiApi, no_credit_code

DONE, FAILED = 1, 0
"""The codes, which come as numbers or texts. Any other is on no page, and proves nothing."""
REASONS = ("msg", "message", "error", "detail")
"""Fields with a message, that of the page first."""
MAY_BE_SUCCESS = re.compile(
    r"(?<!not )(?:\bok\b|\bsuccess)|(?<![不未没])(?<!没有)成功|已提交|已创建", re.IGNORECASE
)
"""In the message of an answer that may tell of something created, whatever its code is."""
NO_SUCH_TASK = re.compile("不存在|not found|no such", re.IGNORECASE)
"""In the message of a query that failed because there is no such task; on no page."""
NO_CREDIT = re.compile("余额不足|余额不够|积分不足|点数不足|额度不足|欠费")
"""In the message of an account without credit; on no page."""


def code_of(payload: Any) -> int | str | None:
    """Return the code of an answer; ``true`` and ``false`` are none that the page has."""
    code = payload.get("code") if isinstance(payload, dict) else None
    return str(code) if isinstance(code, bool) else as_code(code)


@dataclass(frozen=True, slots=True)
class AgentErrors:
    """Reads the errors of a call.

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
        """Return whether code 0 or a code for no credit says so, and the server is not broken."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        failed = code_of(payload) == FAILED and not _is_broken(answer)
        return failed or no_credit_code(payload) is not None

    def failure(self, answer: Answer, why: str) -> VendorError:
        """Return the error of an answer with the code for failure."""
        if NO_CREDIT.search(why) and not _is_broken(answer):
            return OutOfCredit(f"{self.vendor.name}: {FAILED}, {why}", code=FAILED)
        return status_error(self.vendor.name, answer, why, code=FAILED)


@dataclass(frozen=True, slots=True)
class CreationErrors(AgentErrors):
    """Reads the errors of a call that creates something.

    Attributes:
        created: Finds the id of what was created.
    """

    created: CreatedId

    def refuses(self, answer: Answer) -> bool:
        """Return whether it proves that nothing was created.

        Code 0 does not if anything else in the answer speaks of success, or names an id: other
        calls of this host have 0 for success, and resellers write answers anew.
        """
        payload = answer.payload
        doubtful = self.created.names_any(payload) or _may_tell_of_success(payload)
        refused = AgentErrors.refuses(self, answer)
        return refused and (not doubtful or no_credit_code(payload) is not None)


@dataclass(frozen=True, slots=True)
class QueryErrors(AgentErrors):
    """Reads the errors of a call that asks for a task.

    A task that failed is no error, whatever the code is: its ``zstatus`` says so. Nor is one that
    is done, if its result is there.

    Attributes:
        statuses: What each ``zstatus`` means.
        results: The fields with a result.
    """

    statuses: Mapping[int, JobStatus]
    results: tuple[str, ...]

    def check(self, answer: Answer) -> None:
        """Raise, unless the answer tells of a task that has ended."""
        failed = code_of(answer.payload) == FAILED and not _is_broken(answer)
        if not (failed and self._tells_of_end(answer)):
            AgentErrors.check(self, answer)

    def failure(self, answer: Answer, why: str) -> VendorError:
        """Return the error; HTTP's code for what does not exist if there is no such task."""
        if NO_SUCH_TASK.search(why) and not _is_broken(answer):
            return VendorError(f"{self.vendor.name}: {why}", code=httpx.codes.NOT_FOUND.value)
        return AgentErrors.failure(self, answer, why)

    def _tells_of_end(self, answer: Answer) -> bool:
        told = values_of(answer.payload, "zstatus")
        words = [as_code(word) for word in told if word not in (None, "")]
        status = translate(self.statuses, words[-1] if words else None)
        results = (value for name in self.results for value in values_of(answer.payload, name))
        done = status is JobStatus.succeeded and any(results)
        return status is JobStatus.failed or (done and answer.status < httpx.codes.BAD_REQUEST)


def _may_tell_of_success(payload: Any) -> bool:
    words = (value for name in (*REASONS, "status", "data") for value in values_of(payload, name))
    said = any(isinstance(word, str) and MAY_BE_SUCCESS.search(word) for word in words)
    return said or any(value is True for value in values_of(payload, "success"))


def _is_broken(answer: Answer) -> bool:
    return answer.status >= httpx.codes.INTERNAL_SERVER_ERROR
