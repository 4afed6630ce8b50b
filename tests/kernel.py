"""A kernel to be killed: it submits jobs without end, and says which.

Run as ``python kernel.py SANDBOX_HOME LEDGER FIRST FACE SPEECH CLIP``.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.vendors.base import Request

NOWHERE = "http://127.0.0.1:9/{}"
"""A callback URL that makes a request unlike all others, and that nobody answers."""


def connected(sandbox: Sandbox, ledger: Path) -> ls.Client:
    """Return a client of a sandbox, as quick as it can be."""
    client = ls.Client.sandbox(
        sandbox,
        ledger=ledger,
        results=ledger.parent / "videos",
        poll=(0.02, 0.2),
        backoff_scale=0.02,
    )
    client.vendors["chanjing"].rates = {}
    return client


def requests(media: Sequence[Path], number: int) -> Iterator[Request]:
    """Yield requests that were never made before: one per way of submitting.

    Args:
        media: A face, a speech, a clip.
        number: What makes them unlike all others.
    """
    face, speech, clip = media
    small = {"screen_width": 240, "screen_height": 240}
    figure = {"look_name": "anna", "tts_vcn_name": "clear", "studio_name": "loft"}
    callback = NOWHERE.format(number)
    yield ls.lingdong.Generate(source=face, audio=speech, callback_url=callback)
    yield ls.lipsync_studio.LipSyncImage(image=face, audio=speech, seed=number)
    yield ls.chanjing.LipSync(video=clip, audio=speech, callback=callback, **small)
    yield ls.xingyun.RenderScript(segments=[{"text": "Hi."}], video_name=str(number), **figure)


def say(word: str) -> None:
    """Tell the killer."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(home: str, ledger: str, first: str, *media: str) -> None:
    """Submit until killed."""
    client = connected(Sandbox(Path(home)), Path(ledger))
    say("ready")
    for number in count(int(first)):
        for request in requests([Path(medium) for medium in media], number):
            say(client.submit(request).id)
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
