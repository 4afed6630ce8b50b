"""Makes many videos in three steps, in a process of its own; prints its seconds and its peak.

Run as ``python chains.py chained|single ROWS SANDBOX_HOME FOLDER CLIP SPEECH``, with the folder of
the tests in PYTHONPATH. Chained, each step uses the result of the one before; as single jobs, it
uses as many files that are there.
"""

import shutil
import sys
from pathlib import Path
from time import perf_counter

from peak_memory import peak_bytes

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

SMALL = {"screen_width": 240, "screen_height": 240}
POLL = (0.1, 0.5)


def chained(client: ls.Client, rows: int, voice: str, clip: Path) -> None:
    """Make a speech, a video of it, and a video of that one, for each row."""
    speeches = client.map([ls.chanjing.Speech(text="Hello.", voice=voice)] * rows, fresh=True)
    videos = client.map(ls.chanjing.LipSync(video=clip, audio=each, **SMALL) for each in speeches)
    pairs = zip(videos, speeches, strict=True)
    thirds = client.map(ls.lingdong.Generate(source=video, audio=each) for video, each in pairs)
    client.gather(thirds)


def copies(path: Path, folder: Path, rows: int) -> list[Path]:
    """Return files of the same content, one for each row: each is looked at, as results are."""
    paths = [folder / f"{number}{path.suffix}" for number in range(rows)]
    return [Path(shutil.copyfile(path, each)) for each in paths]


def single(client: ls.Client, voice: str, clips: list[Path], speeches: list[Path]) -> None:
    """Make as many speeches and videos, each by itself."""
    pairs = list(zip(clips, speeches, strict=True))
    jobs = client.map([ls.chanjing.Speech(text="Hello.", voice=voice)] * len(pairs), fresh=True)
    requests: list[ls.Request[ls.Video]] = []
    requests += [ls.chanjing.LipSync(video=clip, audio=each, **SMALL) for clip, each in pairs]
    requests += [ls.lingdong.Generate(source=clip, audio=each) for clip, each in pairs]
    videos = client.map(requests, fresh=True)
    client.gather(jobs)
    client.gather(videos)


def main(way: str, rows: str, home: str, folder: str, *media: str) -> None:
    """Make them."""
    clip, speech = map(Path, media)
    places = {"ledger": Path(folder) / "jobs.sqlite", "results": Path(folder) / "results"}
    with ls.Client.sandbox(Sandbox(Path(home)), **places, poll=POLL) as client:
        client.vendors["chanjing"].rates = {}
        voice = client.vendors["chanjing"].voices()["id"][0]
        many = [copies(path, Path(folder), int(rows)) for path in (clip, speech)]
        began = perf_counter()
        if way == "chained":
            chained(client, int(rows), voice, clip)
        else:
            single(client, voice, *many)
        seconds = perf_counter() - began
    sys.stdout.write(f"{seconds} {peak_bytes()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
