"""From what is to be compared to a comparison under way."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from lipsync_nb.compare.cases import Many, crossed, tabled
from lipsync_nb.compare.comparison import Comparison
from lipsync_nb.compare.plan import Plan
from lipsync_nb.compare.prices import Prices, read_prices
from lipsync_nb.compare.requests import CompareOptions, planned
from lipsync_nb.errors import BadRequest
from lipsync_nb.media.media import MediaLike
from lipsync_nb.vendors import VENDORS

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.client import Client


def compare(
    client: "Client",
    face: Many[MediaLike] | None = None,
    speech: Many[MediaLike] | None = None,
    text: Many[str] | None = None,
    *,
    cases: "pd.DataFrame | None" = None,
    vendors: Iterable[str] | None = None,
    repeats: int = 1,
    voices: Mapping[str, str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    prices: Prices | None = None,
    confirm_above: float | None = None,
    confirm: bool | None = None,
    fresh: bool = False,
    executor: Executor | None = None,
) -> Comparison:
    """Plan a comparison, have it confirmed if need be, and submit it; see `Client.compare`."""
    if repeats < 1:
        raise BadRequest(f"repeats={repeats}: expected 1 or more")
    if cases is not None and (face, speech, text) != (None, None, None):
        raise BadRequest("give cases, or face, speech and text; not both")
    found = crossed(face, speech, text) if cases is None else tabled(cases)
    names = _names(client, vendors)
    voices, options = _of_vendors("voices", voices), _of_vendors("options", options)
    money = read_prices(prices)
    items, refused = planned(client, found, CompareOptions(names, voices, options, repeats, fresh))
    plan = Plan(client, items, refused, money, fresh=fresh)
    if confirm is None:
        plan.check(confirm_above)
    elif not confirm:
        plan.refuse()
    return Comparison(client, plan.submit(), prices=money, executor=executor)


def _names(client: "Client", vendors: Iterable[str] | None) -> tuple[str, ...]:
    if vendors is None:
        return tuple(client.vendors)
    names = tuple(dict.fromkeys([vendors] if isinstance(vendors, str) else vendors))
    _known("vendors", names)
    return names


def _of_vendors(what: str, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    _known(what, given or ())
    return given or {}


def _known(what: str, names: Iterable[str]) -> None:
    if odd := [name for name in names if name not in VENDORS]:
        raise BadRequest(f"{what}: no vendor {', '.join(odd)}; there are {', '.join(VENDORS)}")
