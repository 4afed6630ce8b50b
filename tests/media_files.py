"""Small media files of every kind that vendors name, made by code."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image


def picture(path: Path, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Path:
    """Save a picture, of the kind that its ending says."""
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(path)
    return path


def clip(path: Path | BytesIO, codec: str = "libx264", container: str | None = None) -> Any:
    """Encode ten frames without sound."""
    with av.open(str(path) if isinstance(path, Path) else path, "w", format=container) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * number, np.uint8))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def sound(
    path: Path, codec: str = "pcm_s16le", container: str | None = None, seconds: float = 1.0
) -> Path:
    """Encode a tone."""
    rate = 48_000
    tone = 8000 * np.sin(np.arange(int(rate * seconds)) * 0.05)
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        frame = av.AudioFrame.from_ndarray(tone.astype(np.int16)[None], "s16", "mono")
        frame.sample_rate, frame.pts = rate, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def slides(path: Path, *notes: str) -> Path:
    """Save a presentation of a slide for each of the notes; of one without notes, if none."""
    from pptx import Presentation  # noqa: PLC0415 - slow to import, and seldom wanted

    presentation = Presentation()
    for note in notes or [""]:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = "复古艺术"
        if note:
            slide.notes_slide.notes_text_frame.text = note
    presentation.save(str(path))
    return path


def old_slides(path: Path) -> Path:
    """Write the beginning of a file in the older format of PowerPoint, and the name of its part."""
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + b"\xfd\xff\xff\xff" + bytes(12)
    path.write_bytes(head + "PowerPoint Document".encode("utf-16-le") + bytes(512))
    return path


MAKERS = {
    "jpg": picture,
    "png": picture,
    "webp": picture,
    "mp4": clip,
    "mov": clip,
    "webm": lambda path: clip(path, "libvpx", "webm"),
    "mp3": lambda path: sound(path, "mp3", "mp3"),
    "m4a": lambda path: sound(path, "aac", "ipod"),
    "wav": lambda path: sound(path, container="wav"),
    "ppt": old_slides,
    "pptx": slides,
    "pdf": picture,
}
"""How a file of each type is made that `lipsync_nb.files.MIME` names."""


def made(folder: Path, ending: str, name: str | None = None) -> Path:
    """Make a file of a type, under a name that may say otherwise."""
    proper = MAKERS[ending](folder / f"made.{ending}")
    return proper.rename(folder / name) if name else proper
