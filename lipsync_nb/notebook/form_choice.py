"""A choice of forms, of which one is shown. Each is made when it is first looked at."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from lipsync_nb.notebook.widget_factory import WidgetFactory


class FormChoice(widgets.VBox):
    """Radio buttons, and the form that is chosen.

    Args:
        label: What is chosen.
        options: The forms' labels, each with what `make` makes the form of.
        make: Makes a form.
        factory: Makes the widgets.
        sheet: The style sheet, if it is not part of another widget that has one.
    """

    def __init__(
        self,
        label: str,
        options: Sequence[tuple[str, Any]],
        make: Callable[[Any], Any],
        factory: WidgetFactory,
        sheet: widgets.Widget | None = None,
    ) -> None:
        self._make = make
        self._sheet = () if sheet is None else (sheet,)
        self._forms: dict[Any, Any] = {}
        self._choice = factory.new(
            widgets.RadioButtons,
            options=options,
            description=label,
            orientation="horizontal",
            css="lsw-kinds",
        )
        super().__init__(layout=factory.layout)
        self.add_class("lsw-vendor")
        self._choice.observe(lambda _: self.reveal(), "value")

    def reveal(self) -> None:
        """Show the chosen form."""
        form = self.form(self._choice.value)
        choice = (self._choice,) if len(self._choice.options) > 1 else ()
        self.children = (*self._sheet, *choice, form)

    def show(self, kind: Any) -> Any:
        """Choose a form, and return it."""
        self._choice.value = kind
        self.reveal()
        return self.form(kind)

    def form(self, kind: Any) -> Any:
        """Return a form, which is made if it is not there yet."""
        if kind not in self._forms:
            self._forms[kind] = self._make(kind)
        return self._forms[kind]

    def load(self) -> None:
        """Update the forms after a vendor was connected."""
        for form in self._forms.values():
            form.load()

    def close(self) -> None:
        """Close the forms."""
        for form in self._forms.values():
            form.close()
        super().close()
