"""The field for a medium: a path with completion, a URL, an upload or a job; with a preview."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lipsync_nb.files import MIME
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.reference import JobReference
from lipsync_nb.notebook.callbacks import Debounced, showing_errors
from lipsync_nb.notebook.field import Context
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.file_extensions import EXTENSIONS
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.simple_fields import TextField
from lipsync_nb.notebook.uploader import Uploader

MAX_SUGGESTIONS = 50
"""Paths that are suggested."""
MAX_ENTRIES = 5000
"""Entries of a folder that are read, as a huge folder would block the kernel."""


class MediaField(TextField):
    """Takes a path, which it completes, a URL, or an upload from the user's machine."""

    css = "lsf-field lsf-half"

    def __init__(self, spec: Spec, context: Context) -> None:
        self._takes = spec.about(Takes) or Takes(())
        self.previewing = Debounced(showing_errors(self._preview, self._failed))
        super().__init__(spec, context)
        if self.picker is not None:
            self.picker.button.on_click(lambda _: self.previewing.request())

    def close(self) -> None:
        """Close the uploader and the preview."""
        self.uploader.close()
        if self.preview is not None:
            self.preview.close()

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        control = context.factory.new(
            widgets.Combobox,
            description=spec.title,
            placeholder="Path or URL",
            options=tuple(completions("", self._takes)),
        )
        control.observe(self._typed, "value")
        return control

    def _more(self, spec: Spec, context: Context) -> Sequence[widgets.Widget]:
        self.uploader = context.factory.new(
            Uploader,
            spec.label,
            self._uploaded,
            accept=accepted(self._takes),
            max_bytes=self._takes.max_bytes,
        )
        self.preview: Preview | None = None
        self._box = context.factory.new(widgets.VBox)
        return self.uploader, self._box

    def _read(self, text: str) -> Any:
        return Media(text)

    def _of_job(self, job: JobReference) -> Any:
        return Media(job)

    def _typed(self, change: Any) -> None:
        self.control.options = tuple(completions(change.new, self._takes))
        self.previewing.request()

    def _uploaded(self, path: Path) -> None:
        self.control.value = str(path)

    def _preview(self) -> None:
        if self.preview is None:
            self.preview = self.context.factory.new(Preview, self.spec.label)
            self._box.children = (self.preview,)
        media = self.value
        if media is not None and media.job is not None:
            media = self.context.client.session.inputs.file_of(media)
        self.preview.show(media, self._takes)

    def _failed(self, error: str) -> None:
        self.note.show(error)


def completions(typed: str, takes: Takes) -> list[str]:
    """Return the paths that begin with a text: folders, with a slash, and suitable files.

    Args:
        typed: A path relative to the working folder, an absolute one, or one from ``~``.
        takes: Which files the field takes.
    """
    if "://" in typed:
        return []
    start = typed.rpartition("/")[2]
    prefix = typed[: len(typed) - len(start)]
    endings = suffixes(takes)
    found = (
        f"{prefix}{entry.name}{'/' if is_folder else ''}"
        for entry, is_folder in _entries(Path(prefix or ".").expanduser())
        if entry.name.lower().startswith(start.lower())
        and (start.startswith(".") or not entry.name.startswith("."))
        and (is_folder or not endings or Path(entry.name).suffix.lower() in endings)
    )
    return sorted(islice(found, MAX_SUGGESTIONS), key=lambda path: (path.endswith("/"), path))


def suffixes(takes: Takes) -> frozenset[str]:
    """Return the extensions of the files that a field takes."""
    if takes.formats:
        return frozenset(f".{ending}" for ending in takes.formats)
    return frozenset().union(*(EXTENSIONS.get(kind, frozenset()) for kind in takes.kinds))


def accepted(takes: Takes) -> str:
    """Return what a browser's file dialog offers for a field: MIME types and extensions."""
    kinds = [f"{kind}/*" for kind in takes.kinds if kind != "slides" and not takes.formats]
    types = [MIME[ending] for ending in takes.formats]
    return ",".join((*kinds, *types, *sorted(suffixes(takes))))


def _entries(folder: Path) -> Iterator[tuple[os.DirEntry[str], bool]]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MAX_ENTRIES):
                yield entry, entry.is_dir()
    except OSError:
        return
