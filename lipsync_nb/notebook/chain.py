"""The jobs whose results a job uses, and theirs: its card draws them, its row names them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from lipsync_nb.engine.records import Records
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.text import job_name, vendor_label
from lipsync_nb.status import JobStatus

Find = Callable[[str], Record | None]
"""Finds a job by its id, or the job that has replaced it; ``None`` if it is not known here."""
MOST_STEPS = 50
"""Steps of a chain that a card draws: those that are made last."""


def knows_none(_: str) -> None:
    """Find no job: for a job that is shown without its chain."""


def finder(records: Records) -> Find:
    """Return what finds jobs; see `Records.find`. It never waits on the event loop."""

    def find(job_id: str | None) -> Record | None:
        found = None
        while job_id is not None:
            if (next_one := records.find(job_id)) is None:
                return found
            found, job_id = next_one, next_one.successor
        return found

    return find


def inputs_of(record: Record, find: Find) -> list[Record]:
    """Return the jobs whose results a job uses."""
    return [found for job_id in record.input_ids if (found := find(job_id)) is not None]


def chain_of(record: Record, find: Find) -> list[Record]:
    """Return the inputs of a job, and theirs, each once and before the jobs that use it."""
    order: dict[str, Record] = {}
    entered, todo = set[str](), [(record, False)]
    while todo:
        job, is_left = todo.pop()
        if is_left:
            order[job.id] = job
        elif job.id not in entered:
            entered.add(job.id)
            todo.append((job, True))
            todo += [(each, False) for each in reversed(inputs_of(job, find))]
    del order[record.id]
    return list(order.values())


def steps(record: Record, find: Find) -> list[dict[str, Any]]:
    """Return what a card draws of the chain of a job, which is its last step; none if it has none.

    Each step has the names of those that it uses.
    """
    before = chain_of(record, find)[-MOST_STEPS:]
    return [_step(each, find) for each in [*before, record]] if before else []


def _step(record: Record, find: Find) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": f"{vendor_label(record.vendor)} {job_name(record)}",
        "makes": record.makes,
        "status": str(record.status),
        "uses": [job_name(each) for each in inputs_of(record, find)],
    }


def waiting_for(record: Record, find: Find) -> str | None:
    """Return what a waiting job waits for: ``waiting for Speech 1a2b…``."""
    if record.status is not JobStatus.waiting:
        return None
    open_ones = [each for each in inputs_of(record, find) if not _is_ready(each)]
    return f"waiting for {' and '.join(map(job_name, open_ones))}" if open_ones else None


def _is_ready(record: Record) -> bool:
    return record.status is JobStatus.succeeded and record.done


def concerns(record: Record, changed: Iterable[str], find: Find) -> bool:
    """Return whether the card of a job shows one of the jobs that have changed."""
    ids = set(changed)
    return record.id in ids or any(each.id in ids for each in chain_of(record, find))


class WaitingJobs:
    """Which jobs wait for which: a row that says so changes with the other job.

    Args:
        find: Finds a job.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._by_input: defaultdict[str, set[str]] = defaultdict(set)

    def note(self, records: Iterable[Record]) -> None:
        """Note for what these jobs wait, if they do."""
        for record in records:
            if record.status is JobStatus.waiting:
                for each in inputs_of(record, self._find):
                    self._by_input[each.id].add(record.id)

    def of(self, changed: Iterable[Record]) -> list[Record]:
        """Return the jobs that wait, or waited, for those that have changed."""
        ids = {job_id for record in changed for job_id in self._by_input.get(record.id, ())}
        return [found for job_id in sorted(ids) if (found := self._find(job_id)) is not None]
