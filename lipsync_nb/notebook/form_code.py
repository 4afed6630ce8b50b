"""The Python for what a form holds."""

import json
from collections.abc import Mapping
from enum import Enum
from html import escape
from typing import Any

from lipsync_nb.media.media import Media
from lipsync_nb.notebook.job_picker import job_in
from lipsync_nb.vendors.base import Model, Request


def code_for(
    kind: type[Request], values: Mapping[str, Any], details: Mapping[str, Any] | None = None
) -> str:
    """Return the code that submits a request, for a cell that has a ``client``.

    Args:
        kind: The kind of request.
        values: The values that differ from the defaults, by the fields' names.
        details: Further arguments of `Client.submit`, by name.
    """
    request = call_code(request_name(kind), values)
    more = "".join(f", {name}={python(value)}" for name, value in (details or {}).items())
    return f"client.submit({request}{more})"


def request_name(kind: type[Request]) -> str:
    """Return how Python names a kind of request: ``ls.chanjing.LipSync``."""
    return f"ls.{kind.vendor}.{kind.kind()}"


def call_code(name: str, values: Mapping[str, Any], more: str = "") -> str:
    """Return the code of a call, with an argument a line.

    Args:
        name: What is called, such as ``"ls.split"``.
        values: The arguments, by name.
        more: The lines of further arguments, which come first.
    """
    lines = more + "".join(f"    {name}={python(value)},\n" for name, value in values.items())
    return f"{name}(\n{lines})" if lines else f"{name}()"


def code_html(code: str) -> str:
    """Return Python as HTML."""
    return f"<pre><code>{escape(code)}</code></pre>"


def python(value: Any) -> str:
    """Return the code of a value."""
    if (job := job_in(value)) is not None:
        return f"client.job({python(job.id)})"
    match value:
        case Media():
            text = python(value.source)
        case Enum():
            text = python(value.value)
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case Model():
            text = python({name: getattr(value, name) for name in value.model_fields_set})
        case Mapping():
            items = ", ".join(f"{python(name)}: {python(each)}" for name, each in value.items())
            text = f"{{{items}}}"
        case list() | tuple():
            text = f"[{', '.join(map(python, value))}]"
        case _:
            text = repr(value)
    return text
