"""The sandbox's settings: those that can be changed while it runs, and fixed limits."""

import os
from dataclasses import asdict, dataclass
from typing import Any

RENDER_WORKERS = os.cpu_count() or 1
"""Processes that render at the same time. Their low priority leaves time for the server."""

JOBS_AT_ONCE = 2
"""Jobs of one vendor that run at the same time. The others wait in its queue."""

MAX_DELAY_S = 20.0
"""Longest artificial delay of a job. The rendering of a long video takes long by itself."""

KEEP_FILES_S = 30 * 86400
"""Age at which files in the home are deleted. Chanjing keeps files for 30 days."""

USER_AGENT = "lipsync_nb-sandbox (+https://pypi.org/project/lipsync_nb/)"
"""How the sandbox names itself. Some hosts refuse clients that do not."""

FETCH_TIMEOUT_S = 30.0
"""Longest wait for data when a vendor fetches a client's file."""

CALLBACK_RETRIES_S = (1.0, 3.0)
"""Pauses before a callback is sent again. No vendor's page says how often it tries."""

CALLBACK_TIMEOUT_S = 10.0
"""Longest wait for the answer to a callback."""

LARGEST_VALUE = 1e12


@dataclass
class SandboxSettings:
    """The settings that can be changed while the sandbox runs.

    Args:
        pace: Factor for every artificial delay.
        rates: Whether rate limits apply.
        url_lifetime_s: Seconds for which a result's URL is valid.
        token_lifetime_s: Seconds for which a token is valid, for a vendor with tokens.
    """

    pace: float = 1.0
    rates: bool = True
    url_lifetime_s: float = 3600.0
    token_lifetime_s: float = 86400.0  # one day, as on Chanjing's page

    def change(self, changes: dict[str, Any]) -> None:
        """Change some of the settings.

        Raises:
            ValueError: A setting does not exist, or a value is not a number from 0 on.
        """
        known = asdict(self)
        if unknown := changes.keys() - known.keys():
            names = ", ".join(sorted(unknown))
            raise ValueError(f"no setting {names}; there are {', '.join(known)}")
        refuse_no_amounts(changes)
        for name, value in changes.items():
            setattr(self, name, value)


def refuse_no_amounts(values: dict[str, Any]) -> None:
    """Raise ValueError unless all values are numbers from 0 to `LARGEST_VALUE`, or bools."""
    wrong = [
        name
        for name, value in values.items()
        if not (isinstance(value, int | float) and 0 <= value <= LARGEST_VALUE)
    ]
    if wrong:
        names = ", ".join(wrong)
        raise ValueError(f"{names} must be a number from 0 to {LARGEST_VALUE:g}, or true or false")
