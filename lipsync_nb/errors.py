"""What can go wrong, as one tree.

LipSyncError
├── MissingCredentials      no key for a vendor: names the variable to set
├── BadRequest              refused before anything was sent: names the field and the limit
├── Unsupported             the vendor has no such operation
├── VendorError             the vendor answered with an error, or unreadably
│   ├── Unauthorized        the key was refused
│   ├── OutOfCredit         the account cannot pay
│   ├── RateLimited         too many requests; ``retry_after`` in seconds, where given
│   └── ServerError         the vendor's server failed
├── Unreachable             no answer came
├── NeverSent               the client ended before the request was sent; nothing was paid
├── InputFailed             a job whose result it uses has none; nothing was paid
├── SubmitUnknown           it is unknown whether the vendor has the job
├── JobFailed               the job ended without a result
│   └── JobExpired          the vendor has the voice or avatar no longer
├── JobTimeout              the job is not done yet
├── JobCancelled            the job was cancelled
│   └── JobAbandoned        the user abandoned the job; the vendor may make it nevertheless
├── DownloadError           the result could not be fetched
├── BudgetExceeded          the job would cost more than the budget leaves
├── NotConfirmed            jobs would cost more than may be paid unasked (`jobs.confirmation`)
└── LedgerError             the ledger could not be read or written
"""

from collections.abc import Sequence
from typing import Any, Protocol

LONGEST_LINE = 200
"""Characters of a value that an error repeats."""

_NEVER_SENT = (
    "never sent, nothing was paid; to send such a request, submit it again, or call "
    "job.resubmit(), or client.resume(unsent=True) for all of them"
)


class LipSyncError(Exception):
    """The root of all errors of this package. They can be pickled, with all that they carry."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Not by the constructor, as `args` has the text only.
        state = dict(vars(self))
        if isinstance(self.__cause__, LipSyncError):
            state["__cause__"] = self.__cause__
        return _restored, (type(self), self.args), state


def _restored(kind: type[LipSyncError], args: tuple[Any, ...]) -> LipSyncError:
    error = kind.__new__(kind)
    error.args = args
    return error


class MissingCredentials(LipSyncError):
    """A vendor's key is not set."""


class BadRequest(LipSyncError, ValueError):
    """The request was refused before anything was sent.

    Attributes:
        fields: Pairs of a field's dotted path and what is wrong with it.
    """

    def __init__(self, message: str, fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.fields = list(fields)


class Unsupported(LipSyncError):
    """The vendor has no such operation."""


class VendorError(LipSyncError):
    """The vendor answered with an error, or with something that cannot be read as an answer.

    Attributes:
        code: The vendor's own error code, or the HTTP status; ``None`` where neither was given.
        is_page: Whether the answer was not JSON, such as a web page.
        redirects: Whether the answer was a redirect.
        leaves_origin: Whether it was a redirect to another origin: scheme, host and port.
    """

    is_page = False
    redirects = False
    leaves_origin = False

    def __init__(self, message: str, *, code: int | str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Unauthorized(VendorError):
    """The vendor refused the key."""


class OutOfCredit(VendorError):
    """The account has not enough credit."""


class RateLimited(VendorError):
    """The vendor wants fewer requests.

    Attributes:
        retry_after: Seconds the vendor asked to wait, or ``None``.
    """

    def __init__(
        self, message: str, *, code: int | str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class ServerError(VendorError):
    """The vendor's server failed."""


class Unreachable(LipSyncError):
    """No answer came.

    Attributes:
        sent: Whether the request may have reached the vendor all the same.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class NeverSent(LipSyncError):
    """The client ended before the request was sent; nothing was paid."""

    def __init__(self, message: str = _NEVER_SENT) -> None:
        super().__init__(message)


class InputFailed(LipSyncError):
    """A job whose result the request uses has none; nothing was paid."""


class AnyJob(Protocol):
    """What an error needs of its job; see `lipsync_nb.Job`."""

    id: str

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result."""

    def attach(self, vendor_id: str) -> None:
        """Give the job its id at the vendor."""

    def resubmit(self) -> Any:
        """Submit the job again."""

    def abandon(self) -> None:
        """Abandon the job."""


class _JobError(LipSyncError):
    """An error that carries its job. In another process, the job reads its ledger when asked."""

    def __init__(self, message: str, job: AnyJob) -> None:
        super().__init__(message)
        self.job = job


class SubmitUnknown(_JobError):
    """The answer to the paid submission was lost, or the vendor has forgotten the job.

    Attach, resubmit or abandon ``job``.
    """


class JobFailed(_JobError):
    """The job ended without a result; the reason is in the text and in ``job.error``."""


class JobExpired(JobFailed):
    """The vendor no longer has the voice or avatar that the job made: resubmit ``job``."""


class JobTimeout(_JobError, TimeoutError):
    """The job is not done yet, but goes on; ``job.result()`` can be called again."""


class JobCancelled(_JobError):
    """The job was cancelled."""


class JobAbandoned(JobCancelled):
    """The job was abandoned: attach or resubmit ``job``."""


class DownloadError(LipSyncError):
    """The result could not be fetched, or is not what the job makes."""


class BudgetExceeded(LipSyncError):
    """The job would cost more than the budget leaves; nothing was sent."""


class LedgerError(LipSyncError):
    """The ledger could not be read or written."""


def line(value: object) -> str:
    """Return a value as text for an error: one line, whose middle is left out if it is long."""
    text = " ".join(str(value).split())
    half = LONGEST_LINE // 2
    return text if len(text) <= LONGEST_LINE else f"{text[:half]}…{text[-half:]}"


_RECALLED: dict[str, type[LipSyncError]] = {
    kind.__name__: kind
    for kind in (
        BadRequest,
        BudgetExceeded,
        DownloadError,
        InputFailed,
        LedgerError,
        MissingCredentials,
        NeverSent,
        OutOfCredit,
        RateLimited,
        ServerError,
        Unauthorized,
        Unreachable,
        Unsupported,
        VendorError,
    )
}


def recalled(name: str | None, message: str) -> LipSyncError:
    """Rebuild an error from the class name and text kept in the ledger."""
    return _RECALLED.get(name or "", LipSyncError)(message)
