"""Script → a drawn figure that speaks it, scene by scene, with subtitles."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lipsync_nb.sandbox.film.captions import Caption, Sentence, captions, speak_script
from lipsync_nb.sandbox.film.envelope import MouthControls, mouth_controls
from lipsync_nb.sandbox.film.faces import one_thread
from lipsync_nb.sandbox.film.fonts import chinese_font
from lipsync_nb.sandbox.film.lettering import Label, label, watermark
from lipsync_nb.sandbox.film.look import look_of
from lipsync_nb.sandbox.film.mp4 import Mp4, frame_count
from lipsync_nb.sandbox.film.sound import joined
from lipsync_nb.sandbox.film.spec import Progress, Rendered, Scene, Steps, Style, even
from lipsync_nb.sandbox.film.stage import Stage
from lipsync_nb.sandbox.film.voice import cast

SHAPE = 16 / 9

AIGC_MARK = "魔珐星云·AI生成"
AIGC_MARK_LATIN = "AI generated"
"""The mark where no font has the Chinese one."""

SUBTITLE_SHARE = 0.052
"""Height of the subtitles' letters, as a share of the frame's height."""
SUBTITLE_WIDTH = 0.86
SUBTITLE_LIFT = 0.09
"""Distance of the subtitles from the frame's bottom, where the AIGC mark is, as a share."""
SUBTITLE_ROWS = 2


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
    """Have a drawn figure speak a script.

    Every name of a look, a voice and a studio is somebody, or something: the same one each time.

    Args:
        segments: The scenes; one without words stays for two seconds.
        out: Where the MP4 goes; its shape is 16:9.
        style: Size, frame rate, quality, A/V offset.
        look: Who speaks.
        voice: An id of ``voice.VOICES``, or any other name.
        studio: Where.
        subtitles: Whether to show what is said.
        aigc_mark: Whether to mark the video as made by a machine, at its bottom right.
        progress: Called with the share done, 0 to 1.

    Raises:
        BadMedia: A picture or clip cannot be read, or there is nothing to speak.
    """
    person, size = look_of(look), (even(style.height * SHAPE), even(style.height))
    said = speak_script(list(segments), cast(voice, "female" if person.made_up else "male").id)
    sound = joined([sentence.sound for sentence in said])
    frames = frame_count(sound, style.fps)
    controls = mouth_controls(sound, style.fps, frames, style.av_offset_ms / 1000)
    labels = watermark(style.watermark, size[::-1])
    if aigc_mark:
        labels += watermark(
            AIGC_MARK if chinese_font() else AIGC_MARK_LATIN, size[::-1], "bottom right"
        )
    steps = Steps(frames, progress)
    with Mp4(out, *size, sound, style) as mp4:
        play = Play(mp4, Stage(person, studio, size), controls, labels, steps)
        for scene, group in groupby(said, key=lambda sentence: sentence.scene):
            spoken = list(group)
            last = frames if spoken[-1] is said[-1] else round(spoken[-1].end_s * style.fps)
            play.scene(segments[scene].media, spoken, last, subtitles=subtitles)
    return mp4.rendered


@dataclass(frozen=True)
class Play:
    """A script being played on a stage, and filmed."""

    mp4: Mp4
    stage: Stage
    controls: MouthControls
    labels: list[Label]
    """Labels that are seen throughout: watermark and AIGC mark."""
    steps: Steps

    def scene(
        self, media: Path | None, said: list[Sentence], last: int, *, subtitles: bool
    ) -> None:
        """Play a scene up to frame ``last``."""
        begin_s, fps = said[0].begin_s, self.mp4.style.fps
        self.stage.enter(media, said[-1].end_s - begin_s)
        titles = [title for one in said for title in self.titles(one)] if subtitles else []
        for frame in range(self.mp4.frames, last):
            time_s = frame / fps
            mouth = self.controls.openness[frame], self.controls.width[frame]
            pixels = self.stage.picture(time_s, time_s - begin_s, *mouth)
            now = [title for caption, title in titles if caption.begin_s <= time_s < caption.end_s]
            for shown in (*self.labels, *now):
                shown.over(pixels)
            self.mp4.write(pixels)
            self.steps.done(frame + 1)

    def titles(self, sentence: Sentence) -> list[tuple[Caption, Label]]:
        """A sentence's subtitles, drawn."""
        width, height = self.stage.size
        letters = round(SUBTITLE_SHARE * height)
        pages = captions(sentence, letters, SUBTITLE_WIDTH * width, SUBTITLE_ROWS)
        return [
            (page, label(page.lines, (height, width), letters, "bottom", lift=SUBTITLE_LIFT))
            for page in pages
        ]
