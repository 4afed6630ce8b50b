"""The requested faults that have not happened yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lipsync_nb.sandbox.faults.kinds import KINDS, VendorTraits


@dataclass
class Fault:
    """A requested fault.

    Args:
        vendor: Name of the vendor it happens to.
        kind: One of KINDS.
        step: Where it happens; None for wherever the kind usually does.
        times: How often it will still happen.
        settings: All settings of the kind.
    """

    vendor: str
    kind: str
    step: str | None
    times: int
    settings: dict[str, Any]

    def happens_at(self, vendor: str, step: str) -> bool:
        """Whether it can happen to this vendor at this step."""
        kind = KINDS[self.kind]
        steps = (kind.usual or kind.steps) if self.step is None else (self.step,)
        return self.times > 0 and self.vendor == vendor and step in steps

    def put_back(self) -> None:
        """Let it happen once more, as it had nothing to change."""
        self.times += 1


class FaultQueue:
    """The requested faults, each kind in the order of the requests.

    Args:
        vendors: Name → traits of each vendor.
    """

    def __init__(self, vendors: Mapping[str, VendorTraits]) -> None:
        self._vendors = vendors
        self._requested: list[Fault] = []

    def add(
        self, vendor: str, kind: str, step: str | None, times: int, settings: dict[str, Any]
    ) -> None:
        """Request a fault.

        Raises:
            ValueError: The fault, step or settings do not exist for the vendor.
        """
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(KINDS)}")
        known = KINDS[kind]
        possible = sorted(
            name for name, traits in self._vendors.items() if known.applies_to(traits)
        )
        if vendor not in possible:
            raise ValueError(f"{kind} can happen to {', '.join(possible)}, not to {vendor!r}")
        if not (steps := known.steps_of(self._vendors[vendor])):
            raise ValueError(f"{vendor} has no {' or '.join(known.steps)} for {kind} to happen at")
        if step is not None and step not in steps:
            raise ValueError(f"{kind} can happen at {', '.join(steps)}, not at {step!r}")
        if unknown := settings.keys() - known.defaults.keys():
            raise ValueError(f"{kind} knows no {', '.join(sorted(unknown))}")
        self._requested.append(Fault(vendor, kind, step, times, {**known.defaults, **settings}))

    def take(self, vendor: str, step: str, kinds: tuple[str, ...]) -> Fault | None:
        """Take the next fault of these kinds for this step, or None."""
        for fault in self._requested:
            if fault.kind in kinds and fault.happens_at(vendor, step):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Remove all faults."""
        self._requested.clear()
