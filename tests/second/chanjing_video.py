"""Chanjing's avatar videos, from the facts about its pages: create_video, video, video_list."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from second.chanjing_speech import EMOJI, LONGEST_TEXT, HasEmoji
from second.fields import Wrong, address, demand, flag, integer, number, one_of, text
from second.hosts import Hosts

FIGURES = ("whole_body", "sit_body", "circle_view")
RESULT_S = 0.4
BOX = {"x": integer, "y": integer, "width": integer, "height": integer}


class Videos:
    """The videos, and how often each was asked for.

    Args:
        hosts: Where the results lie.
        figures_of: Tells which figures a person has; `Wrong` if there is no such person.
        is_voice: Tells whether there is a voice.
        is_file: Tells whether there is a ready file of a service.
    """

    def __init__(
        self,
        hosts: Hosts,
        figures_of: Callable[[str], list[str]],
        is_voice: Callable[[Any], bool],
        is_file: Callable[[Any, str], bool],
    ) -> None:
        self._hosts, self._figures_of = hosts, figures_of
        self._is_voice, self._is_file = is_voice, is_file
        self.looks: dict[str, int] = {}
        self.created: dict[str, int] = {}

    def create(self, given: Any, *, odd: bool) -> str:
        """Return a new video's id.

        Raises:
            Wrong: The request is not as the page demands.
            HasEmoji: Of which the page warns.
        """
        self._check(given)
        if EMOJI.search("".join(given["audio"].get("tts", {}).get("text", []))):
            raise HasEmoji
        video_id = str(uuid4().int)[:19].replace("0", "1") if odd else uuid4().hex
        self.looks[video_id], self.created[video_id] = 0, int(time.time())
        return video_id

    def look(self, video_id: str, **wishes: bool) -> dict[str, Any]:
        """Return what is told of a video; `Wrong` if there is none. It ends at the third look."""
        if video_id not in self.looks:
            raise Wrong("no such video")
        self.looks[video_id] += 1
        return self.told(video_id, **wishes)

    def delete(self, video_id: str) -> None:
        """Forget a video; `Wrong` if there is none."""
        if self.looks.pop(video_id, None) is None:
            raise Wrong("no such video")

    def told(self, video_id: str, *, stays: bool, fails: bool, odd: bool) -> dict[str, Any]:
        """Return what is told of a video without looking at it once more."""
        states = [10, 20, 10] if odd else [10, 10]  # 20 is success in lip sync, and nothing here
        end = 10 if stays else (53 if odd else 40) if fails else 30
        state = dict(enumerate(states, 1)).get(self.looks[video_id], end)
        done = state == 30
        url = self._hosts.result_url("chanjing") if done else ""
        told = {
            "id": video_id,
            "status": str(state) if odd else state,
            "progress": 100 if done else 55,
            "msg": "音频中没有人声,请检查是否为单声道" if state >= 40 else "",
            "video_url": url,
            "create_time": self.created[video_id],
            "subtitle_data_url": "",
            "preview_url": url.replace(".mp4", ".jpg"),
            "duration": RESULT_S if done else 0,
        }
        return told | ({"audio_urls": None, "duration": None, "progress": "?"} if odd else {})

    def _check(self, given: Any) -> None:
        subtitles = dict.fromkeys(("font_size", "stroke_width"), integer)
        colours = dict.fromkeys(("color", "stroke_color"), _colour)
        shown = {**BOX, **subtitles, **colours, "font_id": text, "asr_type": one_of(0, 1)}
        demand(
            given,
            {"person": lambda value: self._is_person(value, given), "audio": self._is_audio},
            {
                "bg_color": _colour,
                "bg": self._is_background,
                "subtitle_config": lambda value: bool(demand(value, {"show": flag}, shown)),
                "screen_width": integer,
                "screen_height": integer,
                "model": one_of(0, 1, 2),
                "resolution_rate": one_of(0, 1),
                "add_compliance_watermark": flag,
                "source": one_of(1),
                "audio_source": one_of(1),
                "callback": address,
            },
        )

    def _is_person(self, value: Any, given: dict[str, Any]) -> bool:
        options = {
            "figure_type": one_of(*FIGURES),
            "drive_mode": one_of("", "random"),
            "is_rgba_mode": flag,
            "backway": one_of(1, 2),
        }
        demand(value, {"id": text, **BOX}, options)
        if value["width"] < 1 or value["height"] < 1:
            raise Wrong("person: an empty box")
        if given.get("source") == 1:  # made on the website; the API does not list it
            return True
        figures, figure = self._figures_of(value["id"]), value.get("figure_type")
        if figures and figure not in figures:
            raise Wrong(f"person.figure_type is needed for public people: {figures}")
        return bool(figures) or figure is None

    def _is_audio(self, value: Any) -> bool:
        ways = {"tts": {"tts": self._is_tts}, "audio": {"wav_url": address, "file_id": self._sound}}
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in ways:
            raise Wrong("audio.type")
        demand(value, {"type": text}, {"volume": integer, "language": text, **ways[kind]})
        return sum(name in value for name in ways[kind]) == 1

    def _is_tts(self, value: Any) -> bool:
        voices = self._is_voice

        def one_text(texts: Any) -> bool:
            is_one = isinstance(texts, list) and len(texts) == 1 and text(texts[0])
            return is_one and texts[0].strip() != "" and len(texts[0]) < LONGEST_TEXT

        manner = {"speed": _within(0.5, 2), "pitch": _within(0.1, 3)}
        return bool(demand(value, {"text": one_text, "audio_man": voices}, manner))

    def _sound(self, value: Any) -> bool:
        return self._is_file(value, "make_video_audio")

    def _is_background(self, value: Any) -> bool:
        ways = {
            "src_url": address,
            "file_id": lambda file: self._is_file(file, "make_video_background"),
        }
        demand(value, BOX, ways)
        return sum(name in value for name in ways) == 1


def _colour(value: Any) -> bool:
    return text(value) and len(value) == 7 and value.startswith("#")


def _within(low: float, high: float) -> Any:
    return lambda value: number(value) and low <= value <= high
