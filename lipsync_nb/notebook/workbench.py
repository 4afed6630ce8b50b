"""The workbench: keys, a tab per vendor with its forms, and the jobs with their videos."""

from typing import Any

import ipywidgets as widgets

from lipsync_nb.http.addresses import is_local
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.credentials import Credentials
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.table import Table
from lipsync_nb.notebook.vendor_tab import VendorTab
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

KEYS = "Vendors and keys"
NO_COST = "Everything here runs on this machine's sandbox: no key, no cost."
COST = "What you submit costs money at the vendor; the price is shown beside each button."
NOBODY = "No vendor is connected yet: enter a key below and press Connect."


class Workbench(widgets.VBox):
    """Everything in one place: vendors and keys, their forms, the jobs and their videos.

    A submitted job is selected in the table, whose card shows its progress, then its video.

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
        first = next((name for name in VENDORS if name in client.vendors), None)
        self._choice.selected_index = 0 if first is None else self._index(first)

    def form(self, kind: type[Request]) -> Form:
        """Return the form for a kind of request, and bring it to the front.

        Args:
            kind: The request's model, such as ``ls.chanjing.LipSync``.
        """
        self._choice.selected_index = self._index(kind.vendor)
        return self._tabs[kind.vendor].show(kind)

    def close(self) -> None:
        """Close the workbench; its jobs carry on."""
        for tab in self._tabs.values():
            tab.close()
        self.table.close()
        super().close()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self.table.refresh()
        view = super()._repr_mimebundle_() or {}
        keys, jobs = self.credentials.twins(), self.table.twins()
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
            new(widgets.VBox, [_title("Make a video", factory), self._choice], css="lsw-pane"),
            new(widgets.VBox, [_title("Jobs", factory), self.table], css="lsw-pane"),
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

    def _index(self, vendor: str) -> int:
        return 1 + list(self._tabs).index(vendor)

    def _connected(self, vendor: str) -> None:
        self._name_tabs()
        self._tabs[vendor].greet()

    def _submitted(self, job: Any) -> None:
        self.table.selected = job


def _title(text: str, factory: WidgetFactory) -> widgets.Widget:
    return factory.new(widgets.HTML, f"<h2>{text}</h2>", css="lsw-title")
