"""A sandbox for all tests of a worker, media to send, and clients with ledgers of their own."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from faces import portrait, speech
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

POLL = (0.05, 0.5)
"""Seconds: the sandbox of the tests is as fast as it can be."""
PATIENCE = 90.0
"""Seconds for what takes one, on a machine that has much else to do."""

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


TOGETHER = ("tests/browser/", "tests/test_canary.py")
"""Tests that one worker runs: two browsers at once starve each other, and the canary's life, which
takes minutes, need be lived only once."""
LONG = (
    "notebooks/",
    "tests/test_batch_crashes.py",
    "tests/test_chain_crashes.py",
    "tests/test_crashes.py",
    "tests/test_ending.py",
    "tests/test_newcomer.py",
    "tests/test_package.py",
)
"""Tests that take longest, and so begin first: then all workers end at about the same time."""


class SomeTogether(LoadScopeScheduling):
    """Gives some tests to one worker, and each of the others to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return next((part for part in TOGETHER if nodeid.startswith(part)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one worker more than there are cores, as tests often wait for other processes."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SomeTogether:
    """Schedule tests on workers; the browser's, which take longest, begin at once."""
    return SomeTogether(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what tells how large campaigns are."""
    parser.addoption(
        "--campaigns",
        choices=("small", "full"),
        default="small",
        help="run a part of each campaign (a test marked so), or all of it as CI does",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long tests first, and leave out the cases of campaigns that are not for a small run."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    if config.getoption("campaigns") == "full":
        return
    left_out = [item for item in items if not _is_for_a_small_run(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _is_for_a_small_run(item)]


def _is_for_a_small_run(item: pytest.Item) -> bool:
    campaign = item.get_closest_marker("campaign")
    if campaign is None or "small" not in campaign.kwargs:
        return True
    assert isinstance(item, pytest.Function)
    return bool(campaign.kwargs["small"](**item.callspec.params))


@pytest.fixture(scope="session")
def whole(pytestconfig: pytest.Config) -> bool:
    """Whether campaigns are run whole, and not small."""
    return bool(pytestconfig.getoption("campaigns") == "full")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return what prints a measured figure at the end of the run."""
    return lambda text: record_property("figure", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests have measured."""
    reports = terminalreporter.getreports("passed")
    figures = [
        text for report in reports for name, text in report.user_properties if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(figures))


@dataclass(frozen=True)
class Samples:
    """Media to send.

    Attributes:
        face: A portrait.
        speech: A second and a half of speech.
        clip: The portrait as a clip.
    """

    face: Path
    speech: Path
    clip: Path


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Media that every vendor takes."""
    folder = tmp_path_factory.mktemp("samples")
    face = portrait(folder / "face.png")
    clip = ls.still_video(face, 1.0, folder / "face.mp4")
    return Samples(face, speech(folder / "speech.wav", "Hello there, my friend."), clip)


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """One sandbox, without artificial delays and rate limits."""
    with Sandbox(pace=0, rates=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, left without faults."""
    yield shared_sandbox
    shared_sandbox.clear_faults()


@pytest.fixture
def connect(sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[..., ls.Client]]:
    """Return a maker of clients of the sandbox, which all share one ledger."""
    clients: list[ls.Client] = []

    def make(**options: object) -> ls.Client:
        ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos", "poll": POLL}
        client = ls.Client.sandbox(sandbox, **(ours | options))
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close(wait=False)


@pytest.fixture
def client(connect: Callable[..., ls.Client]) -> ls.Client:
    """A client of the sandbox."""
    return connect()
