"""The ids that the answers of ``agent_api.php`` name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lipsync_nb.vendors.base import NO_JOB
from lipsync_nb.vendors.yunai.agent_fields import values_of

NAMES = ("task_id", "model_id", "id")
"""The fields with ids, of whatever they are."""
BARE_ID = re.compile(r"(?=.*[0-9A-Za-z])(?!ok$|success)[!-~]+", re.IGNORECASE)
"""A text that may be an id where ``data`` is only that: not a word for success, nor a sentence."""


@dataclass(frozen=True, slots=True)
class CreatedId:
    """Finds the id of what a call has created.

    Attributes:
        name: The page's field for it: ``task_id`` or ``model_id``.
        sent: What the call has sent. An answer may repeat it, which tells of nothing created.
    """

    name: str
    sent: frozenset[str]

    def found(self, answer: Any) -> str | None:
        """Return the id: that of its field, else of ``id``, else what ``data`` is by itself."""
        own = _ids(values_of(answer, self.name))
        others = (*_ids(values_of(answer, "id")), *_bare(answer))
        return next(iter((*own, *(each for each in others if each not in self.sent))), None)

    def names_any(self, answer: Any) -> bool:
        """Return whether an answer names an id of anything, but for what was sent."""
        ids = (each for name in NAMES for each in _ids(values_of(answer, name)))
        return self.found(answer) is not None or any(each not in self.sent for each in ids)


def as_id(value: Any) -> str | None:
    """Return an id, which may come as a number; ``None`` if a value is none, such as 0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return None if text.strip() in {"", NO_JOB} else text


def _ids(values: Iterator[Any]) -> Iterator[str]:
    return (found for value in values if (found := as_id(value)) is not None)


def _bare(answer: Any) -> Iterator[str]:
    """Yield what ``data`` is, or has in a list, if that is no object."""
    for data in values_of(answer, "data"):
        for each in _ids(iter(data if isinstance(data, list) else [data])):
            if BARE_ID.fullmatch(each):
                yield each
