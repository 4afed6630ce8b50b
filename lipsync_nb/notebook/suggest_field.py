"""The field that suggests what the vendor lists, such as voices, with previews."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from lipsync_nb.http.redact import printable
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.notebook.callbacks import Debounced, showing_errors
from lipsync_nb.notebook.field import Context
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.result_card import shown_url
from lipsync_nb.notebook.simple_fields import TextField

if TYPE_CHECKING:
    import pandas as pd

URL = re.compile(r"[a-z][a-z0-9+.-]*:\S", re.IGNORECASE)
"""The beginning of a URL of any scheme."""
LONGEST_WORD = 40
"""The most characters of a text that is shown in a list. Longer ones are URLs, for instance."""
PREVIEWS: tuple[str, ...] = ("audio", "video", "image")
"""What previews are; sounds, if neither the list nor their URLs tell."""


class SuggestField(TextField):
    """Takes any text, and suggests the values that the vendor lists.

    The list is fetched in the background when the field is first shown. The preview of a value is
    requested only if the user asks.
    """

    def __init__(self, spec: Spec, context: Context, method: str) -> None:
        self._method = method
        self._names: dict[str, str] = {}
        self._previews: Mapping[str, str] = {}
        self._kinds = PREVIEWS
        self.fetching = Debounced(showing_errors(self.fetch, self._failed), seconds=0)
        super().__init__(spec, context)
        self.control.observe(self._show_preview, "value")

    def close(self) -> None:
        """Close the preview."""
        self.preview.close()

    def load(self) -> None:
        """Fetch the list in the background, unless that was done before."""
        if not self._names:
            self._status.value = "Loading the list …"
            self.fetching.request()

    def fetch(self) -> None:
        """Fetch the list, and wait for it."""
        vendor = self.context.client.vendors[self.context.vendor]
        listed = getattr(vendor, self._method)()
        column = self.spec.display.previewed_by
        names, self._previews = _names(listed), _previews(listed, column)
        self._kinds = _kinds(listed, column)
        text, value, touched = self.control.value, self.value, self.touched
        self._names = names
        self.control.options = tuple(names.values())
        if self.control.value == text:  # the user has not typed meanwhile
            self.value, self.touched = value, touched
        self._status.value = f"{len(names)} to choose from"
        self._show_preview()

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        return context.factory.new(widgets.Combobox, description=spec.title)

    def _more(self, spec: Spec, context: Context) -> Sequence[widgets.Widget]:
        new = context.factory.new
        self._status = new(widgets.Label)
        again = new(widgets.Button, description="Reload list")
        again.on_click(lambda _: self._reload())
        self.preview = new(Preview, spec.label)
        return new(widgets.HBox, [self._status, again], css="lsf-listed"), self.preview

    def _show_preview(self, _: Any = None) -> None:
        url = self._previews.get(str(self.value))
        self.preview.show(Media(url) if url else None, Takes(self._kinds))

    def _reload(self) -> None:
        self._names = {}
        self.load()

    def _failed(self, error: str) -> None:
        self._status.value = f"The list could not be fetched: {error}"

    def _read(self, text: str) -> Any:
        return next((value for value, name in self._names.items() if name == text), text)

    def _text(self, value: Any) -> str:
        return "" if value is None else self._names.get(value, str(value))


def _names(frame: "pd.DataFrame") -> dict[str, str]:
    """Return a unique description of each value, made of the short texts of its rows.

    A value with several rows is described by what they have in common.
    """
    shared: dict[str, dict[Any, Any]] = {}
    for row in frame.dropna(subset="id").to_dict("records") if "id" in frame else ():
        known = shared.setdefault(str(row["id"]), row)
        shared[str(row["id"])] = {key: known[key] for key in known if _same(known[key], row[key])}
    described = {
        value: printable(" · ".join(_words(row)) or value) for value, row in shared.items()
    }
    number = Counter(described.values())
    return {
        value: name if number[name] == 1 else f"{name} · {value}"
        for value, name in described.items()
    }


def _same(one: object, other: object) -> bool:
    return isinstance(one, str) and one == other


def _previews(frame: "pd.DataFrame", column: str | None) -> dict[str, str]:
    """Return the http(s) URL of each value's preview: that of its first row that has one."""
    if column not in frame or "id" not in frame:
        return {}
    found: dict[str, str] = {}
    for value, url in zip(frame["id"], frame[column], strict=True):
        if (shown := shown_url(url)) is not None:
            found.setdefault(str(value), shown)
    return found


def _kinds(frame: "pd.DataFrame", column: str | None) -> tuple[str, ...]:
    """Return what the previews are, where the list tells; else what they may be."""
    told = getattr(frame, "previews", None)  # a plain DataFrame may have a column of this name
    kind = told.get(column) if isinstance(told, dict) else None
    return PREVIEWS if kind is None else (kind,)


def _words(row: dict[Any, Any]) -> list[str]:
    """Return the texts of a row that say something to people: no ids of other things, no URLs."""
    texts = [text for key, text in row.items() if isinstance(text, str) and not _is_id(key)]
    return [text for text in texts if text and len(text) <= LONGEST_WORD and not URL.match(text)]


def _is_id(column: object) -> bool:
    return column == "id" or str(column).endswith("_id")
