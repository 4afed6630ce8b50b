"""Errors of the sandbox's own, and how clients see them."""

from pathlib import Path
from traceback import format_exception_only


class JobError(Exception):
    """Why a job fails: a code, which each vendor puts in its own words, and details.

    Args:
        code: A key of the vendor's ``ERROR_MESSAGES``.
        detail: What happened, for the vendor's message.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def internal_error(error: Exception, log_path: Path | None) -> str:
    """The message for a client when the sandbox itself fails: the error, and where the log is.

    Args:
        error: What was raised.
        log_path: The file the log goes to; None where it goes to a terminal.
    """
    last = "".join(format_exception_only(error)).strip().splitlines()[-1]
    where = f"see {log_path}" if log_path else "see its output"
    return f"the sandbox itself failed, {where}: {last}"
