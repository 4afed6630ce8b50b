"""A picture, clip, sound or slides: given as a path or URL, or uploaded; with a preview."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lipsync_nb.media.media import Media, Takes
from lipsync_nb.notebook.completion import accepted, completions
from lipsync_nb.notebook.controls import TextField
from lipsync_nb.notebook.debounce import Debounced
from lipsync_nb.notebook.field import Context
from lipsync_nb.notebook.guard import guarded
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.spec import Spec
from lipsync_nb.notebook.uploader import Uploader


class MediaField(TextField):
    """Takes a path or URL, suggesting local paths; or a file from the user's own machine."""

    css = "lsf-field lsf-half"

    def __init__(self, spec: Spec, context: Context) -> None:
        self._takes = spec.about(Takes) or Takes(())
        self.looking = Debounced(guarded(self._look, self._failed))
        super().__init__(spec, context)

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
        self._shown = context.factory.new(widgets.VBox)
        return self.uploader, self._shown

    def _read(self, text: str) -> Any:
        return Media(text)

    def _typed(self, change: Any) -> None:
        self.control.options = tuple(completions(change.new, self._takes))
        self.looking.ask()

    def _uploaded(self, path: Path) -> None:
        self.control.value = str(path)

    def _look(self) -> None:
        self._preview().show(self.value, self._takes)

    def _failed(self, error: str) -> None:
        self.note.say(error)

    def _preview(self) -> Preview:
        if self.preview is None:
            self.preview = self.context.factory.new(Preview, self.spec.label)
            self._shown.children = (self.preview,)
        return self.preview
