"""The workbench: keys, a tab per vendor with its forms, tools, and the jobs with their results."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lipsync_nb.http.hosts import is_local
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.credentials import Credentials
from lipsync_nb.notebook.form_choice import FormChoice
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.table import Table
from lipsync_nb.notebook.text import deprecation, kind_label
from lipsync_nb.notebook.tool_form import Tools
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

KEYS, EDIT = "Vendors and keys", "Edit"
"""The titles of the first tab and of the last one."""
NO_COST = "The sandbox on this machine simulates these vendors: no keys, no costs."
COST = "What you submit costs money at the vendor; the price is shown beside each button."
NOBODY = "No vendor is connected yet: enter a key below and press Connect."


class Workbench(widgets.VBox):
    """One widget with the vendors and their keys, the forms, tools, the jobs and their results.

    A submitted job is selected in the table. Its card shows its progress, then its result.

    Args:
        client: The client whose vendors and jobs are shown.

    Attributes:
        credentials: The form for the keys.
        table: The live table of all jobs.
        tools: What is done before and after jobs, and the form for a table of requests.
    """

    def __init__(self, client: JobClient) -> None:
        self.client = client
        factory = WidgetFactory()
        self.credentials = Credentials(client)
        self.credentials.on_connect(self._connected)
        self.table = Table(client, example="", layout=factory.layout)
        self._tabs = {name: VendorTab(client, name, factory, self._submitted) for name in VENDORS}
        self.tools = Tools(client, factory)
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
        form: Form = self._tabs[kind.vendor].show(kind)
        return form

    def close(self) -> None:
        """Close the workbench. Its jobs continue."""
        for tab in (*self._tabs.values(), self.tools):
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
        tabs = [self.credentials, *self._tabs.values(), self.tools]
        self._choice = new(widgets.Tab, tabs, css="lsw-tabs")
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
        self._choice.titles = (KEYS, *titles, EDIT)
        hosts = [vendor.base_url.host for vendor in connected.values()]
        free = all(map(is_local, hosts))
        self._note.value = (NO_COST if free else COST) if hosts else NOBODY

    def _open(self, change: Any) -> None:
        if change.new:
            [*self._tabs.values(), self.tools][change.new - 1].reveal()

    def _connected(self, vendor: str) -> None:
        self._name_tabs()
        self._tabs[vendor].load()

    def _submitted(self, job: Any) -> None:
        self.table.selected = job


class VendorTab(FormChoice):
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
        def make(kind: type[Request]) -> Form:
            form = Form(client, kind, card=False)
            form.on_submit(submitted)
            return form

        options = [
            (f"{kind_label(kind.kind())}{deprecation(kind)}", kind)
            for kind in VENDORS[vendor].kinds
        ]
        super().__init__("What to make", options, make, factory)
