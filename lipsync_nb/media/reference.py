"""A job as the value of a field: its result is used once it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class JobReference:
    """A job whose result a field is to have.

    Attributes:
        id: The job's id in the ledger.
        makes: What it makes: ``"Video"``, ``"Audio"``, ``"Text"``, ``"Voice"`` or ``"Avatar"``.
        vendor: The vendor of the job; empty in a request that was read from the ledger.
        kind: The kind of its request; empty likewise.
        ledger: The file of its ledger; ``None`` for that of the request which uses it.
    """

    id: str
    makes: str
    vendor: str = field(default="", compare=False)
    ledger: Path | None = field(default=None, compare=False)
    kind: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"job {self.id}"

    def to_json(self) -> dict[str, str]:
        """Return what the ledger keeps of it."""
        return {"job": self.id, "makes": self.makes}


def reference_to(value: Any) -> JobReference | None:
    """Return the reference to a job; ``None`` if a value is neither a job nor such a reference."""
    if isinstance(value, Mapping):
        named = {"job", "makes"} == value.keys()
        return JobReference(str(value["job"]), str(value["makes"])) if named else None
    found = value if isinstance(value, JobReference) else getattr(value, "reference", None)
    return found if isinstance(found, JobReference) else None
