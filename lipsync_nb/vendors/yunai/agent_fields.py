"""Finds fields in the answers of ``agent_api.php``, however often a reseller wraps them."""

from collections import deque
from collections.abc import Iterator
from typing import Any

WRAPPERS = frozenset({"data", "model", "task", "result"})
"""Fields, in any case, that have what an answer tells of: ``data``, or an object in it."""


def objects_in(answer: Any) -> Iterator[dict[str, Any]]:
    """Yield an answer and the objects that are wrapped in it, the outermost first."""
    waiting = deque([answer])
    while waiting:
        part = waiting.popleft()
        if isinstance(part, dict):
            yield part
            waiting.extend(part[key] for key in part if key.lower() in WRAPPERS)
        elif isinstance(part, list):
            waiting.extend(part)


def values_of(answer: Any, name: str) -> Iterator[Any]:
    """Yield the values of a field, the outermost first; its name may be in any case."""
    wanted = _plain(name)
    for part in objects_in(answer):
        yield from (value for key, value in part.items() if _plain(key) == wanted)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
