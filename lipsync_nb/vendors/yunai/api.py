"""What all products of Yunai share: the key, the envelope, and what an error means."""

from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from lipsync_nb.vendors.base import (
    Answer,
    BearerAuth,
    JobStatus,
    OutOfCredit,
    Snapshot,
    VendorOfProducts,
    as_code,
    reason,
    status_error,
)
from lipsync_nb.vendors.yunai.answers import Submitted

SUCCESS_CODES = (0, 200, "success")
"""The page's text says 200 is success, its example shows 0, resellers send a word. The calls of
``agent_api.php`` have codes of their own (`lipsync_nb.vendors.yunai.agent`)."""
NO_CREDIT_CODES = {"quota_not_enough", "insufficient_user_quota"}
"""Codes of services that resellers are built on, for an empty account; on no page of the vendor."""
HTTP_ERRORS = range(400, 600)
"""Codes that repeat an HTTP status."""
REFUSALS = range(400, 500)
"""The codes among them that prove that nothing was made."""
LONGEST_ANSWER = 600.0
"""Seconds that an answer may take which has a voice, a speech or a text: it comes once that is
made. The pages name no limit."""


class YunaiApi(VendorOfProducts):
    """The connection."""

    variables: ClassVar = {"api_key": "YUNAI_API_KEY"}
    default_base_url = "https://api.yunai.xyz"  # on no page: inferred from public clients
    takes_urls_only = True

    def auth(self) -> httpx.Auth:
        """Send the key as a bearer token."""
        return BearerAuth(self.key("api_key"))

    def check(self, answer: Answer) -> None:
        """Raise by the code for no credit, then by the HTTP status, then by the envelope's code.

        Answers without an envelope have no code, and are judged by the HTTP status alone.
        """
        self.refuse_empty_account(answer)
        super().check(answer)
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        code, why = as_code(payload.get("code")), reason(payload) or "no reason given"
        if code is None or code in SUCCESS_CODES:
            return
        status = code if isinstance(code, int) and code in HTTP_ERRORS else answer.status
        raise status_error(self.name, Answer(status, payload, answer.retry_after), why, code=code)

    def refuses(self, answer: Answer) -> bool:
        """Return whether the code repeats an HTTP status from 400 to 499, or is for no credit."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        return as_code(payload.get("code")) in REFUSALS or no_credit_code(payload) is not None

    def submitted(self, payload: Any) -> Snapshot:
        """Read the answer that a task was accepted."""
        return Snapshot(JobStatus.queued, "submitted", self.read_data(Submitted, payload).id)

    def refuse_empty_account(self, answer: Answer) -> None:
        """Raise `OutOfCredit` if an answer has a code for that."""
        payload = answer.payload if isinstance(answer.payload, dict) else {}
        if (empty := no_credit_code(payload)) is not None:
            why = reason(payload) or "no reason given"
            raise OutOfCredit(f"{self.name}: {empty}, {why}", code=empty)


def no_credit_code(payload: Mapping[str, Any]) -> int | str | None:
    """Return the code of an answer or of the error in it, if it is for an empty account."""
    error = payload.get("error")
    inner = error.get("code") if isinstance(error, dict) else None
    codes = (as_code(payload.get("code")), as_code(inner))
    return next((code for code in codes if code in NO_CREDIT_CODES), None)
