"""What can be set while the sandbox runs."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Settings:
    """The settings, shared by all who heed them: a change holds from the next look on.

    Args:
        pace: Factor of every artificial delay.
        rates: Whether rate limits hold.
        url_lifetime_s: Seconds a result's URL stays good.
        token_lifetime_s: Seconds a token stays good, where a vendor gives one out.
    """

    pace: float = 1.0
    rates: bool = True
    url_lifetime_s: float = 3600.0
    token_lifetime_s: float = 86400.0  # one day, as on chanjing's page

    def check(self, changes: dict[str, Any]) -> None:
        """Raise a ValueError if there is no such setting, or a value cannot be one."""
        known = asdict(self)
        if odd := changes.keys() - known.keys():
            raise ValueError(f"no setting {', '.join(sorted(odd))}; there are {', '.join(known)}")
        wrong = [name for name, value in changes.items() if not isinstance(value, int | float)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)} must be a number, or true or false")

    def change(self, changes: dict[str, Any]) -> None:
        """Set some of the settings."""
        self.check(changes)
        for name, value in changes.items():
            setattr(self, name, value)
