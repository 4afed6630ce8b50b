"""A text field with suggestions from a vendor's list, such as its voices."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from lipsync_nb.notebook.controls import TextField
from lipsync_nb.notebook.debounce import Debounced
from lipsync_nb.notebook.field import Context
from lipsync_nb.notebook.guard import guarded
from lipsync_nb.notebook.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

LONGEST_WORD = 40
"""Characters of a text that is worth showing in a list; longer ones are URLs and the like."""


class SuggestField(TextField):
    """Takes any text, and suggests the values that the vendor lists.

    They are fetched in the background when the field is first shown.
    """

    def __init__(self, spec: Spec, context: Context, method: str) -> None:
        self._method = method
        self._names: dict[str, str] = {}
        self.fetching = Debounced(guarded(self.fetch, self._failed), seconds=0)
        super().__init__(spec, context)

    def appear(self) -> None:
        """Fetch the list in the background, unless that was done before."""
        if not self._names:
            self._say("Loading the list …")
            self.fetching.ask()

    def fetch(self) -> None:
        """Fetch the list, and wait for it."""
        vendor = self.context.client.vendors[self.context.vendor]
        self._offer(_names(getattr(vendor, self._method)()))

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        return context.factory.new(widgets.Combobox, description=spec.title)

    def _more(self, _: Spec, context: Context) -> Sequence[widgets.Widget]:
        new = context.factory.new
        self._said = new(widgets.Label)
        again = new(widgets.Button, description="Reload list")
        again.on_click(lambda _: self._reload())
        return (new(widgets.HBox, [self._said, again], css="lsf-listed"),)

    def _reload(self) -> None:
        self._names = {}
        self.appear()

    def _offer(self, names: dict[str, str]) -> None:
        text, value, touched = self.control.value, self.value, self.touched
        self._names = names
        self.control.options = tuple(names.values())
        if self.control.value == text:  # else the user has typed meanwhile
            self.value, self.touched = value, touched
        self._say(f"{len(names)} to choose from")

    def _failed(self, error: str) -> None:
        self._say(f"The list could not be fetched: {error}")

    def _say(self, text: str) -> None:
        self._said.value = text

    def _read(self, text: str) -> Any:
        return next((value for value, name in self._names.items() if name == text), text)

    def _text(self, value: Any) -> str:
        return "" if value is None else self._names.get(value, str(value))


def _names(frame: "pd.DataFrame") -> dict[str, str]:
    """Return each value's description, made of the row's short texts and unique."""
    rows = frame.to_dict("records")
    described = {str(row["id"]): " · ".join(_words(row)) or str(row["id"]) for row in rows}
    texts = list(described.values())
    return {
        value: name if texts.count(name) == 1 else f"{name} · {value}"
        for value, name in described.items()
    }


def _words(row: dict[Any, Any]) -> list[str]:
    texts = [text for key, text in row.items() if key != "id" and isinstance(text, str)]
    return [text for text in texts if text and len(text) <= LONGEST_WORD and "://" not in text]
