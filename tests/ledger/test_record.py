"""What a job may become, and what it may not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipsync_nb.errors import Unreachable, VendorError
from lipsync_nb.ledger import Record
from lipsync_nb.status import Cost, JobStatus, Snapshot

NEW = Record(
    id="a1",
    vendor="lingdong",
    kind="Generate",
    request="{}",
    fingerprint="f",
    status=JobStatus.submitting,
    created_at=100.0,
)
TAKEN = Snapshot(JobStatus.queued, "pending", "v1")

snapshots = st.builds(
    Snapshot,
    status=st.sampled_from(JobStatus),
    vendor_status=st.text(max_size=5),
    vendor_id=st.just("v1"),
    progress=st.none() | st.floats(0, 1),
    error=st.none() | st.text(min_size=1, max_size=5),
    cost=st.none() | st.builds(Cost, st.floats(0, 100), st.just("credits")),
)
steps = st.one_of(
    st.tuples(st.just("after"), snapshots),
    st.tuples(st.just("accepted"), snapshots),
    st.tuples(st.just("refused"), st.just(VendorError("no"))),
    st.tuples(st.just("unanswered"), st.just(Unreachable("lost", sent=True))),
    st.tuples(st.just("cancelled"), st.none()),
)


def step(record, name, argument, now):
    """Apply one step to a record."""
    if name == "cancelled":
        return record.cancelled(now)
    if name == "unanswered":
        return record.unanswered(argument)
    return getattr(record, name)(argument, now)


@given(st.lists(steps, max_size=8))
def test_nothing_moves_a_job_out_of_a_terminal_status(walk):
    """Whatever follows, a job that has ended keeps its status and its end."""
    record = NEW
    for now, (name, argument) in enumerate(walk):
        after = step(record, name, argument, float(now))

        if record.status.terminal:
            assert after.status is record.status
            assert after.finished_at == record.finished_at
        record = after


@given(st.lists(steps, max_size=8))
def test_a_vendors_id_is_never_forgotten(walk):
    """Once the vendor's id is known, no step takes it away or makes the job a lost one."""
    record = NEW.accepted(TAKEN, 101.0)
    for now, (name, argument) in enumerate(walk):
        record = step(record, name, argument, float(now))

        assert record.vendor_id == "v1"
        assert not record.lost


def test_a_job_is_lost_when_its_answer_is():
    """Without the vendor's answer a job is unknown, and says why."""
    lost = NEW.unanswered(Unreachable("no answer", sent=True))

    assert lost.lost
    assert lost.status is JobStatus.unknown
    assert lost.error == "no answer"


def test_a_lost_job_that_is_found_goes_on():
    """A lost job takes up the vendor's id and status when it is found there."""
    found = NEW.unanswered(Unreachable("no answer", sent=True)).accepted(TAKEN, 105.0)

    assert (found.status, found.vendor_id, found.accepted_at) == (JobStatus.queued, "v1", 105.0)
    assert found.error is None


def test_a_job_is_lost_when_its_vendor_denies_it():
    """It keeps its id and says why; any report of the vendor ends that."""
    running = NEW.accepted(TAKEN, 1.0).with_error(VendorError("no such job"))
    lost = running.denied(900.0)

    assert lost.lost
    assert (lost.status, lost.vendor_id) == (JobStatus.unknown, "v1")
    assert lost.error == "no such job; this was the answer to every poll of the last 900 s"
    assert not lost.after(replace(TAKEN, status=JobStatus.unknown), 2.0).lost


def test_a_status_that_no_page_lists_is_not_lost():
    """The vendor knows the job, and says something of it."""
    assert not NEW.accepted(Snapshot(JobStatus.unknown, "meditating", "v1"), 1.0).lost


def test_another_id_clears_what_was_reported():
    """The reports were about another of the vendor's jobs; reports of that one change nothing."""
    told = Snapshot(JobStatus.running, "wrong", "v1", progress=0.9, video_url="https://v/1.mp4")
    wrong = replace(NEW.accepted(told, 1.0), unproven=True)
    right = wrong.attached(Snapshot(JobStatus.queued, "right", "v2"), "account", 2.0)

    assert (right.vendor_id, right.vendor_status) == ("v2", "right")
    assert (right.progress, right.video_url, right.started_at) == (None, None, None)
    assert (right.accepted_at, right.account, right.unproven) == (2.0, "account", False)
    assert right.after(told, 3.0) == right


def test_the_same_id_keeps_what_was_reported():
    """To attach a job to its own id is to look at it."""
    told = replace(TAKEN, status=JobStatus.running, progress=0.9)
    same = NEW.accepted(told, 1.0).attached(replace(told, progress=None), "account", 2.0)

    assert (same.progress, same.accepted_at, same.started_at) == (0.9, 1.0, 1.0)


@pytest.mark.parametrize("status", [JobStatus.running, JobStatus.failed, JobStatus.succeeded])
def test_an_abandoned_job_that_is_attached_becomes_what_the_vendor_says(status):
    """It is followed again, or has ended otherwise."""
    given_up = NEW.unanswered(Unreachable("no answer", sent=True)).abandoned(1.0)
    attached = given_up.attached(replace(TAKEN, status=status), "account", 2.0)

    assert attached.status is status
    assert attached.finished_at == (2.0 if status.terminal else None)


def test_an_abandoned_job_keeps_its_cost():
    """The vendor may charge for it; an answer that comes late adds its id, and no more."""
    sent = replace(NEW, cost=5.0, cost_unit="credits", cost_estimated=True, sent_at=1.0)
    given_up = sent.abandoned(2.0)

    assert given_up.price == Cost(5, "credits", estimated=True)
    assert given_up.accepted(TAKEN, 3.0) == replace(given_up, vendor_id="v1", accepted_at=3.0)


def test_facts_left_out_of_an_answer_stay():
    """A progress or a URL that the vendor once reported is not forgotten when it is left out."""
    reported = replace(TAKEN, status=JobStatus.running, progress=0.5, video_url="https://v/1.mp4")
    later = NEW.accepted(reported, 1.0).after(replace(TAKEN, status=JobStatus.running), 2.0)

    assert later.progress == 0.5
    assert later.video_url == "https://v/1.mp4"


def test_a_failed_look_leaves_the_job_as_it_is():
    """A look that failed is noted, and the next that succeeds clears the note."""
    running = NEW.accepted(replace(TAKEN, status=JobStatus.running), 1.0)
    troubled = running.with_error(Unreachable("no answer", sent=True))

    assert troubled.status is JobStatus.running
    assert troubled.error == "no answer"
    assert troubled.after(replace(TAKEN, status=JobStatus.running), 2.0).error is None


def test_times_are_kept_from_their_first_sight():
    """Acceptance, first work and end are each noted once."""
    record = NEW.accepted(TAKEN, 1.0)
    for now in (2.0, 3.0):
        record = record.after(replace(TAKEN, status=JobStatus.running), now)
    record = record.after(replace(TAKEN, status=JobStatus.succeeded), 4.0)
    record = record.after(replace(TAKEN, status=JobStatus.succeeded), 5.0)

    assert (record.accepted_at, record.started_at, record.finished_at) == (1.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("changes", "done"),
    [
        ({"status": JobStatus.failed}, True),
        ({"status": JobStatus.cancelled}, True),
        ({"status": JobStatus.abandoned}, True),
        ({"status": JobStatus.succeeded}, False),
        ({"status": JobStatus.succeeded, "path": "v.mp4"}, True),
        ({"status": JobStatus.succeeded, "error": "no such host"}, True),
        ({"status": JobStatus.running}, False),
        ({"status": JobStatus.unknown}, False),
    ],
)
def test_a_job_is_done_when_nothing_is_left_to_do(changes, done):
    """A finished job is done once its video is here, or could not be fetched."""
    assert replace(NEW, **changes).done is done


def test_a_cost_reported_by_the_vendor_replaces_the_estimate():
    """An estimate stands until the vendor names the cost."""
    estimated = replace(NEW, cost=50.0, cost_unit="credits", cost_estimated=True)
    reported = estimated.accepted(replace(TAKEN, cost=Cost(48, "credits")), 1.0)

    assert estimated.price == Cost(50, "credits", estimated=True)
    assert reported.price == Cost(48, "credits")
    assert estimated.accepted(TAKEN, 1.0).price == Cost(50, "credits", estimated=True)
