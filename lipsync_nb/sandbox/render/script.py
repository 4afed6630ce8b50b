"""A script becomes a video: a drawn figure speaks it, scene by scene, with captions."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from lipsync_nb.sandbox.render.appearance import appearance_of
from lipsync_nb.sandbox.render.audio import VIDEO_RATE_HZ, Audio, joined, read_audio
from lipsync_nb.sandbox.render.encoder import Progress, Rendered, Style, VideoEncoder
from lipsync_nb.sandbox.render.face_detection import one_thread
from lipsync_nb.sandbox.render.media import BadMedia, Size, even
from lipsync_nb.sandbox.render.mouth_motion import mouth_motion
from lipsync_nb.sandbox.render.scene import Scene, SceneRenderer
from lipsync_nb.sandbox.render.speech import sentences, speak, voice_for
from lipsync_nb.sandbox.render.text import TextLabel, label, watermark, wrapped

ASPECT_RATIO = 16 / 9

AI_MARK = "魔珐星云·AI生成"

WORDLESS_S = 2.0
"""How long a scene without words is shown."""
SPEAKERS = 2
"""Sentences that are spoken at the same time."""

CAPTION_SIZE, CAPTION_WIDTH, CAPTION_LIFT = 0.052, 0.86, 0.09
"""Font size, width and distance from the bottom, as shares of the frame. The mark is below."""
CAPTION_LINES = 2


@dataclass(frozen=True)
class Sentence:
    """A spoken sentence, or the silence of a scene without words."""

    scene: int
    """Index of its scene."""
    text: str
    audio: Audio
    begin_s: float
    """When it begins, in seconds from the script's beginning."""

    @property
    def end_s(self) -> float:
        """When it ends, in seconds from the script's beginning."""
        return self.begin_s + self.audio.duration_s


@dataclass(frozen=True)
class Caption:
    """A label with some of the text, shown from one time to another."""

    label: TextLabel
    begin_s: float
    end_s: float


@one_thread()
def render_script(
    segments: Sequence[Scene],
    out: Path,
    style: Style,
    *,
    look: str,
    voice: str,
    studio: str,
    subtitles: bool = True,
    aigc_mark: bool = True,
    progress: Progress | None = None,
) -> Rendered:
    """Let a drawn figure speak a script.

    Any name of a look, a voice and a studio is accepted. The same name gives the same result.

    Args:
        segments: The scenes. One without words is shown for two seconds.
        out: Where the MP4 goes; its shape is 16:9.
        style: Size, frame rate, quality, A/V offset.
        look: Who speaks.
        voice: An id of ``speech.VOICES``, or any other name.
        studio: Where the figure speaks.
        subtitles: Whether to show what is said.
        aigc_mark: Whether to mark the video as AI-generated, at the bottom right.
        progress: Called with the share done, 0 to 1.

    Raises:
        BadMedia: A picture or clip cannot be read, or there is nothing to speak.
    """
    figure, size = appearance_of(look), (even(style.height * ASPECT_RATIO), even(style.height))
    said = speak_script(segments, voice_for(voice, "female" if figure.is_woman else "male").id)
    audio = joined([sentence.audio for sentence in said])
    labels = watermark(style.watermark, size[::-1])
    if aigc_mark:
        labels += watermark(AI_MARK, size[::-1], "bottom right")
    renderer = SceneRenderer(figure, studio, size)
    with VideoEncoder(out, size, audio, style, progress) as encoder:
        motion = mouth_motion(audio, style.fps, encoder.total, style.av_offset_ms / 1000)
        for scene, group in groupby(said, key=lambda sentence: sentence.scene):
            spoken = list(group)
            begin_s, is_last = spoken[0].begin_s, spoken[-1] is said[-1]
            end = encoder.total if is_last else round(spoken[-1].end_s * style.fps)
            captions = [one for each in spoken for one in captions_of(each, size) if subtitles]
            renderer.begin(segments[scene].media)
            for index in range(encoder.written, end):
                time_s = index / style.fps
                pixels = renderer.draw(time_s, time_s - begin_s, *motion.at(index))
                now = [one.label for one in captions if one.begin_s <= time_s < one.end_s]
                for shown in (*labels, *now):
                    shown.draw(pixels)
                encoder.write(pixels)
    return encoder.rendered


def speak_script(scenes: Sequence[Scene], voice: str) -> list[Sentence]:
    """Speak all scenes, sentence by sentence.

    Raises:
        BadMedia: No scene has any words.
    """
    texts = [(index, text) for index, scene in enumerate(scenes) for text in sentences(scene.text)]
    if not any(text for _, text in texts):
        raise BadMedia("nothing to speak: the script has neither letters nor digits")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(SPEAKERS) as pool:

        def spoken(number: int, text: str) -> Audio:
            if not text:
                silence = np.zeros((1, round(WORDLESS_S * VIDEO_RATE_HZ)), np.float32)
                return Audio(silence, VIDEO_RATE_HZ)
            path = Path(folder) / f"{number}.wav"
            speak(text, path, voice=voice)
            return read_audio(path)

        said = list(pool.map(spoken, range(len(texts)), [text for _, text in texts]))
    begins = np.cumsum([0.0, *(audio.duration_s for audio in said[:-1])]).tolist()
    return [
        Sentence(scene, text, audio, begin_s)
        for (scene, text), audio, begin_s in zip(texts, said, begins, strict=True)
    ]


def captions_of(sentence: Sentence, size: Size) -> Iterator[Caption]:
    """A sentence's captions. Each is shown for its share of the sentence's letters."""
    width, height = size
    font_size = round(CAPTION_SIZE * height)
    lines = wrapped(sentence.text, font_size, CAPTION_WIDTH * width)
    pages = [lines[first : first + CAPTION_LINES] for first in range(0, len(lines), CAPTION_LINES)]
    letters = [sum(map(len, page)) for page in pages]
    times = sentence.begin_s + sentence.audio.duration_s * np.cumsum([0, *letters]) / max(
        1, sum(letters)
    )
    for page, begin_s, end_s in zip(pages, times[:-1], times[1:], strict=True):
        drawn = label(page, (height, width), font_size, "bottom", lift=CAPTION_LIFT)
        yield Caption(drawn, begin_s, end_s)
