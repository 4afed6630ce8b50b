"""How forms show a field, where its name, type and docstring do not say it all."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hint:
    """Stands in a field's annotation: ``Annotated[int, Hint(unit="px")]``.

    Attributes:
        label: What the field is called, if not by its name.
        unit: What a number is in.
        lines: How many lines of text are shown at once.
        options: What the values of a `Literal` mean, in words.
        listed_by: The vendor's method that lists values: it returns a DataFrame whose column
            ``id`` has the values and whose other texts describe them. Other values are taken too.
    """

    label: str | None = None
    unit: str | None = None
    lines: int = 1
    options: Mapping[object, str] = field(default_factory=dict, hash=False)
    listed_by: str | None = None
