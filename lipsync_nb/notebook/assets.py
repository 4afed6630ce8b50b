"""The browser's part: each widget's ES module and style sheet, with the pieces they share."""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
INDENT = re.compile(r"^\s+", re.MULTILINE)
"""Stripped like comments: a saved notebook has a copy of the module for each widget."""


def module(name: str) -> str:
    """Return a widget's module as one text, as a browser loads it without the files beside it.

    Args:
        name: The file's, without ``.js``. What it imports from its folder is put before it.
    """
    return "".join(_text(part) for part in pieces(name))


def pieces(name: str) -> list[str]:
    """Return the names of the files that make up a module, each after those it imports."""
    found = [part for needed in IMPORT.findall(_source(name)) for part in pieces(needed)]
    return list(dict.fromkeys([*found, name]))


def style(*names: str) -> str:
    """Return style sheets as one text, after the theme that all of them use.

    Args:
        names: The files', without ``.css``.
    """
    return "\n".join((STATIC / f"{name}.css").read_text("utf-8") for name in ("theme", *names))


def _text(name: str) -> str:
    return INDENT.sub("", COMMENT.sub("", EXPORT.sub("", IMPORT.sub("", _source(name)))))


@cache
def _source(name: str) -> str:
    return (STATIC / f"{name}.js").read_text("utf-8")
