"""All vendors and the hosts beside them, each on a port of its own.

A vendor's stand-in is found by the vendor's name: in the module of that name, the class that is
called as the client's.
"""

from importlib import import_module
from typing import Any

from second.app import Origin, Seen, Street
from second.hosts import Hosts
from second.stand_in import StandIn
from vendors.cases import CASES

from lipsync_nb.vendors import VENDORS


class World:
    """Everything that the client can reach; each vendor is also an attribute.

    Attributes:
        hosts: Those that belong to no vendor.
        vendors: By the names that the client has for them.
    """

    def __init__(self) -> None:
        headers = {name.lower() for case in CASES.values() for one in case.headers for name in one}
        self.hosts = Hosts({*headers, "cookie"})
        self.vendors: dict[str, StandIn] = {
            name: getattr(import_module(f"second.{name}"), kind.__name__)(self.hosts)
            for name, kind in VENDORS.items()
        }
        self._street = Street(self.origins)

    def __getattr__(self, name: str) -> Any:
        """Return a vendor, with all that only it has."""
        try:
            return self.__dict__["vendors"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def origins(self) -> list[Origin]:
        """The vendors' own, then the others."""
        return [*(vendor.origin for vendor in self.vendors.values()), *self.hosts.origins]

    @property
    def tokens(self) -> list[str]:
        """All that were given out."""
        return [token for vendor in self.vendors.values() for token in vendor.tokens]

    def reset(self) -> None:
        """Forget what was asked and planned, and answer as the pages' examples do."""
        for origin in self.origins:
            origin.seen.clear()
            origin.plans.clear()
            origin.odd = False
        for vendor in self.vendors.values():
            vendor.reset()

    def take_liberties(self) -> None:
        """Answer in every odd way that the pages leave open."""
        for origin in self.origins:
            origin.odd = True

    def secrets(self) -> dict[str, list[str]]:
        """Return each vendor's credentials, by its origin."""
        return {
            vendor.origin.url: [*vendor.keys.values(), *vendor.tokens]
            for vendor in self.vendors.values()
        }

    def strays(self) -> list[tuple[str, str]]:
        """Return the credentials that another origin than their own has seen, and which one."""
        return [
            (secret, origin.url)
            for home, secrets in self.secrets().items()
            for secret in secrets
            for origin in self.origins
            if origin.url != home and any(_has(seen, secret) for seen in origin.seen)
        ]

    def close(self) -> None:
        """Close all ports."""
        self._street.close()


def _has(seen: Seen, secret: str) -> bool:
    headers = any(secret in value for _, value in seen.headers)
    return headers or secret in seen.target or secret.encode() in seen.body
