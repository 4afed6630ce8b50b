"""SubRip (SRT) and WebVTT, written and read.

WebVTT follows W3C's "WebVTT: The Web Video Text Tracks Format". SubRip has no standard.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.results import Subtitle

MS = 1000
"""Milliseconds in a second, in which times are written."""
TIME = re.compile(r"(?:(\d+)[:：])?(\d{1,2})[:：](\d{1,2})(?:[.,，](\d{1,3})\d*)?")
TIMES = re.compile(rf"^\s*{TIME.pattern}\s*-{{1,3}}>\s*{TIME.pattern}(?:\s.*)?$")
NOTES = ("NOTE", "STYLE", "REGION", "WEBVTT")
"""First words of parts of a WebVTT file that are no subtitles."""
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
SRT_MARKS = re.compile(
    r"</?[bius]>|<font(?:\s+\w+\s*=[^<>]*)?>|</font>|\{\\an?\d\d?\}", re.IGNORECASE
)
VTT_MARKS = re.compile(
    r"</?(?:[bicuv]|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\an?\d\d?\}", re.IGNORECASE
)
"""Marks of format, which are left out. SubRip has no way to write them as text."""


def srt(subtitles: Iterable[Subtitle]) -> str:
    """Return subtitles as SubRip; `BadRequest` if a time is none."""
    parts = [
        f"{number}\n{_time(one.start_s, ',')} --> {_time(one.end_s, ',')}\n{_whole(one.text)}\n"
        for number, one in enumerate(_checked(subtitles), 1)
    ]
    return "\n".join(parts)


def vtt(subtitles: Iterable[Subtitle]) -> str:
    """Return subtitles as WebVTT; `BadRequest` if a time is none."""
    parts = [
        f"{_time(one.start_s, '.')} --> {_time(one.end_s, '.')}\n{_escaped(_whole(one.text))}\n"
        for one in _checked(subtitles)
    ]
    return "\n".join(["WEBVTT\n", *parts])


def _checked(subtitles: Iterable[Subtitle]) -> Iterator[Subtitle]:
    for number, one in enumerate(subtitles, 1):
        for name, time_s in (("start_s", one.start_s), ("end_s", one.end_s)):
            if not (math.isfinite(time_s) and time_s >= 0):
                raise BadRequest(f"subtitle {number}: {name}={time_s}: give seconds, from 0 on")
        if one.end_s < one.start_s:
            times = f"end_s={one.end_s}, start_s={one.start_s}"
            raise BadRequest(f"subtitle {number}: {times}: it ends before it begins")
        yield one


def _time(seconds: float, point: str) -> str:
    minutes, ms = divmod(round(seconds * MS), 60 * MS)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // MS:02}{point}{ms % MS:03}"


def _whole(text: str) -> str:
    """Return a text without empty lines, which would end it."""
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


def _escaped(text: str) -> str:
    return "".join(ESCAPES.get(sign, sign) for sign in text)


def parsed(text: str, name: str) -> list[Subtitle]:
    """Read SubRip or WebVTT.

    Args:
        text: What is in the file.
        name: The file's name, which begins an error's text.

    Raises:
        BadRequest: A line is neither a time nor a text; the error names it.
    """
    rows = text.lstrip("\ufeff").splitlines()
    is_vtt = bool(rows) and rows[0].startswith("WEBVTT")
    found = [
        one
        for first, part in _parts(rows)
        if not (is_vtt and part[0].startswith(NOTES))
        for one in _read(part, f"{line(name)}, line", first, is_vtt=is_vtt)
    ]
    if not found:
        raise BadRequest(f"{line(name)} has no subtitles; give a file of SRT or WebVTT")
    return sorted(found, key=lambda one: (one.start_s, one.end_s))


def _parts(rows: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the parts between empty lines, each with the number of its first line."""
    part: list[str] = []
    for number, row in enumerate([*rows, ""], 1):
        if row.strip():
            part.append(row)
        elif part:
            yield number - len(part), part
            part = []


def _read(part: list[str], where: str, first: int, *, is_vtt: bool) -> Iterator[Subtitle]:
    """Yield the subtitles of a part: usually one, more if the empty lines between them lack."""
    times = [number for number, row in enumerate(part) if "->" in row and TIMES.match(row)]
    if not times or times[0] > 1:
        wrong = part[1] if len(part) > 1 and part[0].strip().isdigit() else part[0]
        number = first + part.index(wrong)
        raise BadRequest(
            f"{where} {number}: {line(repr(wrong))} is not a time such as "
            "00:00:01,500 --> 00:00:03,000"
        )
    for at, following in zip(times, [*times[1:], len(part)], strict=True):
        is_numbered = following < len(part) and part[following - 1].strip().isdigit()
        text = part[at + 1 : following - is_numbered]
        start_s, end_s = _times(part[at])
        if end_s < start_s:
            raise BadRequest(f"{where} {first + at}: it ends before it begins")
        yield Subtitle(start_s, end_s, _plain(text, is_vtt=is_vtt))


def _times(row: str) -> tuple[float, float]:
    found = TIMES.match(row)
    assert found is not None  # noqa: S101 - see the caller
    values = found.groups()
    return _seconds(values[:4]), _seconds(values[4:])


def _seconds(values: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (value or "0" for value in values)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(fraction.ljust(3, "0")) / MS


def _plain(rows: Iterable[str], *, is_vtt: bool) -> str:
    text = (VTT_MARKS if is_vtt else SRT_MARKS).sub("", "\n".join(row.strip() for row in rows))
    for sign, escaped in reversed(ESCAPES.items()) if is_vtt else ():
        text = text.replace(escaped, sign)
    return text
