"""The form for the vendors' keys: what was found where, and a place to type what was not."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
from pydantic import SecretStr

from lipsync_nb import loop
from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.key_row import KeyRow
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.settings import remember
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor

BINDER = "BINDER_LAUNCH_HOST"
"""The environment variable that marks a notebook on Binder."""
WARNING = (
    "This notebook runs on Binder, a shared host: whoever runs it can read what you type here. "
    "Use the sandbox, and never a real key."
)


class Credentials(widgets.VBox):
    """A form for the vendors' keys: one row per vendor.

    Args:
        client: The client that gets the vendors connected.

    Attributes:
        rows: Each vendor's row, by the vendor's name.
    """

    def __init__(self, client: JobClient) -> None:
        self.client = client
        self._listeners: list[Callable[[str], object]] = []
        factory = WidgetFactory()
        sheet = factory.new(widgets.HTML, f"<style>{style('forms')}</style>", css="lsf-sheet")
        self.rows = {name: factory.new(KeyRow, client, name, self.connect) for name in VENDORS}
        warning = f'<p class="lsf-bad" role="alert">{WARNING}</p>'
        warnings = [factory.new(widgets.HTML, warning)] if os.environ.get(BINDER) else []
        super().__init__([sheet, *warnings, *self.rows.values()], layout=factory.layout)
        self.add_class("lsf")

    def connect(
        self,
        vendor: str,
        *,
        base_url: str | None = None,
        keep: bool = False,
        same_account: bool = False,
        **keys: str | SecretStr,
    ) -> str:
        """Verify a vendor's keys by a call that costs nothing, and connect it.

        Args:
            vendor: Its name, as in ``client.vendors``.
            base_url: A different address for its API.
            keep: Whether to store what is given here in the keyring.
            same_account: Whether the vendor's jobs in the ledger are this account's; see
                `Client.connect`.
            keys: By name; those not given stay as they are, or are looked up.

        Returns:
            The vendor's answer, as a sentence.

        Raises:
            MissingCredentials: Some are missing.
            VendorError: The vendor rejects them.
            Unreachable: The vendor did not answer.
        """
        given = {
            name: SecretStr(key) if isinstance(key, str) else key for name, key in keys.items()
        }
        connected = _vendor(self.client, vendor, base_url, given)
        try:
            said = connected.verify()
        except LipSyncError:
            loop.run(connected.aclose())
            raise
        self.client.connect(connected, same_account=same_account)
        if keep:
            _keep(type(connected), base_url, given)
        self.rows[vendor].refresh()
        for listener in self._listeners:
            listener(vendor)
        return said

    def on_connect(self, listener: Callable[[str], object]) -> None:
        """Call a function with the name of each vendor that gets connected here."""
        self._listeners.append(listener)

    def twins(self) -> dict[str, str]:
        """Return each vendor's state as text and as HTML."""
        lines = [row.twins() for row in self.rows.values()]
        return {
            "text/plain": "\n".join(line["text/plain"] for line in lines),
            "text/html": f"<ul>{''.join(line['text/html'] for line in lines)}</ul>",
        }

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**(super()._repr_mimebundle_() or {}), **self.twins()}


def _vendor(
    client: JobClient, name: str, base_url: str | None, given: Mapping[str, SecretStr]
) -> Vendor:
    kind, before = VENDORS[name], client.vendors.get(name)
    if odd := given.keys() - kind.variables.keys():
        raise BadRequest(f"{kind.title} has no {' or '.join(sorted(odd))}")
    known = {key: setting.value for key, setting in before.settings.items()} if before else {}
    address = base_url or (str(before.base_url) if before else None)
    return kind(base_url=address, **{**known, **given})


def _keep(kind: type[Vendor], base_url: str | None, given: Mapping[str, SecretStr]) -> None:
    for name, key in given.items():
        remember(kind.variables[name], key)
    if base_url is not None:
        remember(kind.base_url_variable(), SecretStr(base_url))
