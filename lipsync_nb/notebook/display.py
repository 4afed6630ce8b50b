"""What is displayed of jobs, results and clients: a widget where widgets work, else HTML and text.

A client is displayed as a table of its vendors. All of it comes from the registry: from the
vendors' class attributes and the request models.
"""

import html
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lipsync_nb.files import MB, exists
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.progress import in_kernel
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Takes
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import fallback, jupyter
from lipsync_nb.notebook.chain import finder
from lipsync_nb.notebook.etas import read_eta
from lipsync_nb.notebook.field_spec import Spec, specs
from lipsync_nb.notebook.result_card import recorded
from lipsync_nb.notebook.result_html import result_html
from lipsync_nb.notebook.text import deprecation
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Model, Vendor
from lipsync_nb.vendors.base.request import Result

HEADS = ("Vendor", "Connected", "Requests and their inputs", "Limits", "Prices", "Callbacks")
Row = list[list[str]]
"""The lines of each cell."""


def job_bundle(job: Job) -> dict[str, Any]:
    """Return a job's display.

    A finished job needs no widget where the server has its file, or where it has none. Its result
    is then also seen in a saved notebook without a kernel.
    """
    record = job.record
    is_here = _plays(record.path) or (recorded(record) is not None and not record.makes_file)
    if in_kernel() and not (record.done and is_here):
        from lipsync_nb.notebook.player import Player  # noqa: PLC0415 - only in a notebook

        return Player(job).bundle()
    find, eta = finder(job.session.records), read_eta(job.session.engine.estimates, record)
    return {"text/plain": repr(job), "text/html": fallback.job_html(record, find, eta)}


def result_bundle(result: Result) -> dict[str, Any]:
    """Return the display of a result: a player, the text itself, or a voice or a person."""
    text = str(result) if isinstance(result, str) else repr(result)
    if isinstance(result, Video | Audio):
        path = result.path
        if in_kernel() and exists(path) and not _plays(str(path)):
            from lipsync_nb.notebook.player import FilePlayer  # noqa: PLC0415 - only in a notebook

            return {**FilePlayer(result).bundle(), "text/plain": text}
    return {"text/plain": text, "text/html": result_html(result)}


def client_bundle(connected: Mapping[str, Vendor]) -> dict[str, str]:
    """Return a client's display: a row per vendor.

    Args:
        connected: Its vendors by name.
    """
    rows = [_row(kind, connected.get(name)) for name, kind in VENDORS.items()]
    heads = "".join(f'<th scope="col" style="text-align: left">{head}</th>' for head in HEADS)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return {
        "text/plain": "\n".join(map(_text, rows)),
        "text/html": f'<div style="overflow-x: auto">{table}</div>',
    }


def _plays(path: str | None) -> bool:
    return path is not None and exists(path) and jupyter.plays_inline(Path(path))


def _row(kind: type[Vendor], vendor: Vendor | None) -> Row:
    if vendor is None:
        connection = ["no", f"set {' and '.join(kind.missing() or kind.variables.values())}"]
    else:
        sources = dict.fromkeys(setting.source for setting in vendor.settings.values())
        connection = ["yes", f"keys from {' and '.join(sources)}"]
    return [
        [kind.title, kind.name],
        connection,
        [f"{model.kind()}{deprecation(model)}: {inputs(model)}" for model in kind.kinds],
        limits_of(kind) or ["–"],
        [kind.prices],
        ["yes" if any(model.callback_field for model in kind.kinds) else "no"],
    ]


def inputs(model: type[Model]) -> str:
    """Describe what a request needs: its required fields, and its optional media."""
    found = {spec.name: spec for spec in specs(model)}
    choice = [found.pop(name) for name in model.exactly_one]
    needed = [_input(spec) for spec in found.values() if spec.required]
    media = [spec for spec in found.values() if spec.about(Takes) and not spec.required]
    either = " or ".join(map(_input, choice))
    return ", ".join(filter(None, [*needed, either, *(f"optional {_input(m)}" for m in media)]))


def limits_of(vendor: type[Vendor]) -> list[str]:
    """Describe the limits of a vendor's media fields, one per line.

    The request is named unless all fields of a name have the same limits.
    """
    found = [(kind, name, bounds) for kind in vendor.kinds for name, bounds in limits(kind)]
    alike = defaultdict(set)
    for _, name, bounds in found:
        alike[name].add(bounds)
    lines = (
        f"{name} {bounds}" if len(alike[name]) == 1 else f"{kind.kind()}.{name} {bounds}"
        for kind, name, bounds in found
        if bounds
    )
    return list(dict.fromkeys(lines))


def limits(model: type[Model], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the limits of each media field of a request; empty if it has none."""
    for spec in specs(model):
        name = f"{prefix}{spec.name}"
        if takes := spec.about(Takes):
            least = f"≥ {takes.min_seconds:g} s" if takes.min_seconds else ""
            longest = f"≤ {takes.max_seconds:g} s" if takes.max_seconds else ""
            most = f"≤ {takes.max_bytes / MB:g} MB" if takes.max_bytes else ""
            yield name, ", ".join(filter(None, (least, longest, most)))
        if inner := spec.model or (spec.element and spec.element.model):
            yield from limits(inner, f"{name}.")


def _input(spec: Spec) -> str:
    name, takes = spec.name, spec.about(Takes)
    if takes is None or (takes.kinds == (name,) and not takes.formats):
        return name
    wanted = ", ".join(takes.formats) if takes.kinds == (name,) else takes.wanted
    return f"{name} ({wanted})"


def _cell(lines: list[str]) -> str:
    text = "<br>".join(map(html.escape, lines))
    return f'<td style="text-align: left; vertical-align: top">{text}</td>'


def _text(row: Row) -> str:
    (title, _), connection, *rest = row
    lines = [
        f"{title}: {'connected, ' if connection[0] == 'yes' else 'not connected: '}{connection[1]}"
    ]
    lines += [f"  {line}" for line in rest[0]]
    for head, cell in zip(HEADS[3:], rest[1:], strict=True):
        if cell not in (["–"], ["no"]):
            lines.append(f"  {head.lower()}: {'; '.join(cell)}")
    return "\n".join(lines)
