"""Text for people: labels made from names in code; times, sizes, costs and long texts.

The browser formats times, sizes and costs the same way: see ``static/text.js``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from lipsync_nb.files import MB
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Cost
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Model, Request

ACRONYMS = frozenset({"ai", "aigc", "api", "id", "ppt", "tts", "url"})
"""Words that are written in capitals."""
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
"""The sign of each limit, by pydantic's name for it."""
CODE = re.compile(r"``(.+?)``|`(.+?)`")
KB = 1000
"""Bytes, as vendors count them."""
SHORT_ID = 4
"""Characters of a job's id that tell it apart from the others in a sentence."""
HOURS_IN_DAYS = 48
"""The number of hours from which a duration is given in days."""


def label(name: str) -> str:
    """Return a field's name as a label: ``screen_width`` as "Screen width".

    A leading ``if_``, as some vendors mark booleans, is left out.
    """
    words = [word for word in name.split("_") if word]
    if words[1:] and words[0] == "if":
        words = words[1:]
    text = " ".join(word.upper() if word in ACRONYMS else word for word in words)
    return text[:1].upper() + text[1:]


def kind_label(name: str) -> str:
    """Return a class's name as a title: ``LipSyncVideo`` as "Lip sync video"."""
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+", name)
    return label("_".join(word.lower() for word in words))


def vendor_label(name: str) -> str:
    """Return a vendor's title, or its name if this version does not know the vendor."""
    return VENDORS[name].title if name in VENDORS else name


def request_label(kind: type[Request]) -> str:
    """Return a kind of request with its vendor: "Chanjing 蝉镜 · Lip sync"."""
    return f"{vendor_label(kind.vendor)} · {kind_label(kind.kind())}{deprecation(kind)}"


def deprecation(kind: type[Model]) -> str:
    """Return what follows the name of a request that its vendor has deprecated; else nothing."""
    return " (deprecated)" if vars(kind).get("__deprecated__") else ""


def an(name: str) -> str:
    """Return a name with its article: "a Video", "an Audio"."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def job_name(record: Record) -> str:
    """Return how a sentence names a job: "Speech 1a2b…"."""
    return f"{record.kind} {record.id[:SHORT_ID]}…"


def limits(metadata: Iterable[Any]) -> str:
    """Return a number's limits: "1 – 100", "≥ 1"; empty if it has none."""
    known = tuple(metadata)
    found = {name: getattr(m, name) for name in SIGNS for m in known if hasattr(m, name)}
    if found.keys() == {"ge", "le"}:
        return f"{found['ge']:g} – {found['le']:g}"
    return ", ".join(f"{SIGNS[name]} {limit:g}" for name, limit in found.items())


def either(labels: Sequence[str]) -> str:
    """Join labels: "Audio, cloned voice or stock voice"."""
    lower = [text if text[1:2].isupper() else text[:1].lower() + text[1:] for text in labels]
    text = " or ".join(filter(None, (", ".join(lower[:-1]), *lower[-1:])))
    return text[:1].upper() + text[1:]


def prose(docstring: str | None) -> str:
    """Return a docstring's first paragraph as HTML, with its ``code`` marked up."""
    first = " ".join((docstring or "").strip().partition("\n\n")[0].split())
    return CODE.sub(lambda found: f"<code>{found[1] or found[2]}</code>", escape(first))


def cut(text: str | None, longest: int) -> str | None:
    """Return a text as one line, cut with an ellipsis if it is too long."""
    line = " ".join(text.split()) if text else None
    return line if line is None or len(line) <= longest else f"{line[: longest - 1]}…"


def clock(seconds: float | None) -> str:
    """Return a duration: ``0:07``, ``1:02:03``, ``3 d 4 h``; a dash if it is unknown."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= HOURS_IN_DAYS:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def elapsed(record: Record, now: float) -> str:
    """Return the time from a job's submission to its end or to now; a dash if the job is lost."""
    if record.finished_at is None and (record.lost or record.status.terminal):
        return clock(None)
    return clock(max(0.0, (record.finished_at or now) - record.created_at))


def size(count: int) -> str:
    """Return a number of bytes as text: ``37 kB``, ``1.2 MB``."""
    return f"{count / MB:,.1f} MB" if count >= MB else f"{-(-count // KB)} kB"


def cost(price: Cost) -> str:
    """Return a cost with at most two decimals: ``≈ 12.5 credits``."""
    least = None if price.at_least is None else round(price.at_least, 2)
    return str(replace(price, amount=round(price.amount, 2), at_least=least))


def costs(records: Iterable[Record]) -> str:
    """Return the sums of the known costs of jobs, charged and estimated, by unit."""
    sums: dict[tuple[str, bool], float] = defaultdict(float)
    for record in records:
        if (price := record.price) is not None:
            sums[price.unit, price.estimated] += price.amount
    return " + ".join(
        cost(Cost(amount, unit, estimated)) for (unit, estimated), amount in sums.items()
    )
