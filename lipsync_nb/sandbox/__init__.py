"""The five vendors' APIs on loopback, rendering real talking videos: nothing of it needs a key."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lipsync_nb.sandbox.launcher import Sandbox
    from lipsync_nb.sandbox.render.speech import speak

__all__ = ["Sandbox", "speak"]

_HOMES = {"Sandbox": "launcher", "speak": "render.speech"}
"""Imported when they are first used: a worker of the sandbox needs no launcher."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
