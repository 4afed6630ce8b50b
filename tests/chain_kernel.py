"""A kernel to be killed: it enters chains of three steps, and says which.

Run as ``python chain_kernel.py SANDBOX_HOME LEDGER FIRST NUMBER CLIP``.
"""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kernel import NOWHERE, connected, say

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

PAUSE = 0.2
"""Seconds between two chains, so that the steps of several are under way at once."""


def chain(client: ls.Client, clip: Path, voice: str, number: int) -> Iterator[ls.Job[Any]]:
    """Enter a chain that is unlike all others: a speech, a video of it, and a video of that one.

    Args:
        client: The client.
        clip: A face that moves.
        voice: Who speaks.
        number: The chain's own. The third step of even ones is another vendor's than of odd ones.
    """
    speech = client.submit(
        ls.chanjing.Speech(text="Hello.", voice=voice, callback=NOWHERE.format(number))
    )
    yield speech
    small = {"screen_width": 240, "screen_height": 240}
    video = client.submit(ls.chanjing.LipSync(video=clip, audio=speech, **small))
    yield video
    if number % 2:
        yield client.submit(ls.lipsync_studio.LipSyncVideo(video=video, audio=speech))
    else:
        yield client.submit(ls.lingdong.Generate(source=video, audio=speech))


def main(home: str, ledger: str, first: str, number: str, clip: str) -> None:
    """Enter the chains from the first on, and go on with them until killed."""
    client = connected(Sandbox(Path(home)), Path(ledger))
    voice = client.vendors["chanjing"].voices()["id"][0]
    say("ready")
    for each in range(int(first), int(first) + int(number)):
        for step, job in enumerate(chain(client, Path(clip), voice, each)):
            say(f"{each} {step} {job.id}")
        time.sleep(PAUSE)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
