"""Which answers prove that a paid request was refused, so that it cost nothing.

After every other answer, and if no answer came, it is unknown whether the vendor does the work.
"""

from lipsync_nb.http.call import Answer

REFUSED = frozenset({401, 402, 403, 413, 429})
"""HTTP statuses that prove it, even if a gateway in front of the vendor sent them."""
REFUSED_BY_VENDOR = frozenset({400, 404, 405, 415, 422})
"""HTTP statuses that prove it if the body is a JSON object without a job's id, as the vendor's own
answers are. Other statuses prove nothing, such as 408, 409, 499, redirects and 5xx."""
NO_JOB_IDS = frozenset({"requestid", "traceid"})
"""Fields of errors that name the request, not a job: in lower case, without underscores."""


def proves_refusal(answer: Answer, *, job_id: str | None, listed: bool) -> bool:
    """Return whether an error proves that the vendor did nothing.

    Args:
        answer: The answer to a paid request.
        job_id: The id of a job that the answer names.
        listed: Whether the answer has a code from the vendor's table of refusals.
    """
    if answer.status in REFUSED:
        return True
    if job_id is not None or not isinstance(answer.payload, dict):
        return False
    return listed or answer.status in REFUSED_BY_VENDOR
