"""Chanjing's voices and people of one's own, from the facts about its pages.

create_customised_audio, create_customised_person; their details, lists and deletions.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from second.fields import Wrong, address, demand, flag, one_of, text

WHY_FAILED = "任务失败,请重试,或联系客服处理"


class Trained:
    """What was trained, and how often each was asked for; it is ready at the third look."""

    def __init__(self) -> None:
        self.looks: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.deleted: set[str] = set()

    def add(self, beginning: str, name: str) -> str:
        """Return a new id."""
        own_id = f"{beginning}{uuid4().hex}"
        self.looks[own_id], self.names[own_id] = 0, name
        return own_id

    def known(self, own_id: Any) -> bool:
        """Tell whether it can be used."""
        return own_id in self.looks and own_id not in self.deleted

    def look(self, own_id: str) -> None:
        """Count a look; `Wrong` if there is no such id."""
        if own_id not in self.looks:
            raise Wrong("no such id")
        self.looks[own_id] += 1

    def delete(self, own_id: str) -> None:
        """Delete it; `Wrong` if there is no such id."""
        if not self.known(own_id):
            raise Wrong("no such id")
        self.deleted.add(own_id)


class Voices(Trained):
    """The voices.

    Args:
        is_sample: Tells whether a URL is that of an uploaded sample, or of another host.
    """

    def __init__(self, is_sample: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_sample = is_sample

    def create(self, given: Any) -> str:
        """Return a new voice's id; `Wrong` if the request is not as the page demands."""
        models = one_of("cicada3.0-turbo", "cicada3.0", "cicada1.0")
        demand(
            given,
            {"name": text, "url": lambda value: address(value) and self._is_sample(value)},
            {"model_type": models, "language": one_of("cn", "en")},
        )
        return self.add("C-Audio-", given["name"])

    def told(self, voice_id: str, *, stays: bool, fails: bool, odd: bool) -> dict[str, Any]:
        """Return what is told of a voice."""
        states = [0, 6, 1] if odd else [0, 1]
        state = dict(enumerate(states, 1)).get(self.looks[voice_id], 1 if stays else 2)
        if state == 2 and fails:
            state = 4
        if voice_id in self.deleted:
            state = 99
        told = {
            "id": voice_id,
            "name": self.names[voice_id],
            "type": "cicada3.0",
            "progress": 100 if state == 2 else 0,
            "audio_path": "https://res.chanjing.cc/voice.wav" if state == 2 else "",
            "err_msg": WHY_FAILED if state == 4 else "",
            "status": str(state) if odd else state,
        }
        return {k: v for k, v in told.items() if v or not odd}


class People(Trained):
    """The people.

    Args:
        is_clip: Tells whether there is a ready file to train with.
    """

    def __init__(self, is_clip: Callable[[Any], bool]) -> None:
        super().__init__()
        self._is_clip = is_clip
        self._types: dict[str, str | None] = {}
        self._created = int(time.time())

    def create(self, given: Any) -> str:
        """Return a new person's id; `Wrong` if the request is not as the page demands."""
        demand(
            given,
            {"name": text, "file_id": self._is_clip},
            {
                "train_type": one_of("figure", "voice", "both"),
                "language": one_of("cn", "en"),
                "error_skip": flag,
                "resolution_rate": one_of(0, 1),
                "callback": address,
            },
        )
        person_id = self.add("C-", given["name"])
        self._types[person_id] = given.get("train_type")
        return person_id

    def told(self, person_id: str, *, stays: bool, fails: bool, odd: bool) -> dict[str, Any]:
        """Return what is told of a person; `Wrong` if it was deleted."""
        if person_id in self.deleted:
            raise Wrong("no such person")
        states = [1, 3, 1] if odd else [1, 1]
        state = dict(enumerate(states, 1)).get(self.looks[person_id], 1 if stays else 2)
        if state == 2 and fails:
            state = 5 if odd else 4
        done, has_voice = state == 2, self._types.get(person_id) != "figure"
        told = {
            "id": person_id,
            "name": self.names[person_id],
            "type": "person",
            "pic_url": "https://res.chanjing.cc/person.png" if done else "",
            "preview_url": "https://res.chanjing.cc/person.webm" if done else "",
            "width": 480,
            "height": 480,
            "audio_man_id": f"V-{person_id}" if done and has_voice else "",
            "status": str(state) if odd else state,
            "err_reason": WHY_FAILED if state in (4, 5) else "",
            "is_open": int(done),
            "reason": "",
            "progress": 100 if done else 30,
            "create_time": self._created,
        }
        return {k: v for k, v in told.items() if v or not odd}
