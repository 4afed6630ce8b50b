"""A form as text and as HTML, for where no widget can be shown."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from lipsync_nb.notebook.labels import request_label
from lipsync_nb.notebook.spec import specs
from lipsync_nb.vendors.base import Request


def twins(kind: type[Request], values: Mapping[str, Any]) -> dict[str, str]:
    """Return a form's name and what is filled in.

    Args:
        kind: The kind of request that the form is for.
        values: What is filled in, by the fields' names.
    """
    name = request_label(kind)
    lines = list(_lines(kind, values))
    rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in lines)
    filled = f"<table>{rows}</table>" if rows else ""
    text = "".join(f"\n  {label}: {value}" for label, value in lines)
    return {
        "text/plain": f"Form: {name}{text}",
        "text/html": f"<p><strong>Form: {escape(name)}</strong>. "
        f"Run the notebook to fill it in.</p>{filled}",
    }


def _lines(kind: type[Request], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for spec in specs(kind):
        if spec.name in values:
            yield spec.label, str(values[spec.name])
