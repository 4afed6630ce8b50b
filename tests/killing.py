"""Runs kernels and kills them at random moments."""

import random
import subprocess
import sys
import time
from pathlib import Path

EARLY = 0.2
"""Of the kernels, so many are killed while they start, and take up what the last one left."""
LONGEST_START = 2.0
"""Seconds."""


def live_and_die(
    script: str, arguments: list[str], chance: random.Random, longest: float
) -> list[str]:
    """Run a kernel, kill it at a random moment, and return the lines that it printed.

    Args:
        script: The file in the tests' folder that has the kernel. It prints "ready" once it is.
        arguments: Its arguments.
        chance: Chooses the moment.
        longest: Seconds after "ready" at which it is killed at the latest.
    """
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        if chance.random() < EARLY:
            time.sleep(chance.uniform(0, LONGEST_START))
        else:
            assert kernel.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, longest))
        assert kernel.poll() is None, "it must not end by itself"
        kernel.kill()
        output = kernel.stdout.read()
    return [line for line in output.split("\n")[:-1] if line != "ready"]
