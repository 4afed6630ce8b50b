"""When jobs are expected to be done."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import time

import pytest
from notebook.ledgers import made_up

import lipsync_nb as ls
from lipsync_nb.engine.durations import PRIOR
from lipsync_nb.engine.estimates import MOST_JOBS, Estimates
from lipsync_nb.engine.records import Records
from lipsync_nb.ledger import Ledger
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Eta, JobStatus, Snapshot

LINGDONG = {"vendor": "lingdong", "kind": "Generate"}
EARLIER = range(1, 21)
"""Numbers of the jobs that have ended."""
BASE, PER_SECOND = 20.0, 2.0
"""How long they took: so many seconds, and more for each second of speech."""
WORK_SHARE = 0.75
"""Of that time, they were running."""


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """The records of an empty ledger."""
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        yield Records(ledger, "me")


def enter(records: Records, *jobs: Record) -> None:
    """Add jobs."""
    records.reserve(jobs, reuse=False, allow=lambda *_: None)


def ended(number: int, **facts: object) -> Record:
    """Return a job that has ended, of as many seconds of speech as its number."""
    job = made_up(number, status="succeeded", duration_s=float(number), **LINGDONG)
    took = BASE + PER_SECOND * number
    end = job.created_at + took
    times = {
        "accepted_at": job.created_at,
        "started_at": end - WORK_SHARE * took,
        "finished_at": end,
    }
    return replace(job, **times | facts)


def pending(age: float = 0.0, number: int = 100, **facts: object) -> Record:
    """Return a job that was accepted so many seconds ago."""
    times = {"accepted_at": time() - age, "progress": None}
    return made_up(number, **{"status": "running", **LINGDONG, **times, **facts})


def estimates(records: Records, length: float | None = None) -> Estimates:
    """Return the estimates of jobs whose speech has a length; of those that ended, the result's."""
    return Estimates(records, lambda job: None if job.status.terminal else length)


def eta_of(of: Estimates, job: Record) -> Eta:
    """Return when a job is expected."""
    eta = of.eta(job)
    assert eta is not None
    return eta


def report(job: Record, status: str, progress: float | None = None) -> Snapshot:
    """Return a report of a job's vendor."""
    return Snapshot(JobStatus(status), status, str(job.vendor_id), progress=progress)


@pytest.mark.parametrize("length", [5.0, 15.0])
def test_a_job_is_expected_by_the_length_of_its_speech(records: Records, length: float) -> None:
    """As earlier jobs of its vendor and kind have taken."""
    enter(records, *map(ended, EARLIER))

    eta = eta_of(estimates(records, length), pending())

    assert eta.seconds == pytest.approx(BASE + PER_SECOND * length, rel=0.05)
    assert eta.jobs == len(EARLIER)


def test_without_a_length_the_usual_time_counts(records: Records) -> None:
    """With the spread of all of them."""
    enter(records, *map(ended, EARLIER))
    known, unknown = (eta_of(estimates(records, length), pending()) for length in (10.5, None))

    assert unknown.seconds == pytest.approx(known.seconds, rel=0.05)
    assert unknown.latest - unknown.soonest > 2 * (known.latest - known.soonest)


def test_a_first_job_gets_a_guess(records: Records) -> None:
    """Which says that it is one, and has a wide range."""
    eta = eta_of(estimates(records, 10.0), pending())

    assert eta.jobs == 0
    assert eta.seconds == pytest.approx(PRIOR.duration(10.0).median, rel=0.01)
    assert eta.latest > 10 * eta.soonest


def test_other_vendors_and_kinds_tell_nothing(records: Records) -> None:
    """Nor do jobs that failed."""
    others = [ended(1, vendor="yunai"), ended(2, kind="Other"), ended(3, status=JobStatus.failed)]
    enter(records, *others)

    assert eta_of(estimates(records), pending()).jobs == 0


def test_the_newest_jobs_count(records: Records) -> None:
    """A vendor that has become slower is expected to stay so."""
    old = [ended(n, duration_s=None) for n in range(1, MOST_JOBS + 1)]
    new = [
        replace(job, id=f"new{n:013}", created_at=job.created_at + 1e6, **shifted(job, 500.0))
        for n, job in enumerate(old)
    ]
    enter(records, *old, *new)

    assert eta_of(estimates(records), pending()).seconds == pytest.approx(500, rel=0.01)


def shifted(job: Record, took: float) -> dict[str, float]:
    """Return the times of a job much later that took so many seconds."""
    return {"accepted_at": job.created_at + 1e6, "finished_at": job.created_at + 1e6 + took}


def test_what_is_left_shrinks_and_is_never_negative(records: Records) -> None:
    """Until its usual time has passed."""
    enter(records, *map(ended, EARLIER))
    of = estimates(records, 10.0)
    left = [eta_of(of, pending(age, number)) for number, age in enumerate((0, 20, 39, 400), 100)]

    assert left[0].seconds > left[1].seconds > left[2].seconds > 0
    assert left[3].seconds > left[2].seconds
    assert all(0 <= eta.soonest <= eta.seconds <= eta.latest for eta in left)


def test_progress_corrects_the_estimate(records: Records) -> None:
    """A job that is a tenth done after half its usual time takes longer than others."""
    enter(records, *map(ended, EARLIER))
    of, job = estimates(records), pending(20.0)
    before = eta_of(of, job)

    of.see(job.id, report(job, "running", 0.1))

    assert eta_of(of, job).seconds > before.seconds + 2


def test_progress_alone_tells_something(records: Records) -> None:
    """A first job that is half done after 100 seconds takes about 100 more."""
    of, job = estimates(records), pending(100.0)
    of.prepare(job)

    of.see(job.id, report(job, "running", 0.5))

    assert eta_of(of, job).seconds == pytest.approx(100, rel=0.2)
    assert of.expected(job) is None  # polls do not rely on it


def test_a_job_in_the_queue_still_has_all_its_work_before_it(records: Records) -> None:
    """When its usual time has nearly passed, too."""
    enter(records, *map(ended, EARLIER))
    of = estimates(records, 10.0)
    running, queued = pending(35.0), pending(35.0, number=101, status="queued")
    work = WORK_SHARE * (BASE + PER_SECOND * 10.5)
    assert eta_of(of, running).seconds < work / 2
    assert eta_of(of, queued).seconds == pytest.approx(work, rel=0.05)

    of.see(running.id, report(running, "queued"))

    assert eta_of(of, running).seconds == pytest.approx(work, rel=0.05)


def test_a_job_that_waits_for_another_comes_after_it(records: Records) -> None:
    """Its own time is added to that of its input."""
    enter(records, *map(ended, EARLIER))
    first = pending()
    then = made_up(101, status="waiting", inputs=first.id, **LINGDONG)
    enter(records, first, then)
    of = estimates(records, 10.0)

    assert eta_of(of, then).seconds == pytest.approx(2 * eta_of(of, first).seconds, rel=0.02)


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled", "abandoned", "expired"])
def test_a_job_that_has_ended_is_not_expected(records: Records, status: str) -> None:
    """Nor is one that is lost."""
    of = estimates(records)

    assert of.eta(pending(status=status)) is None
    assert of.eta(pending(status="unknown", vendor_id=None)) is None


def test_a_job_whose_input_is_lost_is_not_expected(records: Records) -> None:
    """It cannot go on by itself."""
    enter(records, *map(ended, EARLIER))
    lost = pending(status="unknown", vendor_id=None)
    enter(records, lost, made_up(101, status="waiting", inputs=lost.id, **LINGDONG))

    assert estimates(records, 10.0).eta(records.get(made_up(101).id)) is None


def test_a_length_is_looked_for_again_once_the_inputs_are_there(records: Records) -> None:
    """As for a clip whose speech another job makes."""
    enter(records, *map(ended, EARLIER))
    first = pending()
    enter(records, first, made_up(101, status="waiting", inputs=first.id, **LINGDONG))
    of = Estimates(records, lambda job: 1.0 if job.status is JobStatus.running else None)
    of.eta(records.get(made_up(101).id))

    sent = pending(number=101)

    assert eta_of(of, sent).seconds == pytest.approx(BASE + PER_SECOND, rel=0.05)


def test_hours_in_which_nobody_asked_are_not_learned(records: Records) -> None:
    """Jobs that ended while their client was closed are left out, not those polled seldom."""
    night = [
        ended(n, finished_at=made_up(n).created_at + 36_000, unwatched_s=35_990)
        for n in range(31, 45)
    ]
    enter(records, *(ended(n, unwatched_s=5.0) for n in EARLIER), *night)

    eta = eta_of(estimates(records, 10.0), pending())

    assert eta.seconds == pytest.approx(BASE + PER_SECOND * 10, rel=0.05)
    assert eta.jobs == len(EARLIER)


def test_what_another_kernel_learns_of_a_job_counts_here_too(records: Records) -> None:
    """Its progress comes with its row."""
    of, job = estimates(records), pending(100.0)
    enter(records, job)
    before = eta_of(of, job)

    records.learn(records.ledger.update(job.id, lambda row: replace(row, progress=0.9)))

    assert eta_of(of, job).seconds < before.seconds / 2


def test_jobs_that_end_meanwhile_are_learned_from(records: Records) -> None:
    """From the first one on, without reading the ledger again."""
    of = estimates(records, 10.0)
    jobs = [pending(number=number) for number in range(100, 110)]
    enter(records, *jobs)
    for job in jobs:
        of.prepare(job)
    assert of.expected(jobs[-1]) is None

    for job in jobs[:-1]:
        end = float(job.accepted_at or 0) + 77
        done = replace(job, status=JobStatus.succeeded, finished_at=end)
        records.learn(records.ledger.update(job.id, lambda _, done=done: done))
    expected = of.expected(jobs[-1])

    assert expected is not None
    assert expected.median == pytest.approx(77)
    assert eta_of(of, jobs[-1]).jobs == 9


def test_an_answer_that_is_the_result_is_expected_from_its_sending_on(records: Records) -> None:
    """Such a job is never accepted before it is done."""
    speech = {"vendor": "yunai", "kind": "Speech", "makes": "Audio"}
    jobs = [made_up(n, status="succeeded", **speech) for n in range(1, 11)]
    enter(
        records,
        *(
            replace(job, sent_at=job.created_at, accepted_at=at, finished_at=at, vendor_id=None)
            for job in jobs
            for at in [job.created_at + 3]
        ),
    )
    sent = made_up(100, status="submitting", sent_at=time() - 1, **speech)

    assert eta_of(estimates(records), sent).seconds == pytest.approx(2, rel=0.1)


def test_an_eta_is_told_in_words() -> None:
    """With a time of the day for those who come back later."""
    eta = Eta(100.4, 59.6, 7260.0, estimated_at=1_800_000_000.0, jobs=3)

    assert str(eta) == "about 1 min 40 s (1 min to 2 h)"
    assert eta.at == datetime.fromtimestamp(1_800_000_100.4, UTC)


def test_a_job_has_an_eta_until_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the ledger tells, in a new client too."""
    monkeypatch.chdir(tmp_path)
    with ls.Client([], ledger="jobs.sqlite") as client:
        enter(client.records, *map(ended, EARLIER), pending(5.0))
    with ls.Client([], ledger="jobs.sqlite") as client:
        eta = client.job(pending().id).eta

        assert eta is not None
        assert eta.jobs == len(EARLIER)
        assert client.job(ended(1).id).eta is None
