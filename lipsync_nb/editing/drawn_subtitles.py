"""The record in a file's tags that subtitles were drawn into its picture."""

from collections.abc import Mapping

DRAWN = "subtitles_drawn"
"""The tag. Its value is where they are: ``"bottom"``, ``"middle"`` or ``"top"``."""


def record(position: str) -> dict[str, str]:
    """Return the tag that says where subtitles were drawn."""
    return {DRAWN: position}


def are_drawn(tags: Mapping[str, str]) -> bool:
    """Return whether a file says that subtitles were drawn into its picture."""
    return DRAWN in tags
