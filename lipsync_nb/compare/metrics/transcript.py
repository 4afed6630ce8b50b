"""Compare what is said in a video with what it should say, by the user's recogniser of speech."""

import mimetypes
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from lipsync_nb.compare.columns import TRANSCRIPT
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.transcribing import Transcribe
from lipsync_nb.decode.containers import media_type
from lipsync_nb.errors import line
from lipsync_nb.media import Media

Transcript: TypeAlias = "str | Missing"
"""A text, or the reason why there is none. It goes from one process to another as it is."""
CJK: Final = (
    r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""The characters of Chinese and Japanese, which have no spaces between words."""
WORD: Final = re.compile(rf"[{CJK}]|[^\s{CJK}]+")
JOINING: Final = frozenset("'‘’ʼ")
"""Apostrophes, which join the parts of a word. All other punctuation parts words."""


def spoken(
    video: Media, speech: Media | None, text: str | None, hear: Callable[[Media], Transcript]
) -> Mapping[str, float | Missing]:
    """Return the error rates of what is said in a video.

    Args:
        video: The video.
        speech: What it was asked to say, if there is a recording.
        text: The same as a text, if there is one. Then the speech is not heard.
        hear: Returns what is said in a file.
    """
    if text is not None:
        return error_rates(hear(video), text)
    if speech is not None:
        return error_rates(hear(video), hear(speech))
    return dict.fromkeys(TRANSCRIPT, Missing("no text and no speech was given"))


def transcript(media: Media, transcribe: Transcribe) -> Transcript:
    """Return what the user's function hears in a file."""
    with _file_of(media) as path:
        try:
            text = transcribe(path)
        except Exception as error:  # noqa: BLE001 - it is the user's, and concerns two columns alone
            return Missing(f"transcribe raised {type(error).__name__}: {line(error)}")
    if not isinstance(text, str):
        return Missing(f"transcribe returned {type(text).__name__}, not str")
    return text


def error_rates(heard: Transcript, said: Transcript) -> Mapping[str, float | Missing]:
    """Return the error rates of words and of characters; their columns define them.

    Args:
        heard: What is said in the video.
        said: What it should say.
    """
    for text in (heard, said):
        if isinstance(text, Missing):
            return dict.fromkeys(TRANSCRIPT, text)
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - seldom needed

    ours, theirs = words(str(heard)), words(str(said))
    if not theirs:
        return dict.fromkeys(TRANSCRIPT, Missing("the text has no words"))
    letters, expected = "".join(ours), "".join(theirs)
    return {
        "wer": Levenshtein.distance(theirs, ours) / len(theirs),
        "cer": Levenshtein.distance(expected, letters) / len(expected),
    }


def words(text: str) -> list[str]:
    """Return the words of a text in one spelling: NFKC, case-folded, without punctuation."""
    return WORD.findall("".join(map(_spelt, unicodedata.normalize("NFKC", text).casefold())))


def _spelt(character: str) -> str:
    category = unicodedata.category(character)
    if character in JOINING or category == "Cf":  # such as a soft hyphen
        return ""
    return " " if category[0] in "PSZC" else character


@contextmanager
def _file_of(media: Media) -> Iterator[Path]:
    """Give the path of media; bytes are written to a temporary file."""
    if media.path is not None:
        yield media.path
        return
    content = media.data or b""
    suffix = mimetypes.guess_extension(media_type(BytesIO(content)) or "") or ""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"media{suffix}")
        path.write_bytes(content)
        yield path
