"""Measure a talking video: one row of figures."""

from functools import partial
from inspect import cleandoc
from typing import TYPE_CHECKING

from lipsync_nb.compare.columns import definitions
from lipsync_nb.compare.signals.clip import Clip
from lipsync_nb.compare.signals.figures import GROUPS
from lipsync_nb.compare.signals.row import Row
from lipsync_nb.compare.signals.threads import one_thread
from lipsync_nb.media.media import MediaLike

if TYPE_CHECKING:
    import pandas as pd


def measure(
    video: MediaLike, speech: MediaLike | None = None, face: MediaLike | None = None
) -> "pd.Series":
    """Measure a talking video.

    Every figure comes from the files alone; nothing is sent anywhere and no model is needed. A
    figure that cannot be had is NaN, and ``notes`` tells why. A broken video, or a file that is
    none, gives a row of NaN.

    Args:
        video: The result: a path, a `Video`, bytes or a binary file object.
        speech: The sound it was asked to say, or a clip with that sound.
        face: The picture or clip it was made from.

    Returns:
        One entry per column (see below), and ``notes``: ``""``, or the missing figures with the
        reason, as ``"audio_lag_ms: no speech was given; ..."``.

    Raises:
        BadRequest: A path that does not exist, or a URL.

    The columns:
    """
    return row_of(Clip(video, speech, face))


def row_of(clip: Clip) -> "pd.Series":
    """Return the row of a clip; see `measure`."""
    row = Row()
    with one_thread():
        for work, names in GROUPS.items():
            row.work_out(names, partial(work, clip))
    return row.series(str(clip.video))


measure.__doc__ = f"{cleandoc(measure.__doc__ or '')}\n\n{definitions()}\n"
