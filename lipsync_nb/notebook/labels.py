"""Labels for people, made from names and metadata in code."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

ACRONYMS = frozenset({"ai", "aigc", "api", "id", "ppt", "tts", "url"})
"""Words that are written in capitals."""
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
"""Limits, as pydantic names them."""
CODE = re.compile(r"``(.+?)``|`(.+?)`")


def label(name: str) -> str:
    """Return a field's name as a label: ``screen_width`` as "Screen width".

    A leading ``if_``, as some vendors mark booleans, is left out.
    """
    words = [word for word in name.split("_") if word]
    if words[1:] and words[0] == "if":
        words = words[1:]
    words = [word.upper() if word in ACRONYMS else word for word in words]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def kind_label(name: str) -> str:
    """Return a class's name as a title: ``LipSyncVideo`` as "Lip sync video"."""
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+", name)
    return label("_".join(word.lower() for word in words))


def vendor_label(name: str) -> str:
    """Return a vendor's title; its name, if this version does not know the vendor."""
    return VENDORS[name].title if name in VENDORS else name


def request_label(kind: type[Request]) -> str:
    """Return a kind of request with its vendor: "Chanjing 蝉镜 · Lip sync"."""
    return f"{vendor_label(kind.vendor)} · {kind_label(kind.kind())}"


def limits(metadata: Iterable[Any]) -> str:
    """Return a number's limits: "1 – 100", "≥ 1"; empty if it has none."""
    known = tuple(metadata)
    found = {name: getattr(m, name) for name in SIGNS for m in known if hasattr(m, name)}
    if found.keys() == {"ge", "le"}:
        return f"{found['ge']:g} – {found['le']:g}"
    return ", ".join(f"{SIGNS[name]} {limit:g}" for name, limit in found.items())


def either(labels: Sequence[str]) -> str:
    """Return "Audio, cloned voice or stock voice"."""
    lower = [text if text[1:2].isupper() else text[:1].lower() + text[1:] for text in labels]
    text = " or ".join(filter(None, (", ".join(lower[:-1]), *lower[-1:])))
    return text[:1].upper() + text[1:]


def prose(docstring: str | None) -> str:
    """Return a docstring's first paragraph as HTML, with its ``code`` marked up."""
    first = " ".join((docstring or "").strip().partition("\n\n")[0].split())
    return CODE.sub(lambda found: f"<code>{found[1] or found[2]}</code>", escape(first))
