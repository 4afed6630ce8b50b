"""The form for the vendors' keys: where each was found, and an input for each.

The browser gets the keys' names and where they were found, never the keys. What is typed is sent as
a message. It is in no widget's state, so no notebook keeps it.
"""

import logging
import os
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import traitlets
from pydantic import SecretStr

from lipsync_nb import event_loop as loop
from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.http.addresses import shown
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook.assets import module, style
from lipsync_nb.notebook.callbacks import Debounced, showing_errors
from lipsync_nb.notebook.text import label
from lipsync_nb.notebook.widget import Answer, ScriptWidget
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.tracebacks import without_frames
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor
from lipsync_nb.vendors.base.credentials import (
    Setting,
    base_url_setting,
    can_remember,
    find,
    in_clear,
    remember,
)

BINDER = "BINDER_LAUNCH_HOST"
"""The environment variable that marks a notebook on Binder."""
WARNING = (
    "This notebook runs on Binder, a shared host: whoever runs it can read what you type here. "
    "Use the sandbox, and never a real key."
)
NOT_SET = "not set"
FOUND = {"argument": "given in this notebook", "environment": "found in the environment"}
FOUND |= {".env": "found in .env", "keyring": "found in the keyring"}
"""The text about where a key was found, by the setting's source."""
INPUTS = ("keys", "base_url", "keep", "same_account")
"""The row's inputs, as the browser names them."""

_rows: set[str] = set()
"""The model ids of the key rows, whose messages are not logged."""


class Credentials(widgets.VBox):
    """A form for the vendors' keys: one row per vendor.

    Args:
        client: The client to which the vendors are connected.

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

    @without_frames
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
            vendor: The vendor's name, as in ``client.vendors``.
            base_url: A different address of its API.
            keep: Whether to store the given keys and address in the keyring.
            same_account: Whether the vendor's jobs in the ledger are this account's; see
                `Client.connect`.
            keys: Keys by name. Those that are not given stay as they are, or are looked up.

        Returns:
            The vendor's answer, as a sentence.

        Raises:
            BadRequest: A key has a name that the vendor does not use.
            MissingCredentials: Some keys are missing.
            VendorError: The vendor rejects the keys.
            Unreachable: The vendor did not answer.
        """
        given = {
            name: SecretStr(key) if isinstance(key, str) else key for name, key in keys.items()
        }
        kind, before = VENDORS[vendor], self.client.vendors.get(vendor)
        if unknown := given.keys() - kind.variables.keys():
            raise BadRequest(f"{kind.title} has no {' or '.join(sorted(unknown))}")
        known, address = {}, base_url
        if before:  # what was found elsewhere is looked up again
            settings = before.settings.items()
            known = {name: each.value for name, each in settings if each.source == "argument"}
            if before.base_url_source == "argument":
                address = base_url or str(before.base_url)
        connected = kind(base_url=address, proxy=None, **{**known, **given})
        connected.route = before.route if before else None
        try:
            answer = connected.verify()
        except LipSyncError:
            loop.run(connected.aclose())
            raise
        self.client.connect(connected, same_account=same_account)
        if keep:
            for name, key in given.items():
                remember(kind.variables[name], key)
            if base_url is not None:
                remember(kind.base_url_variable(), SecretStr(base_url))
        self.rows[vendor].refresh()
        for listener in self._listeners:
            listener(vendor)
        return answer

    def on_connect(self, listener: Callable[[str], object]) -> None:
        """Call a function with the name of each vendor that is connected here."""
        self._listeners.append(listener)

    def fallback(self) -> dict[str, str]:
        """Return each vendor's state as text and as HTML."""
        lines = [row.fallback() for row in self.rows.values()]
        return {
            "text/plain": "\n".join(line["text/plain"] for line in lines),
            "text/html": f"<ul>{''.join(line['text/html'] for line in lines)}</ul>",
        }

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**(super()._repr_mimebundle_() or {}), **self.fallback()}


class KeyRow(ScriptWidget):
    """A vendor's keys: whether they were found and where, inputs for them, and a button.

    Args:
        client: The client to which the vendor is connected.
        vendor: The vendor's name.
        connect: Connects the vendor; see `Credentials.connect`.
        traits: The widget's.
    """

    _esm = module("key_row")
    card = traitlets.Dict().tag(sync=True)

    def __init__(
        self, client: JobClient, vendor: str, connect: Callable[..., str], **traits: Any
    ) -> None:
        self._client = client
        self._connect_vendor = connect
        self.vendor = vendor
        self._inputs: Mapping[str, Any] = {}
        self.connecting = Debounced(showing_errors(self._connect, self._refused), seconds=0)
        super().__init__(card=_card(client, vendor), **traits)
        _rows.add(self.model_id)
        logging.getLogger("Comm").addFilter(_is_public)  # adding it twice has no effect

    def refresh(self) -> None:
        """Update what is shown of the vendor's keys."""
        self.card = _card(self._client, self.vendor)

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Connect with the keys that were typed; the card shows the outcome."""
        self._inputs = {key: question.get(key) for key in INPUTS}
        self._say("Connecting …")
        self.connecting.request()
        return {}, []

    def fallback(self) -> dict[str, str]:
        """Return a line: the vendor, whether it is connected, and where its keys were found."""
        state = "connected" if self.card["connected"] else "not connected"
        found = ", ".join(f"{key['variable']}: {key['source']}" for key in self.card["keys"])
        text = f"{self.card['title']}: {state} ({found})"
        return {"text/plain": text, "text/html": f"<li>{escape(text)}</li>"}

    @without_frames
    def _connect(self) -> None:
        inputs, self._inputs = self._inputs, {}
        keys = {name: SecretStr(key) for name, key in inputs["keys"].items() if key.strip()}
        options = {name: bool(inputs[name]) for name in ("keep", "same_account")}
        base_url = inputs["base_url"].strip() or None
        answer = self._connect_vendor(self.vendor, base_url=base_url, **options, **keys)
        self._say(f"Connected: {answer}.", "good")

    def _refused(self, error: str) -> None:
        self._say(f"Not connected: {error}", "bad")

    def _say(self, text: str, tone: str = "") -> None:
        self.card = {**self.card, "message": text, "tone": tone}


def _card(client: JobClient, name: str) -> dict[str, Any]:
    """Return what the browser may know about a vendor's keys."""
    kind, vendor = VENDORS[name], client.vendors.get(name)
    variable, default = kind.base_url_variable(), kind.default_base_url
    keys = vendor.settings if vendor else {key: find(of) for key, of in kind.variables.items()}
    given = str(vendor.base_url) if vendor else None
    known = in_clear(base_url_setting(given, variable, keys.values(), default))
    return {
        "title": kind.title,
        "connected": vendor is not None,
        "keys": [_key(kind, key, keys.get(key)) for key in kind.variables],
        "address": {
            "variable": variable,
            "known": shown(known) if known else "",
            "needed": known is None,
        },
        "keyring": can_remember(),
        "others": _others(client, vendor),
        "message": "",
        "tone": "",
    }


def _others(client: JobClient, vendor: Vendor | None) -> int:
    """Return how many unfinished jobs another account of the vendor has made."""
    if vendor is None:
        return 0
    return sum(
        record.vendor == vendor.name
        and record.account not in {None, vendor.account}
        and not record.done
        for record in client.records.unfinished()
    )


def _key(kind: type[Vendor], name: str, setting: Setting | None) -> dict[str, Any]:
    return {
        "name": name,
        "label": label(name),
        "variable": kind.variables[name],
        "source": FOUND[setting.source] if setting else NOT_SET,
        "secret": name not in kind.public,
    }


def _is_public(record: logging.LogRecord) -> bool:
    """Keep what is typed out of the log: at DEBUG, ``comm`` logs every message."""
    return not (isinstance(record.args, tuple) and _rows.intersection(map(str, record.args[:1])))
