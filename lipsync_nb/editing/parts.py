"""The parts of a joined video: how long each is, and its sound and frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lipsync_nb.editing.clip import Clip, Size
from lipsync_nb.editing.letterbox import letterboxed
from lipsync_nb.editing.pauses import sound_of
from lipsync_nb.editing.sound import Sound
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.jobs.sources import sources_of
from lipsync_nb.media.video import Video

NEAR_S = 0.15
"""Seconds by which the length of a video may differ from that of its speech: vendors fill the last
frames of sound and picture."""


@dataclass(frozen=True, slots=True)
class Part:
    """A video that is joined with others.

    Attributes:
        clip: Its picture.
        sound: Its sound, if it has one.
        seconds: For how long it is shown and heard.
        speech: The file of its speech, if it has one.
    """

    clip: Clip
    sound: Sound | None
    seconds: Fraction
    speech: Path | None = None

    @property
    def reads(self) -> list[Path]:
        """The files that it is made of."""
        return [self.clip.path, *([] if self.speech is None else [self.speech])]

    @classmethod
    def of(cls, video: FileLike, speech: FileLike | None, number: int) -> "Part":
        """Read a part.

        Raises:
            BadRequest: It is no video, or its speech is no sound; the text says which.
        """
        name = f"videos[{number}]"
        try:
            clip = Clip.open(local_path(video, name, (Video,)))
            sound = clip.sound()
        except BadRequest as error:
            raise BadRequest(_named(name, error)) from None
        path = _speech(video, speech, number)
        said = None if path is None else _sound(path, number)
        return cls(clip, sound, _seconds(clip, sound, said), path)

    def heard(self, rate: int, channels: int, samples: int) -> Sound:
        """Return its sound, or silence, of so many samples."""
        sound = self.sound
        if sound is None:
            return Sound.silence(rate, channels, samples)
        return sound.converted(rate, channels).of_length(samples)

    def shown(self, size: Size, rate: Fraction, count: int, from_s: float) -> Iterator[Any]:
        """Yield so many of its frames, in another size and at another rate.

        Args:
            size: Width and height in pixels; black bars keep the picture's shape.
            rate: Frames per second.
            count: How many frames.
            from_s: The time of the first one, in seconds.
        """
        for frame in self.clip.at_rate(rate, count, from_s):
            yield letterboxed(frame, size)


def _speech(video: FileLike, speech: FileLike | None, number: int) -> Path | None:
    """Return the speech of a part: the one that is given, or else the one of its job."""
    if speech is None and isinstance(video, Job):
        speech, _ = sources_of(video)
    name = f"speeches[{number}]"
    try:
        return None if speech is None else local_path(speech, name)
    except BadRequest as error:
        raise BadRequest(_named(name, error)) from None


def _sound(speech: Path, number: int) -> Sound:
    name = f"speeches[{number}]"
    try:
        return sound_of(speech, name)
    except BadRequest as error:
        raise BadRequest(_named(name, error)) from None


def _seconds(clip: Clip, sound: Sound | None, speech: Sound | None) -> Fraction:
    """Return how long a part is: as its speech, or its sound, if that is nearly its own length."""
    picture_s = Fraction(clip.frame_count) / clip.rate
    own_s = picture_s if sound is None else Fraction(len(sound), sound.rate)
    if speech is not None and abs(speech.seconds - own_s) <= NEAR_S:
        return Fraction(len(speech), speech.rate)
    return own_s if abs(own_s - picture_s) <= NEAR_S else max(own_s, picture_s)


def _named(name: str, error: BadRequest) -> str:
    return str(error) if str(error).startswith(name) else f"{name}: {error}"


def begins(parts: Sequence[Part], rate: Fraction | int) -> list[int]:
    """Return the frame or sample at which each part begins, and the end of the last one.

    Each is counted from the beginning of all, so that rounding does not add up.
    """
    times = [Fraction(0)]
    for part in parts:
        times.append(times[-1] + part.seconds)
    return [round(time * rate) for time in times]
