"""Clips whose picture is made anew, and whose sound stays."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any

import av

from lipsync_nb.decode.containers import picture_track, sound_tracks
from lipsync_nb.editing.clip import FULL_RANGE, Clip, Size
from lipsync_nb.editing.lettering import Overlay
from lipsync_nb.editing.planes import frame_of, planes_of
from lipsync_nb.editing.writer import ClipWriter
from lipsync_nb.files import replacing
from lipsync_nb.media.probe import opened
from lipsync_nb.media.remux import copy_with_tags
from lipsync_nb.media.video import Video

COPIED_SOUNDS = frozenset({"aac", "ac3", "eac3", "mp3", "opus"})
"""Encodings of sound that an MP4 holds and players know, by FFmpeg's names."""


def redrawn(
    clip: Clip,
    path: Path,
    frames: Iterable[Any],
    size: Size | None = None,
    tags: Mapping[str, str] | None = None,
) -> Video:
    """Write a clip with other frames, and its own sound and tags.

    Its sound is copied as it is encoded, or encoded again if an MP4 cannot hold it.

    Args:
        clip: The clip.
        path: Where the new one is put. The clip itself is not overwritten.
        frames: PyAV's frames at the clip's rate.
        size: Their size, if it is another than the clip's.
        tags: Tags besides its own.

    Raises:
        BadRequest: The path cannot be written, or is the clip's.
    """
    all_tags = {**clip.tags, **(tags or {})}
    is_copied = _can_copy_sound(clip.path)
    sound = None if is_copied else clip.sound()
    with replacing(path, clip.path) as part:
        with ClipWriter(
            part, size or clip.size, clip.rate, sound, all_tags, colours=clip.colours
        ) as writer:
            for frame in frames:
                writer.write(frame)
        if is_copied:
            with replacing(part) as whole:
                _join(part, clip.path, whole, all_tags)
    return Video(path)


def _can_copy_sound(path: Path) -> bool:
    with opened(path) as container:
        names = {track.codec_context.codec.canonical_name for track in sound_tracks(container)}
    return bool(names) and names <= COPIED_SOUNDS


def _join(picture: Path, source: Path, target: Path, tags: Mapping[str, str]) -> None:
    """Put the picture of one file and the sound of another one together, as they are encoded."""
    plain = target.with_name(f"{target.stem}-plain.mp4")
    try:
        with (
            opened(picture) as seen,
            opened(source) as heard,
            av.open(str(plain), "w", format="mp4", options=_options(heard)) as out,
        ):
            own = picture_track(heard)
            begin_s = Fraction((own.start_time or 0) * (own.time_base or 0)) if own else Fraction()
            tracks = [*seen.streams.video, *sound_tracks(heard)]
            copies = {track: out.add_stream_from_template(track) for track in tracks}
            for track, copy in copies.items():
                copy.metadata.update(track.metadata)
            packets = merge(
                _packets(seen, tracks[:1], Fraction()),
                _packets(heard, tracks[1:], begin_s),
                key=itemgetter(0),
            )
            for _, packet in packets:
                packet.stream = copies[packet.stream]
                out.mux(packet)
        copy_with_tags(plain, target, tags)
    finally:
        plain.unlink(missing_ok=True)


def _options(heard: Any) -> dict[str, str]:
    """Return a muxer's options: a movie's ticks are samples, so that lengths are exact."""
    rate = sound_tracks(heard)[0].codec_context.sample_rate
    return {"movflags": "+faststart", "movie_timescale": str(rate)}


def _packets(container: Any, tracks: Any, begin_s: Fraction) -> Iterator[tuple[Fraction, Any]]:
    """Yield the packets of tracks with their times, so that a time becomes zero."""
    for packet in container.demux(tracks):
        if packet.dts is None:
            continue
        shift = round(begin_s / packet.time_base)
        packet.dts -= shift
        packet.pts = packet.dts if packet.pts is None else packet.pts - shift
        yield packet.dts * packet.time_base, packet


def with_overlays(clip: Clip, overlays_at: Callable[[float], Sequence[Overlay]]) -> Iterator[Any]:
    """Yield a clip's frames at its rate, with text on them.

    Args:
        clip: The clip.
        overlays_at: Returns what is drawn at a time, in seconds.
    """
    for number, frame in enumerate(clip.at_rate(clip.rate, clip.frame_count)):
        overlays = overlays_at(float(number / clip.rate))
        yield painted(frame, overlays) if overlays else frame


def painted(frame: Any, overlays: Sequence[Overlay]) -> Any:
    """Return a copy with text on it: the decoder still needs the frame itself."""
    planes = planes_of(frame)
    for overlay in overlays:
        overlay.draw(planes, full_range=frame.color_range == FULL_RANGE)
    return frame_of(planes, frame)
