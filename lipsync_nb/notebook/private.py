"""Widgets whose messages are kept out of the log: at DEBUG, ``comm`` logs all that is typed."""

import logging

import ipywidgets as widgets

_private: set[str] = set()
"""The widgets' model ids."""


def keep_private(widget: widgets.Widget) -> None:
    """Keep a widget's messages out of the log."""
    _private.add(widget.model_id)
    logging.getLogger("Comm").addFilter(_wanted)  # a filter that is there is not added twice


def _wanted(record: logging.LogRecord) -> bool:
    return not (isinstance(record.args, tuple) and _private.intersection(map(str, record.args[:1])))
