"""Faults at each step of a chain of jobs: no later step is paid, and after the remedy all finish.

Each case is a row of a table: a step, what befalls it, what the user does about it, and how often
that step is paid. Each other step is paid once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Any

import pytest
from chain_kernel import chain
from conftest import PATIENCE, Samples

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

STEPS = (("chanjing", "speech"), ("chanjing", "lip_sync"), ("lingdong", "lip_sync"))
"""Each step's vendor, and the product that is paid for."""
NAMES = ("chanjing Speech", "chanjing LipSync", "lingdong Generate")
"""As errors name the steps, with the job's id."""
SOON = 5.0
"""Seconds: the deadline of jobs that their vendor forgets."""


@dataclass(frozen=True)
class Case:
    """What befalls a step.

    Attributes:
        step: The number of the step.
        at: The sandbox's step.
        fault: Its kind.
        settings: Its settings.
        times: How often it happens.
        end: The job's status.
        error: The class of its error, or of the error's cause.
        remedy: What its user does before running all again: "" for nothing else.
        paid: How often the step is paid before the remedy, and after it.
    """

    step: int
    at: str
    fault: str
    settings: dict[str, Any] = field(default_factory=dict)
    times: int = 1
    end: str = "failed"
    error: type[ls.LipSyncError] = ls.VendorError
    remedy: str = ""
    paid: tuple[int, int] = (0, 1)

    def __str__(self) -> str:
        settings = "-".join(f"{name}={value}" for name, value in self.settings.items())
        parts = (NAMES[self.step].split()[1], self.at, self.fault, settings, self.remedy)
        return "-".join(filter(None, parts))


def table() -> Iterator[Case]:
    """Yield all cases."""
    for step in range(3):
        for status, error in ((401, ls.Unauthorized), (402, ls.OutOfCredit)):
            for remedy in ("", "resubmit"):
                yield Case(step, "submit", "status", {"status": status}, error=error, remedy=remedy)
        for remedy in ("", "resubmit"):
            yield Case(step, "submit", "failed", remedy=remedy, paid=(1, 2))
        lost: dict[str, Any] = {"end": "unknown", "error": ls.SubmitUnknown}
        yield Case(step, "submit", "reset_before", **lost, remedy="resubmit")
        yield Case(step, "submit", "reset_before", **lost, remedy="abandon")
        if step != 1:  # whose vendor lists its jobs, so that it is found
            yield Case(step, "submit", "reset_after", **lost, remedy="attach", paid=(1, 1))
            yield Case(step, "submit", "reset_after", **lost, remedy="resubmit", paid=(1, 2))
        gone: dict[str, Any] = {"settings": {"status": 404}, "times": 10_000}
        yield Case(step, "poll", "status", **gone, **lost, paid=(1, 1))
        yield Case(step, "poll", "status", **gone, **lost, remedy="attach", paid=(1, 1))
        unfetched: dict[str, Any] = {"end": "succeeded", "error": ls.DownloadError}
        for fault in ("html_video", "cut_off"):
            yield Case(
                step, "download", fault, times=99, **unfetched, remedy="ask again", paid=(1, 1)
            )


TABLE = list(table())
FEW = [case for case in TABLE if case.remedy != "resubmit" or case.step == 1]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for one test: a lost job could be a listed one of another test."""
    with Sandbox(pace=0, rates=False) as sandbox:
        yield sandbox


@pytest.fixture
def enter(
    connect: Callable[..., ls.Client], samples: Samples, request: pytest.FixtureRequest
) -> Callable[[], Iterator[ls.Job[Any]]]:
    """Return what enters a chain, the same one each time, step by step."""
    forgets = request.node.callspec.params["case"].at == "poll"
    client = connect(backoff_scale=0.02, poll=(0.02, 0.1), deadline=SOON if forgets else PATIENCE)
    client.vendors["chanjing"].rates = {}
    voice = client.vendors["chanjing"].voices()["id"][0]
    return lambda: chain(client, samples.clip, voice, 0)


def paid(sandbox: Sandbox) -> list[int]:
    """Return how often each step was paid."""
    return [sandbox.stats(vendor)["products"].get(product, 0) for vendor, product in STEPS]


def more(sandbox: Sandbox, before: list[int]) -> list[int]:
    """Return how often each step was paid since."""
    return [now - then for now, then in zip(paid(sandbox), before, strict=True)]


def finish(jobs: Iterable[ls.Job[Any]]) -> None:
    """Wait for jobs, also for longer than their deadline."""
    late = monotonic() + PATIENCE
    for job in jobs:
        while isinstance(job.exception(PATIENCE), ls.JobTimeout):
            assert monotonic() < late, job
        assert job.exception() is None


def remedy(case: Case, job: ls.Job[Any], sandbox: Sandbox) -> None:
    """Do what a user does about a fault that is over."""
    if case.remedy == "attach":
        job.attach(job.vendor_id or sandbox.jobs(job.vendor)[-1]["id"])
    elif case.remedy == "resubmit":
        assert job.resubmit() != job
    elif case.remedy == "abandon":
        job.abandon()
    elif case.remedy == "ask again":
        job.result(PATIENCE)


def stopped(case: Case, jobs: list[ls.Job[Any]]) -> None:
    """Check how a chain has stopped: the step as it must, and the later ones for its sake."""
    broken, later = jobs[case.step], jobs[case.step + 1 :]
    error = broken.exception(PATIENCE)
    assert broken.status == case.end
    assert isinstance(error, case.error) or isinstance(error.__cause__, case.error)
    for job in later:
        error = job.exception(PATIENCE)
        if case.end == "unknown":
            assert job.status == "waiting"
            assert isinstance(error, ls.JobTimeout)
            assert broken.id in str(error)
        else:
            assert isinstance(error, ls.JobFailed)
            assert isinstance(job.error, ls.InputFailed)
            assert "nothing was paid" in str(job.error)
            assert [
                earlier
                for earlier, name in zip(jobs, NAMES, strict=True)
                if f"its input {name} {earlier.id}" in str(job.error)
            ]


@pytest.mark.campaign(small=lambda case: case in FEW)
@pytest.mark.parametrize("case", TABLE, ids=str)
def test_a_chain_stops_at_a_fault_and_finishes_after_the_remedy(
    case: Case, enter: Callable[[], Iterator[ls.Job[Any]]], sandbox: Sandbox
) -> None:
    """What comes after a failed step is not paid, and names it; no step is paid again unasked."""
    before = paid(sandbox)
    finish(islice(enter(), case.step))  # the fault is for this step, not for those before it
    sandbox.faults(STEPS[case.step][0], case.fault, step=case.at, times=case.times, **case.settings)
    jobs, done = list(enter()), [1] * case.step
    began = monotonic()

    stopped(case, jobs)
    assert monotonic() - began < PATIENCE / 2  # those who wait are told at once
    later = [0] * (2 - case.step)
    assert more(sandbox, before) == [*done, case.paid[0], *later]
    sandbox.clear_faults()
    remedy(case, jobs[case.step], sandbox)
    again = list(enter())
    finish(again)
    assert more(sandbox, before) == [*done, case.paid[1], *[1] * (2 - case.step)]
    assert list(enter()) == again
    assert [job.id for job in again[2].inputs] == [again[1].id, again[0].id]
