"""Several processes with one Chanjing key pair: a token of one's own kills all the others'."""

import subprocess
import sys
from pathlib import Path

from conftest import PATIENCE, Samples

from lipsync_nb.sandbox import Sandbox

JOBS = 5
RIVALS = 2


def started(sandbox: Sandbox, ledger: Path, samples: Samples) -> subprocess.Popen[str]:
    """Start a rival, which waits until it gets the signal to begin."""
    script = Path(__file__).with_name("rival.py")
    arguments = [sandbox.home, ledger, str(JOBS), samples.clip, samples.speech]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, script, *arguments], stdin=pipe, stdout=pipe, text=True
    )


def test_processes_with_one_key_pair_finish_and_nobody_pays_twice(
    samples: Samples, tmp_path: Path
) -> None:
    """A request that was refused for a dead token did no work: it is sent again, until it lives."""
    with Sandbox(tmp_path / "sandbox", pace=0, rates=False) as sandbox:
        rivals = [started(sandbox, tmp_path / f"{n}.sqlite", samples) for n in range(RIVALS)]
        assert [rival.stdout.readline() for rival in rivals] == ["ready\n"] * RIVALS
        for rival in rivals:
            rival.stdin.write("go\n")
            rival.stdin.flush()
        ends = [rival.communicate(timeout=5 * PATIENCE)[0].split("\n")[:-1] for rival in rivals]

        assert ends == [["succeeded"] * JOBS] * RIVALS
        assert sandbox.stats("chanjing")["paid"] == RIVALS * JOBS
