"""Writes clips: H.264 at a constant rate, with sound that is exact to the sample."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from os import PathLike, fspath, sep
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av

from lipsync_nb.editing.clip import Colours, Size
from lipsync_nb.editing.sound import Sound
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute, is_same, replacing
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.results import is_of_bytes
from lipsync_nb.log import notify_user
from lipsync_nb.media.remux import copy_with_tags

QUALITY, PRESET = "18", "veryfast"
"""x264's rate factor, of which 18 is hard to tell from the original; and its speed."""
SOUND_BITS_PER_S = 192_000
AAC_FRAME = 1024
"""Samples in a frame of AAC."""
AAC_RATES = frozenset(
    {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000}
)
USUAL_RATE = 48000
"""The sample rate of sound whose own rate AAC does not have."""


class ClipWriter:
    """Writes an MP4. Leaving the ``with`` block finishes it; an exception deletes it.

    Args:
        path: Where it is put.
        size: Width and height in pixels, both even.
        rate: Frames per second.
        sound: Its sound, from time zero on; ``None`` for none.
        tags: What the file says of its content, by FFmpeg's names, such as ``{"title": "…"}``.
        colours: What the values of its pixels mean, if its source tells.
    """

    def __init__(
        self,
        path: Path,
        size: Size,
        rate: Fraction,
        sound: Sound | None = None,
        tags: Mapping[str, str] | None = None,
        *,
        colours: Colours | None = None,
    ) -> None:
        if colours is not None and colours.hdr:
            notify_user(
                f"the picture is in HDR ({colours.hdr}) and is written with 8 bits per colour, so "
                "that smooth areas may show steps"
            )
        if sound is not None and sound.rate not in AAC_RATES:
            sound = sound.converted(USUAL_RATE, len(sound.samples))
        self._path, self._rate = path, rate
        self._frames = self._samples = 0
        self._tags = dict(tags or {})
        # The length of the sound is stated in the movie's ticks, by default of a millisecond.
        ticks = {} if sound is None else {"movie_timescale": str(sound.rate)}
        options = {"movflags": "+faststart", **ticks}
        self._container = av.open(str(path), "w", format="mp4", options=options)
        video = self._container.add_stream(
            "libx264", rate=rate, options={"crf": QUALITY, "preset": PRESET}
        )
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        if colours is not None:
            context = video.codec_context
            context.color_trc, context.color_primaries = colours.transfer, colours.primaries
        self._video: Any = video
        self._sound = sound
        self._audio: Any = None
        if sound is not None:
            self._audio = self._container.add_stream("aac", rate=sound.rate, layout=sound.layout)
            self._audio.bit_rate = SOUND_BITS_PER_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        finished = False
        try:
            if kind is None:
                self._finish()
                finished = True
        finally:
            self._container.close()
            if not finished:
                self._path.unlink(missing_ok=True)
        if finished and self._tags:
            with replacing(self._path) as tagged:
                copy_with_tags(self._path, tagged, self._tags)

    def write(self, frame: Any) -> None:
        """Append a frame, PyAV's, and the sound up to its end."""
        context = self._video.codec_context
        if self._frames == 0:
            context.colorspace, context.color_range = frame.colorspace, frame.color_range
        elif (frame.colorspace, frame.color_range) != (context.colorspace, context.color_range):
            frame = frame.reformat(
                dst_colorspace=context.colorspace, dst_color_range=context.color_range
            )
        frame.pts, frame.time_base = self._frames, 1 / self._rate
        frame.pict_type = 0  # x264 chooses, whatever the frame was in its source
        self._container.mux(self._video.encode(frame))
        self._frames += 1
        self._encode_sound(self._frames / self._rate)

    def _encode_sound(self, until_s: Fraction) -> None:
        if self._sound is None:
            return
        until = min(int(until_s * self._sound.rate), len(self._sound))
        while self._samples + AAC_FRAME <= until:
            self._encode_samples(AAC_FRAME)

    def _encode_samples(self, count: int) -> None:
        assert self._sound is not None  # noqa: S101 - see the callers
        frame = self._sound[self._samples : self._samples + count].frame()
        # Without a timestamp, players do not cut off what the encoder puts before the sound.
        frame.pts, frame.time_base = self._samples, Fraction(1, self._sound.rate)
        self._container.mux(self._audio.encode(frame))
        self._samples += count

    def _finish(self) -> None:
        if self._sound is not None:
            self._encode_sound(Fraction(len(self._sound), self._sound.rate))
            if left := len(self._sound) - self._samples:
                self._encode_samples(left)
            self._container.mux(self._audio.encode(None))
        self._container.mux(self._video.encode(None))


def target(
    path: str | PathLike[str] | None,
    source: Path,
    what: str,
    ending: str = ".mp4",
    *,
    reads: Iterable[object] = (),
) -> Path:
    """Return where a result is put. It is called before the work begins.

    Args:
        path: The file that the user names; or a folder, in which it gets its usual name. A path
            that ends with a slash, or whose name has no ending, is a folder.
        source: The file that it is made of. By default the result is put beside it.
        what: What is added to the source's name, such as ``"joined"``.
        ending: The ending of the result's name; empty if it is a folder.
        reads: What else the user has given: paths, media and jobs among it are not overwritten.

    Raises:
        BadRequest: It has another ending, or is one of the files that are read, or the source was
            given as bytes, so that nothing is beside it.
    """
    usual = f"{source.stem}-{what}{ending}"
    to = beside(source, usual) if path is None else _named(path, usual, ending)
    if ending:
        refuse_read(to, [source, *reads])
    elif to.is_file():
        raise BadRequest(f"path={line(repr(path))} is a file; give a folder")
    return to


def beside(source: Path, name: str, argument: str = "path") -> Path:
    """Return a path in the folder of a source; `BadRequest` if it was given as bytes."""
    if is_of_bytes(source):
        what = "what is given as bytes is in no folder; say where the result is put"
        raise BadRequest(f"{argument}: {what}")
    return source.with_name(name)


def refuse_read(path: Path, reads: Iterable[object]) -> None:
    """Raise `BadRequest` if a path is one of the files that are read."""
    for each in reads:
        read = each.result() if isinstance(each, Job) else each
        read = getattr(read, "path", read)
        if isinstance(read, str | PathLike) and is_same(path, Path(read).expanduser()):
            raise BadRequest(f"{line(path)} is read; give another path, so that nothing is lost")


def _named(path: str | PathLike[str], usual: str, ending: str) -> Path:
    """Return the file that a user names; see `target`."""
    try:
        text = fspath(path)
        to = absolute(Path(text).expanduser())
    except (TypeError, RuntimeError):
        raise BadRequest(f"path={line(repr(path))}: give a path") from None
    if not ending:
        return to
    if to.is_dir() or text.endswith(("/", sep)) or not (to.suffix or to.is_file()):
        return to / usual
    if to.suffix.lower() not in {ending.lower(), ".mp4"}:
        raise BadRequest(f"path={line(repr(path))}: an MP4 is made; give a name with .mp4")
    return to
