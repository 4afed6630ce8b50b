"""The test setup of one claim: a vendor connected through a relay, and a new ledger."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from lipsync_nb import event_loop as loop
from lipsync_nb.client import Client
from lipsync_nb.contract.relay import Pattern, Relay, Spoiled
from lipsync_nb.http.transfer import Web
from lipsync_nb.media.host import MediaHost
from lipsync_nb.vendors.base import NO_JOB, Call, Delivery, Request, Snapshot, Vendor

BACKOFF_SCALE = 0.02
"""Factor of all waits between attempts."""
POLL = (0.05, 0.5)
"""Seconds between polls."""
LONGEST = 120.0
"""Seconds a job may take."""


class Broken(AssertionError):
    """A claim that does not hold, with what was found instead."""


def expect(holds: object, otherwise: str) -> None:
    """Raise `Broken` with the text `otherwise`, unless something holds."""
    if not holds:
        raise Broken(otherwise)


class Trial:
    """A vendor whose clients and requests all go through a relay.

    Args:
        vendor: The vendor, with keys that its API accepts.
        request: A request of any kind.
        folder: Where the ledger and the results are put.
        media_host: Where local files get a URL, for vendors that take URLs only.

    Attributes:
        relay: The relay through which its requests go.
        kind: The vendor's class.
    """

    def __init__(
        self, vendor: Vendor, request: Request, folder: Path, media_host: MediaHost | None = None
    ) -> None:
        self.request = request
        self.kind = type(vendor)
        self.relay = Relay(vendor.base_url)
        self._keys = {name: vendor.secret(name) for name in vendor.variables}
        self._wrong_keys = {name: f"not-{key[::-1]}" for name, key in self._keys.items()}
        self._folder = folder
        self._media_host = media_host
        self._opened = ExitStack()
        self._opened.enter_context(self.relay)

    def vendor(self, **other_keys: str) -> Vendor:
        """Connect the vendor through the relay, with other keys if they are given."""
        keys: dict[str, Any] = {**self._keys, **other_keys}
        vendor = self.kind(base_url=self.relay.url, **keys)
        vendor.backoff_scale = BACKOFF_SCALE
        self._opened.callback(lambda: loop.run(vendor.aclose()))
        return vendor

    def refused_vendor(self) -> Vendor:
        """Connect the vendor with keys that its API does not know."""
        return self.vendor(**self._wrong_keys)

    @property
    def secrets(self) -> list[str]:
        """Its keys in plain text, good and wrong, except those that are not secret."""
        both = (*self._keys.items(), *self._wrong_keys.items())
        return [key for name, key in both if name not in self.kind.public]

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self._folder / "jobs.sqlite"

    @contextmanager
    def client(self, vendor: Vendor | None = None) -> Iterator[Client]:
        """Open a client of this vendor alone; further ones share its ledger."""
        results = self._folder / "results"
        client = Client(
            [vendor or self.vendor()],
            ledger=self.ledger,
            results=results,
            media_host=self._media_host,
            poll=POLL,
            backoff_scale=BACKOFF_SCALE,
        )
        with client:
            yield client

    def close(self) -> None:
        """Close the relay and the vendors."""
        self._opened.close()

    def paid(self) -> int:
        """Return how many paid requests have passed."""
        return self.relay.count(self._paid)

    def spoil_submission(self, *answers: Spoiled) -> None:
        """Replace the answers to the next paid requests."""
        self.relay.spoil(self._paid, *answers)

    def spoil_polls(self, *answers: Spoiled) -> None:
        """Replace the answers to the next polls of a job."""
        self.relay.spoil(self._polled, *answers)

    def polls(self) -> int:
        """Return how many polls of jobs have passed."""
        return self.relay.count(self._polled)

    @cached_property
    def _paid(self) -> Pattern:
        return self._patterns[0]

    @cached_property
    def _polled(self) -> Pattern:
        return self._patterns[1]

    @cached_property
    def _patterns(self) -> tuple[Pattern, Pattern]:
        """The paid calls, and the polls; if both have one path, they differ in a field."""
        vendor = self.vendor()
        paid = loop.run(self._submission(vendor))
        if self.request.is_answered:
            return _pattern(vendor, paid), _pattern(vendor, paid)
        polled = vendor.poll(self.request, NO_JOB)
        differing = {
            name for name, value in polled.form.items() if paid.form.get(name, value) != value
        }
        field = min(differing, default=None)
        return _pattern(vendor, paid, field), _pattern(vendor, polled, field)

    async def _submission(self, vendor: Vendor) -> Call[Snapshot]:
        web = Web()
        try:
            async with Delivery(
                self.request, vendor.api, vendor.source, web, media_host=self._media_host
            ) as delivery:
                return await vendor.submission(self.request, delivery)
        finally:
            await web.aclose()


def _pattern(vendor: Vendor, call: Call[Snapshot], field: str | None = None) -> Pattern:
    pieces = vendor.base_url.join(call.path).path.split("/")
    path = "/".join("[^/]+" if piece == NO_JOB else re.escape(piece) for piece in pieces)
    value = None if field is None else (field, str(call.form[field]))
    return Pattern(call.method, path, value)
