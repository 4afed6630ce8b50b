"""What clients are told where the sandbox itself fails, and not a vendor."""

from pathlib import Path
from traceback import format_exception_only


def own_failure(error: Exception, log_path: Path | None) -> str:
    """The error's last line, and where all of it can be read.

    Args:
        error: What was raised.
        log_path: The file the log goes to; None where it goes to a terminal.
    """
    last = "".join(format_exception_only(error)).strip().splitlines()[-1]
    where = f"see {log_path}" if log_path else "see its output"
    return f"the sandbox itself failed, {where}: {last}"
