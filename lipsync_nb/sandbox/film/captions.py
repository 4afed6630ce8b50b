"""What is said, sentence by sentence, and the subtitles that go with it."""

import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipsync_nb.sandbox.film.fonts import wrapped
from lipsync_nb.sandbox.film.sound import VIDEO_RATE_HZ, Sound, read_sound
from lipsync_nb.sandbox.film.spec import BadMedia, Scene
from lipsync_nb.sandbox.film.voice import speak

SENTENCE_END = re.compile(r"(?<=[。！？；\n])|(?<=[.!?;])\s+")
"""Full stops of both scripts; a Latin one needs a space, for 3.5 is no end of a sentence."""

WORDLESS_S = 2.0
"""How long a scene without words stays."""

SPEAKERS_AT_ONCE = 2


@dataclass(frozen=True)
class Sentence:
    """A sentence, or the silence of a scene without words."""

    scene: int
    """Index of the scene it belongs to."""
    text: str
    sound: Sound
    begin_s: float
    """When it begins, in seconds from the script's beginning."""

    @property
    def end_s(self) -> float:
        """When it ends and the next one begins, in seconds from the script's beginning."""
        return self.begin_s + self.sound.duration_s


@dataclass(frozen=True)
class Caption:
    """A subtitle: a few lines, from one time to another."""

    lines: list[str]
    begin_s: float
    end_s: float


def speak_script(scenes: list[Scene], voice: str) -> list[Sentence]:
    """Speak all scenes, sentence by sentence.

    Raises:
        BadMedia: There is not a word in all of them.
    """
    texts = [(index, text) for index, scene in enumerate(scenes) for text in sentences(scene.text)]
    if not any(text for _, text in texts):
        raise BadMedia("nothing to speak: the script has neither letters nor digits")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(SPEAKERS_AT_ONCE) as pool:
        files = [Path(folder) / f"{number}.wav" for number in range(len(texts))]
        said = list(pool.map(spoken, [text for _, text in texts], files, [voice] * len(texts)))
    begins = np.cumsum([0.0, *(sound.duration_s for sound in said)]).tolist()
    return [
        Sentence(scene, text, sound, begin_s)
        for (scene, text), sound, begin_s in zip(texts, said, begins, strict=False)
    ]


def spoken(text: str, path: Path, voice: str) -> Sound:
    """A sentence as sound, or a silence where there are no words."""
    if not text:
        return Sound(np.zeros((1, round(WORDLESS_S * VIDEO_RATE_HZ)), np.float32), VIDEO_RATE_HZ)
    speak(text, path, voice=voice)
    return read_sound(path)


def sentences(text: str) -> list[str]:
    """A text's sentences; what has no words of its own goes with the one before it.

    Returns:
        At least one string; a single empty one if there is nothing to say.
    """
    whole: list[str] = []
    for piece in SENTENCE_END.split(text):
        if any(map(str.isalnum, piece)):
            whole.append(piece.strip())
        elif whole:
            whole[-1] += piece.rstrip()
    return whole or [""]


def captions(sentence: Sentence, size: int, width: float, rows: int) -> Iterator[Caption]:
    """A sentence's subtitles, each shown for as long as its share of the letters is.

    Args:
        sentence: What is said.
        size: Height of the letters, pixels.
        width: Of the lines, pixels.
        rows: How many lines are shown at once.
    """
    lines = wrapped(sentence.text, size, width)
    pages = [lines[first : first + rows] for first in range(0, len(lines), rows)]
    letters = [sum(map(len, page)) for page in pages]
    shares = np.cumsum([0, *letters]) / max(1, sum(letters))
    for page, begin, end in zip(pages, shares[:-1], shares[1:], strict=True):
        length_s = sentence.sound.duration_s
        yield Caption(page, sentence.begin_s + begin * length_s, sentence.begin_s + end * length_s)
