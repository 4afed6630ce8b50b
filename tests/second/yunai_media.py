"""How long the media are that are sent to Yunai."""

import io

import av
from second.fields import Wrong

CLONE_SECONDS = 20
TRAINING_SECONDS = (30, 300)
LARGEST_TRAINING = 1_000_000_000


def seconds_of(medium: bytes, kind: str) -> float:
    """Return the length of the first track of a kind, ``audio`` or ``video``.

    Raises:
        Wrong: It has no such track.
    """
    try:
        with av.open(io.BytesIO(medium)) as container:
            if kind == "audio":
                frames = container.decode(audio=0)
                return float(sum(frame.samples / frame.sample_rate for frame in frames))
            track = container.streams.video[0]
            return float(sum(1 for _ in container.decode(track)) / track.average_rate)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise Wrong(f"no {kind}: {error}") from None


def check_training(medium: bytes, kind: str) -> None:
    """Raise `Wrong` unless a model can be trained from a clip or a sound."""
    shortest, longest = TRAINING_SECONDS
    seconds = seconds_of(medium, kind)
    if not shortest <= seconds <= longest + 0.1 or len(medium) > LARGEST_TRAINING:
        raise Wrong(f"30-300 s, 1 GB at most; it has {seconds:.1f} s")
