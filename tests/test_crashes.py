"""Kernels that are killed at any moment: nothing is paid twice, nothing is lost."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PATIENCE, Samples
from kernel import connected, requests
from killing import live_and_die

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

ROUNDS = 4
KILLS = 50
"""In each round; two hundred in all."""
FEW = 8
"""Kills of a small run, which has one round."""
LONGEST_LIFE = 0.6
"""Seconds after which kernels are killed at the latest, once they submit."""
PER_KERNEL = 1000
"""More requests than a kernel can make in its life."""
VENDORS = ("lingdong", "lipsync_studio", "chanjing", "xingyun")


def paid(sandbox: Sandbox) -> Counter:
    """Return the paid submissions the vendors have counted."""
    return Counter({vendor: sandbox.stats(vendor)["paid"] for vendor in VENDORS})


@pytest.mark.campaign(small=lambda number: number == 0)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_killed_kernels_lose_nothing_and_pay_nothing_twice(
    number: int, samples: Samples, tmp_path: Path, figure: Callable[[str], None], *, whole: bool
) -> None:
    """After many kills each job is finished, surely unpaid, or unknown; no other was paid."""
    kills, chance = KILLS if whole else FEW, random.Random(f"round {number}")
    ledger, printed = tmp_path / "jobs.sqlite", []
    with Sandbox(tmp_path / "sandbox", pace=0, rates=False) as sandbox:
        media = [str(path) for path in (samples.face, samples.speech, samples.clip)]
        for kill in range(kills):
            first = str(kill * PER_KERNEL)
            arguments = [str(sandbox.home), str(ledger), first, *media]
            printed += live_and_die("kernel.py", arguments, chance, LONGEST_LIFE)
        client = connected(sandbox, ledger)
        jobs = [client.job(job_id) for job_id in client.jobs["id"]]
        for job in jobs:
            job.exception(PATIENCE)

        ends = Counter(job.status for job in jobs)
        taken = Counter(job.vendor for job in jobs if job.vendor_id)
        unknown = Counter(job.vendor for job in jobs if job.record.lost)
        counts = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        figure(f"{kills} kills: {len(jobs)} jobs, {counts}; 0 paid twice, 0 lost")
        assert set(printed) <= {job.id for job in jobs}
        assert set(ends) <= {"succeeded", "failed", "cancelled", "unknown"}
        reasons = {str(job.error) for job in jobs if job.status in {"failed", "cancelled"}}
        assert not {reason for reason in reasons if "nothing was paid" not in reason}
        assert len({(job.vendor, job.vendor_id) for job in jobs if job.vendor_id}) == taken.total()
        assert taken <= paid(sandbox) <= taken + unknown
        run_again(client, samples, sandbox, kills)
        client.close()


def run_again(client: ls.Client, samples: Samples, sandbox: Sandbox, kills: int) -> None:
    """Submitting all that again pays for what was never paid, and for nothing else."""
    before, frame = paid(sandbox), client.jobs
    unpaid = set(frame["id"][frame["status"].isin(["failed", "cancelled"])])
    known = set(frame["id"]) - unpaid
    media = samples.face, samples.speech, samples.clip
    again = [
        client.submit(request)
        for kill in range(kills)
        for request in requests(media, kill * PER_KERNEL)
    ]
    for job in again:
        job.exception(PATIENCE)

    assert paid(sandbox) - before == Counter(job.vendor for job in again if job.id not in known)
    assert known.intersection(job.id for job in again) or kills < KILLS
