"""The plan of a comparison: which requests will be made, which cannot be made, and the cost."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isnan, nan
from typing import Any, Self

import pandas as pd

from lipsync_nb.compare.cases import Case
from lipsync_nb.compare.prices import Price, Prices, read_prices
from lipsync_nb.compare.requests import CompareOptions, PlannedRequest, planned
from lipsync_nb.compare.speeches import PlannedSpeech, SubmittedSpeeches
from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.confirmation import require_confirmation
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.comparisons import Comparisons, Entry
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Cost

ENTRY = ("vendor", "kind", "face", "script", "repeat")


class Plan:
    """The requests of a comparison.

    Args:
        client: The client that will submit them.
        items: The requests.
        refused: What cannot be requested, with the reasons as notes.
        prices: The prices by vendor.
        fresh: Whether everything is made and paid again.

    Raises:
        BadRequest: There is no request.
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
        self._client: JobClient | None = client
        self.items = items
        self.refused = refused
        self.prices = prices
        self._fresh = fresh
        if not items:
            raise BadRequest("\n  ".join(["no vendor can do this", *map(_reason, refused)]))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the client out: in another process, a plan can be read, but not submitted."""
        return {**vars(self), "_client": None}

    @classmethod
    def of(
        cls, client: JobClient, cases: list[Case], options: CompareOptions, prices: Prices | None
    ) -> Self:
        """Plan a comparison; see `Client.compare`.

        Raises:
            BadRequest: An option is no field of the vendor's request, or not a valid one.
            MissingCredentials: A vendor is not connected.
        """
        known = read_prices(prices)
        items, refused = planned(client, cases, options)
        return cls(client, items, refused, known, fresh=options.fresh)

    def __str__(self) -> str:
        lines = [f"{len(self._unpaid)} new job{'' if len(self._unpaid) == 1 else 's'}"]
        if paid := len(self.items) - len(self.new):
            lines[0] += f", {paid} already paid"
        for (vendor, unit), amount in self.costs.items():
            lines.append(f"{vendor}: {_amount(amount)} {unit}".rstrip())
        if self.prices:
            lines.append(f"in all: {_amount(self.money)} by the prices given")
        shared = (_line(speech, users) for speech, users in self._shared)
        return "\n  ".join([*lines, *shared, *map(_reason, self.refused)])

    @property
    def df(self) -> pd.DataFrame:
        """One row per request. Those that cannot be made come last, with the reason in ``note``.

        A speech that several requests share comes first; its ``note`` says which they are.
        ``cost`` is estimated, in ``cost_unit``. ``paid`` says that there is such a job already.
        """
        rows = [_row(_entry(speech, users), speech) for speech, users in self._shared]
        rows += [_row(item.noted(), item) for item in self.items] + [*map(_row, self.refused)]
        texts = dict.fromkeys(("face", "script", "cost_unit", "note"), "string")
        return pd.DataFrame(rows).astype({**texts, "cost": "float64", "paid": "boolean"})

    @property
    def new(self) -> list[PlannedRequest]:
        """The requests that are not paid yet."""
        return [item for item in self.items if not item.paid]

    @property
    def speeches(self) -> list[PlannedSpeech]:
        """The speeches that are made for requests of vendors that take a sound only."""
        return [speech for speech, _ in self._shared]

    @property
    def _shared(self) -> list[tuple[PlannedSpeech, list[PlannedRequest]]]:
        users: dict[str, list[PlannedRequest]] = defaultdict(list)
        speeches = {}
        for item in self.items:
            if item.speech is not None:
                speeches[item.speech.record.id] = item.speech
                users[item.speech.record.id].append(item)
        return [(speech, users[name]) for name, speech in speeches.items()]

    @property
    def _unpaid(self) -> list[Record]:
        """The jobs that are not in the ledger yet, those of the speeches first."""
        speeches = [speech.record for speech in self.speeches if not speech.paid]
        return speeches + [item.record for item in self.new]

    @property
    def costs(self) -> dict[tuple[str, str], float]:
        """Estimated cost of the new jobs by vendor and unit; NaN where it is not known."""
        sums: dict[tuple[str, str], float] = defaultdict(float)
        for record in self._unpaid:
            cost = record.price or Cost(nan, "")
            sums[record.vendor, cost.unit] += cost.amount
        return dict(sums)

    @property
    def money(self) -> float:
        """Estimated cost of the new jobs by the given prices; NaN if it is not known."""
        speeches = sum(map(self._speech_money, self.speeches), 0.0)
        return sum(map(self._money, self.new), speeches)

    def confirm(self, confirmed: bool | None, above: float | None) -> None:  # noqa: FBT001 - the default is None
        """Raise `NotConfirmed` if the cost or the number of new jobs needs confirmation.

        Args:
            confirmed: ``True`` confirms, ``False`` always raises. ``None`` raises only if one of
                the limits is exceeded: `above`, or 20 new jobs.
            above: Cost above which confirmation is needed: in money if there are prices, else in
                each vendor's own unit. An unknown cost counts as above. ``None``: no limit.
        """
        costs = [self.money] if self.prices else self.costs.values()
        number = len(self._unpaid)
        require_confirmation(self, number, costs, confirmed=confirmed, above=above, call="compare")

    def submit(self) -> str:
        """Submit the requests, and add the comparison to the ledger.

        Returns:
            The id of the comparison. The same jobs for the same inputs always have the same id.

        Raises:
            LipSyncError: Nothing could be submitted.
        """
        if self._client is None:
            raise LipSyncError("this plan comes from another process; call client.compare again")
        entries = list(self._submitted(self._client))
        if all(entry.job is None for entry in entries):
            raise LipSyncError("\n  ".join(["nothing was submitted", *map(_reason, entries)]))
        return Comparisons(self._client.ledger).add(entries + self.refused)

    def _submitted(self, client: JobClient) -> Iterator[Entry]:
        jobs: list[Job] = []
        speeches = SubmittedSpeeches(client, fresh=self._fresh)
        for item in self.items:
            try:
                speech = speeches.job_for(item.record, item.speech)
                job = client.submit(item.using(speech), fresh=self._fresh, exclude=jobs)
            except LipSyncError as error:
                yield replace(item.entry, note=str(error))
            else:
                jobs.append(job)
                yield replace(item.noted(speech), job=job.id)

    def _money(self, item: PlannedRequest) -> float:
        price = self.prices.get(item.entry.vendor)
        return nan if price is None else price.of(item.record.cost, item.seconds)

    def _speech_money(self, speech: PlannedSpeech) -> float:
        """Return the cost of a speech; a price of a video, or of its seconds, is not its price."""
        if speech.paid:
            return 0.0
        price = self.prices.get(speech.record.vendor)
        if price is None or price.per != "unit":
            return nan
        return price.of(speech.record.cost, None)


def _entry(speech: PlannedSpeech, users: list[PlannedRequest]) -> Entry:
    """Return what the plan shows of a speech."""
    scripts = ", ".join(dict.fromkeys(str(item.entry.script) for item in users))
    kinds = dict.fromkeys(f"{item.entry.vendor}.{item.entry.kind}" for item in users)
    shared = f"shared by {', '.join(kinds)}"
    return Entry(speech.record.vendor, speech.record.kind, None, scripts, note=shared)


def _line(speech: PlannedSpeech, users: list[PlannedRequest]) -> str:
    price = speech.record.price
    known = "price not published" if price is None else f"{_amount(price.amount)} {price.unit}"
    cost = "already paid" if speech.paid else known
    entry = _entry(speech, users)
    return f"{entry.vendor}.{entry.kind}, {entry.script}: {cost}, {entry.note}"


def _row(entry: Entry, item: PlannedRequest | PlannedSpeech | None = None) -> dict[str, Any]:
    cost = item.record.price if item else None
    return {name: getattr(entry, name) for name in ENTRY} | {
        "cost": cost and cost.amount,
        "cost_unit": cost and cost.unit,
        "paid": item and item.paid,
        "note": entry.note,
    }


def _reason(entry: Entry) -> str:
    where = "".join(f", {name}" for name in (entry.face, entry.script) if name)
    return f"{entry.vendor}.{entry.kind}{where}: {entry.note}"


def _amount(amount: float) -> str:
    return "cost not known" if isnan(amount) else f"≈ {amount:,.2f}"
