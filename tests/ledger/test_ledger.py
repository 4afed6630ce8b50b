"""The ledger: what is decided in it, what survives, what several kernels see."""

import _thread
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from lipsync_nb.errors import BudgetExceeded, LedgerError, VendorError
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.ledger.schema import MIGRATIONS
from lipsync_nb.status import JobStatus, Snapshot

TAKEN = Snapshot(JobStatus.queued, "pending", "v1")
WITHOUT_RESULT = (JobStatus.failed, JobStatus.cancelled, JobStatus.abandoned, JobStatus.expired)


def new(job_id="a", **changes):
    """Return a new job's record."""
    fields = {
        "id": job_id,
        "vendor": "lingdong",
        "kind": "Generate",
        "request": '{"source": "脸.jpg"}',
        "fingerprint": "f",
        "status": JobStatus.submitting,
        "created_at": 100.0,
        "owner": "me",
    }
    return Record(**fields | changes)


def allow(*_):
    """Allow every cost."""


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    ledger = Ledger(tmp_path / "jobs.sqlite")
    yield ledger
    ledger.close()


def enter(ledger, *args, **changes):
    """Enter a job; return its record."""
    [entered] = ledger.reserve([new(*args, **changes)], reuse=False, allow=allow)
    return entered


def test_an_interrupt_locks_no_other_kernel_out(ledger):
    """Ctrl-C while this kernel waits for another's write: what has begun is done whole."""
    other = sqlite3.connect(ledger.path, timeout=0, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    def interrupt_and_make_way():
        time.sleep(0.3)
        _thread.interrupt_main()
        other.execute("ROLLBACK")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    waker = threading.Thread(target=interrupt_and_make_way)
    waker.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            enter(ledger)
    finally:
        waker.join()
        signal.signal(signal.SIGINT, before)

    assert [job.id for job in ledger.all()] == ["a"]
    other.execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.parametrize("cost", [-1000.0, float("-inf"), float("inf")])
def test_what_was_spent_counts_no_cost_that_cannot_be_one(ledger, cost):
    """Such as an earlier version may have written."""
    assert enter(ledger, cost=cost, cost_unit="credits").price is None
    enter(ledger, "b", cost=3.0, cost_unit="credits")

    assert ledger.spent("lingdong", "credits", 0.0) == 3.0


def test_what_is_written_is_read_again(ledger):
    """A record comes back as it went in, with all its types."""
    written = enter(ledger, cost=1.5, cost_unit="credits", cost_estimated=True, progress=0.25)

    assert ledger.get("a") == written
    assert ledger.get("a").cost_estimated is True


@pytest.mark.parametrize("status", [s for s in JobStatus if s not in WITHOUT_RESULT])
def test_a_live_or_finished_job_is_given_back(ledger, status):
    """The same request is not entered twice while its job may have a video."""
    enter(ledger, status=status)

    assert ledger.reserve([new("b")], reuse=True, allow=allow) == [ledger.get("a")]


@pytest.mark.parametrize("status", WITHOUT_RESULT)
def test_a_job_that_gets_no_video_is_not_given_back(ledger, status):
    """A request whose job has no video is entered anew."""
    enter(ledger, status=status)

    [entered] = ledger.reserve([new("b")], reuse=True, allow=allow)
    assert entered.id == "b"


def test_fresh_enters_a_second_job(ledger):
    """Without reuse, the same request is entered again."""
    enter(ledger)

    [entered] = ledger.reserve([new("b")], reuse=False, allow=allow)
    assert entered.id == "b"


def test_a_refused_cost_enters_nothing(ledger):
    """What a budget refuses leaves no row."""

    def refuse(*_):
        raise BudgetExceeded("too much")

    with pytest.raises(BudgetExceeded):
        ledger.reserve([new()], reuse=True, allow=refuse)

    assert ledger.all() == []


def test_jobs_are_entered_together_or_not_at_all(ledger):
    """Equal requests among them are one job, unless nothing is to be used again."""
    seen = []

    def allow_two(jobs, _):
        seen.append([job.id for job in jobs])
        if len(jobs) > 2:
            raise BudgetExceeded("too much")

    some = [new("a"), new("b", fingerprint="other"), new("c")]
    with pytest.raises(BudgetExceeded):
        ledger.reserve(some, reuse=False, allow=allow_two)
    assert ledger.all() == []

    jobs = ledger.reserve(some, reuse=True, allow=allow_two)
    assert [job.id for job in jobs] == ["a", "b", "a"]
    assert seen == [["a", "b", "c"], ["a", "b"]]


def test_two_kernels_that_submit_the_same_make_one_job(tmp_path):
    """Of many simultaneous reservations of one request, exactly one is new."""
    path, results, start = tmp_path / "jobs.sqlite", [], threading.Barrier(8, timeout=30)

    def kernel(number):
        ledger = Ledger(path)
        start.wait()
        results.extend(ledger.reserve([new(f"j{number}")], reuse=True, allow=allow))
        ledger.close()

    threads = [threading.Thread(target=kernel, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({job.id for job in results}) == 1
    with closing(Ledger(path)) as ledger:
        assert len(ledger.all()) == 1


@pytest.mark.parametrize("number", range(20))
def test_kernels_that_open_a_new_ledger_at_once_all_get_it(tmp_path, number):
    """SQLite refuses some of them at once; each file is new once, so there are many."""
    path, start, opened = tmp_path / f"jobs {number}.sqlite", threading.Barrier(12), []

    def kernel():
        start.wait(30)
        with closing(Ledger(path)) as ledger:
            opened.append(ledger.all())

    threads = [threading.Thread(target=kernel) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == [[]] * 12


def test_a_job_is_sent_by_its_owner_only(ledger):
    """An engine that no longer owns a job must not send it."""
    enter(ledger)

    assert ledger.mark_sent("a", "somebody else", "account") is None
    assert ledger.mark_sent("a", "me", "account").sent_at is not None


def test_a_cancelled_job_is_not_sent(ledger):
    """A job that was cancelled while it waited is not sent."""
    enter(ledger)
    ledger.update("a", lambda job: job.cancelled(1.0))

    assert ledger.mark_sent("a", "me", "account") is None


def test_the_time_of_sending_is_the_first_attempts(ledger):
    """Sending again, because the first attempt never arrived, keeps the first time."""
    enter(ledger)
    first = ledger.mark_sent("a", "me", "account").sent_at

    assert ledger.mark_sent("a", "me", "account").sent_at == first


def test_a_change_that_changes_nothing_is_no_write(ledger):
    """The revision grows with writes only."""
    before = enter(ledger)

    assert ledger.update("a", lambda job: job).revision == before.revision


def test_each_kernel_sees_what_the_others_wrote(tmp_path):
    """Another connection's writes are noticed, and found by their revision."""
    mine, other = Ledger(tmp_path / "jobs.sqlite"), Ledger(tmp_path / "jobs.sqlite")
    before, revision = mine.foreign_writes(), enter(mine, "mine").revision
    assert mine.foreign_writes() == before
    enter(other, "theirs", fingerprint="g")

    assert mine.foreign_writes() != before
    assert [job.id for job in mine.since(revision)] == ["theirs"]
    mine.close()
    other.close()


def test_jobs_of_a_living_engine_are_not_claimed(ledger):
    """While its owner gives signs of life, a job stays its own."""
    enter(ledger)
    ledger.heartbeat("me", 60)

    assert ledger.claim("other", {"lingdong": set()}) == []


def test_entering_jobs_is_a_sign_of_life(ledger):
    """The heartbeat waits for a transaction with many jobs, and may be late then."""
    ledger.heartbeat("me", -1)
    enter(ledger)
    assert ledger.claim("other", {"lingdong": set()}) == []

    ledger.update("a", lambda job: job.withdrawn(1.0))
    ledger.heartbeat("me", -1)
    ledger.supersede("a", new("b"), follow=lambda job: job, allow=allow)
    assert ledger.claim("other", {"lingdong": set()}) == []


def test_an_engine_that_has_ended_does_not_live_on(ledger):
    """What it enters as it ends is taken over at once."""
    ledger.heartbeat("me", 60)
    ledger.release("me")
    enter(ledger)

    assert not ledger.is_alive("me")


def test_an_engine_whose_heartbeat_is_late_keeps_its_own_jobs(ledger):
    """It does not cancel them as those of an engine that has ended."""
    enter(ledger)

    assert ledger.claim("me", {"lingdong": set()}) == []
    assert ledger.get("a").status is JobStatus.submitting


def test_a_transaction_has_one_revision(ledger):
    """All of its jobs are seen at once, in the order of their writing."""
    before = enter(ledger)

    jobs = ledger.reserve([new("c"), new("b")], reuse=False, allow=allow)

    assert {job.revision for job in jobs} == {before.revision + 1}
    assert [job.id for job in ledger.since(before.revision)] == ["c", "b"]


def test_jobs_of_an_engine_that_left_or_lapsed_are_claimed_once(ledger):
    """When the lease has lapsed, the first to come takes the job."""
    enter(ledger, status=JobStatus.queued)
    ledger.heartbeat("me", -1)
    ledger.heartbeat("other", 60)

    assert [job.owner for job in ledger.claim("other", {"lingdong": set()})] == ["other"]
    assert ledger.claim("third", {"lingdong": set()}) == []


def test_a_job_that_was_never_sent_is_cancelled_and_reported_once(ledger):
    """By the engine that takes it over, or by its own as it ends; sent ones are lost instead."""
    for job_id in ("a", "b", "sent"):
        enter(ledger, job_id)
    ledger.mark_sent("sent", "me", "hash")
    [withdrawn] = [job for job in ledger.withdraw("me") if job.id == "a"]

    claimed = {job.id: job for job in ledger.claim("other", {"lingdong": {"hash"}})}

    assert withdrawn.never_sent
    assert claimed["a"].never_sent
    assert claimed["sent"].lost
    assert [job.id for job in ledger.never_sent()] == ["a", "b"]
    ledger.heartbeat("other", 60)
    assert ledger.claim("third", {"lingdong": {"hash"}}) == []


def test_a_request_that_is_entered_again_is_the_job_that_was_never_sent(ledger):
    """Each is one of them, so that repeats of a request remain repeats."""
    for job_id in ("a", "b"):
        enter(ledger, job_id)
    ledger.withdraw("me")

    [again] = ledger.reserve([new("again", cost=2.0)], reuse=True, allow=allow)

    assert (again.id, again.status, again.error, again.cost) == ("a", "submitting", None, 2.0)
    assert [job.id for job in ledger.never_sent()] == ["b"]
    assert {job.id for job in ledger.all()} == {"a", "b"}


def test_what_was_never_sent_is_replaced_by_a_live_job_of_its_request(ledger):
    """Only such a job costs nothing; repeats of a request remain repeats."""
    for job_id in ("a", "b", "c"):
        enter(ledger, job_id, fingerprint="f" if job_id == "a" else "g")
    ledger.withdraw("me")
    ledger.update("a", lambda job: replace(job, successor="nobody"))
    enter(ledger, "live", status=JobStatus.running, owner="other")
    ledger.update("a", lambda job: replace(job, successor=None))
    again = {"a": new("a2"), "b": new("b2", fingerprint="g"), "c": new("c2", fingerprint="g")}

    jobs = ledger.revive(again, reuse=True, allow=allow)

    assert [job.id for job in jobs] == ["b", "c"]
    assert [ledger.get(job_id).successor for job_id in "abc"] == ["live", None, None]


def test_what_uses_a_replaced_job_uses_the_new_one_unless_its_row_cannot_be_read(ledger):
    """Such a row keeps all of its values."""
    enter(ledger, "old", fingerprint="o", status=JobStatus.failed)
    for job_id in ("user", "unreadable"):
        enter(ledger, job_id, fingerprint=job_id, status=JobStatus.waiting, inputs="old")
    spoil = "UPDATE jobs SET progress = 'half' WHERE id = 'unreadable'"
    ledger.run(lambda: ledger._db.execute(spoil))

    ledger.supersede("old", new("b"), follow=lambda job: replace(job, inputs="b"), allow=allow)

    assert ledger.get("user").inputs == "b"
    assert ledger.get("unreadable").inputs == "old"
    kept = ledger.run(lambda: ledger._db.execute("SELECT progress, status FROM jobs").fetchall())
    assert ("half", "waiting") in [tuple(row) for row in kept]


def test_jobs_of_a_killed_process_are_claimed_at_once(tmp_path, ledger):
    """A dead process keeps nothing, even if its lease would go on."""
    code = (
        "import os, signal; from pathlib import Path; from lipsync_nb.ledger import Ledger;"
        f"Ledger(Path({str(tmp_path / 'jobs.sqlite')!r})).heartbeat('dead', 600);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    enter(ledger, owner="dead")

    assert killed.returncode == -signal.SIGKILL
    assert [job.id for job in ledger.claim("me", {"lingdong": set()})] == ["a"]


def test_only_unsettled_jobs_of_connected_vendors_are_claimed(ledger):
    """Ended jobs, and jobs of vendors that are not connected, stay as they are."""
    enter(ledger, "ended", status=JobStatus.failed)
    enter(ledger, "here", status=JobStatus.succeeded, path="v.mp4")
    enter(ledger, "elsewhere", vendor="yunai")
    enter(ledger, "to fetch", status=JobStatus.succeeded)

    assert [job.id for job in ledger.claim("other", {"lingdong": set()})] == ["to fetch"]


def test_spending_counts_what_was_or_may_be_paid(ledger):
    """Estimates of live jobs and costs reported for failed ones count; refused jobs do not."""
    cost = {"cost_unit": "credits", "cost_estimated": True}
    enter(ledger, "live", cost=10.0, **cost)
    enter(ledger, "failed", cost=20.0, status=JobStatus.failed, accepted_at=101.0, **cost)
    enter(ledger, "refused", cost=20.0, **cost)
    ledger.update("refused", lambda job: job.refused(VendorError("no"), 102.0))
    enter(ledger, "old", cost=40.0, **cost | {"created_at": 5.0})
    charged = cost | {"cost_estimated": False, "accepted_at": 101.0}
    enter(ledger, "failed late", cost=80.0, status=JobStatus.failed, **charged)

    assert ledger.spent("lingdong", "credits", 50.0) == 90


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    """A clear error names the file."""
    path = tmp_path / "jobs.sqlite"
    path.write_text("not a database, but long enough to be taken for one " * 20)

    with pytest.raises(LedgerError, match=r"jobs\.sqlite.*not a database"):
        Ledger(path)


def test_a_newer_versions_ledger_is_left_alone(tmp_path):
    """A ledger of a newer version is refused, not changed."""
    path = tmp_path / "jobs.sqlite"
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()

    with pytest.raises(LedgerError, match="newer"):
        Ledger(path)


def test_an_unknown_job_is_named(ledger):
    """Asking for a job that is not there says so."""
    with pytest.raises(LedgerError, match="no job zzz"):
        ledger.get("zzz")


def test_the_ledger_is_the_users_alone(ledger):
    """Others on the machine may not read what was asked for."""
    assert ledger.path.stat().st_mode & 0o077 == 0


FULL_DISK = """
import resource, signal
from pathlib import Path
from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger import Ledger
from test_ledger import allow, new
ledger = Ledger(Path("{path}"))
kept = 0
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    for number in range(10_000):
        ledger.reserve([new(f"j{{number}}", request="x" * 1000)], reuse=False, allow=allow)
        kept += 1
except LedgerError as error:
    print(kept, error)
"""


def test_a_full_disk_is_a_clear_error_and_loses_nothing(tmp_path):
    """When the disk takes no more, the error says so, and all earlier jobs are there."""
    path = tmp_path / "jobs.sqlite"
    code = FULL_DISK.format(path=path)
    here = os.path.dirname(__file__)  # noqa: PTH120 - PYTHONPATH wants a string
    env = {**os.environ, "PYTHONPATH": here}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    kept, _, error = done.stdout.partition(" ")
    ledger = Ledger(path)

    assert int(kept) > 10
    assert "disk" in error or "full" in error
    assert len(ledger.all()) == int(kept)
    ledger.close()


def test_a_killed_write_leaves_whole_jobs(tmp_path):
    """A process killed while it writes leaves a ledger that opens, with whole rows only."""
    path = tmp_path / "jobs.sqlite"
    code = (
        "import sys; from pathlib import Path; from lipsync_nb.ledger import Ledger;"
        "from test_ledger import allow, new;"
        f"ledger = Ledger(Path({str(path)!r})); number = 0\n"
        "while True:\n"
        "    ledger.reserve([new(f'j{number}')], reuse=False, allow=allow)\n"
        "    number += 1; print(number, flush=True)"
    )
    env = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}  # noqa: PTH120 - as above
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True
    ) as writer:
        for line in writer.stdout:
            if int(line) == 25:
                writer.kill()
                break
    ledger = Ledger(path)

    assert len(ledger.all()) >= 25
    assert all(job == replace(job, request=new().request) for job in ledger.all())
    ledger.close()


def test_a_refused_job_keeps_its_reason(ledger):
    """The reason of a refusal is in the ledger."""
    enter(ledger)
    ledger.update("a", lambda job: job.refused(VendorError("no such avatar"), 5.0))

    assert ledger.get("a").error == "no such avatar"
    assert ledger.get("a").error_type == "VendorError"


def test_a_job_besides_others_is_entered_once(ledger):
    """Asked for twice the same, the ledger has two jobs, and gives both back the next time."""
    first, second = (enter(ledger, name) for name in "ab")
    [again] = ledger.reserve([new("c")], reuse=True, allow=allow, exclude={second.id})
    [both] = ledger.reserve([new("d")], reuse=True, allow=allow, exclude={"a", "b"})

    assert (again.id, both.id) == (first.id, "d")


def test_what_an_older_ledger_never_sent_costs_nothing(tmp_path):
    """Older versions kept the estimate of a refused job."""
    path = tmp_path / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as db:
        for statement in sum(MIGRATIONS[:4], ()):
            db.execute(statement)
        row = (
            "INSERT INTO jobs (id, vendor, kind, request, fingerprint, created_at, vendor_status, "
        )
        row += "revision, cost, cost_unit, cost_estimated, status, sent_at, accepted_at) VALUES "
        row += "(?, 'lingdong', 'Generate', '{}', 'f', 100, '', 1, 5, 'credits', 1, ?, ?, ?)"
        db.execute(row, ("refused", "failed", None, None))
        db.execute(row, ("cancelled", "cancelled", None, None))
        db.execute(row, ("lost", "failed", 101.0, None))
        db.execute(row, ("failed", "failed", None, 101.0))
        db.execute("PRAGMA user_version = 4")
        db.commit()

    ledger = Ledger(path)
    assert {job.id: job.cost for job in ledger.all()} == {
        "refused": 0.0,
        "cancelled": 0.0,
        "lost": 5.0,
        "failed": 5.0,
    }
    ledger.close()


def test_a_job_that_is_cancelled_before_it_is_sent_costs_nothing(ledger):
    """A job whose cost is unknown keeps that."""
    enter(ledger, "a", cost=5.0, cost_unit="credits", cost_estimated=True)
    enter(ledger, "b")

    cancelled = [ledger.update(name, lambda job: job.cancelled(102.0)) for name in "ab"]

    assert [job.cost for job in cancelled] == [0.0, None]


def test_a_job_whose_input_is_not_there_is_refused(ledger):
    """And with it all others."""
    with pytest.raises(LedgerError, match="no job gone"):
        ledger.reserve([new("a"), new("b", inputs="gone")], reuse=False, allow=allow)

    assert ledger.all() == []


def test_a_job_is_never_written_over_another_one(ledger):
    """Such as one that was never sent when it was checked, and has failed meanwhile."""
    failed = replace(new("a"), status=JobStatus.failed)
    ledger.reserve([failed], reuse=False, allow=allow)

    with pytest.raises(LedgerError, match="entered by another kernel"):
        ledger.reserve([new("a")], reuse=True, allow=allow)

    assert ledger.get("a").status is JobStatus.failed
