"""The frames of a clip, at a constant rate."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av

from lipsync_nb.decode.containers import picture_track
from lipsync_nb.decode.frames import Shown
from lipsync_nb.decode.lengths import duration_s
from lipsync_nb.editing.sound import Sound, read_sound
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.media.probe import opened

Size = tuple[int, int]
"""Width and height in pixels."""

LARGEST_RATE, USUAL_RATE = Fraction(60), Fraction(25)
"""Frames per second: what a clip of more of them is reduced to, and what is taken if a clip has no
believable rate."""
TECHNICAL = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "creation_time"}
)
"""Tags of a file that belong to its container, and not to its content."""


def _picture(container: Any, path: Path) -> Any:
    if (track := picture_track(container)) is None:
        raise BadRequest(f"{line(path)} has no pictures; give a clip")
    return track


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip on this machine.

    Attributes:
        path: The file.
        size: Width and height in pixels, as it is shown, both even.
        rate: Frames per second.
        seconds: The length of its picture.
        tags: What the file says of its content, such as its title, by FFmpeg's names.
    """

    path: Path
    size: Size
    rate: Fraction
    seconds: float
    tags: dict[str, str]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what a clip's container says.

        Raises:
            BadRequest: It is no clip.
        """
        try:
            with opened(path) as container:
                track = _picture(container, path)
                rate = _believed(track.average_rate or track.guessed_rate)
                shown = Shown.of(next(container.decode(track)), track)
                stated = float((track.duration or 0) * (track.time_base or 0))
                tags = {k: v for k, v in container.metadata.items() if k not in TECHNICAL}
            with opened(path) as container:
                seconds = stated or duration_s(container)
        except BadRequest:
            raise
        except (av.FFmpegError, StopIteration, ValueError, OSError) as error:
            raise BadRequest(f"{line(path)} cannot be read as a clip ({error})") from None
        return cls(path, even(shown.size), rate, seconds, tags)

    @property
    def frame_count(self) -> int:
        """The number of its frames at its rate."""
        return max(1, round(self.seconds * self.rate))

    def sound(self) -> Sound | None:
        """Decode its sound; ``None`` if it has none. See `read_sound`."""
        return read_sound(self.path)

    def frames(self) -> Iterator[tuple[float, Any]]:
        """Yield its frames, upright, as PyAV's in ``yuv420p``, each with its time in seconds.

        The first one has time zero. Damaged frames are left out.

        Raises:
            BadRequest: Nothing can be decoded.
        """
        start_s = None
        for shown in _shown(self.path):
            time_s = shown.frame.time
            start_s = time_s if start_s is None else start_s
            yield (time_s or 0.0) - (start_s or 0.0), self._planar(shown)
        if start_s is None:
            raise BadRequest(f"{line(self.path)}: nothing of its picture can be decoded")

    def at_rate(self, rate: Fraction, count: int) -> Iterator[Any]:
        """Yield so many frames at a rate: at each time the frame that is shown then.

        The last frame is repeated if the clip is shorter.
        """
        half, made, last = 1 / (2 * rate), 0, None
        for time_s, frame in self.frames():
            while last is not None and made < count and made / rate + half <= time_s:
                yield last
                made += 1
            last = frame
            if made == count:
                return
        for _ in range(count - made):
            yield last

    def _planar(self, shown: Shown) -> Any:
        is_plain = shown.turn == type(shown.turn)() and shown.size == self.size
        if is_plain and shown.oblong == 1.0:
            return _planar(shown.frame)
        frame = av.VideoFrame.from_ndarray(shown.pixels(self.size), format="rgb24")
        planar = frame.reformat(format="yuv420p", dst_colorspace=COLOURS)
        planar.colorspace, planar.color_range = COLOURS, NARROW_RANGE  # older PyAV does not say
        return planar


def _planar(frame: Any) -> Any:
    """Return a frame in ``yuv420p``, with its colours, and full range if it has that."""
    if not frame.format.name.startswith("yuvj"):
        return frame.reformat(format="yuv420p")
    # Older versions of PyAV narrow the range, and still say that it is full.
    pixels = frame.reformat(format="yuvj420p").to_ndarray()
    new = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
    new.colorspace, new.color_range = frame.colorspace, FULL_RANGE
    return new


NARROW_RANGE = av.video.reformatter.ColorRange.MPEG
FULL_RANGE = av.video.reformatter.ColorRange.JPEG
COLOURS = av.video.reformatter.Colorspace.ITU709
"""The colours of frames that had to be turned or scaled as RGB."""


def _believed(rate: Fraction | None) -> Fraction:
    return min(Fraction(rate), LARGEST_RATE) if rate is not None and rate >= 1 else USUAL_RATE


def even(size: Size) -> Size:
    """Return a size with even sides, as H.264 needs them."""
    width, height = size
    return max(2, width - width % 2), max(2, height - height % 2)


def _shown(path: Path) -> Iterator[Shown]:
    try:
        with opened(path) as container:
            track = picture_track(container)
            assert track is not None  # noqa: S101 - it was opened as a clip
            track.thread_type = "AUTO"
            for packet in _packets(container, track):
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    continue
                for frame in frames:
                    yield Shown.of(frame, track)
    except OSError as error:
        raise BadRequest(f"{line(path)} cannot be read ({error})") from None


def _packets(container: Any, track: Any) -> Iterator[Any]:
    packets = container.demux(track)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError):
            return
