"""Comparisons of invented jobs with real clips, as in an old ledger."""

from pathlib import Path

import av
import numpy as np
from notebook.ledgers import made_up

import lipsync_nb as ls
from lipsync_nb.ledger.comparisons import Comparisons, Entry
from lipsync_nb.notebook.comparison import Comparison

VENDORS = (("lingdong", "Generate"), ("yunai", "AvatarVideo"), ("chanjing", "LipSync"))


def sounding(path: Path, level: float, seconds: float = 1.0, silence: float = 0.0) -> Path:
    """Write a grey clip with a tone.

    Args:
        path: The MP4 file.
        level: Amplitude of the tone, 0 (silence) to 1.
        seconds: Length of the tone.
        silence: Seconds before it.
    """
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = out.add_stream("aac", rate=16_000, layout="mono")
        grey = np.full((64, 64, 3), 128, np.uint8)
        for number in range(round(10 * (silence + seconds))):
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts = number
            out.mux(picture.encode(frame))
        wave = level * np.sin(2 * np.pi * 440 * np.arange(round(16_000 * seconds)) / 16_000)
        wave = np.pad(wave, (round(16_000 * silence), 0))
        tone = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), "fltp", "mono")
        tone.rate, tone.pts = 16_000, 0
        out.mux([*sound.encode(tone), *sound.encode(None), *picture.encode(None)])
    return path


def entries(scripts: tuple[str, ...] = ("one",), face: str = "face") -> list[Entry]:
    """An entry for each vendor and script."""
    places = [(script, *vendor) for script in scripts for vendor in VENDORS]
    return [
        Entry(vendor, kind, face, script, 1, made_up(number).id)
        for number, (script, vendor, kind) in enumerate(places)
    ]


def compared(client: ls.Client, places: list[Entry], clips: list[Path | None]) -> Comparison:
    """A comparison of finished jobs. A job without a clip has failed."""
    for number, (place, clip) in enumerate(zip(places, clips, strict=True)):
        made = {"path": str(clip)} if clip else {"error": "no <face> was found"}
        status = "succeeded" if clip else "failed"
        facts = {"vendor": place.vendor, "kind": place.kind, "status": status, **made}
        record = made_up(number, **facts)
        client.records.reserve([record], reuse=False, allow=lambda *_: None)
    Comparisons(client.ledger).add(places)
    return Comparison.load(client)
