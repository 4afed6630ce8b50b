"""Copies results to where users want them, with or without how they were made."""

import json
import os
import shutil
from dataclasses import replace
from filecmp import cmp
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from lipsync_nb.engine.names import check_pattern, file_name, numbered
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import digest_of, replacing
from lipsync_nb.jobs.provenance import FORMAT, described, published
from lipsync_nb.jobs.session import Session
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.remux import copy_with_tags, tags_of
from lipsync_nb.media.result_file import ResultFile

F = TypeVar("F", bound=ResultFile)

TAGGED = frozenset({".mp4", ".mov", ".m4v"})
"""Files whose comment can say how they were made."""
SIDECAR = ".json"
COPY = "copy"
"""Where a sidecar says which content its file had when it was written."""


def check_copy(path: str | PathLike[str] | None, name: str | None, *, sidecar: bool) -> None:
    """Refuse what cannot be asked for; see `Job.download`."""
    if path is None and (name is not None or sidecar):
        what = "name names a copy in a folder" if name is not None else "a sidecar is for a copy"
        raise BadRequest(f"{what}: give the path too, such as job.download('videos/', ...)")
    if name is not None:
        check_pattern(name, "name")


def copy_result(
    session: Session,
    record: Record,
    result: F,
    path: str | PathLike[str],
    *,
    name: str | None,
    sidecar: bool,
) -> F:
    """Copy the file of a job's result; see `Job.download`."""
    try:
        target = _target(path, record, result.path, name, sidecar=sidecar)
        if target.exists() and target.samefile(result.path):
            raise BadRequest(f"{line(target)} is the result itself, which is kept as it is")
        if sidecar:
            _copy_with_sidecar(session, record, result.path, target)
        else:
            with replacing(target, result.path) as part:
                shutil.copy(result.path, part)
    except OSError as error:
        raise BadRequest(f"{line(path)}: {error.strerror or error}") from None
    return replace(result, path=target)


def _target(
    path: str | PathLike[str], record: Record, source: Path, name: str | None, *, sidecar: bool
) -> Path:
    """Return the file that a path names; a missing folder is made."""
    target, ends = Path(path).expanduser(), tuple(filter(None, (os.sep, os.altsep)))
    is_folder = name is not None or os.fspath(path).endswith(ends)
    if is_folder or not (target.suffix or target.is_file()):
        target.mkdir(parents=True, exist_ok=True)
    if name is None:
        return target / source.name if target.is_dir() else target
    paths = (target / f"{each}{source.suffix}" for each in numbered(file_name(name, record)))
    is_free = partial(_is_free_with_sidecar, record) if sidecar else partial(_is_free, source)
    return next(each for each in paths if is_free(each))


def _is_free(source: Path, target: Path) -> bool:
    """Return whether nothing is at a path but, perhaps, an earlier copy of the same result."""
    return not target.exists() or (target.is_file() and cmp(target, source, shallow=False))


def _is_free_with_sidecar(record: Record, target: Path) -> bool:
    """Return whether nothing is at a path but a copy that is as its sidecar has recorded it."""
    beside = _beside(target)
    if not beside.exists():
        return not target.exists()
    said = _read(beside) or {}
    is_whole = not target.exists() or said.get(COPY) == {"sha256": digest_of(target)}
    return said.get("job") == record.id and is_whole


def _beside(target: Path) -> Path:
    return target.with_suffix(SIDECAR)


def _copy_with_sidecar(session: Session, record: Record, source: Path, target: Path) -> None:
    beside = _beside(target)
    _refuse(beside, target, record)
    said = described(session, record, beside)
    with replacing(target) as part:
        copy_with_comment(source, part, said)
        said[COPY] = {"sha256": digest_of(part)}
        with replacing(beside) as text:
            text.write_text(as_text(said), "utf-8")


def _refuse(beside: Path, target: Path, record: Record) -> None:
    """Raise `BadRequest` if a sidecar cannot be written without losing something."""
    remedy = "give another path, so that nothing is lost"
    if target.suffix.lower() == SIDECAR:
        raise BadRequest(f"{line(target)} is the name of its own sidecar; give such as out.mp4")
    if not beside.exists():
        return
    if (said := _read(beside)) is None:
        raise BadRequest(f"{line(beside)} is no sidecar of lipsync_nb; {remedy}")
    if said.get("job") != record.id:
        what = f"is the sidecar of another file, of job {line(str(said.get('job')))}"
        raise BadRequest(f"{line(beside)} {what}; {remedy}")


def as_text(said: dict[str, Any]) -> str:
    """Return the text of a sidecar."""
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def copy_with_comment(source: Path, target: Path, said: dict[str, Any]) -> None:
    """Copy a result, and have an MP4 say how it was made.

    It is said in the comment. A comment that the vendor wrote is kept: then it is said in the
    description, or, if there is one too, in a further line of the comment. A file that takes no
    tags is copied as it is.
    """
    if source.suffix.lower() in TAGGED:
        try:
            copy_with_tags(source, target, _comment(tags_of(source), published(said)))
        except BadRequest as error:
            log.warning("%s: no comment is written: %s", source, error)
        else:
            return
    shutil.copyfile(source, target)


def _comment(tags: dict[str, str], said: dict[str, Any]) -> dict[str, str]:
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    if not tags.get("comment"):
        return {"comment": text}
    if not tags.get("description"):
        return {"description": text}
    return {"comment": f"{tags['comment']}\n{text}"}


def read_text(text: str) -> dict[str, Any] | None:
    """Return what a text says of how a result was made; ``None`` if it says nothing of it."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(said, dict) and str(said.get("format")).startswith(FORMAT[:-1])
    return said if is_ours else None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_text(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def read_file(path: Path) -> dict[str, Any] | None:
    """Return what a sidecar, or the comment of a clip, says of how a result was made."""
    if path.suffix.lower() == ".json":
        return _read(path)
    try:
        tags = tags_of(path)
    except BadRequest:
        return None
    lines = [each for name in ("comment", "description") for each in tags.get(name, "").split("\n")]
    return next((said for each in lines if (said := read_text(each)) is not None), None)
