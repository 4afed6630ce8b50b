"""One vendor's forms, each built when it is first shown."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.labels import kind_label
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request


class VendorTab(widgets.VBox):
    """A vendor's forms, one of which is shown.

    Args:
        client: The client that submits.
        vendor: The vendor's name.
        factory: Makes the widgets.
        submitted: Called with each job that is submitted here.
    """

    def __init__(
        self,
        client: JobClient,
        vendor: str,
        factory: WidgetFactory,
        submitted: Callable[[Job], object],
    ) -> None:
        self._client = client
        self._submitted = submitted
        self._forms: dict[type[Request], Form] = {}
        self._choice = factory.new(
            widgets.RadioButtons,
            options=[(kind_label(kind.kind()), kind) for kind in VENDORS[vendor].kinds],
            description="What to make",
            orientation="horizontal",
            css="lsw-kinds",
        )
        super().__init__(layout=factory.layout)
        self.add_class("lsw-vendor")
        self._choice.observe(lambda _: self.reveal(), "value")

    def reveal(self) -> None:
        """Show the chosen form."""
        form = self._form(self._choice.value)
        several = len(self._choice.options) > 1
        self.children = (self._choice, form) if several else (form,)

    def show(self, kind: type[Request]) -> Form:
        """Choose a form, and return it."""
        self._choice.value = kind
        self.reveal()
        return self._form(kind)

    def greet(self) -> None:
        """Tell the forms that the vendor is connected."""
        for form in self._forms.values():
            form.greet()

    def close(self) -> None:
        """Close the forms."""
        for form in self._forms.values():
            form.close()
        super().close()

    def _form(self, kind: Any) -> Form:
        if kind not in self._forms:
            self._forms[kind] = Form(self._client, kind, card=False)
            self._forms[kind].on_submit(self._submitted)
        return self._forms[kind]
