"""How a recogniser of speech and expected texts are given to `measure` and `measure_all`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from lipsync_nb.errors import BadRequest, line

Transcribe: TypeAlias = Callable[[Path], str]
"""Takes the path of a clip or a sound file, and returns what is said in it."""
Texts: TypeAlias = "str | Iterable[str | None] | None"
"""What all videos should say, or one text for each, with ``None`` for those without."""


def expected_texts(transcribe: Transcribe | None, text: Texts, count: int) -> list[str | None]:
    """Return the expected text of each of so many videos.

    Raises:
        BadRequest: An argument is not what it should be, or there is a text without ``transcribe``.
    """
    if transcribe is not None and not callable(transcribe):
        raise BadRequest(
            f"transcribe: {line(repr(transcribe))} is no function; give one that takes a path and "
            "returns what is said in that file"
        )
    is_one = isinstance(text, str) or not isinstance(text, Iterable)
    each: Iterable[object] = [text] * count if is_one else list(text or ())
    texts = [*map(_given, each)]
    if transcribe is None and any(texts):
        raise BadRequest("text: nothing can be compared with it; give transcribe, too")
    if len(texts) != count:
        raise BadRequest(f"text: {len(texts)} for {count} videos; give one for each, or one string")
    return texts


def _given(text: object) -> str | None:
    if text is None or isinstance(text, str):
        return text
    import pandas as pd  # noqa: PLC0415 - only needed for what else a table has

    if text is pd.NA or text != text:  # noqa: PLR0124 - an empty cell: NA, NaN, NaT
        return None
    raise BadRequest(f"text: {line(repr(text))} is no text; give a string, or None")
