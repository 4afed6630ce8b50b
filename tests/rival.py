"""A process that shares a Chanjing key pair with other processes.

Each process invalidates the tokens of the others.

Run as ``python rival.py SANDBOX_HOME LEDGER JOBS CLIP SPEECH``; it prints the status of its jobs.
"""

import sys
from pathlib import Path

from kernel import connected, say

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

PATIENCE = 200.0
"""Seconds to wait for a job. It takes a few on an idle machine."""


def main(home: str, ledger: str, jobs: str, clip: str, speech: str) -> None:
    """Submit the jobs, and wait until they end."""
    small = {"screen_width": 240, "screen_height": 240}
    with connected(Sandbox(Path(home)), Path(ledger)) as client:
        say("ready")
        sys.stdin.readline()
        submitted = [
            client.submit(ls.chanjing.LipSync(video=clip, audio=speech, volume=1 + n, **small))
            for n in range(int(jobs))
        ]
        for job in submitted:
            error = job.exception(PATIENCE)
            say(f"{job.status} {error or ''}".strip())


if __name__ == "__main__":
    main(*sys.argv[1:])
