"""Shows jobs, results and what vendors list in IPython. Widgets are loaded when one is shown.

Importing the package registers these formatters if IPython runs, and does nothing else. So the
modules of jobs and results need not import widgets.
"""

import sys
from typing import Any

RESULTS = (
    ("lipsync_nb.media.video", "Video"),
    ("lipsync_nb.media.audio", "Audio"),
    ("lipsync_nb.results", "Text"),
    ("lipsync_nb.results", "Voice"),
    ("lipsync_nb.results", "Avatar"),
)
"""The classes of results, by module and name."""


def register() -> None:
    """Register how a running IPython shows jobs, results and lists; without IPython, do nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        add_to(shell.display_formatter)


def add_to(display: Any) -> None:
    """Add the formatters to IPython's ``DisplayFormatter``."""
    bundles = display.mimebundle_formatter
    bundles.for_type_by_name("lipsync_nb.jobs.job", "Job", _job)
    for module, name in RESULTS:
        bundles.for_type_by_name(module, name, _result)
    bundles.for_type_by_name("lipsync_nb.vendors.base.catalogue", "Catalogue", _catalogue)
    plain = display.formatters["text/plain"]  # it has a printer of all str, which would add quotes
    plain.for_type_by_name("lipsync_nb.results", "Text", _text)


def _job(job: Any) -> dict[str, Any]:
    from lipsync_nb.notebook.display import job_bundle  # noqa: PLC0415 - only to be shown

    return job_bundle(job)


def _text(text: str, printer: Any, _: bool) -> None:  # noqa: FBT001 - IPython calls it so
    printer.text(str(text))


def _result(result: Any) -> dict[str, Any]:
    from lipsync_nb.notebook.display import result_bundle  # noqa: PLC0415 - only to be shown

    return result_bundle(result)


def _catalogue(catalogue: Any) -> dict[str, str]:
    from lipsync_nb.notebook.catalogue_html import catalogue_html  # noqa: PLC0415 - see above

    shown = catalogue_html(catalogue)
    return {} if shown is None else {"text/html": shown}  # the text is pandas' own
