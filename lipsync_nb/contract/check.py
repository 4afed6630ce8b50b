"""Tests all claims, and reports which hold."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lipsync_nb.contract.claims import Claim, claims_of
from lipsync_nb.contract.trial import Trial
from lipsync_nb.media.host import MediaHost
from lipsync_nb.vendors.base import Request, Vendor

if TYPE_CHECKING:
    import pandas as pd


def check(
    vendor: Vendor, request: Request, *, media_host: MediaHost | None = None
) -> "pd.DataFrame":
    """Test the claims of the contract. **Against a real account this costs money**: seven jobs.

    Args:
        vendor: The vendor, with keys that its API accepts.
        request: The request to test them with, the shorter the better.
        media_host: Where local files get a URL, for vendors that take URLs only.

    Returns:
        A row per claim that concerns this kind of request: its name, what it claims, whether it
        holds, and why not.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    rows = [_row(claim, vendor, request, media_host) for claim in claims_of(type(request))]
    return pd.DataFrame(rows, columns=["name", "claim", "holds", "why_not"]).set_index("name")


def _row(
    claim: Claim, vendor: Vendor, request: Request, media_host: MediaHost | None
) -> tuple[str, str, bool, str]:
    why = ""
    with TemporaryDirectory(prefix="lipsync_nb-trial-") as folder:
        trial = Trial(vendor, request, Path(folder), media_host)
        try:
            claim(trial)
        except Exception as error:  # noqa: BLE001 - any error is a claim that does not hold
            why = f"{type(error).__name__}: {error}"
        finally:
            trial.close()
    said = (claim.__doc__ or "").strip()
    return claim.__name__, said, not why, why
