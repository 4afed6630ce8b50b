"""Chanjing's speech, from the facts about its page: create_audio_task, audio_task_state."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from second.fields import Wrong, address, demand, flag, number, text
from second.hosts import SOUND_S, Hosts

LONGEST_TEXT = 4000  # it has fewer characters
VOICES = [
    {
        "id": f"C-f2429d0755474983984949758919{number:04}",
        "name": f"音色{number}",
        "gender": "Female" if number % 2 else "male",
        "lang": "zh",
        "audition": None,
        "speed": 1,
        "pitch": 1,
    }
    for number in range(23)
]
PRINTED_VOICE = "C-f2429d07554749839849497589199916"
EMOJI = re.compile("[\U0001f300-\U0001faff]")
WHY_FAILED = "语音合成失败"


class HasEmoji(Exception):
    """The text has an emoji."""


class SpeechTasks:
    """The tasks, and how often each was asked for.

    Args:
        hosts: Where the results lie.
        is_voice: Tells whether there is a voice.
    """

    def __init__(self, hosts: Hosts, is_voice: Callable[[Any], bool]) -> None:
        self._hosts = hosts
        self._is_voice = is_voice
        self.looks: dict[str, int] = {}
        self._texts: dict[str, str] = {}

    def create(self, given: Any) -> str:
        """Return a new task's id.

        Raises:
            Wrong: The request is not as the page demands.
            HasEmoji: Of which the page warns.
        """
        _check(given, self._is_voice)
        if any(map(EMOJI.search, given["text"].values())):
            raise HasEmoji
        task_id = uuid4().hex
        self.looks[task_id], self._texts[task_id] = 0, given["text"]["text"]
        return task_id

    def state(self, given: Any, *, stays: bool, fails: bool, odd: bool) -> dict[str, Any]:
        """Return what is told of a task; it ends at the third look, or later if it is odd.

        Raises:
            Wrong: There is no such task.
        """
        task_id = demand(given, {"task_id": text}, {})["task_id"]
        if task_id not in self.looks:
            raise Wrong("no such task")
        self.looks[task_id] += 1
        return self.told(task_id, stays=stays, fails=fails, odd=odd)

    def told(self, task_id: str, *, stays: bool, fails: bool, odd: bool) -> dict[str, Any]:
        """Return what is told of a task without looking at it once more."""
        runs = stays or self.looks[task_id] <= (3 if odd else 2)
        done = not runs and not fails
        if odd:
            return self._oddly(task_id, runs=runs, done=done)
        url = self._hosts.result_url(task_id, "wav") if done else ""
        path = f"{task_id}.wav" if done else ""
        return {
            "id": task_id,
            "type": "tts",
            "status": 1 if runs else 9,
            "text": [self._texts[task_id]],
            "full": {"url": url, "path": path, "duration": SOUND_S if done else 0},
            "slice": None,
            "errMsg": "" if runs or done else WHY_FAILED,
            "errReason": "",
            "subtitles": self._subtitles(task_id) if done else [],
        }

    def _oddly(self, task_id: str, *, runs: bool, done: bool) -> dict[str, Any]:
        """Return the same with a number that is on no page, with null, and without most fields."""
        if runs:
            return {"status": 10 if self.looks[task_id] == 1 else 1, "full": None}
        if not done:
            return {"status": 9, "full": None, "errMsg": WHY_FAILED, "subtitles": None}
        subtitles = [{**row, "keywords": None} for row in self._subtitles(task_id)]
        full = {"url": self._hosts.result_url(task_id, "mp3"), "duration": SOUND_S}
        return {"id": uuid4().hex, "status": 9, "full": full, "subtitles": subtitles}

    def _subtitles(self, task_id: str) -> list[dict[str, Any]]:
        said = self._texts[task_id]
        return [{"key": uuid4().hex, "start_time": 0, "end_time": SOUND_S, "subtitle": said}]


def is_public_voice(voice_id: Any) -> bool:
    """Tell whether everybody can speak with a voice."""
    return voice_id in [PRINTED_VOICE, *(voice["id"] for voice in VOICES)]


def _check(given: Any, is_voice: Callable[[Any], bool]) -> None:

    def within(low: float, high: float) -> Any:
        return lambda value: number(value) and low <= value <= high

    def said(value: Any) -> bool:
        return text(value) and value.strip() != "" and len(value) < LONGEST_TEXT

    def plain(value: Any) -> bool:
        return isinstance(value, str) and len(value) < LONGEST_TEXT

    demand(
        given,
        {
            "audio_man": is_voice,
            "text": lambda value: bool(demand(value, {"text": said}, {"plain_text": plain})),
        },
        {
            "speed": within(0.5, 2),
            "pitch": within(0.1, 3),
            "aigc_watermark": flag,
            "callback": address,
        },
    )
