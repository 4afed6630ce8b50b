"""Measure a talking video: one row of metrics."""

import os
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.compare.columns import definitions
from lipsync_nb.compare.transcribing import Transcribe, expected_texts
from lipsync_nb.extras import require
from lipsync_nb.media.media import MediaLike

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.compare.inputs import Measurable


def measure(
    video: "Measurable",
    speech: MediaLike | None = None,
    face: MediaLike | None = None,
    *,
    filters: str | os.PathLike[str] | None = None,
    transcribe: Transcribe | None = None,
    text: str | None = None,
) -> "pd.Series":
    """Measure a talking video.

    All metrics are computed from the files on this machine, without a neural model; nothing is
    sent. A metric that cannot be computed is NaN, and ``notes`` says why. A broken video, or a
    file that is no video, gives a row of NaN.

    Args:
        video: The result: a path, a `Video`, bytes or a binary file object; or the job that makes
            it, which is waited for.
        speech: The speech it was asked to say: a sound file, or a clip with that sound; or the job
            that makes it, which is waited for. By default that of the job, if it is a file on this
            machine or was made by another job.
        face: The picture or clip it was made from. By default that of the job, likewise.
        filters: A file of filters that you have learned yourself with
            ``python -m lipsync_nb.compare.metrics.learn_filters``; by default those of the package.
        transcribe: Your own recogniser of speech, for the columns ``wer`` and ``cer``: a function
            that takes the `pathlib.Path` of a clip or a sound file and returns what is said in it.
            If it raises an error, ``notes`` has its class and message.
        text: What the video should say; by default what ``transcribe`` hears in the speech.

    Returns:
        One entry per column (see below), and ``notes``: what may confuse the measurement, such as
        ``"breaks off at 6.0 of 10.0 s"`` or ``"2 faces; ..."``, then the missing metrics with their
        reasons, such as ``"audio_lag_ms: no speech was given; ..."``, or ``""``.

    Raises:
        LipSyncError: A job has no result; see `Job.result`.
        BadRequest: A path does not exist, a file is empty, a source is a URL, a job makes something
            else, ``filters`` has no filters, or there is a text without ``transcribe``.
        MissingExtra: The extra ``compare`` is not installed.

    Example:
        With faster-whisper::

            model = WhisperModel("small")

            def transcribe(path):
                return " ".join(part.text for part in model.transcribe(str(path))[0])

            ls.measure("out.mp4", text="Good evening.", transcribe=transcribe)

    The columns:
    """
    require("compare", "ls.measure")
    from lipsync_nb.compare.inputs import local_files, refuse_empty  # noqa: PLC0415 - needs the extra
    from lipsync_nb.compare.metrics.clip import Clip  # noqa: PLC0415 - needs the extra
    from lipsync_nb.compare.metrics.compute import compute_row  # noqa: PLC0415 - likewise
    from lipsync_nb.compare.metrics.sync_filters import Filters  # noqa: PLC0415 - likewise
    from lipsync_nb.compare.metrics.transcript import spoken, transcript  # noqa: PLC0415 - likewise

    (expected,) = expected_texts(transcribe, text, 1)
    learned = None if filters is None else Filters.read(Path(filters))
    files = local_files(video, speech, face)
    refuse_empty(files)
    clip = Clip(*files, learned)
    if transcribe is None:
        return compute_row(clip)
    hear = partial(transcript, transcribe=transcribe)
    return compute_row(clip, spoken(clip.video, clip.speech_file, expected, hear))


measure.__doc__ = f"{cleandoc(measure.__doc__ or '')}\n\n{definitions()}\n"
