"""The frames of a clip, at a constant rate."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av

from lipsync_nb.decode.containers import picture_track
from lipsync_nb.decode.frames import Shown
from lipsync_nb.editing.demux import frames, packets
from lipsync_nb.editing.sound import Sound, read_sound
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import LocalFile
from lipsync_nb.media.probe import opened
from lipsync_nb.media.remux import TECHNICAL

Size = tuple[int, int]
"""Width and height in pixels."""

LARGEST_RATE, USUAL_RATE = Fraction(60), Fraction(25)
"""Frames per second: what a clip of more of them is reduced to, and what is taken if a clip has no
believable rate."""
LEAD_S = 1.0
"""How many seconds before a time its key frame is looked for: containers find key frames by when
they are decoded, which is before they are shown."""
TIE_S = 1e-4
"""Seconds by which the times of two frames may differ in rounding."""


UNSPECIFIED = 2
"""FFmpeg's number of a transfer, or of primaries, that a clip does not tell."""
HDR = {16: "PQ", 18: "HLG"}
"""The transfers of high dynamic range, by FFmpeg's numbers."""


def _track(container: Any, path: Path) -> Any:
    if (track := picture_track(container)) is None:
        raise BadRequest(f"{line(path)} has no pictures; give a clip")
    return track


@dataclass(frozen=True, slots=True)
class Colours:
    """What the values of a clip's pixels mean, by FFmpeg's numbers (ITU-T H.273).

    Attributes:
        transfer: How light follows from a value.
        primaries: Which red, green and blue are meant.
    """

    transfer: int
    primaries: int

    @property
    def hdr(self) -> str | None:
        """The name of its transfer, if it is one of high dynamic range."""
        return HDR.get(self.transfer)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip on this machine.

    Attributes:
        path: The file.
        size: Width and height in pixels, as it is shown, both even.
        rate: Frames per second.
        seconds: The length of its picture.
        tags: What the file says of its content, such as its title, by FFmpeg's names.
        colours: What the values of its pixels mean.
    """

    path: Path
    size: Size
    rate: Fraction
    seconds: float
    tags: dict[str, str]
    colours: Colours = Colours(UNSPECIFIED, UNSPECIFIED)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what a clip's container says.

        Raises:
            BadRequest: It is no clip.
        """
        try:
            with opened(path) as container:
                track = _track(container, path)
                rate = _believed(track.average_rate or track.guessed_rate)
                shown = Shown.of(next(container.decode(track)), track)
                # The index of an MP4 tells the length of each track; other containers may not.
                is_exact = container.format.name.startswith("mov")
                stated = float((track.duration or 0) * (track.time_base or 0)) if is_exact else 0.0
                tags = {k: v for k, v in container.metadata.items() if k not in TECHNICAL}
                decoder = track.codec_context
                colours = Colours(int(decoder.color_trc), int(decoder.color_primaries))
        except BadRequest:
            if LocalFile.of(path).mime.startswith("image/"):
                what = "is a picture; make a clip of it, such as by ls.loop(picture, 5)"
                raise BadRequest(f"{line(path)} {what}") from None
            raise
        except (av.FFmpegError, StopIteration, ValueError, OSError) as error:
            why = getattr(error, "strerror", None) or error
            raise BadRequest(f"{line(path)} cannot be read as a clip ({why})") from None
        clip = cls(path, even(shown.size), rate, stated, tags, colours)
        return clip if stated else clip.counted()

    def counted(self) -> Self:
        """Return it with the length of its picture by its packets, which some containers lack.

        Packets that are only decoded, as the clip was cut without encoding it, do not count.
        """
        try:
            with opened(self.path) as container:
                track = _track(container, self.path)
                kept = [p for p in packets(container, track) if not p.is_discard]
                shown = [p.dts if p.pts is None else p.pts for p in kept]
                times = [time for time in shown if time is not None]
                ticks = max(times, default=0) - min(times, default=0)
                seconds = float(ticks * (track.time_base or 0)) + float(1 / self.rate)
        except (av.FFmpegError, OSError) as error:
            raise BadRequest(f"{line(self.path)} cannot be read ({error})") from None
        return replace(self, seconds=seconds)

    @property
    def frame_count(self) -> int:
        """The number of its frames at its rate."""
        return max(1, round(self.seconds * self.rate))

    def sound(self) -> Sound | None:
        """Decode its sound; ``None`` if it has none. See `read_sound`."""
        return read_sound(self.path)

    def frames(self, from_s: float = 0.0) -> Iterator[tuple[float, Any]]:
        """Yield its frames, upright, as PyAV's in ``yuv420p``, each with its time in seconds.

        The first frame of the clip has time zero. Damaged frames are left out.

        Args:
            from_s: The time of which the frame is needed. Decoding begins at a key frame before
                it, so earlier frames may be yielded too.

        Raises:
            BadRequest: Nothing can be decoded.
        """
        start_s = None
        for shown in _shown(self.path):
            time_s = shown.frame.time or 0.0
            if start_s is None and from_s > LEAD_S:
                yield from self._frames_from(from_s, time_s)
                return
            start_s = time_s if start_s is None else start_s
            yield time_s - start_s, self._planar(shown)
        if start_s is None:
            raise BadRequest(f"{line(self.path)}: nothing of its picture can be decoded")

    def _frames_from(self, from_s: float, start_s: float) -> Iterator[tuple[float, Any]]:
        """Yield the frames from a key frame on; all of them if none is found by its time."""
        has_begun = False
        for shown in _shown(self.path, start_s + from_s - LEAD_S):
            time_s = (shown.frame.time or 0.0) - start_s
            if not has_begun and not 0 <= time_s <= from_s:
                break
            has_begun = True
            yield time_s, self._planar(shown)
        if not has_begun:
            for shown in _shown(self.path):
                yield (shown.frame.time or 0.0) - start_s, self._planar(shown)

    def at_rate(self, rate: Fraction, count: int, from_s: float = 0.0) -> Iterator[Any]:
        """Yield so many frames at a rate: at each time the nearest frame.

        The last frame is repeated if the clip is shorter.

        Args:
            rate: Frames per second.
            count: How many frames.
            from_s: The time of the first one; it may be half a frame before zero.
        """
        made, last = 0, None
        if not count:
            return
        for time_s, frame in self.frames(from_s):
            while last is not None and from_s + (made + 0.5) / rate <= time_s + TIE_S:
                yield last
                made += 1
                if made == count:
                    return
            last = frame
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


def _shown(path: Path, from_s: float | None = None) -> Iterator[Shown]:
    """Yield the frames of a clip, all or from the last key frame before a time on."""
    try:
        with opened(path) as container:
            track = picture_track(container)
            assert track is not None  # noqa: S101 - it was opened as a clip
            track.thread_type = "AUTO"
            if from_s is not None:
                with suppress(av.FFmpegError):  # then it is decoded from its beginning
                    container.seek(int(from_s / (track.time_base or 1)), stream=track)
            for frame in frames(container, track):
                yield Shown.of(frame, track)
    except OSError as error:
        raise BadRequest(f"{line(path)} cannot be read ({error})") from None
