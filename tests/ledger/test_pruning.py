"""Pruning: what may be needed or paid again stays, and everything else of before goes."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from time import sleep, time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook.ledgers import client_of, made_up

import lipsync_nb as ls
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.ledger.comparisons import Comparisons, Entry
from lipsync_nb.ledger.pruning import AROUND_SENT, AT_ONCE, LONGEST_BUDGET, Removable
from lipsync_nb.status import JobStatus

DAY = 24 * 3600.0
NOW = 1_760_000_000.0
LATER = NOW + DAY
GONE = ("failed", "cancelled", "abandoned", "expired")


def job(job_id="a", status="failed", **said):
    """Return a job that ended long before `LATER`."""
    ended = {"finished_at": NOW + 60} if JobStatus(status).terminal else {}
    fields = {"vendor": "lingdong", "kind": "Generate", "request": "{}", "fingerprint": job_id}
    fields |= {"status": JobStatus(status), "created_at": NOW} | ended
    return Record(job_id, **fields | said)


@pytest.fixture
def ledger_of(tmp_path):
    """Return a function that makes a ledger of jobs, and of a last one that is running."""
    ledgers = []

    def made(*jobs):
        ledgers.append(Ledger(tmp_path / f"{len(ledgers)}.sqlite"))
        last = job("last", "running", created_at=LATER, vendor="yunai")
        for new in (jobs, [last]):
            ledgers[-1].reserve(new, reuse=False, allow=lambda *_: None)
        return ledgers[-1]

    yield made
    for ledger in ledgers:
        ledger.close()


def left(ledger):
    """Return the ids of the jobs that are left, without the last one."""
    return [each.id for each in ledger.all()][:-1]


@pytest.mark.parametrize("status", GONE)
def test_jobs_that_ended_without_a_result_are_removed(ledger_of, status):
    """Each kind of end."""
    ledger = ledger_of(job(status=status))

    assert ledger.prune(LATER) == 1
    assert left(ledger) == []
    assert ledger.prune(LATER) == 0


KEPT = {
    "it ended later": [job(finished_at=LATER)],
    "nobody knows when it ended": [job(finished_at=None)],
    "it is running": [job(status="running")],
    "it waits": [job(status="waiting")],
    "it may have been paid": [job(status="unknown", sent_at=NOW)],
    "it can still be sent": [job(status="cancelled", error_type="NeverSent")],
    "it has a result": [job(status="succeeded", path="/v.mp4")],
    "its result is still to be fetched": [job(status="succeeded")],
    "its download failed": [job(status="succeeded", error="no answer")],
    "it is a row of a batch": [job(key="7")],
    "its answer may still come": [job(status="abandoned", sent_at=NOW)],
    "it is an input": [job(), job("b", "running", inputs="a", vendor="yunai")],
    "it is an input of an input": [
        *(job(), job("b", inputs="a")),
        job("c", "waiting", inputs="b", vendor="yunai"),
    ],
    "it replaced a job": [job(), job("b", "succeeded", path="/v.mp4", successor="a")],
    "a lost job is searched": [job(created_at=NOW + 9), job("b", "unknown", sent_at=NOW)],
    "a killed kernel's job may be lost": [job(), job("b", "submitting", sent_at=NOW)],
    "a job that waits may be lost": [job(), job("b", "waiting")],
    "a job found by its time may be lost again": [job(), job("b", "running", vendor_id="v")],
    "it was sent beside a lost job": [
        job(created_at=NOW - 3 * DAY, sent_at=NOW - 5),
        job("b", "unknown", sent_at=NOW),
    ],
    "it waited long, and ended beside a lost job": [
        job(created_at=NOW - 3 * DAY),
        job("b", "unknown", sent_at=NOW),
    ],
    "it ended today, and a job may be sent beside it": [job(finished_at=time() - DAY / 2)],
    "older kernels count its cost": [job(finished_at=time() - 30 * DAY, cost=1.0)],
}


@pytest.mark.parametrize("why", KEPT)
def test_what_is_needed_stays(ledger_of, why):
    """Whatever its age."""
    ledger = ledger_of(*KEPT[why])

    assert ledger.prune(LATER if "ended later" in why else time()) == 0
    assert left(ledger) == [each.id for each in sorted(KEPT[why], key=lambda job: job.created_at)]


def test_what_was_paid_goes_only_on_request(ledger_of):
    """A result that is here, and a batch's row; not one that is still to be fetched."""
    ledger = ledger_of(
        job("made", "succeeded", path="/v.mp4"),
        job("told", "succeeded", makes="Text", result='{"text": "a"}'),
        job("row", key="7"),
        job("due", "succeeded"),
    )

    assert ledger.prune(LATER, results=True) == 3
    assert left(ledger) == ["due"]


def test_jobs_of_a_comparison_stay(ledger_of):
    """Also if results may go."""
    ledger = ledger_of(job("a", "succeeded", path="/v.mp4"), job("b"))
    Comparisons(ledger).add([Entry("yunai", "LipSync", "face", "script", job="a")])

    assert ledger.prune(LATER, results=True) == 1
    assert left(ledger) == ["a"]


def test_a_row_that_cannot_be_read_stays(ledger_of):
    """A newer version may read it."""
    ledger = ledger_of(job())
    with closing(sqlite3.connect(ledger.path)) as db:
        db.execute("UPDATE jobs SET progress = 'half' WHERE id = 'a'")
        db.commit()

    assert ledger.prune(LATER, results=True) == 0


def test_the_last_change_keeps_its_revision(ledger_of):
    """Otherwise another kernel would miss the next one, which would get the same number."""
    ledger = ledger_of()
    ledger.reserve([job("z")], reuse=False, allow=lambda *_: None)
    before = ledger.newest_revision()

    ledger.prune(LATER)

    assert ledger.newest_revision() == before


def test_what_was_spent_still_counts(ledger_of):
    """A budget does not grow by pruning."""
    cost = {"cost": 5.0, "cost_unit": "credits", "cost_estimated": False}
    ledger = ledger_of(*(job(name, accepted_at=NOW, **cost) for name in "abc"))
    [before, early, late] = [ledger.spent("lingdong", "credits", at) for at in (0, NOW, LATER)]

    assert ledger.prune(LATER) == 3
    assert before == early == 15.0
    assert [ledger.spent("lingdong", "credits", at) for at in (0, NOW, LATER)] == [15, 15, late]


@pytest.mark.parametrize(
    "before",
    [
        "2026-01-02",
        "2026-01-02T00:00:00+00:00",
        "2026-01-02 08:00+08:00",
        date(2026, 1, 2),
        datetime(2026, 1, 2),  # noqa: DTZ001 - it means UTC
        datetime(2026, 1, 2, 8, tzinfo=timezone(timedelta(hours=8))),
        pd.Timestamp("2026-01-02"),
        datetime(2026, 1, 2, tzinfo=UTC).timestamp(),
    ],
)
def test_a_time_may_be_given_in_many_ways(ledger_of, before):
    """Without a zone it is in UTC, wherever this runs."""
    midnight = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    ledger = ledger_of(job("a", finished_at=midnight - 1), job("b", finished_at=midnight))

    assert ledger.prune(before) == 1
    assert left(ledger) == ["b"]


@pytest.mark.parametrize(
    ("before", "remedy"),
    [
        (1.76e12, "a number is in seconds"),
        ("2999-01-01", "a time without a zone is in UTC"),
        (datetime.now() + timedelta(hours=25), "give datetime.now"),  # noqa: DTZ005 - as users do
        (20260101, "a number is a Unix time in seconds"),
    ],
)
def test_a_time_that_cannot_be_meant_removes_nothing(ledger_of, before, remedy):
    """Such as milliseconds, the clock of Beijing without its zone, or a date as a number."""
    ledger = ledger_of(job())

    with pytest.raises(ls.BadRequest, match=rf"before=.* is (later|before).*{remedy}"):
        ledger.prune(before)
    assert left(ledger) == ["a"]


@pytest.mark.parametrize("before", ["yesterday", None, float("nan"), pd.NaT, True, object()])
def test_what_is_no_time_removes_nothing(ledger_of, before):
    """And the error says what to give."""
    ledger = ledger_of(job())

    with pytest.raises(ls.BadRequest, match=r"before=.* is no point in time; give such as"):
        ledger.prune(before)
    assert left(ledger) == ["a"]


MANY = 2 * AT_ONCE + 2


@pytest.fixture
def large(ledger_of):
    """A ledger of so many jobs that they are removed in three parts, also if one stays."""
    return ledger_of(*(job(f"{n:05}", created_at=NOW + n / 100) for n in range(MANY)))


def test_another_kernel_writes_while_jobs_are_removed(large):
    """And what it writes is seen: the input of its job stays."""
    with closing(Ledger(large.path)) as other, ThreadPoolExecutor(1) as threads:
        pruned = threads.submit(large.prune, LATER)
        while other.count() == MANY + 1 and not pruned.done():
            sleep(0.01)
        user = job("user", "waiting", inputs="00000", vendor="yunai")
        other.reserve([user], reuse=False, allow=lambda *_: None)

        assert pruned.result() == MANY - 1
        assert {each.id for each in other.all()} == {"00000", "user", "last"}
        assert other.prunings() == 3


def test_two_kernels_that_remove_the_same_jobs_count_each_once(large):
    """Together they say how many there were."""
    with closing(Ledger(large.path)) as other, ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(lambda it: it.prune(LATER), [large, other]))

        assert sum(counts) == MANY
        assert other.count() == 1


def test_a_job_that_somebody_holds_and_that_was_pruned_says_so(tmp_path):
    """When it is submitted again, or named."""
    with client_of(tmp_path, made_up(0, status="failed"), made_up(1, status="failed")) as client:
        held = client.job(made_up(0).id)
        assert client.ledger.prune(LATER) == 1

        for change in (held.resubmit, lambda: setattr(held, "title", "again")):
            with pytest.raises(ls.LedgerError, match="it was pruned: submit its request again"):
                change()


IDS = "abcdefgh"
ANY_JOB = st.builds(
    lambda job_id, status, said: job(job_id, status, **said),
    st.sampled_from(IDS),
    st.sampled_from([str(each) for each in JobStatus]),
    st.fixed_dictionaries(
        {},
        optional={
            "path": st.just("/v.mp4"),
            "makes": st.sampled_from(["Video", "Text", "Voice"]),
            "error_type": st.just("NeverSent"),
            "key": st.just("7"),
            "inputs": st.lists(st.sampled_from(IDS), max_size=2).map(" ".join),
            "successor": st.sampled_from(IDS),
            "sent_at": st.just(NOW),
            "created_at": st.sampled_from([NOW - 3 * DAY, NOW]),
            "cost": st.just(1.0),
            "vendor": st.sampled_from(["lingdong", "yunai"]),
            "finished_at": st.sampled_from([None, NOW, LATER, LATER + 1]),
        },
    ),
)
ANY_LEDGER = st.lists(ANY_JOB, unique_by=lambda job: job.id)


NOWS = st.sampled_from([LATER, LATER + 2 * DAY, LATER + 40 * DAY])


def may_be_searched(job):
    """Return whether a job is lost, or may become it."""
    return job.status in {"waiting", "submitting", "queued", "running", "unknown"}


def last(job):
    """Return the latest time of a job."""
    return max(job.created_at, job.sent_at or 0, job.finished_at or 0)


def refuse_loss(going, staying, compared, now):
    """Fail if one of the jobs that go is needed by those that stay, or by those to come."""
    ids = {each.id for each in going}
    named = {job_id for each in staying for job_id in (*each.input_ids, each.successor)}
    assert not ids & (named | compared)
    searched = [each for each in staying if may_be_searched(each)]
    for each in going:
        assert last(each) < now - (LONGEST_BUDGET if each.cost else AROUND_SENT)
        beside = [one.created_at for one in searched if one.vendor == each.vendor]
        assert all(last(each) < at - AROUND_SENT for at in beside)


@given(jobs=ANY_LEDGER, compared=st.sets(st.sampled_from(IDS)), results=st.booleans(), now=NOWS)
def test_nothing_that_is_needed_or_would_be_paid_again_is_removed(jobs, compared, results, now):
    """For all ledgers."""
    ids = Removable(jobs, compared, LATER, results=results, now=now, newest=1).ids
    going = [each for each in jobs if each.id in ids]

    refuse_loss(going, [each for each in jobs if each.id not in ids], compared, now)
    for each in going:
        assert each.status.terminal
        assert not each.never_sent
        assert not each.unidentified
        assert each.finished_at < LATER
        assert results or (each.status in GONE and not each.key)
        assert each.status != "succeeded" or each.path or not each.makes_file


@given(jobs=ANY_LEDGER, later=ANY_LEDGER, compared=st.sets(st.sampled_from(IDS)), now=NOWS)
def test_what_is_written_while_jobs_are_removed_is_seen(jobs, later, compared, now):
    """As if it had been there from the beginning."""
    removable = Removable(jobs, set(), LATER, results=True, now=now, newest=1)

    removable.keep(later, compared)

    changed = {each.id: each for each in (*jobs, *later)}
    going = [each for each in jobs if each.id in removable.ids]
    staying = [each for each in changed.values() if each.id not in removable.ids]
    assert not removable.ids & {each.id for each in later}
    refuse_loss(going, staying, compared, now)


@given(jobs=ANY_LEDGER, results=st.booleans())
def test_a_job_stays_for_a_reason(jobs, results):
    """It is needed by itself, by a job that stays, or by the search for a lost one."""
    now = LATER + 40 * DAY
    going = Removable(jobs, set(), LATER, results=results, now=now, newest=1).ids
    staying = [each for each in jobs if each.id not in going]

    named = {job_id for each in staying for job_id in (*each.input_ids, each.successor)}
    searched = {each.vendor for each in staying if may_be_searched(each)}
    for each in staying:
        ended = each.done and each.finished_at is not None and each.finished_at < LATER
        unpaid = each.status in GONE and not each.key and not each.never_sent
        made = each.status == "succeeded" and (each.path is not None or not each.makes_file)
        free = ended and (unpaid or (results and (made or each.status in GONE)))
        needed = each.never_sent or each.unidentified or each.id in named
        assert not free or needed or each.vendor in searched
