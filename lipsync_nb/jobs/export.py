"""Results to hand over: a folder or a zip of the files of a selection of jobs, with their table."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipsync_nb.engine.inputs import has_result
from lipsync_nb.engine.names import check_pattern, file_name, numbered
from lipsync_nb.errors import BadRequest, LedgerError, line
from lipsync_nb.files import absolute
from lipsync_nb.jobs.copying import as_text, copy_with_comment
from lipsync_nb.jobs.dataframe import jobs_frame, without_formulas
from lipsync_nb.jobs.destinations import Destination, folder, zipped
from lipsync_nb.jobs.provenance import described
from lipsync_nb.jobs.session import Session
from lipsync_nb.ledger.record import Record

if TYPE_CHECKING:
    import pandas as pd

TABLE = "jobs.csv"


def export(
    session: Session,
    records: Sequence[Record],
    path: str | PathLike[str],
    names: str,
    *,
    sidecar: bool,
) -> Path:
    """Put the results of jobs into a folder or a zip; see `JobClient.export`."""
    check_pattern(names)
    if not records:
        raise BadRequest("jobs: none of them has a file; select jobs that are done")
    target = absolute(Path(path).expanduser())
    try:
        with (zipped if target.suffix.lower() == ".zip" else folder)(target) as place:
            kept = _last_copies(session, place.earlier())
            files = _names(records, names, kept)
            beside = map(_beside, files.values()) if sidecar else ()
            place.refuse([TABLE, *files.values(), *beside])
            for name in kept:
                place.keep(name)
            for record in records:
                if record.id in files:
                    _put(place, session, record, files[record.id], sidecar=sidecar)
            table = _table(_with_kept(session, records, kept), _files_of(kept) | files)
            place.put(TABLE, "", lambda part: table.to_csv(part, index=False, encoding="utf-8-sig"))
    except OSError as error:
        raise BadRequest(f"{line(target)}: {error.strerror or error}") from None
    return target


def _put(place: Destination, session: Session, record: Record, name: str, *, sidecar: bool) -> None:
    source = Path(record.path or "")
    if not sidecar:
        place.put(name, record.id, partial(shutil.copyfile, source))
        return
    said = described(session, record)  # without paths of this machine
    place.put(name, record.id, lambda part: copy_with_comment(source, part, said))
    place.put(_beside(name), record.id, lambda part: part.write_text(as_text(said), "utf-8"))


def _last_copies(session: Session, earlier: Mapping[str, str]) -> dict[str, str]:
    """Return the files of an earlier export whose job has no result any more, with their jobs.

    The copy may be all that is left of what was paid for.
    """
    return {name: job for name, job in earlier.items() if job and not _has_file(session, job)}


def _has_file(session: Session, job: str) -> bool:
    record = _known(session, job)
    return record is not None and has_result(record)


def _known(session: Session, job: str) -> Record | None:
    try:
        return session.records.get(job)
    except LedgerError:  # another ledger was exported to the same place
        return None


def _with_kept(
    session: Session, records: Sequence[Record], kept: Mapping[str, str]
) -> list[Record]:
    """Return the records of a selection, and of the kept files besides."""
    listed = {record.id for record in records}
    others = [_known(session, job) for job in dict.fromkeys(kept.values()) if job not in listed]
    return [*records, *(record for record in others if record is not None)]


def _files_of(kept: Mapping[str, str]) -> dict[str, str]:
    return {job: name for name, job in kept.items() if Path(name).suffix != ".json"}


def _names(records: Iterable[Record], pattern: str, kept: Iterable[str]) -> dict[str, str]:
    """Return the names of the files, by the ids of the jobs that have one. None is given twice."""
    names: dict[str, str] = {}
    # Without endings, as sidecars have the same names.
    taken = {Path(TABLE).stem, *(Path(name).stem.casefold() for name in kept)}
    more: dict[str, Iterator[str]] = {}
    for record in records:
        if record.makes_file and has_result(record) and record.path:
            wanted = file_name(pattern, record)
            free = more.setdefault(wanted.casefold(), numbered(wanted))
            stem = next(name for name in free if name.casefold() not in taken)
            taken.add(stem.casefold())
            names[record.id] = stem + Path(record.path).suffix
    return names


def _beside(name: str) -> str:
    return str(Path(name).with_suffix(".json"))


def _table(records: Sequence[Record], files: dict[str, str]) -> "pd.DataFrame":
    frame = jobs_frame(records).drop(columns="path")  # of this machine
    frame.insert(1, "file", [files.get(record.id) for record in records])
    why = [None if record.id in files else _why(record) for record in records]
    frame.insert(2, "no_file", why)
    return without_formulas(frame)


def _why(record: Record) -> str:
    """Return why a job has no file."""
    if not record.makes_file:
        return f"it makes a {record.makes}"
    if record.path is not None:
        return "its file is not there any more; job.result() fetches it again"
    return f"{record.status}: {record.error}" if record.error else str(record.status)


def selected(session: Session, jobs: Any) -> list[Record]:
    """Return the records of a selection of jobs; of all that have a file, if it is ``None``.

    Raises:
        BadRequest: It is no selection of jobs of this ledger.
        LedgerError: There is no such job.
    """
    records = session.records
    if jobs is None:
        fetched = records.laid_over(records.ledger.with_files())
        return [record for record in fetched if record.makes_file and has_result(record)]
    ids = _ids_of(jobs)
    found = {record.id: record for record in records.having(ids)}
    return [found.get(job_id) or records.get(job_id) for job_id in ids]


def _ids_of(jobs: Any) -> list[str]:
    """Return the ids of a selection: jobs, ids, or a frame with the column ``id``.

    Raises:
        BadRequest: It is something else.
    """
    if isinstance(getattr(jobs, "columns", None), Iterable):
        if "id" not in jobs.columns:
            raise BadRequest("jobs: the table has no column id, as client.jobs has")
        jobs = list(jobs["id"])
    one = isinstance(jobs, str) or not isinstance(jobs, Iterable)
    given = [jobs] if one else list(jobs)
    ids = [each if isinstance(each, str) else getattr(each, "id", None) for each in given]
    if None in ids:
        wrong = line(repr(given[ids.index(None)]))
        raise BadRequest(f"jobs={wrong} is neither a job nor an id; give such as client.jobs")
    return list(dict.fromkeys(str(job_id) for job_id in ids))
