"""Leases: which engines are running, here and on other machines, whatever the clocks say."""

import subprocess
import sys
import time

import pytest

from lipsync_nb.ledger import Ledger, leases

OTHER_MACHINE = "INSERT INTO owners VALUES ('far', 1, 'host', ?, 'another boot', 'ns', ?)"
ASKS = """
import sys
from pathlib import Path
from lipsync_nb.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
print(ledger.is_alive("outside"), ledger.is_alive("lapsed"))
"""
DAY = 24 * 3600.0
UNREADABLE = {
    "without an end": (1, None),
    "an end that is no number": (1, "soon"),
    "a process that is no number": ("one", 60.0),
    "a process that cannot be": (2**40, 60.0),
    "all processes": (-1, 60.0),
}
"""The process and the seconds of leases."""


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    ledger = Ledger(tmp_path / "jobs.sqlite")
    yield ledger
    ledger.close()


@pytest.fixture
def after(monkeypatch):
    """Return a function that lets seconds pass, by the monotonic clock."""
    passed = [time.monotonic()]
    monkeypatch.setattr(leases, "monotonic", lambda: passed[0])

    def seconds(number):
        passed[0] += number

    return seconds


def beat_elsewhere(ledger, alive_until):
    """Write the heartbeat of an engine on another machine, by that machine's clock."""
    with ledger.writing() as db:
        db.execute("DELETE FROM owners")
        db.execute(OTHER_MACHINE, (alive_until, 5.0))


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_clock_that_is_set_changes_no_lease(ledger, monkeypatch, after, ahead):
    """Neither lengthens it nor ends it."""
    ledger.heartbeat("long", 60)
    ledger.heartbeat("short", 15)
    monkeypatch.setattr(leases, "time", lambda: time.time() + ahead)
    alive = ledger.is_alive("long"), ledger.is_alive("short")
    after(16)

    assert alive == (True, True)
    assert (ledger.is_alive("long"), ledger.is_alive("short")) == (True, False)


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 3600.0])
def test_an_engine_elsewhere_is_running_while_its_heartbeat_changes(ledger, after, ahead):
    """Its clock may be an hour ahead or behind."""
    run = ledger.run
    for second in range(3):
        run(beat_elsewhere, ledger, time.time() + ahead + second)
        assert ledger.is_alive("far")
        after(5)
        assert ledger.is_alive("far")
    after(16)

    assert not ledger.is_alive("far")


def test_an_engine_elsewhere_whose_lease_ended_days_ago_has_ended(ledger):
    """As after a reboot, or when a pod has moved to another machine."""
    ledger.run(beat_elsewhere, ledger, time.time() - 2 * DAY)

    assert not ledger.is_alive("far")
    ledger.run(beat_elsewhere, ledger, time.time() - 2 * DAY + 5)
    assert ledger.is_alive("far")  # its clock is days behind, but its heartbeat changes


@pytest.mark.parametrize(("pid", "seconds"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_lease_that_cannot_be_read_is_none(ledger, pid, seconds):
    """Another program may have written it; the other leases count."""
    until = time.monotonic() + seconds if isinstance(seconds, float) else seconds
    lease = ("odd", pid, "host", time.time() + 60, leases.boot(), leases.pid_namespace(), until)

    def write():
        with ledger.writing() as db:
            db.execute("INSERT INTO owners VALUES (?, ?, ?, ?, ?, ?, ?)", lease)

    ledger.run(write)
    ledger.heartbeat("ours", 60)

    assert not ledger.is_alive("odd")
    assert ledger.is_alive("ours")


def test_a_lease_from_before_a_boot_that_has_no_id_ends(ledger):
    """The monotonic clock begins again with each boot."""
    ledger.heartbeat("before", 7 * 24 * 3600)

    assert not ledger.is_alive("before")


@pytest.mark.parametrize("own", ["--pid", "--time"])
def test_an_engine_in_another_container_is_running(ledger, own):
    """Containers may share a ledger, a host name and a boot, but not processes or the clock."""
    isolated = ["unshare", own, "--fork", "--kill-child"]
    if own == "--time":
        isolated += ["--monotonic", "100000"]
    try:
        subprocess.run([*isolated, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no container can be made here")
    ledger.heartbeat("outside", 60)
    ledger.heartbeat("lapsed", -1 - 2 * DAY)
    command = [*isolated, sys.executable, "-c", ASKS, str(ledger.path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert said.stdout.split() == ["True", "False"]
