"""Which of the vendor's jobs a lost one is, and when that cannot be decided."""

from dataclasses import replace

from lipsync_nb.engine.reconcile import ACCEPTED_WITHIN, SKEW, Clock, match
from lipsync_nb.ledger import Record
from lipsync_nb.status import JobStatus, Snapshot

LOST = Record(
    id="lost",
    vendor="chanjing",
    kind="LipSync",
    request="{}",
    fingerprint="f",
    status=JobStatus.unknown,
    created_at=995.0,
    sent_at=1000.0,
)


def listed(vendor_id="v1", created_at=1001.0, duration_s=None):
    """Return a job as the vendor lists it."""
    return Snapshot(
        JobStatus.running, "10", vendor_id, created_at=created_at, duration_s=duration_s
    )


NOW = Clock(1002.0)


def unknown(_):
    """Know no speech's length."""


def test_the_one_new_job_of_that_time_is_it():
    """One listed job, made when the request was sent, and no other lost job: found."""
    old = listed("old", created_at=1.0)

    assert match(LOST, [listed(), old], [], unknown, NOW) == listed()


def test_a_job_that_is_known_is_not_it():
    """A job that another row in the ledger has is not taken."""
    known = replace(LOST, id="other", status=JobStatus.running, vendor_id="v1")

    assert match(LOST, [listed()], [known], unknown, NOW) is None


def test_two_that_fit_are_none():
    """Of two listed jobs that fit, neither is taken."""
    assert match(LOST, [listed("v1"), listed("v2")], [], unknown, NOW) is None


def test_two_lost_jobs_of_one_time_are_not_distinguished():
    """A listed job that fits two lost ones is given to neither."""
    rival = replace(LOST, id="rival", sent_at=1002.0)

    assert match(LOST, [listed()], [rival], unknown, NOW) is None


def test_a_job_whose_answer_is_awaited_may_be_the_listed_one():
    """What the vendor takes just now is not given to a job that was lost before."""
    rival = replace(LOST, id="rival", status=JobStatus.submitting, sent_at=1002.0)

    assert match(LOST, [listed()], [rival], unknown, NOW) is None
    assert match(LOST, [listed()], [replace(rival, sent_at=None)], unknown, NOW) == listed()


def test_an_abandoned_job_may_be_the_listed_one():
    """Its user submitted it again; the vendor may have made it nevertheless."""
    abandoned = replace(LOST, id="rival").superseded("successor", 1003.0)

    assert match(LOST, [listed()], [abandoned], unknown, NOW) is None


def test_the_length_tells_lost_jobs_apart():
    """A finished job is recognised by the length of its speech."""
    rival = replace(LOST, id="rival")
    lengths = {"lost": 4.0, "rival": 9.0}.__getitem__
    both = [listed("long", duration_s=9.2), listed("short", duration_s=4.1)]

    assert match(LOST, both, [rival], lambda job: lengths(job.id), NOW).vendor_id == "short"


def test_a_job_of_another_time_is_not_it():
    """A job made long before or after is not the lost one."""
    early, late = listed(created_at=1000 - SKEW - 1), listed(created_at=1002 + SKEW + 1)

    assert match(LOST, [early, late], [], unknown, NOW) is None


def test_a_job_without_a_time_is_not_it():
    """Where the vendor does not say when a job was made, nothing is concluded."""
    assert match(LOST, [listed(created_at=None)], [], unknown, NOW) is None


def test_the_vendors_clock_is_taken_into_account():
    """A clock known to be an hour ahead narrows the time, instead of hiding the job."""
    ahead = Clock(1002.0, ahead=3600.0)

    assert match(LOST, [listed(created_at=4601.0)], [], unknown, ahead)
    assert match(LOST, [listed(created_at=4610.0)], [], unknown, ahead) is None


def test_after_a_restart_the_time_still_ends():
    """However late a lost job is looked for, later jobs of the account are not taken for it."""
    tomorrow = Clock(1e6, ahead=0.0)

    assert match(LOST, [listed(created_at=1000 + ACCEPTED_WITHIN)], [], unknown, tomorrow)
    assert (
        match(LOST, [listed(created_at=1000 + 2 * ACCEPTED_WITHIN)], [], unknown, tomorrow) is None
    )
