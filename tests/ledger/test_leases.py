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
LEASE = 0.5
"""Seconds of a short lease."""


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    ledger = Ledger(tmp_path / "jobs.sqlite")
    yield ledger
    ledger.close()


def beat_elsewhere(ledger, alive_until):
    """Write the heartbeat of an engine on another machine, by that machine's clock."""
    with ledger.writing() as db:
        db.execute("DELETE FROM owners")
        db.execute(OTHER_MACHINE, (alive_until, 5.0))


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_clock_that_is_set_changes_no_lease(ledger, monkeypatch, ahead):
    """Neither lengthens it nor ends it."""
    ledger.heartbeat("long", 60)
    ledger.heartbeat("short", LEASE)
    monkeypatch.setattr(leases, "time", lambda: time.time() + ahead)
    alive = ledger.is_alive("long"), ledger.is_alive("short")
    time.sleep(LEASE + 0.1)

    assert alive == (True, True)
    assert (ledger.is_alive("long"), ledger.is_alive("short")) == (True, False)


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 3600.0])
def test_an_engine_elsewhere_is_running_while_its_heartbeat_changes(ledger, monkeypatch, ahead):
    """Its clock may be an hour ahead or behind."""
    monkeypatch.setattr(leases, "LEASE_SECONDS", LEASE)
    run = ledger.run
    for second in range(3):
        run(beat_elsewhere, ledger, time.time() + ahead + second)
        assert ledger.is_alive("far")
        time.sleep(LEASE / 3)
        assert ledger.is_alive("far")
    time.sleep(LEASE + 0.1)

    assert not ledger.is_alive("far")


def test_a_lease_from_before_a_boot_that_has_no_id_ends(ledger):
    """The monotonic clock begins again with each boot."""
    ledger.heartbeat("before", 7 * 24 * 3600)

    assert not ledger.is_alive("before")


def test_an_engine_in_another_container_is_running(ledger):
    """Containers may share a ledger, a host name and a boot; each has processes of its own."""
    isolated = ["unshare", "--pid", "--fork", "--kill-child"]
    try:
        subprocess.run([*isolated, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no container can be made here")
    ledger.heartbeat("outside", 60)
    ledger.heartbeat("lapsed", -1)
    command = [*isolated, sys.executable, "-c", ASKS, str(ledger.path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert said.stdout.split() == ["True", "False"]
