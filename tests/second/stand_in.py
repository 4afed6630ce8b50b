"""What every vendor of the second implementation has, and what can be wished of it."""

from second.app import Origin
from second.hosts import Hosts


class StandIn:
    """One vendor, on a port of its own.

    Attributes:
        origin: The port.
        base_url: Of its API.
        keys: The credentials that it takes, by their names in the client.
        tokens: Those that it has given out, if it does.
        fails: Whether its jobs fail from now on.
    """

    origin: Origin
    base_url: str
    keys: dict[str, str]

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.tokens: list[str] = []
        self.fails = False

    def reset(self) -> None:
        """Forget what was wished."""
        self.fails = False

    def forget_token(self) -> None:
        """Take no token that was given out so far, if it gives out any."""
