"""The field for a medium: a path with completion, a URL, an upload or a job; with a preview."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from lipsync_nb.files import MIME
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.reference import JobReference
from lipsync_nb.notebook.callbacks import Debounced, showing_errors
from lipsync_nb.notebook.field import Context
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.file_extensions import EXTENSIONS
from lipsync_nb.notebook.path_field import PathField
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.uploader import Uploader


class MediaField(PathField):
    """Takes a path, which it completes, a URL, or an upload from the user's machine."""

    placeholder = "Path or URL"
    uploader: Uploader

    def __init__(self, spec: Spec, context: Context) -> None:
        self._takes = spec.about(Takes) or Takes(())
        self.previewing = Debounced(showing_errors(self._preview, self._failed))
        super().__init__(spec, context)
        if self.picker is not None:
            self.picker.button.on_click(lambda _: self.previewing.request())

    def close(self) -> None:
        """Close the uploader and the preview."""
        super().close()
        if self.preview is not None:
            self.preview.close()

    def _endings(self, spec: Spec) -> frozenset[str]:
        return suffixes(spec.about(Takes) or Takes(()))

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
        super()._typed(change)
        self.previewing.request()

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
