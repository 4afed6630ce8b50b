"""Strict checks of what was sent: required, typed, and nothing that the page does not name."""

from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]


class Wrong(Exception):
    """What was sent is not what the page asks for."""


def text(value: Any) -> bool:
    """Tell whether it is a text with something in it."""
    return isinstance(value, str) and value != ""


def integer(value: Any) -> bool:
    """Tell whether it is a whole number, as JSON has it."""
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    """Tell whether it is a number, as JSON has it."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def flag(value: Any) -> bool:
    """Tell whether it is true or false."""
    return isinstance(value, bool)


def address(value: Any) -> bool:
    """Tell whether it is an http(s) URL."""
    return text(value) and value.startswith(("http://", "https://"))


def one_of(*values: Any) -> Check:
    """Accept these values only, of these very types."""
    return lambda value: any(type(value) is type(v) and value == v for v in values)


def demand(given: Any, required: dict[str, Check], optional: dict[str, Check]) -> dict[str, Any]:
    """Return what was given if it is as demanded.

    Raises:
        Wrong: Something is missing, of a wrong type, or not named by the page.
    """
    if not isinstance(given, dict):
        raise Wrong("expected an object")
    if missing := required.keys() - given.keys():
        raise Wrong(f"missing: {sorted(missing)}")
    for name, value in given.items():
        check = required.get(name) or optional.get(name)
        if check is None:
            raise Wrong(f"no such field: {name}")
        if not check(value):
            raise Wrong(f"{name}: {value!r} will not do")
    return given
