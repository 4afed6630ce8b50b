"""Which values of a row of the ledger this version can read."""

from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args

T = TypeVar("T")

LATEST = 9e9
"""A Unix time in seconds, in the year 2255. pandas shows no time after 2262."""
LARGEST = 2**62 - 1
"""The largest integer. SQLite can still add to it."""
LARGEST_NUMBER = 1e300


class Readable:
    """The values that a dataclass has for the columns of its name.

    Args:
        kind: The dataclass.
        but: Fields that are no columns.
    """

    def __init__(self, kind: type, but: str = "") -> None:
        self._types: dict[str, set[type]] = {}
        self._ranges: dict[str, tuple[float, float]] = {}
        self._words: dict[str, frozenset[str]] = {}
        for field in fields(kind):
            if field.name != but:
                self._add(field.name, set(get_args(field.type) or (field.type,)))

    def _add(self, name: str, kinds: set[type]) -> None:
        none, [kind] = kinds & {NoneType}, kinds - {NoneType}
        self._types[name] = none | ({float, int} if kind is float else {str})
        if issubclass(kind, int):  # SQLite has no bool
            self._types[name] = none | {int}
            self._ranges[name] = -LARGEST, LARGEST
        elif kind is float:
            is_time = name.endswith("_at")
            self._ranges[name] = (0.0, LATEST) if is_time else (-LARGEST_NUMBER, LARGEST_NUMBER)
        elif issubclass(kind, StrEnum):
            self._words[name] = frozenset(kind)

    def wrong(self, values: Mapping[str, Any]) -> list[str]:
        """Return the columns whose values this version does not write."""
        wrong = [name for name, types in self._types.items() if type(values[name]) not in types]
        for name, (least, most) in self._ranges.items():
            value = values[name]
            if value is not None and name not in wrong and not least <= value <= most:
                wrong.append(name)
        return wrong + [
            name
            for name, words in self._words.items()
            if name not in wrong and values[name] not in words
        ]

    def wrong_rows(self, columns: Mapping[str, Sequence[Any]]) -> set[int]:
        """Return the numbers of the rows that `wrong` finds something in, from 0.

        It looks at whole columns, which is 20 times as fast, and only at those that are given.
        """
        wrong: set[int] = set()
        for name, types in _among(columns, self._types):
            if not _are_all(columns[name], types):
                wrong |= {n for n, value in enumerate(columns[name]) if type(value) not in types}
        for name, (least, most) in _among(columns, self._ranges):
            wrong |= _outside(columns[name], least, most)
        for name, words in _among(columns, self._words):
            if others := set(columns[name]) - words:
                wrong |= {n for n, value in enumerate(columns[name]) if value in others}
        return wrong


def _among(columns: Container[str], rules: Mapping[str, T]) -> list[tuple[str, T]]:
    """Return the rules for some columns."""
    return [(name, rule) for name, rule in rules.items() if name in columns]


def _are_all(values: Sequence[Any], types: set[type]) -> bool:
    """Return whether all values have some types. Texts and nothings are told faster than others."""
    if str in types:
        with suppress(TypeError):
            "".join(values)
            return True
    if NoneType in types and values.count(None) == len(values):
        return True
    return types.issuperset(map(type, values))


def _outside(values: Sequence[Any], least: float, most: float) -> set[int]:
    """Return the places of the numbers that are too small or too large; others are left out."""
    import numpy as np  # noqa: PLC0415 - heavy, and needed only here

    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):  # some are texts
        numbers = np.array([v if isinstance(v, int | float) else None for v in values], dtype=float)
    return set(np.flatnonzero((numbers < least) | (numbers > most)).tolist())
