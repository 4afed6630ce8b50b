"""The names of results' files: a pattern of `str.format`, filled in with what is known of a job."""

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from string import Formatter

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.status import JobStatus

USUAL = "{vendor}-{kind}-{id}"
"""The pattern of results, unless the client has another."""
EXPORTED = "{date:%Y-%m-%d}_{key}_{title}"
"""The pattern of exported files, unless another is given."""
FIELDS = ("date", "id", "key", "kind", "project", "title", "vendor")
"""What a pattern may name."""
LONGEST_NAME = 120
"""Bytes of a name in UTF-8, without its ending: 40 Chinese characters. Systems take names of 255
bytes, but Windows takes paths of 260 characters, folders included."""
FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f'
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Characters that Windows does not take, those that change the direction of a text, and those that
are invisible or cannot be written. The one that joins emoji (U+200D) stays."""
ASCII = re.compile("[ -~]+")
RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ .]*(\..*)?", re.IGNORECASE
)
"""Names of devices on Windows, whatever their ending."""


def check_pattern(pattern: object, name: str = "names") -> str:
    """Return a pattern; refuse it if no name can be made of it.

    Args:
        pattern: A text such as ``"{date:%Y-%m-%d}_{key}_{title}"``.
        name: The name of the argument, for the error.

    Raises:
        BadRequest: It is no text, names an unknown field, or names folders.
    """
    if not isinstance(pattern, str) or not pattern.strip():
        raise BadRequest(f"{name}={line(repr(pattern))} is not a pattern, such as {EXPORTED!r}")
    try:
        parts = [(text, field) for text, field, _, _ in Formatter().parse(pattern)]
        unknown = [field for _, field in parts if field is not None and field not in FIELDS]
        if unknown:
            known = ", ".join(FIELDS)
            what = f"there is no field {line(repr(unknown[0]))}; known are {known}"
            raise BadRequest(f"{name}={line(repr(pattern))}: {what}")
        _filled(pattern, _EXAMPLE_JOB)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        if isinstance(error, BadRequest):
            raise
        why = f"{error}; write it such as {EXPORTED!r}"
        raise BadRequest(f"{name}={line(repr(pattern))} cannot be filled in: {why}") from None
    if any("/" in text or "\\" in text for text, _ in parts):
        why = "it names folders, but all files are put into one; choose that folder instead"
        raise BadRequest(f"{name}={line(repr(pattern))}: {why}")
    return pattern


def file_name(pattern: str, record: Record) -> str:
    """Return the name of a job's result, without its ending.

    In place of a key, title or project that the job does not have is its id; a second one that it
    does not have is left out, with the text before it. A date is that of the submission, in the
    time zone of this machine. What no system takes in a name becomes ``_``.

    Args:
        pattern: See `check_pattern`.
        record: The job.

    Raises:
        BadRequest: It is no such pattern.
    """
    return safe_name(_filled(check_pattern(pattern), record)) or record.id


def safe_name(text: str) -> str:
    """Return a text as the name of a file in a folder, on all systems; empty if nothing is left."""
    text = FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    if RESERVED.fullmatch(text):
        text = f"_{text}"
    return text.encode()[:LONGEST_NAME].decode(errors="ignore").rstrip(" .")


def file_stem(record: Record) -> str:
    """Return the name by which the file of a job is found, whatever its result is called."""
    return f"{record.vendor}-{record.kind}-{record.id}"


def renamed(path: Path, pattern: str, record: Record) -> Path:
    """Give a job's file a name by a pattern, and return it. It keeps its first name too.

    Until the ledger has the new path, a crash must leave the file where it is found again. If it
    cannot be named so, it is returned as it is: what is paid counts more than its name.
    """
    if pattern == USUAL:
        return path
    try:
        return add_name(path, file_name(pattern, record))
    except OSError as error:
        log.warning("%s cannot be named by %r: %s", path, pattern, error)
        return path


def forget_name(path: Path, other: Path) -> None:
    """Take the first name from a file that has another one, which is in the ledger."""
    if other != path:
        with suppress(OSError):  # a program of Windows has it open
            path.unlink()


def numbered(name: str) -> Iterator[str]:
    """Yield a name, then ``name (2)``, ``name (3)`` and so on."""
    yield name
    yield from (f"{name} ({number})" for number in count(2))


def add_name(path: Path, name: str) -> Path:
    """Give a file a further name in its folder, or a copy where it cannot have two; return it.

    No other file is replaced: if one has this name, the file gets ``name (2)``.

    Raises:
        OSError: Neither can be made.
    """
    for each in numbered(name):
        other = path.with_name(each + path.suffix)
        with suppress(FileExistsError):
            _link(path, other)
            return other
        if other.samefile(path):  # a call before this one was broken off
            return other
    raise AssertionError


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except FileExistsError:
        raise
    except OSError:  # such as on FAT, which has one name per file
        with path.open("rb") as source, other.open("xb") as target:
            try:
                shutil.copyfileobj(source, target)
            except OSError:
                target.close()
                other.unlink()
                raise


def _filled(pattern: str, record: Record) -> str:
    values = {name: getattr(record, name) or "" for name in FIELDS if name != "date"}
    created = datetime.fromtimestamp(record.created_at, UTC).astimezone()
    made, id_stands_in = "", False
    for text, field, form, conversion in Formatter().parse(pattern):
        if field is None:
            made += text
        elif field == "date":
            made += text + _dated(created, _checked(form, conversion))
        elif values[field]:
            made += text + format(values[field], _checked(form, conversion))
        elif not id_stands_in:
            made, id_stands_in = made + text + record.id, True
    return made


def _checked(form: str | None, conversion: str | None) -> str:
    if conversion or "{" in (form or ""):
        raise ValueError("only a format is taken after the colon")
    return form or ""


def _dated(time: datetime, form: str) -> str:
    """Format a time. Windows takes no Chinese in such a format, so it is left to itself."""
    return ASCII.sub(lambda part: time.strftime(part[0]), form or "%Y-%m-%d")


_EXAMPLE_JOB = Record(
    id="0123456789abcdef",
    vendor="yunai",
    kind="Speech",
    request="{}",
    fingerprint="",
    status=JobStatus.succeeded,
    created_at=1.8e9,
    project="p",
    title="t",
    key="k",
)
