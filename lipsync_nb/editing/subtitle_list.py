"""Subtitles as a list, which is shown as a table and written as SRT or WebVTT."""

from collections.abc import Iterable
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Self, SupportsIndex, overload

from lipsync_nb.editing.captions import FASTEST, LONGEST_S, read_signs
from lipsync_nb.editing.phrases import language_of
from lipsync_nb.editing.subtitle_text import srt, vtt
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute, replacing
from lipsync_nb.results import Subtitle

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1.05
"""How much faster than the limit a text may be before it is told."""
SLACK_S = 0.001
"""Seconds of rounding in the times of subtitles."""


class Subtitles(list[Subtitle]):
    """Subtitles, in the order of their times. Their texts may have line breaks.

    It is a list: a subtitle is changed by replacing it, or in a file, which `read_subtitles` reads.
    """

    @overload
    def __getitem__(self, at: SupportsIndex) -> Subtitle: ...
    @overload
    def __getitem__(self, at: slice) -> Self: ...
    def __getitem__(self, at: SupportsIndex | slice) -> Subtitle | Self:
        """Return one, or a part as `Subtitles`."""
        return type(self)(list(self)[at]) if isinstance(at, slice) else super().__getitem__(at)

    def __add__(self, others: list[Subtitle]) -> Self:  # type: ignore[override]  # of subtitles only
        """Return these and others as `Subtitles`."""
        return type(self)([*self, *others])

    def copy(self) -> Self:
        """Return a copy."""
        return type(self)(self)

    def srt(self) -> str:
        """Return them as SubRip, with line breaks as in a Python text.

        Raises:
            BadRequest: A time is none, or one of them ends before it begins.
        """
        return srt(self)

    def vtt(self) -> str:
        """Return them as WebVTT, which browsers show beside a video.

        Raises:
            BadRequest: A time is none, or one of them ends before it begins.
        """
        return vtt(self)

    def write(self, path: str | PathLike[str]) -> Path:
        r"""Write them into a file, in UTF-8. An existing file is replaced.

        Args:
            path: Its ending tells the format: ``.srt``, whose lines end with ``\r\n``, or ``.vtt``.

        Returns:
            The file's absolute path.

        Raises:
            BadRequest: It has another ending, or cannot be written; or a time is none.
        """
        target = absolute(Path(fspath(path)).expanduser())
        texts = {".srt": lambda: srt(self).replace("\n", "\r\n"), ".vtt": self.vtt}
        if (text := texts.get(target.suffix.lower())) is None:
            raise BadRequest(f"path={line(path)}: subtitles are written as .srt or .vtt")
        with replacing(target) as part:
            part.write_bytes(text().encode())
        return target

    @property
    def warnings(self) -> list[str]:
        """What makes them hard to read: text that is too fast, overlaps, long display."""
        return [text for number, one in enumerate(self) for text in self._wrong(number, one)]

    def _wrong(self, number: int, one: Subtitle) -> Iterable[str]:
        name = f"subtitle {number + 1} ({one.start_s:.1f} s)"
        seconds = one.end_s - one.start_s
        most = FASTEST[language_of(one.text)]
        speed = read_signs(one.text) / max(seconds, SLACK_S)
        if speed > most * TOLERANCE:
            yield f"{name}: {speed:.1f} characters per second; {most:.0f} are read with ease"
        if seconds > LONGEST_S + SLACK_S:
            yield f"{name}: shown for {seconds:.1f} s; {LONGEST_S:.0f} s is the usual limit"
        if number + 1 < len(self) and self[number + 1].start_s < one.end_s - SLACK_S:
            yield f"{name}: ends after the next one begins"

    @property
    def df(self) -> "pd.DataFrame":
        """A table with the columns ``start_s``, ``end_s``, ``text``."""
        import pandas as pd  # noqa: PLC0415 - slow to import, and seldom wanted

        rows = [(one.start_s, one.end_s, one.text) for one in self]
        return pd.DataFrame(rows, columns=["start_s", "end_s", "text"])

    def __repr__(self) -> str:
        rows = [
            f"{one.start_s:.2f}–{one.end_s:.2f} s: {' / '.join(one.text.splitlines())}"
            for one in self
        ]
        return "\n  ".join([f"<Subtitles: {len(self) or 'none'}>", *rows])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{one.start_s:.2f}</td><td>{one.end_s:.2f}</td>"
            f'<td style="text-align:left;white-space:pre-line">{escape(one.text)}</td></tr>'
            for one in self
        )
        wrong = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        head = "<tr><th>start_s</th><th>end_s</th><th>text</th></tr>"
        return f"<table>{head}{rows}</table>" + (f"<ul>{wrong}</ul>" if wrong else "")
