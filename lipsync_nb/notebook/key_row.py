"""One vendor's row in the form for the keys.

The browser gets the keys' names and where they were found, never the keys. What is typed travels as
a message and is in no widget's state, so no notebook keeps it.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import traitlets
from pydantic import SecretStr

from lipsync_nb.http.addresses import shown
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.debounce import Debounced
from lipsync_nb.notebook.guard import guarded
from lipsync_nb.notebook.labels import label
from lipsync_nb.notebook.panel import Answer, Panel
from lipsync_nb.notebook.private import keep_private
from lipsync_nb.settings import can_remember, find
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor

NOT_SET = "not set"
FOUND = {"argument": "given in this notebook", "environment": "found in the environment"}
FOUND |= {".env": "found in .env", "keyring": "found in the keyring"}
"""How the row says where a key was found, by the setting's source."""
WISHES = ("keys", "base_url", "keep", "same_account")
"""What the browser tells of the row's inputs."""


class KeyRow(Panel):
    """A vendor's keys: whether they were found and where, inputs for them, and a button.

    Args:
        client: The client that has the vendor, or will have it.
        vendor: The vendor's name.
        connect: Connects the vendor with some keys; see `Credentials.connect`.
        traits: The widget's.
    """

    _esm = module("key_row")
    card = traitlets.Dict().tag(sync=True)

    def __init__(
        self, client: JobClient, vendor: str, connect: Callable[..., str], **traits: Any
    ) -> None:
        self._client = client
        self._connected = connect
        self.vendor = vendor
        self._wish: Mapping[str, Any] = {}
        self.connecting = Debounced(guarded(self._connect, self._refused), seconds=0)
        super().__init__(card=_card(client, vendor), **traits)
        keep_private(self)

    def refresh(self) -> None:
        """Update what is shown of the vendor's keys."""
        self.card = _card(self._client, self.vendor)

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Connect with the keys that were typed; the card shows the outcome."""
        self._wish = {key: question.get(key) for key in WISHES}
        self._say("Connecting …")
        self.connecting.ask()
        return {}, []

    def twins(self) -> dict[str, str]:
        """Return a line: the vendor, whether it is connected, and where its keys were found."""
        state = "connected" if self.card["connected"] else "not connected"
        found = ", ".join(f"{key['variable']}: {key['source']}" for key in self.card["keys"])
        text = f"{self.card['title']}: {state} ({found})"
        return {"text/plain": text, "text/html": f"<li>{escape(text)}</li>"}

    def _connect(self) -> None:
        wish, self._wish = self._wish, {}
        keys = {name: SecretStr(key) for name, key in wish["keys"].items() if key.strip()}
        options = {name: bool(wish[name]) for name in ("keep", "same_account")}
        base_url = wish["base_url"].strip() or None
        said = self._connected(self.vendor, base_url=base_url, **options, **keys)
        self._say(f"Connected: {said}.", "good")

    def _refused(self, error: str) -> None:
        self._say(f"Not connected: {error}", "bad")

    def _say(self, text: str, tone: str = "") -> None:
        self.card = {**self.card, "said": text, "tone": tone}


def _card(client: JobClient, name: str) -> dict[str, Any]:
    """Return what the browser gets to know about a vendor's keys."""
    kind, vendor = VENDORS[name], client.vendors.get(name)
    return {
        "title": kind.title,
        "connected": vendor is not None,
        "keys": [_key(kind, vendor, key) for key in kind.variables],
        "address": _address(kind, vendor),
        "keyring": can_remember(),
        "others": _others(client, vendor),
        "said": "",
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
        for record in client.records.all()
    )


def _key(kind: type[Vendor], vendor: Vendor | None, name: str) -> dict[str, Any]:
    variable = kind.variables[name]
    setting = vendor.settings.get(name) if vendor else find(variable)
    return {
        "name": name,
        "label": label(name),
        "variable": variable,
        "source": FOUND[setting.source] if setting else NOT_SET,
        "secret": name not in kind.public,
    }


def _address(kind: type[Vendor], vendor: Vendor | None) -> dict[str, Any]:
    variable = kind.base_url_variable()
    found = find(variable)
    known = str(vendor.base_url) if vendor else found and found.value.get_secret_value()
    return {
        "variable": variable,
        "known": shown(known) if known else kind.default_base_url or "",
        "needed": kind.default_base_url is None and known is None,
    }
