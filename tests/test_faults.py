"""Every fault, at every vendor, at every step: how the job ends, what was paid, what is left.

Each case is a row of a table: a fault, and how a job must end under it. A job that could be made
is made; one that surely could not, fails; one of which nobody can tell is unknown; and whatever
happens, nothing is paid twice and nothing is left behind.
"""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE, Samples
from vendors.cases import AGAIN, CASES
from vendors.media import Media, slides

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.backend import TRAITS
from lipsync_nb.sandbox.faults.kinds import KINDS
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

STEPS = {name: TRAITS[name].steps for name in CASES}
LARGEST_RESULT = 20_000_000
"""Bytes, so that an endless download ends soon."""


@dataclass(frozen=True)
class Case:
    """A fault and its end.

    Attributes:
        vendor: Whom it befalls.
        step: Where.
        fault: Its kind.
        settings: Its settings.
        end: The job's status.
        error: The class of the error that ``result()`` raises, or of its cause.
        paid: How many paid submissions the vendor counts.
        times: How often it happens.
    """

    vendor: str
    step: str
    fault: str
    settings: dict[str, Any] = field(default_factory=dict)
    end: str = "succeeded"
    error: type[ls.LipSyncError] | None = None
    paid: int = 1
    times: int = 1

    def __str__(self) -> str:
        settings = "-".join(f"{name}={value}" for name, value in self.settings.items())
        often = f"x{self.times}" if self.times > 1 else ""
        return "-".join(filter(None, (self.vendor, self.step, self.fault, settings, often)))


PASSING: list[tuple[str, dict[str, Any]]] = [
    ("latency", {"seconds": 0.3}),
    ("status", {"status": 500}),
    ("status", {"status": 502}),
    ("status", {"status": 503}),
    ("rate_limited", {"retry_after": 0}),
    ("rate_limited", {"retry_after": 1, "date": True}),
    ("reset_before", {}),
    ("reset_after", {}),
    ("html", {}),
    ("bad_json", {}),
    ("bad_utf8", {}),
    ("wrong_types", {}),
    ("missing_fields", {}),
    ("huge_json", {}),
    ("endless", {}),
]
"""Faults that pass. What is free may be asked for again, so no job ends by them."""

REFUSALS: list[tuple[int, type[ls.LipSyncError]]] = [
    (400, ls.VendorError),
    (401, ls.Unauthorized),
    (402, ls.OutOfCredit),
    (404, ls.VendorError),
]
"""HTTP statuses by which a vendor refuses."""
PROVING = (401, 402)
"""Those of them that prove it also on a gateway's page, which is what the fault sends."""


def at(*steps: str) -> Iterator[tuple[str, str]]:
    """Yield each vendor that has one of these steps, with the step."""
    return ((vendor, step) for vendor in CASES for step in steps if step in STEPS[vendor])


def free_steps() -> Iterator[Case]:
    """Steps before the paid one: what passes is repeated, a refusal ends the job unpaid."""
    for vendor, step in at("auth", "prepare", "file", "upload"):
        for fault, settings in PASSING:
            yield Case(vendor, step, fault, settings)
        if step == "auth":
            continue
        refused = {"end": "failed", "paid": 0}
        for status, error in REFUSALS:
            elsewhere = step == "upload" and CASES[vendor].uploads_elsewhere
            kind = ls.VendorError if elsewhere else error
            yield Case(vendor, step, "status", {"status": status}, error=kind, **refused)
    for vendor, _ in at("file"):
        yield Case(vendor, "upload", "failed", end="failed", error=ls.VendorError, paid=0)
    for vendor, _ in at("auth"):
        for step in ("prepare", "file", "submit", "poll"):
            if step in STEPS[vendor]:
                yield Case(vendor, step, "dead_token")


def submissions() -> Iterator[Case]:
    """The paid step: resent only if nothing was done, unknown if nobody can tell."""
    for vendor in CASES:
        yield Case(vendor, "submit", "latency", {"seconds": 0.3})
        yield Case(vendor, "submit", "rate_limited", {"retry_after": 0})
        yield Case(vendor, "submit", "rate_limited", {"retry_after": 1, "date": True}, times=2)
        for status, error in REFUSALS:
            if status in PROVING:
                settings = {"status": status}
                yield Case(vendor, "submit", "status", settings, "failed", error, paid=0)
        yield Case(vendor, "submit", "failed", end="failed", error=ls.VendorError)
        yield from lost_answers(vendor)
        for code, error, end, message in CASES[vendor].codes:
            settings = {"code": code} | ({"message": message} if message else {})
            if end == AGAIN:
                yield Case(vendor, "submit", "code", settings)
            else:
                yield Case(vendor, "submit", "code", settings, end, error, paid=0)


def lost_answers(vendor: str) -> Iterator[Case]:
    """Answers that are none: with a list the job finds itself, else it is unknown."""
    listed = bool(VENDORS[vendor].lists)
    unknown = {"end": "unknown", "error": ls.SubmitUnknown}
    worked = {} if listed else unknown
    spoiled = ("html", "bad_json", "bad_utf8", "missing_fields", "huge_json", "endless")
    for fault in ("reset_after", *spoiled):
        yield Case(vendor, "submit", fault, **worked)
    yield Case(vendor, "submit", "status", {"status": 504, "worked": True}, **worked)
    yield Case(vendor, "submit", "reset_before", **unknown, paid=0)
    for status in (500, *(status for status, _ in REFUSALS if status not in PROVING)):
        yield Case(vendor, "submit", "status", {"status": status}, **unknown, paid=0)
    yield Case(vendor, "submit", "html", {"worked": False}, **unknown, paid=0)


def looks() -> Iterator[Case]:
    """A failed look is not a failed job, whatever went wrong with it."""
    for vendor in CASES:
        for fault, settings in PASSING:
            yield Case(vendor, "poll", fault, settings)
        for status, _ in REFUSALS:
            yield Case(vendor, "poll", "status", {"status": status}, times=2)
        yield Case(vendor, "poll", "unknown_status", times=3)


def downloads() -> Iterator[Case]:
    """What breaks off goes on; what is no video, or must not be fetched, is a clear error."""
    passing = [*PASSING[:8], ("truncated", {}), ("truncated", {"fraction": 0.0}), ("expired", {})]
    unfetched = {"error": ls.DownloadError}
    for vendor in CASES:
        for fault, settings in passing:
            yield Case(vendor, "download", fault, settings)
        yield Case(vendor, "download", "truncated", {"fraction": 0.9}, times=3)
        yield Case(vendor, "download", "html_video", **unfetched, times=9)
        for fault in ("cut_off", "garbled"):
            yield Case(vendor, "download", fault)
            yield Case(vendor, "download", fault, **unfetched, times=9)
        yield Case(vendor, "download", "endless", **unfetched, times=9)
        yield Case(vendor, "download", "hostile_name")
        yield Case(vendor, "download", "status", {"status": 404}, **unfetched, times=9)
        for where in ("file", "private", "metadata", "redirect_private", "redirect_file"):
            settings = {"where": where}
            yield Case(vendor, "poll", "hostile_url", settings, **unfetched, times=99)
        yield Case(vendor, "poll", "hostile_url", {"where": "redirect_loop"}, **unfetched, times=99)


def callbacks() -> Iterator[Case]:
    """A callback is a hint to look: none does harm, and none is needed."""
    for vendor, _ in at("callback"):
        for fault in ("lost", "doubled", "forged", "malformed"):
            yield Case(vendor, "callback", fault)
        yield Case(vendor, "callback", "late", {"seconds": 0.5})


TABLE = [*free_steps(), *submissions(), *looks(), *downloads(), *callbacks()]


def some(table: list[Case]) -> list[Case]:
    """Return cases that have every vendor's every step, and each fault's every end at a step."""
    by_end: defaultdict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in table:
        by_end[case.step, case.fault, case.end].append(case)
    ends = [cases[number % len(cases)] for number, cases in enumerate(by_end.values())]
    places = {(case.vendor, case.step): case for case in [*table, *ends]}
    return [*ends, *(case for case in places.values() if case not in ends)]


FEW = some(TABLE)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """A sandbox for these tests alone: a lost job could be any failed one of other tests."""
    with Sandbox(pace=0, rates=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def requests(
    samples: Samples, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Request]]:
    """Each vendor's request, by the step that it is for; the short one's is empty."""
    deck = slides(tmp_path_factory.mktemp("slides") / "deck.pptx")
    media = Media(
        face=samples.face,
        clip=samples.clip,
        speech=samples.speech,
        sample=samples.speech,
        slides=deck,
        long_clip=samples.clip,
        long_sample=samples.speech,
    )
    return {
        name: {
            "": case.one(media),
            "upload": case.orders[case.uploading or case.short](media),
        }
        for name, case in CASES.items()
    }


@pytest.fixture(scope="module")
def account(
    shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ls.Client]:
    """One client for all cases: a case that did harm would show in the next."""
    folder = tmp_path_factory.mktemp("account")
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))
    with ls.Client.sandbox(
        shared_sandbox,
        ledger=folder / "jobs.sqlite",
        results=folder / "videos",
        poll=(0.02, 0.1),
        backoff_scale=0.05,
        largest_result=LARGEST_RESULT,
    ) as client:
        for vendor in client.vendors.values():
            vendor.rates = {}  # the sandbox has none here, and 10 a minute is slow
        yield client
    tempfile.tempdir = None


@pytest.fixture
def submit(account: ls.Client, requests: dict[str, dict[str, Request]]) -> Callable[[Case], ls.Job]:
    """Return what submits a case's request, with callbacks where they are the point."""

    def make(case: Case) -> ls.Job:
        made = requests[case.vendor]
        request = made.get(case.step, made[""])
        if case.step != "callback":
            return account.submit(request, fresh=True)
        with account.listen():
            job = account.submit(request, fresh=True)
            job.exception(PATIENCE)
        return job

    return make


def background() -> set[str]:
    """Return the names of the jobs that the library is busy with."""

    async def names() -> set[str]:
        return {task.get_name() for task in asyncio.all_tasks()}

    return {name for name in loop.run(names()) if name.startswith("job")}


def left_behind(folder: Path) -> list[Path]:
    """Return unfinished downloads, and media fetched for an upload."""
    fetched = Path(tempfile.gettempdir()).glob("lipsync_nb-media-*")
    return [*folder.glob("*.part*"), *fetched]


@pytest.mark.campaign(small=lambda case: case in FEW)
@pytest.mark.parametrize("case", TABLE, ids=str)
def test_a_job_under_a_fault_ends_as_it_must(
    case: Case, submit: Callable[[Case], ls.Job], account: ls.Client, sandbox: Sandbox
) -> None:
    """The end, the error, the payments; and no file or task is left."""
    before = sandbox.stats(case.vendor)
    sandbox.faults(case.vendor, case.fault, step=case.step, times=case.times, **case.settings)

    job = submit(case)
    error = job.exception(PATIENCE)

    assert job.status == case.end, error
    if case.error is None:
        assert error is None
        assert job.video is not None
    else:
        assert isinstance(error, case.error) or isinstance(error.__cause__, case.error)
        assert len(str(error)) > 10
    after = sandbox.stats(case.vendor)
    assert after["paid"] - before["paid"] == case.paid
    assert after["leaks"] == before["leaks"]
    assert not left_behind(account.results)
    assert f"job {job.id}" not in background()


def test_there_are_enough_cases() -> None:
    """The table covers every vendor, every step and every kind of fault."""
    steps = {(case.vendor, case.step) for case in TABLE}
    unused = set(KINDS) - {case.fault for case in TABLE}

    assert len(TABLE) >= 250
    assert {(v, s) for v in CASES for s in STEPS[v] if s != "other"} <= steps
    assert {(case.vendor, case.step) for case in FEW} == steps
    assert {case.fault for case in FEW} == {case.fault for case in TABLE}
    assert unused == {"stuck", "drip", "changed"}  # they have tests of their own
