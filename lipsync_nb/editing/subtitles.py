"""Subtitles of a speech, from the words that are known and the pauses that are heard."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from numbers import Integral
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from lipsync_nb.editing.alignment import Span, aligned
from lipsync_nb.editing.captions import LONGEST_LINE, Layout, Spoken, captions
from lipsync_nb.editing.pauses import pauses_of, sound_of
from lipsync_nb.editing.phrases import Piece, language_of, pieces_of
from lipsync_nb.editing.sound import Sound
from lipsync_nb.editing.subtitle_list import Subtitles
from lipsync_nb.editing.subtitle_text import parsed
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.results import FileLike, result_of_job
from lipsync_nb.log import notify_user
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.video import Video
from lipsync_nb.results import Subtitle

SHORTEST_PAUSE_S = 0.15
"""Seconds of a pause that may be the end of a phrase. The closures of stops are shorter."""
SHORTEST_LINE, WIDEST_LINE = 4, 100
"""Characters of ``longest_line``."""
ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
"""The encodings of subtitles; the second one only if the file begins with its mark."""
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
MARKUP = re.compile(r"<[^<>]+>")
"""The tags of SSML."""


def subtitles(
    speech: FileLike,
    text: str | None = None,
    *,
    language: str | None = None,
    longest_line: int | None = None,
) -> Subtitles:
    """Make subtitles of a speech whose words are known. Nothing is sent, and nothing is recognised.

    The ends of phrases, which punctuation shows, are matched to the pauses that are heard. Between
    them, time is shared by syllables. With the sandbox's voices, sentences begin within 0.1 s of
    where they are spoken. A text that is not what is spoken gives wrong times, and no error.

    Captions have at most two lines, of 42 characters, or 16 in Chinese, which break behind
    punctuation where that is possible, and inside a word or a number only if it is longer than a
    line. They are shown for 0.8 to 7 s: for less if the next one begins or the speech ends, and for
    longer if a single word lasts longer. What is spoken faster than it can be read is told by
    `Subtitles.warnings`, and on stderr; it is not shortened.

    Args:
        speech: Sound, or a clip with sound; or the job that makes it.
        text: What is said, with its punctuation. A line break ends a sentence. By default what the
            vendor reports (`Audio.subtitles`), or the text in the job's request.
        language: ``"zh"`` or ``"en"``: which lengths of lines are used; by default Chinese ones if
            any of the text is Chinese.
        longest_line: Characters of a line at most; characters that are not Chinese count half
            beside Chinese ones.

    Raises:
        BadRequest: The text is not known, or nothing is heard.
        LipSyncError: The job has no result; see `Job.result`.
    """
    given = result_of_job(speech, "speech", (Audio, Video))
    layout = _layout(language, longest_line)
    if text is None and (known := _reported(given)):
        spoken, until_s = [piece for one in known for piece in _within(one)], given.duration_s
    else:
        pieces = _pieces(_text_of(speech) if text is None else text)
        sound = sound_of(given, "speech")
        spoken, until_s = list(map(Spoken, pieces, aligned(pieces, _spans(sound)))), sound.seconds
    found = Subtitles(captions(spoken, layout([piece for piece, _ in spoken]), until_s))
    if wrong := found.warnings:
        notify_user(f"subtitles: {len(wrong)} of {len(found)} are hard to read: {wrong[0]}")
    return found


def read_subtitles(path: str | PathLike[str]) -> Subtitles:
    """Read subtitles from a file of SRT or WebVTT, such as one that a person has corrected.

    Numbers may lack, and times may be written with a comma or a point. The encoding is UTF-8, or
    else UTF-16 with a mark, or GB 18030. Bold, colours and places are left out.

    Raises:
        BadRequest: It cannot be read; the error names the line.
    """
    file = Path(fspath(path)).expanduser()
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadRequest(f"{line(file)}: {error.strerror or error}") from None
    return Subtitles(parsed(_decoded(data, file), str(file)))


def _decoded(data: bytes, file: Path) -> str:
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not data.startswith(UTF16_MARKS):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRequest(f"{line(file)} is not text; save it as UTF-8")


def _layout(language: str | None, longest_line: int | None) -> Any:
    if language is not None and language not in LONGEST_LINE:
        raise BadRequest(f"language={line(repr(language))}: give 'zh' or 'en'")
    if longest_line is not None and (
        not isinstance(longest_line, Integral) or not SHORTEST_LINE <= longest_line <= WIDEST_LINE
    ):
        limits = f"give a whole number from {SHORTEST_LINE} to {WIDEST_LINE}"
        raise BadRequest(f"longest_line={line(repr(longest_line))}: {limits}")

    def of(pieces: Sequence[Piece]) -> Layout:
        chosen = language or language_of("".join(piece.text for piece in pieces))
        return Layout(longest_line or LONGEST_LINE[chosen], chinese=chosen == "zh")

    return of


def _reported(given: Any) -> Sequence[Subtitle]:
    return given.subtitles if isinstance(given, Audio) else ()


def _within(one: Subtitle) -> Iterable[Spoken]:
    """Return the pieces of what a vendor reports, by syllables within its time."""
    pieces = pieces_of(one.text)
    return map(Spoken, pieces, aligned(pieces, [(one.start_s, one.end_s)])) if pieces else ()


def _text_of(speech: Any) -> str:
    """Return the text that a job speaks, or that a job speaks of which it is made."""
    if isinstance(speech, Job):
        fields = speech.request.model_dump()
        spoken = (fields.get("tts") or {}).get("text") or fields.get("text")
        if isinstance(spoken, str):
            return MARKUP.sub("", spoken)
        for job in speech.inputs:
            if job.makes == Audio.__name__:
                return _text_of(job)
            if job.makes == "Text":
                return str(job.result())
    raise BadRequest("text: what is said is not known; give text=")


def _pieces(text: object) -> list[Piece]:
    if not isinstance(text, str) or not any(map(str.isalnum, text)):
        raise BadRequest(f"text={line(repr(text))}: give what is said, in words")
    return pieces_of(text)


def _spans(sound: Sound) -> list[Span]:
    """Return when somebody speaks: what lies between the pauses."""
    quiet = [(pause.start_s, pause.end_s) for pause in pauses_of(sound, SHORTEST_PAUSE_S)]
    edges = [(0.0, 0.0), *quiet, (sound.seconds, sound.seconds)]
    spans = [(before[1], after[0]) for before, after in pairwise(edges) if after[0] > before[1]]
    if not spans:
        raise BadRequest("speech: nothing is heard; give a speech that is not silent")
    return spans
