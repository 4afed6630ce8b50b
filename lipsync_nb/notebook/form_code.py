"""The Python for what a form holds."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from lipsync_nb.media.media import Media
from lipsync_nb.notebook.job_picker import job_in
from lipsync_nb.vendors.base import Model, Request


def code_for(kind: type[Request], values: Mapping[str, Any]) -> str:
    """Return the code that submits a request, for a cell that has a ``client``.

    Args:
        kind: The kind of request.
        values: The values that differ from the defaults, by the fields' names.
    """
    lines = "".join(f"    {name}={_python(value)},\n" for name, value in values.items())
    request = f"ls.{kind.vendor}.{kind.kind()}"
    return f"client.submit({request}(\n{lines}))" if lines else f"client.submit({request}())"


def _python(value: Any) -> str:
    if (job := job_in(value)) is not None:
        return f"client.job({_python(job.id)})"
    match value:
        case Media():
            text = _python(value.source)
        case Enum():
            text = _python(value.value)
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case Model():
            text = _python({name: getattr(value, name) for name in value.model_fields_set})
        case Mapping():
            items = ", ".join(f"{_python(name)}: {_python(each)}" for name, each in value.items())
            text = f"{{{items}}}"
        case list() | tuple():
            text = f"[{', '.join(map(_python, value))}]"
        case _:
            text = repr(value)
    return text
