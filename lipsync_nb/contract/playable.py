"""Whether a result is what it claims to be: a video or an audio that can be played."""

from pathlib import Path

from lipsync_nb.contract.trial import expect
from lipsync_nb.decode import lengths
from lipsync_nb.decode.containers import Undecodable, media_type, open_container
from lipsync_nb.media.container_size import announced_size

LENGTH_S = 0.2
"""Seconds by which two ways to tell a length may differ."""


def expect_playable(path: Path, kind: str, duration_s: float) -> None:
    """Raise `Broken` unless a file can be played as what it claims to be.

    Args:
        path: The file.
        kind: ``"video"`` or ``"audio"``: the beginning of the media types of such files.
        duration_s: The length that it claims to have, in seconds.
    """
    with path.open("rb") as file:
        found = media_type(file) or "of no known type"
        expect(found.partition("/")[0] == kind, f"the {kind} is {found}")
    size, whole = path.stat().st_size, announced_size(path)
    expect(whole is None or whole <= size, f"the {kind} has {size} of {whole} bytes")
    length_s = _length_s(path)
    expect(length_s > 0, f"the {kind} cannot be played")
    claimed = f"the {kind} lasts {length_s:.2f} s, but says {duration_s:.2f} s"
    expect(abs(length_s - duration_s) < LENGTH_S, claimed)


def _length_s(path: Path) -> float:
    import av  # noqa: PLC0415 - heavy, and needed only here

    try:
        with path.open("rb") as file, open_container(file) as container:
            return lengths.duration_s(container)
    except (Undecodable, av.FFmpegError):
        return 0.0
