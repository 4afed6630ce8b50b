"""The ES modules and style sheets of the widgets, bundled from the files in ``static``."""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
INDENT = re.compile(r"^\s+", re.MULTILINE)
"""Removed like comments, as a saved notebook has a copy of the module for each widget."""
NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)
JOINED = re.compile(r"([{};,])\n+")
"""Ends of lines of a style sheet that need no line of their own."""


def module(name: str) -> str:
    """Return a widget's module with the modules that it imports, as one text.

    Args:
        name: The file's name, without ``.js``.
    """
    text = "".join(EXPORT.sub("", IMPORT.sub("", _source(part))) for part in imported(name))
    return INDENT.sub("", COMMENT.sub("", text))


def imported(name: str) -> list[str]:
    """Return the names of a module and of those it imports, each after those it imports itself."""
    found = [part for needed in IMPORT.findall(_source(name)) for part in imported(needed)]
    return list(dict.fromkeys([*found, name]))


def style(*names: str) -> str:
    """Return the theme and some style sheets, as one text.

    Args:
        names: The files' names, without ``.css``.
    """
    text = "\n".join((STATIC / f"{name}.css").read_text("utf-8") for name in ("theme", *names))
    return JOINED.sub(r"\1", INDENT.sub("", NOTE.sub("", text)))


@cache
def _source(name: str) -> str:
    return (STATIC / f"{name}.js").read_text("utf-8")
