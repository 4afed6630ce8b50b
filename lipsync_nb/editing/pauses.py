"""The pauses of a speech."""

from dataclasses import dataclass
from math import isfinite
from numbers import Real

import numpy as np

from lipsync_nb.editing.sound import Sound, read_sound
from lipsync_nb.editing.speech_levels import quiet_windows, window
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.results import FileLike, local_path

SHORTEST_S, LEAST_S = 0.2, 0.05
"""Seconds of a pause: the default, and the shortest that can be heard of. The closures of stops,
such as p and t, take 0.05 to 0.15."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nobody speaks.

    Attributes:
        start_s: When it begins, in seconds.
        end_s: When it ends, in seconds.
    """

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


def pauses(speech: FileLike, *, shortest: float = SHORTEST_S) -> list[Pause]:
    """Find the pauses of a speech by its sound, at its beginning and end too.

    A pause is where the sound is quiet between 300 and 8,000 Hz: 32 dB below the loud parts of the
    speech, or at the level of its own steady noise, such as that of a room, which must be 15 dB
    below the loud parts. Music is no pause. A minute takes less than 0.1 s.

    Args:
        speech: Sound, or a clip with sound; or the job that makes it.
        shortest: Seconds of the shortest pause, at least 0.05. The closures of stops, such as p
            and t, take 0.05 to 0.15 s, and are no pauses.

    Returns:
        The pauses, in the order of their times.

    Raises:
        BadRequest: It has no sound, or ``shortest`` is out of range.
        LipSyncError: The job has no result; see `Job.result`.
    """
    checked = seconds_of(shortest, "shortest", LEAST_S)
    return pauses_of(sound_of(speech, "speech"), checked)


def pauses_of(sound: Sound, shortest: float) -> list[Pause]:
    """Find the pauses of sound that is decoded; see `pauses`."""
    quiet = np.concatenate([[False], quiet_windows(sound), [False]])
    starts, ends = np.flatnonzero(np.diff(quiet.astype(np.int8))).reshape(-1, 2).T
    size, hop = window(sound.rate)
    ends = np.where(ends == len(quiet) - 2, len(sound), (ends - 1) * hop + size)
    found = [
        Pause(start / sound.rate, end / sound.rate)
        for start, end in zip((starts * hop).tolist(), ends.tolist(), strict=True)
    ]
    return [pause for pause in found if pause.seconds >= shortest]


def sound_of(given: FileLike, what: str) -> Sound:
    """Decode the sound of a file or a job.

    Raises:
        BadRequest: It has none.
    """
    path = local_path(given, what)
    try:
        sound = read_sound(path)
    except BadRequest as error:
        raise BadRequest(f"{what}: {error}; give a speech") from None
    if sound is None:
        raise BadRequest(f"{what}: {line(path)} has no sound; give a speech")
    return sound


def seconds_of(given: object, what: str, least: float) -> float:
    """Return a length in seconds.

    Raises:
        BadRequest: It is no number, or less than the least.
    """
    is_number = isinstance(given, Real) and not isinstance(given, bool)
    if not is_number or not isfinite(given) or given < least:  # type: ignore[arg-type,operator]  # a number
        raise BadRequest(f"{what}={line(repr(given))}: give seconds, at least {least:g}")
    return float(given)  # type: ignore[arg-type]  # a number
