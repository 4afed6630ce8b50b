"""What the user says of a job besides its request: its project, title, key and notes."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Self

from lipsync_nb.errors import BadRequest, line

LONGEST = {"project": 200, "title": 200, "key": 200, "notes": 10_000}
"""Characters of each at most."""


@dataclass(frozen=True, slots=True)
class Details:
    """What the user says of a job. Nothing of it is sent to a vendor.

    Attributes:
        project: What the job belongs to, so that jobs and costs can be grouped.
        title: What its result is called.
        key: What identifies it in the user's own table, such as a row's number.
        notes: Anything else.

    Raises:
        BadRequest: One of them is no text, or is too long.
    """

    project: str | None = None
    title: str | None = None
    key: str | None = None
    notes: str | None = None

    def __post_init__(self) -> None:
        for name, value in self:
            if value is not None and not isinstance(value, str):
                raise BadRequest(f"{name}={line(repr(value))} is no text")
            if value is not None and len(value) > LONGEST[name]:
                most = f"at most {LONGEST[name]:,} are kept"
                raise BadRequest(f"{name} has {len(value):,} characters; {most}: shorten it")

    def of(self, project: str | None) -> Self:
        """Return them with a project, unless they have one."""
        return self if self.project is not None else replace(self, project=project)

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        """Yield each name with its value."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))


NO_DETAILS = Details()
