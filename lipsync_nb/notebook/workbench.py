"""The workbench: keys, a tab per vendor with its forms, and the jobs with their results."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lipsync_nb.http.hosts import is_local
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.credentials import Credentials
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.table import Table
from lipsync_nb.notebook.text import deprecation, kind_label
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

KEYS = "Vendors and keys"
NO_COST = "The sandbox on this machine simulates these vendors: no keys, no costs."
COST = "What you submit costs money at the vendor; the price is shown beside each button."
NOBODY = "No vendor is connected yet: enter a key below and press Connect."


class Workbench(widgets.VBox):
    """One widget with the vendors and their keys, the forms, the jobs and their results.

    A submitted job is selected in the table. Its card shows its progress, then its result.

    Args:
        client: The client whose vendors and jobs are shown.

    Attributes:
        credentials: The form for the keys.
        table: The live table of all jobs.
    """

    def __init__(self, client: JobClient) -> None:
        self.client = client
        factory = WidgetFactory()
        self.credentials = Credentials(client)
        self.credentials.on_connect(self._connected)
        self.table = Table(client, example="", layout=factory.layout)
        self._tabs = {name: VendorTab(client, name, factory, self._submitted) for name in VENDORS}
        super().__init__(self._parts(factory), layout=factory.layout)
        self.add_class("lsw")
        self._name_tabs()
        self._choice.observe(self._open, "selected_index")
        connected = [name in client.vendors for name in VENDORS]
        self._choice.selected_index = 1 + connected.index(True) if any(connected) else 0

    def form(self, kind: type[Request]) -> Form:
        """Show the form for a kind of request, and return it.

        Args:
            kind: The request's model, such as ``ls.chanjing.LipSync``.
        """
        self._choice.selected_index = 1 + list(self._tabs).index(kind.vendor)
        return self._tabs[kind.vendor].show(kind)

    def close(self) -> None:
        """Close the workbench. Its jobs continue."""
        for tab in self._tabs.values():
            tab.close()
        self.table.close()
        super().close()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self.table.refresh()
        view = super()._repr_mimebundle_() or {}
        keys, jobs = self.credentials.fallback(), self.table.fallback()
        return {
            **view,
            "text/plain": f"{keys['text/plain']}\n\n{jobs['text/plain']}",
            "text/html": keys["text/html"] + jobs["text/html"],
        }

    def _parts(self, factory: WidgetFactory) -> list[widgets.Widget]:
        new = factory.new
        sheet = new(widgets.HTML, f"<style>{style('workbench')}</style>", css="lsf-sheet")
        self._note = new(widgets.HTML, css="lsw-note")
        self._choice = new(widgets.Tab, [self.credentials, *self._tabs.values()], css="lsw-tabs")
        panes = [
            new(
                widgets.VBox,
                [new(widgets.HTML, f"<h2>{title}</h2>", css="lsw-title"), content],
                css="lsw-pane",
            )
            for title, content in (("Make", self._choice), ("Jobs", self.table))
        ]
        return [sheet, self._note, new(widgets.VBox, panes, css="lsw-panes")]

    def _name_tabs(self) -> None:
        connected = self.client.vendors
        titles = (
            f"{VENDORS[name].title}{'' if name in connected else ' · no key'}" for name in VENDORS
        )
        self._choice.titles = (KEYS, *titles)
        hosts = [vendor.base_url.host for vendor in connected.values()]
        free = all(map(is_local, hosts))
        self._note.value = (NO_COST if free else COST) if hosts else NOBODY

    def _open(self, change: Any) -> None:
        if change.new:
            list(self._tabs.values())[change.new - 1].reveal()

    def _connected(self, vendor: str) -> None:
        self._name_tabs()
        self._tabs[vendor].load()

    def _submitted(self, job: Any) -> None:
        self.table.selected = job


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
            options=[
                (f"{kind_label(kind.kind())}{deprecation(kind)}", kind)
                for kind in VENDORS[vendor].kinds
            ],
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

    def load(self) -> None:
        """Update the forms after the vendor was connected."""
        for form in self._forms.values():
            form.load()

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
