"""All five vendors and the hosts beside them, each on a port of its own."""

from dataclasses import dataclass, field

from second.app import Origin, Seen, Street
from second.chanjing import Chanjing
from second.hosts import Hosts
from second.lingdong import Lingdong
from second.lipsync_studio import LipsyncStudio
from second.xingyun import Xingyun
from second.yunai import Yunai

Second = Lingdong | Yunai | LipsyncStudio | Xingyun | Chanjing


@dataclass
class World:
    """Everything that the client can reach."""

    hosts: Hosts = field(default_factory=Hosts)

    def __post_init__(self) -> None:
        self.lingdong = Lingdong(self.hosts)
        self.yunai = Yunai(self.hosts)
        self.lipsync_studio = LipsyncStudio(self.hosts)
        self.xingyun = Xingyun(self.hosts)
        self.chanjing = Chanjing(self.hosts)
        self._street = Street(self.origins)

    @property
    def vendors(self) -> dict[str, Second]:
        """By the names that the client has for them."""
        return {
            "lingdong": self.lingdong,
            "yunai": self.yunai,
            "lipsync_studio": self.lipsync_studio,
            "xingyun": self.xingyun,
            "chanjing": self.chanjing,
        }

    @property
    def origins(self) -> list[Origin]:
        """The vendors' own, then the others."""
        return [*(vendor.origin for vendor in self.vendors.values()), *self.hosts.origins]

    def reset(self) -> None:
        """Forget what was asked and planned, and answer as the pages' examples do."""
        for origin in self.origins:
            origin.seen.clear()
            origin.plans.clear()
            origin.odd = False
        for vendor in self.vendors.values():
            vendor.fails = False
        self.xingyun.stays = False
        self.lingdong.credits = 100_000.0
        self.chanjing.new_application()

    def take_liberties(self) -> None:
        """Answer in every odd way that the pages leave open."""
        for origin in self.origins:
            origin.odd = True

    def secrets(self) -> dict[str, list[str]]:
        """Return each vendor's credentials, by its origin."""
        found = {vendor.origin.url: list(vendor.keys.values()) for vendor in self.vendors.values()}
        found[self.chanjing.origin.url] += self.chanjing.tokens
        return found

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
