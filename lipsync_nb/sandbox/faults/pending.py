"""The faults that were asked for and have yet to happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lipsync_nb.sandbox.faults.kinds import KINDS, Traits


@dataclass
class Fault:
    """A fault that waits to happen.

    Args:
        vendor: Name of the vendor it happens to.
        kind: One of KINDS.
        step: Where it happens; None for wherever the kind usually does.
        times: How often it will still happen.
        settings: The kind's settings, complete.
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
        """Let it happen once more, as it found nothing to spoil."""
        self.times += 1


class Faults:
    """The faults that wait to happen, each kind in the order they were asked for.

    Args:
        vendors: Name → traits of each vendor that a fault can happen to.
    """

    def __init__(self, vendors: Mapping[str, Traits]) -> None:
        self._vendors = vendors
        self._waiting: list[Fault] = []

    def add(
        self, vendor: str, kind: str, step: str | None, times: int, settings: dict[str, Any]
    ) -> None:
        """Ask for a fault; a ValueError says what is wrong with the wish."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(KINDS)}")
        known = KINDS[kind]
        fitting = sorted(name for name, traits in self._vendors.items() if known.fits(traits))
        if vendor not in fitting:
            raise ValueError(f"{kind} can happen to {', '.join(fitting)}, not to {vendor!r}")
        if not (steps := known.steps_of(self._vendors[vendor])):
            raise ValueError(f"{vendor} has no {' or '.join(known.steps)} for {kind} to happen at")
        if step is not None and step not in steps:
            raise ValueError(f"{kind} can happen at {', '.join(steps)}, not at {step!r}")
        if odd := settings.keys() - known.defaults.keys():
            raise ValueError(f"{kind} knows no {', '.join(sorted(odd))}")
        self._waiting.append(Fault(vendor, kind, step, times, {**known.defaults, **settings}))

    def take(self, vendor: str, step: str, kinds: tuple[str, ...]) -> Fault | None:
        """The next of these kinds to happen here; it then has one time less to happen."""
        for fault in self._waiting:
            if fault.kind in kinds and fault.happens_at(vendor, step):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Call every fault off."""
        self._waiting.clear()
