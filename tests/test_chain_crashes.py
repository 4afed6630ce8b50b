"""Kernels with chains, killed at any moment: no step is paid twice, every chain finishes."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from chain_kernel import chain
from conftest import PATIENCE, Samples
from kernel import connected
from killing import live_and_die

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

ROUNDS = 2
"""Of each of the two tests."""
KILLS = 25
"""In each round; a hundred in all."""
FEW = 5
"""Kills of a small run, which has one round of each test."""
LONGEST_LIFE = 2.0
"""Seconds after which a kernel is killed at the latest: a chain takes one to three."""
PER_KERNEL = 3
"""Chains that a kernel enters if it has chains of its own."""
STEPS = {
    "Speech": ("chanjing", "speech"),
    "LipSync": ("chanjing", "lip_sync"),
    "Generate": ("lingdong", "lip_sync"),
    "LipSyncVideo": ("lipsync_studio", "lip_sync"),
}
"""By the kind of a step's request: its vendor, and the product that is paid for."""

Printed = dict[tuple[int, int], set[str]]
"""By the chain's number and the step's: the jobs that kernels said they were."""
Chains = list[list[ls.Job[Any]]]


def paid(sandbox: Sandbox) -> Counter[str]:
    """Return how many steps of each kind the vendors have counted."""
    return Counter(
        {kind: sandbox.stats(vendor)["products"].get(of, 0) for kind, (vendor, of) in STEPS.items()}
    )


def kinds(jobs: Iterable[ls.Job[Any]]) -> Counter[str]:
    """Return how many jobs of each kind there are."""
    return Counter(job.kind for job in jobs)


class Killed:
    """Kernels that are killed one after the other, and what is known of their chains.

    Args:
        sandbox: Has the vendors.
        ledger: The ledger's file.
        clip: The face of all chains.
        seed: Decides about all moments.
    """

    def __init__(self, sandbox: Sandbox, ledger: Path, clip: Path, seed: str) -> None:
        self.sandbox = sandbox
        self.ledger = ledger
        self.clip = clip
        self.printed: Printed = defaultdict(set)
        self._chance = random.Random(seed)

    def kernel(self, first: int, number: int) -> None:
        """Run a kernel that enters so many chains, until it is killed."""
        arguments = [str(self.sandbox.home), str(self.ledger), str(first), str(number)]
        arguments.append(str(self.clip))
        for line in live_and_die("chain_kernel.py", arguments, self._chance, LONGEST_LIFE):
            number_of_chain, step, job = line.split()
            self.printed[int(number_of_chain), int(step)].add(job)

    def finish(self, number: int) -> str:
        """Do what a user does at last: resubmit what is unknown, and run everything again.

        Returns:
            What there was, in words.
        """
        with connected(self.sandbox, self.ledger) as client:
            lost = resubmitted(client)
            before = paid(self.sandbox)
            chains = self._enter(client, number)
            steps = [job for chain_of in chains for job in chain_of]
            for job in steps:
                assert job.exception(PATIENCE) is None, f"{job}: {job.error}"

            assert {job.status for job in steps} == {"succeeded"}
            assert kinds(steps) == {
                "Speech": number,
                "LipSync": number,
                "Generate": (number + 1) // 2,
                "LipSyncVideo": number // 2,
            }
            assert len({(job.vendor, job.vendor_id) for job in steps}) == len(steps)
            assert kinds(steps) <= paid(self.sandbox) <= kinds(steps) + kinds(lost)
            self._compare(chains, {job.id for job in lost})
            again = paid(self.sandbox)
            assert self._enter(client, number) == chains
            for job in client.resume(unsent=True):
                job.exception(PATIENCE)
            assert paid(self.sandbox) == again
        last = (again - before).total()
        return (
            f"{number} chains of 3 steps: {3 * number - last} steps done by killed kernels, {last} "
            f"by the last run; {len(lost)} unknown steps resubmitted; 0 paid twice, all finished"
        )

    def _enter(self, client: ls.Client, number: int) -> Chains:
        voice = client.vendors["chanjing"].voices()["id"][0]
        return [list(chain(client, self.clip, voice, each)) for each in range(number)]

    def _compare(self, chains: Chains, lost: set[str]) -> None:
        """Check that each step has the id that kernels printed, up to a step that was lost."""
        for number, jobs in enumerate(chains):
            for step, job in enumerate(jobs):
                ids = self.printed[number, step] | {job.id}
                if ids & lost or any(self.printed[number, each] & lost for each in range(step)):
                    break
                assert ids == {job.id}, f"chain {number}, step {step}"


def resubmitted(client: ls.Client) -> list[ls.Job[Any]]:
    """Wait for all jobs, and resubmit those of which nobody knows what has become of them."""
    jobs = [client.job(job_id) for job_id in client.jobs["id"]]
    for job in jobs:
        job.exception(PATIENCE)
    lost = [job for job in jobs if job.lost]
    ended = [job for job in jobs if job not in lost and job.status != "succeeded"]
    assert {job.status for job in ended} <= {"cancelled"}
    assert not [job for job in ended if "nothing was paid" not in str(job.error)]
    for job in lost:
        assert job.resubmit() != job
    return lost


@pytest.fixture
def killed(request: pytest.FixtureRequest, samples: Samples, tmp_path: Path) -> Iterable[Killed]:
    """Kernels to be killed, whose vendors have no rate limits."""
    with Sandbox(tmp_path / "sandbox", pace=0, rates=False) as sandbox:
        yield Killed(sandbox, tmp_path / "jobs.sqlite", samples.clip, request.node.name)


@pytest.mark.campaign(small=lambda number: number == 0)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_chains_of_killed_kernels_are_finished_by_running_them_again(
    number: int, killed: Killed, figure: Callable[[str], None], *, whole: bool
) -> None:
    """Each kernel has chains of its own, and leaves them at any step to nobody."""
    kills = KILLS if whole else FEW
    for kill in range(kills):
        killed.kernel(kill * PER_KERNEL, PER_KERNEL)

    figure(f"{kills} kills, round {number}: {killed.finish(kills * PER_KERNEL)}")


@pytest.mark.campaign(small=lambda number: number == 0)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_program_that_is_killed_and_run_again_goes_on_where_it_stood(
    number: int, killed: Killed, figure: Callable[[str], None], *, whole: bool
) -> None:
    """Each kernel enters the chains of those before it again, and one more."""
    kills = KILLS if whole else FEW
    for kill in range(kills):
        killed.kernel(0, kill + 1)

    figure(f"{kills} kills, one program, round {number}: {killed.finish(kills)}")
