"""The field for a file: a path that completes itself, or an upload from the user's machine."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lipsync_nb.notebook.field import Context
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.simple_fields import TextField
from lipsync_nb.notebook.uploader import Uploader

MAX_SUGGESTIONS = 50
"""Paths that are suggested."""
MAX_ENTRIES = 5000
"""Entries of a folder that are read, as a huge folder would block the kernel."""


@dataclass(frozen=True, slots=True)
class LocalPath:
    """Says that a text is a path: ``Annotated[str, LocalPath((".csv", ".xlsx"))]``.

    Attributes:
        endings: Those of the files that the field takes, in lower case. Without any it takes a
            folder, or a file that is still to be written.
    """

    endings: tuple[str, ...] = ()


class PathField(TextField):
    """Takes the path of a file, which it completes, or an upload from the user's machine."""

    css = "lsf-field lsf-half"
    placeholder = "Path"

    def __init__(self, spec: Spec, context: Context) -> None:
        self.endings = self._endings(spec)
        super().__init__(spec, context)

    def close(self) -> None:
        """Close the uploader."""
        if self.uploader is not None:
            self.uploader.close()

    def _endings(self, spec: Spec) -> frozenset[str]:
        return frozenset((spec.about(LocalPath) or LocalPath()).endings)

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        control = context.factory.new(
            widgets.Combobox,
            description=spec.title,
            placeholder=self.placeholder,
            options=tuple(completions("", self.endings)),
        )
        control.observe(self._typed, "value")
        return control

    def _more(self, spec: Spec, context: Context) -> Sequence[widgets.Widget]:
        self.uploader: Uploader | None = None
        if not self.endings:
            return ()
        accept = ",".join(sorted(self.endings))
        self.uploader = context.factory.new(Uploader, spec.label, self._uploaded, accept=accept)
        return (self.uploader,)

    def _typed(self, change: Any) -> None:
        self.control.options = tuple(completions(change.new, self.endings))

    def _uploaded(self, path: Path) -> None:
        self.control.value = str(path)


def completions(typed: str, endings: Iterable[str]) -> list[str]:
    """Return the paths that begin with a text: folders, with a slash, and suitable files.

    Args:
        typed: A path relative to the working folder, an absolute one, or one from ``~``.
        endings: The endings of suitable files, in lower case; none if all are suitable.
    """
    if "://" in typed:
        return []
    start = typed.rpartition("/")[2]
    prefix = typed[: len(typed) - len(start)]
    wanted = frozenset(endings)
    found = (
        f"{prefix}{entry.name}{'/' if is_folder else ''}"
        for entry, is_folder in _entries(Path(prefix or ".").expanduser())
        if entry.name.lower().startswith(start.lower())
        and (start.startswith(".") or not entry.name.startswith("."))
        and (is_folder or not wanted or Path(entry.name).suffix.lower() in wanted)
    )
    return sorted(islice(found, MAX_SUGGESTIONS), key=lambda path: (path.endswith("/"), path))


def _entries(folder: Path) -> Iterator[tuple[os.DirEntry[str], bool]]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MAX_ENTRIES):
                yield entry, entry.is_dir()
    except OSError:
        return
