"""Chanjing by the facts about its pages: its envelope, a person, a voice."""

from typing import Any

import lipsync_nb as ls

VOICE = "C-f2429d07554749839849497589199916"
PERSON = "1421df93d7754ee19dcaa18e85b68f39"
"""A public person of the pages' example, who has no whole body."""


def envelope(data: Any, code: int = 0, msg: str = "success") -> dict[str, Any]:
    """Return an answer."""
    return {"trace_id": "8ff3fcd57b33566048ef28568c6cee96", "code": code, "msg": msg, "data": data}


def hosted() -> ls.Chanjing:
    """Return the vendor with keys that nobody knows, to which nothing is sent."""
    return ls.Chanjing("app", "secret-key-of-mine")


def connected(world: Any) -> ls.Chanjing:
    """Return the vendor at the second implementation."""
    vendor = ls.Chanjing(base_url=world.chanjing.base_url, **world.chanjing.keys)
    vendor.backoff_scale = 0.05
    return vendor
