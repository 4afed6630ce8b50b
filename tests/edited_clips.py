"""Clips with speech, made by code."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from lipsync_nb.editing.planes import planes_of
from lipsync_nb.editing.sound import Sound
from lipsync_nb.editing.writer import ClipWriter

Pixels = npt.NDArray[np.uint8]
RATE = Fraction(25)


def tone(seconds: float, rate: int = 44100) -> Sound:
    """A tone that is not silent anywhere."""
    samples = 0.3 * np.sin(np.arange(round(seconds * rate)) * 0.05)
    return Sound(samples[None].astype(np.float32), rate)


def plain(
    path: Path,
    size: tuple[int, int] = (320, 240),
    seconds: float = 2.0,
    *,
    colour: tuple[int, int, int] = (40, 90, 160),
    sound: Sound | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """A clip of one colour, in BT.709, with a tone."""
    pixels = np.full((size[1], size[0], 3), colour, np.uint8)
    return of_pictures(path, [pixels] * round(seconds * RATE), sound or tone(seconds), tags)


def of_pictures(
    path: Path, pictures: list[Pixels], sound: Sound | None, tags: dict[str, str] | None = None
) -> Path:
    """A clip of pictures in RGB, in BT.709."""
    size = pictures[0].shape[1], pictures[0].shape[0]
    space = av.video.reformatter.Colorspace.ITU709
    with ClipWriter(path, size, RATE, sound, tags) as writer:
        for pixels in pictures:
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            planar = frame.reformat(format="yuv420p", dst_colorspace=space)
            planar.colorspace = space  # older versions of PyAV do not say
            writer.write(planar)
    return path


def frames(path: Any) -> list[Pixels]:
    """Decode a clip as RGB, shape (height, width, 3) each."""
    with av.open(str(path)) as container:
        return [rgb(planes_of(frame)) for frame in container.decode(video=0)]


def rgb(planes: Sequence[Pixels]) -> Pixels:
    """Return planes of BT.709 as RGB. Older versions of PyAV take them for BT.601."""
    luma, blue, red = (plane.astype(np.float32) for plane in planes)
    blue, red = (plane.repeat(2, axis=0).repeat(2, axis=1) - 128 for plane in (blue, red))
    grey = 1.164 * (luma - 16)
    channels = grey + 1.793 * red, grey - 0.213 * blue - 0.533 * red, grey + 2.112 * blue
    return np.stack(channels, axis=-1).round().clip(0, 255).astype(np.uint8)


def tags_of(path: Any) -> dict[str, str]:
    """What a file says of its content."""
    with av.open(str(path)) as container:
        return dict(container.metadata)


def heard(path: Any) -> list[tuple[int | None, bytes]]:
    """The packets of sound."""
    with av.open(str(path)) as container:
        return [(p.pts, bytes(p)) for p in container.demux(audio=0) if p.size]
