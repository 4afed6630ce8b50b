"""A verdict on a video before it is published: pass, warn or fail, with the reasons in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lipsync_nb.compare.criteria import UNNOTICED_MS
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.extras import require
from lipsync_nb.jobs.job import Job
from lipsync_nb.media.media import MediaLike

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.compare.inputs import Measurable

Level: TypeAlias = Literal["pass", "warn", "fail"]
Row: TypeAlias = Mapping[Any, Any]
"""Metrics by column, with ``notes``."""
LEVELS: tuple[Level, ...] = ("pass", "warn", "fail")
"""From best to worst."""
DRIFT_LEAST_MS = 40.0
"""Change of the offset over a video, ms, that is more than its uncertainty at both ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What `inspect` warns of, and what fails. Each pair is (warn from, fail from).

    ``ls.Limits(frozen_s=(2.0, 10.0))`` changes one of them, and ``(math.inf, math.inf)`` switches
    one off; ``(-math.inf, -math.inf)`` for `quiet_lufs`.

    ``rows.apply(ls.Limits(...).verdict, axis=1)`` judges the rows of `measure_all`.

    Attributes:
        early_ms: How early the sound may be against the mouth, ms. By default what viewers notice
            and what they no longer accept (ITU-R BT.1359-1).
        late_ms: How late it may be, ms; likewise.
        drift_ms_per_min: By how much the offset may change in a minute, ms. It counts if the
            change over the video is larger than the offset's uncertainty (`DRIFT_LEAST_MS`).
        truncated_s: Seconds that the file announces and does not have.
        length_s: Difference from the length of the speech, seconds.
        sound_excess: Difference of the lengths of sound and picture, as a share of the picture's.
            One sample rate written for another makes 8 or 9 %.
        black_s: Black frames, seconds.
        frozen_s: The longest time for which the picture stays the same, seconds.
        quiet_lufs: Loudness below which it is too quiet, LUFS.
        loud_lufs: Loudness above which it is too loud, LUFS.
        clipped: Share of the samples that are clipped.
    """

    early_ms: tuple[float, float] = (-UNNOTICED_MS[0], 90.0)
    late_ms: tuple[float, float] = (UNNOTICED_MS[1], 185.0)
    drift_ms_per_min: tuple[float, float] = (100.0, 400.0)
    truncated_s: tuple[float, float] = (0.0, 0.0)
    length_s: tuple[float, float] = (0.5, 2.0)
    sound_excess: tuple[float, float] = (0.03, 0.2)
    black_s: tuple[float, float] = (0.2, 2.0)
    frozen_s: tuple[float, float] = (1.5, 5.0)
    quiet_lufs: tuple[float, float] = (-31.0, -50.0)
    loud_lufs: tuple[float, float] = (-9.0, -3.0)
    clipped: tuple[float, float] = (0.0005, 0.02)

    def __post_init__(self) -> None:
        """Refuse what is no pair of numbers, or in the wrong order, as `BadRequest`."""
        for name in self.__slots__:
            given, falls = getattr(self, name), name == "quiet_lufs"
            if not _is_pair(given) or (given[0] < given[1] if falls else given[0] > given[1]):
                raise BadRequest(
                    f"Limits: {name}={line(repr(given))} is no limit; give two numbers, "
                    f"(warn, fail), of which the second is not {'larger' if falls else 'smaller'}"
                )

    def verdict(self, row: "Row") -> str:
        """Return the verdict on a row of `measure` or `measure_all`, such as ``"pass"``."""
        return verdict_text(reasons_of(row, self))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a video does not pass.

    Attributes:
        level: ``"warn"`` or ``"fail"``.
        column: The measured column that says it.
        text: What is wrong.
    """

    level: Level
    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.text}"


@dataclass(frozen=True)
class Inspection:
    """The verdict on a video.

    Attributes:
        reasons: Why it does not pass, the worst first; empty if it passes.
        row: Its metrics; see `measure`.
    """

    reasons: list[Reason]
    row: "pd.Series" = field(repr=False, compare=False)

    @property
    def verdict(self) -> Level:
        """The worst level of the reasons, or ``"pass"``."""
        return self.reasons[0].level if self.reasons else "pass"

    def __str__(self) -> str:
        return verdict_text(self.reasons)

    def _repr_html_(self) -> str:
        items = "".join(f"<li><b>{r.level}</b>: {escape(r.text)}</li>" for r in self.reasons)
        return f"<p>Verdict: <b>{self.verdict}</b></p>" + (f"<ul>{items}</ul>" if items else "")


def inspect(
    video: "Measurable",
    speech: MediaLike | None = None,
    face: MediaLike | None = None,
    *,
    limits: Limits | None = None,
) -> Inspection:
    """Tell whether a video can be published: ``"pass"``, ``"warn"`` or ``"fail"``, and why.

    It fails or warns if it does not play through, is black, frozen, silent, too quiet, too loud or
    clipped, has another length than its speech, is early or late, drifts, shows no face or a mouth
    that never moves, or if sound and picture run at different rates.

    Args:
        video: As for `measure`. The verdict on a job is kept in the ledger, and is shown in the
            table of jobs.
        speech: As for `measure`.
        face: As for `measure`.
        limits: The thresholds; by default those of `Limits`.

    Raises:
        LipSyncError: A job has no result; see `Job.result`.
        BadRequest: A path does not exist, a file is empty, a source is a URL, or a job makes
            something else.
        MissingExtra: The extra ``compare`` is not installed.

    Example::

        found = ls.inspect(job)
        found.verdict             # "warn"
        print(found)              # warn: the sound is 160 ms late
    """
    require("compare", "ls.inspect")
    from lipsync_nb.compare.measure import measure  # noqa: PLC0415 - needs the extra

    row = measure(video, speech, face)
    found = Inspection(reasons_of(row.to_dict(), limits or Limits()), row)
    if isinstance(video, Job):
        video.session.inspected(video.id, str(found))
    return found


def reasons_of(row: Row, limits: Limits) -> list[Reason]:
    """Return why a measured video does not pass, the worst first.

    Args:
        row: Its metrics by column, with ``notes``.
        limits: The thresholds.
    """
    unplayable = [*_unplayable(row)]
    found = [*unplayable, *_beyond(row, limits), *([] if unplayable else _mouth(row))]
    return sorted(found, key=lambda reason: -LEVELS.index(reason.level))


def verdict_text(reasons: list[Reason]) -> str:
    """Return a verdict as one line, such as ``"warn: the sound is 160 ms late"``."""
    if not reasons:
        return "pass"
    return f"{reasons[0].level}: {'; '.join(reason.text for reason in reasons)}"


def _unplayable(row: Row) -> Iterator[Reason]:
    """What keeps it from being seen or heard at all."""
    why = _why(row)
    if _number(row, "width") is None:
        yield Reason("fail", "width", f"it cannot be played: {why.get('width', row.get('notes'))}")
    elif _number(row, "duration_s") is None:
        yield Reason("fail", "duration_s", f"it is no video: {why['duration_s']}")
    elif silent := {"no sound", "the sound is silent", "no sound can be decoded"} & {
        why.get("sync_corr", ""),
        why.get("loudness_lufs", ""),
    }:
        yield Reason("fail", "loudness_lufs", min(silent))


def _mouth(row: Row) -> Iterator[Reason]:
    """What keeps it from speaking, or from being known to speak in sync."""
    why = _why(row).get("av_offset_ms")
    if why in {"no face was found", "the mouth does not move"}:
        yield Reason("fail", "av_offset_ms", why.replace("does not move", "never moves"))
    elif why is not None and _number(row, "av_offset_max_ms") is None:
        text = f"whether mouth and sound go together is not known ({why})"
        yield Reason("warn", "sync_reliable", text)
    elif why is not None:
        yield Reason("warn", "sync_reliable", why.removeprefix("not reliable: "))


def _beyond(row: Row, limits: Limits) -> Iterator[Reason]:
    """What is beyond a threshold."""
    early, late = _number(row, "av_offset_min_ms"), _number(row, "av_offset_max_ms")
    excess, length = _number(row, "sound_excess_s"), _number(row, "duration_s")
    share = None if excess is None or not length else excess / length
    delta, loudness = _number(row, "duration_delta_s"), _number(row, "loudness_lufs")
    drift = _size(_number(row, "drift_ms_per_min"))
    if drift is not None and drift * (length or 0.0) / 60 < DRIFT_LEAST_MS:
        drift = None
    for column, value, limit, text in (
        ("truncated_s", _number(row, "truncated_s"), limits.truncated_s,
         "it breaks off: {:.1f} s that the file announces are missing"),
        ("av_offset_ms", _negative(early), limits.early_ms, "the sound is {:.0f} ms early"),
        ("av_offset_ms", late, limits.late_ms, "the sound is {:.0f} ms late"),
        ("drift_ms_per_min", drift, limits.drift_ms_per_min,
         "the offset changes by {:.0f} ms in a minute"),
        ("duration_delta_s", delta, limits.length_s, "it is {:.1f} s longer than the speech"),
        ("duration_delta_s", _negative(delta), limits.length_s,
         "it is {:.1f} s shorter than the speech"),
        ("sound_excess_s", share, limits.sound_excess,
         "the sound is {:.1%} longer than the picture"),
        ("sound_excess_s", _negative(share), limits.sound_excess,
         "the sound is {:.1%} shorter than the picture"),
        ("black_s", _number(row, "black_s"), limits.black_s, "{:.1f} s are black"),
        ("frozen_s", _number(row, "frozen_s"), limits.frozen_s,
         "the picture does not change for {:.1f} s"),
        ("loudness_lufs", loudness, limits.loud_lufs, "it is loud, with {:.0f} LUFS"),
        ("clipped", _number(row, "clipped"), limits.clipped, "{:.2%} of the samples are clipped"),
    ):  # fmt: skip
        if (level := _level(value, limit)) is not None:
            yield Reason(level, column, text.format(value))
    warn, fail = limits.quiet_lufs
    if loudness is not None and (level := _level(-loudness, (-warn, -fail))) is not None:
        yield Reason(level, "loudness_lufs", f"it is quiet, with {loudness:.0f} LUFS")


def _is_pair(given: object) -> bool:
    return (
        isinstance(given, tuple)
        and len(given) == 2  # noqa: PLR2004 - warn and fail
        and all(isinstance(end, (int, float)) and not isnan(end) for end in given)
    )


def _level(value: float | None, limit: tuple[float, float]) -> Level | None:
    if value is None:
        return None
    warn, fail = limit
    return "fail" if value > fail else "warn" if value > warn else None


def _number(row: Row, column: str) -> float | None:
    """Return a value, or ``None`` if it is missing."""
    value = row.get(column)
    return float(value) if isinstance(value, (int, float)) and not isnan(value) else None


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _size(value: float | None) -> float | None:
    return None if value is None else abs(value)


def _why(row: Row) -> dict[str, str]:
    """Return the reasons of missing metrics by column."""
    notes = str(row.get("notes") or "")
    return dict(note.split(": ", 1) for note in notes.split("; ") if ": " in note)
