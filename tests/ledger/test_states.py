"""No order of sends, answers, looks, callbacks, cancels and restarts breaks the ledger's word."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lipsync_nb.errors import Unreachable, VendorError
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.status import JobStatus, Snapshot

KERNELS = ("first", "second", "third")
OURS = (JobStatus.waiting, JobStatus.submitting, JobStatus.abandoned)
SEEN = [s for s in JobStatus if s not in OURS]


WITHOUT_RESULT = (JobStatus.failed, JobStatus.cancelled, JobStatus.expired, JobStatus.abandoned)
UNATTACHABLE = (*WITHOUT_RESULT[:3], JobStatus.succeeded, JobStatus.submitting)


class Kernels(RuleBasedStateMachine):
    """Kernels that share a ledger do to one job whatever they may, and die at any time."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger(Path(self.folder.name) / "jobs.sqlite")
        self.paid = []
        self.waiting = {}
        self.kernel = KERNELS[0]
        self.ended = None
        self.revision = 0

    def teardown(self):
        """Close the file."""
        self.ledger.close()
        self.folder.cleanup()

    @initialize()
    def submit(self):
        """The user submits a job in the first kernel."""
        job = Record(
            id="j",
            vendor="v",
            kind="K",
            request="{}",
            fingerprint="f",
            status=JobStatus.submitting,
            created_at=1.0,
            owner=self.kernel,
        )
        self.ledger.heartbeat(self.kernel, 60)
        self.ledger.reserve([job], reuse=True, allow=lambda *_: None)

    @property
    def job(self):
        """The job, as the ledger has it."""
        return self.ledger.get("j")

    def change(self, name, *arguments):
        """Write what a step makes of the job."""
        self.ledger.update("j", lambda job: getattr(job, name)(*arguments))

    @precondition(lambda self: self.kernel not in self.waiting)
    @rule()
    def send(self):
        """The kernel pays, if the ledger lets it."""
        if (
            self.job.sent_at is None
            and self.ledger.mark_sent("j", self.kernel, "account") is not None
        ):
            self.paid.append(self.kernel)
            self.waiting[self.kernel] = f"id{len(self.paid)}"

    @precondition(lambda self: self.kernel in self.waiting)
    @rule(status=st.sampled_from([JobStatus.queued, JobStatus.running]))
    def answer(self, status):
        """The vendor's answer comes."""
        self.change("accepted", Snapshot(status, "", self.waiting.pop(self.kernel)), 2.0)

    @precondition(lambda self: self.kernel in self.waiting)
    @rule()
    def lose(self):
        """The vendor's answer is lost."""
        del self.waiting[self.kernel]
        self.change("unanswered", Unreachable("lost", sent=True))

    @precondition(lambda self: self.kernel in self.waiting)
    @rule()
    def refuse(self):
        """The vendor refuses."""
        del self.waiting[self.kernel]
        self.paid.pop()
        self.change("refused", VendorError("no"), 2.0)

    @precondition(lambda self: self.job.vendor_id is not None)
    @rule(status=st.sampled_from(SEEN))
    def look(self, status):
        """Any kernel looks, because it is time or because the vendor called back."""
        self.change("after", Snapshot(status, "", self.job.vendor_id), 3.0)

    @precondition(lambda self: self.job.sent_at is None)
    @rule()
    def cancel(self):
        """The user cancels before it is sent."""
        self.ledger.update("j", lambda job: job if job.sent_at else job.cancelled(3.0))

    @precondition(lambda self: self.job.status not in UNATTACHABLE)
    @rule(vendor_id=st.sampled_from(["attached", "corrected"]), status=st.sampled_from(SEEN))
    def attach(self, vendor_id, status):
        """The user says which of the vendor's jobs it is."""
        self.change("attached", Snapshot(status, "", vendor_id), "account", 4.0)
        self.ended = None

    @precondition(lambda self: self.job.vendor_id is not None)
    @rule()
    def deny(self):
        """The vendor forgets it."""
        self.change("denied", 60.0)

    @precondition(lambda self: self.job.sent_at is not None)
    @rule()
    def abandon(self):
        """The user abandons it, if need be before its answer has come."""
        self.change("abandoned", 4.0)

    @rule(kernel=st.sampled_from(KERNELS))
    def restart(self, kernel):
        """The kernel dies; another takes over, and flags what was in flight."""
        self.waiting.pop(self.kernel, None)
        self.ledger.release(self.kernel)
        self.kernel = kernel
        self.ledger.heartbeat(kernel, 60)
        for job in self.ledger.claim(kernel, {"v": {"account"}}):
            if job.status is JobStatus.submitting and job.sent_at is None:
                self.change("refused", Unreachable("never sent", sent=False), 5.0)
            elif job.status is JobStatus.submitting:
                self.change("unanswered", Unreachable("lost", sent=True))

    @rule()
    def submit_again(self):
        """The cell is run again: the same job, unless it has failed."""
        if self.job.status not in WITHOUT_RESULT:
            job = Record(
                **{
                    name: getattr(self.job, name)
                    for name in ("vendor", "kind", "request", "fingerprint", "created_at")
                },
                id="other",
                status=JobStatus.submitting,
            )
            [same] = self.ledger.reserve([job], reuse=True, allow=lambda *_: None)
            assert same.id == "j"

    @invariant()
    def paid_once_at_most(self):
        """One job is paid once."""
        assert len(self.paid) <= 1

    @invariant()
    def paid_only_what_is_written(self):
        """Whatever was paid, the ledger knew before."""
        if self.paid and self.ledger.all():
            assert self.job.sent_at is not None

    @invariant()
    def the_end_is_the_end(self):
        """A job that has ended stays so, unless its user attaches it after abandoning it."""
        if not self.ledger.all():
            return
        if self.ended is not None:
            assert self.job.status is self.ended
        if self.job.status.terminal:
            self.ended = self.job.status

    @invariant()
    def what_was_abandoned_counts(self):
        """It may have been paid: who paid, and when, stays."""
        if self.ledger.all() and self.job.status is JobStatus.abandoned:
            assert self.job.sent_at is not None

    @invariant()
    def every_change_is_a_write(self):
        """The ledger's revision never goes back."""
        if self.ledger.all():
            assert self.job.revision >= self.revision
            self.revision = self.job.revision


Kernels.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestKernels = Kernels.TestCase
