"""The length of sound and clips, counted where the container does not have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lipsync_nb.decode.containers import Undecodable, picture_track, sound_track

if TYPE_CHECKING:
    import av

GAP_S = 600.0
"""Seconds without a packet that belong to a track. A longer gap is a jump of the timestamps."""
OVERLAP_S = 0.5
"""Seconds by which a packet may begin before the end of the last one. If it is more, the timestamps
began again, as they do in files that were joined."""
PADDING_S = 0.1
"""Seconds that an encoder adds at both ends. The packets contain them; a container may not."""


def duration_s(container: "av.container.InputContainer") -> float:
    """Return the length of sound or of a clip in seconds; a song's cover has none.

    The container's own length is taken where it is exact. Otherwise the lengths of all packets are
    added up, without decoding them: an hour of sound takes about two seconds, a GB about three.

    Raises:
        Undecodable: There is neither sound nor a moving picture.
    """
    tracks = [t for t in (sound_track(container), picture_track(container)) if t is not None]
    exact = [_exact_s(container, track) for track in tracks]
    known = [seconds for seconds in exact if seconds is not None]
    lengths = known if len(known) == len(tracks) else _counted_s(container, tracks)
    if not (longest := max(lengths, default=0.0)):
        raise Undecodable("a picture, or of unknown length")
    return longest


def _exact_s(container: "av.container.InputContainer", track: Any) -> float | None:
    """Return a track's length by its container; ``None`` unless that is exact."""
    match container.format.name.partition(",")[0]:
        case "mov" if not track.frames:
            return None  # a fragmented file has no index of its frames
        case "mov" | "flac":
            return _stated_s(track)
        case "matroska" if track.duration is None and container.duration:
            return container.duration / 1e6  # FFmpeg gives a track a length if it estimates it
    return None


def _stated_s(track: Any) -> float | None:
    return float(track.duration * track.time_base) if track.duration else None


def _counted_s(container: "av.container.InputContainer", tracks: list[Any]) -> list[float]:
    spans = {track: _Span.of(track) for track in tracks}
    for packet in _packets(container, tracks):
        spans[packet.stream].add(packet.pts, packet.duration or 0)
    lengths = []
    for track, span in spans.items():
        counted, stated = float(span.ticks * track.time_base), _stated_s(track)
        is_padded = stated is not None and abs(counted - stated) < PADDING_S
        lengths.append(stated if stated is not None and is_padded else counted)
    return lengths


def _packets(container: "av.container.InputContainer", tracks: list[Any]) -> Iterator[Any]:
    """Yield the packets of some tracks, up to the end or to the first damaged place."""
    import av  # noqa: PLC0415 - heavy, and seldom needed

    packets = container.demux(*tracks)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        if packet.size:  # the last one of each track is empty
            yield packet


@dataclass(slots=True)
class _Span:
    """The length of a track, in ticks of its clock.

    Attributes:
        gap: The longest gap that belongs to it.
        overlap: The longest time by which packets may overlap.
        ticks: The length so far.
        end: When the last packet ends, by its timestamp.
    """

    gap: int
    overlap: int
    ticks: int = 0
    end: int | None = None

    @classmethod
    def of(cls, track: Any) -> "_Span":
        return cls(round(GAP_S / track.time_base), round(OVERLAP_S / track.time_base))

    def add(self, at: int | None, ticks: int) -> None:
        """Add a packet that begins at a time, if it has one, and lasts for so many ticks."""
        if at is None:
            at = self.end or 0
        end = at + ticks
        if self.end is not None and -self.overlap <= at - self.end <= self.gap:
            end = max(end, self.end)  # frames are stored in another order than they are shown
            ticks = end - self.end
        self.ticks += ticks
        self.end = end
