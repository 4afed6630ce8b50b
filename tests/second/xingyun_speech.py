"""Xingyun's speech, from the facts about its page: create, get and cancel a tts_task."""

from collections.abc import Iterator
from typing import Any

from second.fields import Wrong, demand, integer, text
from second.hosts import SOUND_S, Hosts

CODES = (40001, 40002, 40003)
"""All that is known of them is that there are three."""
WHY_FAILED = "语音合成失败"


class Refused(Exception):
    """An error code, which stands for a request of which nothing comes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SpeechTasks:
    """The tasks, and how often each was asked for.

    Args:
        hosts: Where the results lie.
        numbers: The ids of new tasks.
    """

    def __init__(self, hosts: Hosts, numbers: Iterator[int]) -> None:
        self._hosts, self._numbers = hosts, numbers
        self.looks: dict[int, int] = {}
        self.cancelled: set[int] = set()

    def create(self, given: Any) -> int:
        """Return a new task's id; `Refused` if the request is not as the page demands."""
        try:
            demand(given, {"tts_vcn": _said, "text": _said}, {"audio_name": text})
        except Wrong:
            raise Refused(CODES[1]) from None
        task_id = next(self._numbers)
        self.looks[task_id] = 0
        return task_id

    def state(self, task_id: int, *, stays: bool, fails: bool, odd: bool) -> dict[str, Any]:
        """Return what is told of a task; it ends at the third look, or later if it is odd."""
        self._known(task_id, odd=odd)
        self.looks[task_id] += 1
        word = self._word(task_id, stays=stays, fails=fails, odd=odd)
        done = word == "finished"
        if odd:
            url = {"file_oss": self._hosts.result_url(str(task_id), "mp3")} if done else {}
            undocumented = {"task_id": str(task_id), "duration": str(SOUND_S * 1000), "amount": "1"}
            why = {"error_reason": {"msg": WHY_FAILED}} if word == "error" else {}
            return {"synth_status": word} | (undocumented if done else {}) | url | why
        return {
            "id": task_id,
            "synth_status": word,
            "file_oss": self._hosts.result_url(str(task_id), "wav") if done else "",
            "error_reason": WHY_FAILED if word == "error" else "",
        }

    def cancel(self, given: Any, *, odd: bool) -> None:
        """Cancel a task; `Refused` if there is none or it has ended."""
        try:
            task_id = demand(given, {"task_id": integer}, {})["task_id"]
        except Wrong:
            raise Refused(CODES[2]) from None
        self._known(task_id, odd=odd)
        if self._word(task_id, stays=False, fails=False, odd=odd) in {"finished", "cancel"}:
            raise Refused(CODES[2])
        self.cancelled.add(task_id)

    def _known(self, task_id: int, *, odd: bool) -> None:
        if task_id not in self.looks:
            raise Refused(CODES[2 if odd else 0])

    def _word(self, task_id: int, *, stays: bool, fails: bool, odd: bool) -> str:
        if task_id in self.cancelled:
            return "cancel"
        words = ["waiting", "compositing", "processing"] if odd else ["waiting", "processing"]
        end = "processing" if stays else "error" if fails else "finished"
        return dict(enumerate(words, 1)).get(max(1, self.looks[task_id]), end)


def _said(value: Any) -> bool:
    return text(value) and value.strip() != ""
