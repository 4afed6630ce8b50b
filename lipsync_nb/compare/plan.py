"""The plan of a comparison: what will be asked for, what not and why, at what cost."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from math import isnan, nan
from typing import Any, Self

import pandas as pd

from lipsync_nb.compare.cases import Case
from lipsync_nb.compare.prices import Price, Prices, read_prices
from lipsync_nb.compare.requests import CompareOptions, PlannedRequest, planned
from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.validation import speech_seconds
from lipsync_nb.ledger.comparisons import Comparisons, Entry
from lipsync_nb.media.media import Media
from lipsync_nb.status import Cost

MOST_UNASKED = 20
"""New jobs that are submitted without being confirmed."""


class NotConfirmed(LipSyncError):
    """A comparison would cost more than may be paid unasked; nothing was sent.

    Attributes:
        plan: What would be submitted, and what it would cost.
    """

    def __init__(self, message: str, plan: "Plan") -> None:
        super().__init__(message)
        self.plan = plan


PLACE = ("vendor", "kind", "face", "script", "repeat")


class Plan:
    """What a comparison will ask for.

    Args:
        client: Who will ask.
        items: What can be asked for.
        refused: What cannot, with the reasons as notes.
        prices: What the vendors' units cost, by vendor.
        fresh: Whether everything is made and paid again.

    Raises:
        BadRequest: Nothing can be asked for.
    """

    def __init__(
        self,
        client: JobClient,
        items: list[PlannedRequest],
        refused: list[Entry],
        prices: Mapping[str, Price],
        *,
        fresh: bool = False,
    ) -> None:
        self._client = client
        self.items = items
        self.refused = refused
        self.prices = prices
        self._fresh = fresh
        if not items:
            raise BadRequest("\n  ".join(["no vendor can do this", *map(_reason, refused)]))

    @classmethod
    def of(
        cls, client: JobClient, cases: list[Case], options: CompareOptions, prices: Prices | None
    ) -> Self:
        """Plan a comparison; see `Client.compare`.

        Raises:
            BadRequest: An option is no field of the vendor's request, or not a valid one.
            MissingCredentials: A vendor is not connected.
        """
        money = read_prices(prices)
        items, refused = planned(client, cases, options)
        return cls(client, items, refused, money, fresh=options.fresh)

    def __str__(self) -> str:
        there = len(self.items) - len(self.new)
        jobs = f"{len(self.new)} new job{'' if len(self.new) == 1 else 's'}"
        known = f", {there} already paid" if there else ""
        costs = [_told(vendor, unit, amount) for (vendor, unit), amount in self.costs.items()]
        money = [f"in all: {_amount(self.money)} by the prices given"] if self.prices else []
        return "\n  ".join([f"{jobs}{known}", *costs, *money, *map(_reason, self.refused)])

    @property
    def df(self) -> pd.DataFrame:
        """One row per request; those that cannot be made come last, with the reason in ``note``.

        ``cost`` is estimated, in ``cost_unit``; ``paid`` tells that there is such a job already.
        """
        rows = [_row(item.entry, item) for item in self.items] + [*map(_row, self.refused)]
        texts = dict.fromkeys(("face", "script", "cost_unit", "note"), "string")
        return pd.DataFrame(rows).astype({**texts, "cost": "float64", "paid": "boolean"})

    @property
    def new(self) -> list[PlannedRequest]:
        """What is still to be paid."""
        return [item for item in self.items if not item.paid]

    @property
    def costs(self) -> dict[tuple[str, str], float]:
        """What the new jobs will cost, by vendor and unit; NaN where nobody knows."""
        sums: dict[tuple[str, str], float] = defaultdict(float)
        for item in self.new:
            cost = item.record.price or Cost(nan, "")
            sums[item.entry.vendor, cost.unit] += cost.amount
        return dict(sums)

    @property
    def money(self) -> float:
        """What the new jobs will cost by the prices given; NaN if that cannot be told."""
        return sum(map(self._money, self.new), 0.0)

    def confirm(self, confirmed: bool | None, above: float | None) -> None:  # noqa: FBT001 - None is the usual
        """Raise `NotConfirmed` if the cost or the number of new jobs needs confirmation.

        Args:
            confirmed: Whether it was confirmed; ``None`` if nothing was said.
            above: The cost above which it does: in money if prices were given, else in each
                vendor's own unit; an unknown cost counts as above. ``None``: no cost does. More
                than 20 new jobs always do.
        """
        many = len(self.new) > MOST_UNASKED
        much = above is not None and any(not paid <= above for paid in self._sums())
        if confirmed or (confirmed is None and not many and not much):
            return
        raise NotConfirmed(f"{self}\n  nothing was submitted: compare(…, confirm=True) does", self)

    def submit(self) -> str:
        """Submit it, and keep the comparison in the ledger.

        Returns:
            The comparison's id. The same jobs in the same places, held against the same files,
            are always the same comparison, whatever could not be asked for.

        Raises:
            LipSyncError: Nothing could be submitted.
        """
        entries = list(self._submitted())
        if all(entry.job is None for entry in entries):
            raise LipSyncError("\n  ".join(["nothing was submitted", *map(_reason, entries)]))
        name = _name([entry for entry in entries if entry.job])
        Comparisons(self._client.ledger).add(name, entries + self.refused)
        return name

    def _submitted(self) -> Iterator[Entry]:
        jobs: list[Job] = []
        for item in self.items:
            try:
                job = self._client.submit(item.request, fresh=self._fresh, exclude=jobs)
            except LipSyncError as error:
                yield replace(item.entry, note=str(error))
            else:
                jobs.append(job)
                yield replace(item.entry, job=job.id)

    def _sums(self) -> list[float]:
        return [self.money] if self.prices else list(self.costs.values())

    def _money(self, item: PlannedRequest) -> float:
        price, sound = self.prices.get(item.entry.vendor), item.entry.speech_media
        if price is None:
            return nan
        return price.of(item.record.cost, speech_seconds(Media(sound)) if sound else None)


def _name(entries: list[Entry]) -> str:
    places = [{**asdict(entry), "note": ""} for entry in entries]
    return hashlib.sha256(json.dumps(places, sort_keys=True).encode()).hexdigest()[:12]


def _row(entry: Entry, item: PlannedRequest | None = None) -> dict[str, Any]:
    cost = item.record.price if item else None
    return {name: getattr(entry, name) for name in PLACE} | {
        "cost": cost and cost.amount,
        "cost_unit": cost and cost.unit,
        "paid": item and item.paid,
        "note": entry.note,
    }


def _reason(entry: Entry) -> str:
    where = "".join(f", {name}" for name in (entry.face, entry.script) if name)
    return f"{entry.vendor}.{entry.kind}{where}: {entry.note}"


def _told(vendor: str, unit: str, amount: float) -> str:
    return f"{vendor}: {_amount(amount)} {unit}".rstrip()


def _amount(amount: float) -> str:
    return "cost not known" if isnan(amount) else f"≈ {amount:,.2f}"
