"""How forms show a field, where its name, type and docstring do not say enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hint:
    """Display options, given in a field's annotation: ``Annotated[int, Hint(unit="px")]``.

    Attributes:
        label: The field's label, if it is not to be made from its name.
        unit: The unit of a number.
        lines: Height of a text box, in lines.
        options: Labels for the values of a `Literal`.
        listed_by: Name of the vendor's method that lists values: it returns a DataFrame with the
            values in column ``id`` and texts that describe them in others. The field accepts
            unlisted values too.
    """

    label: str | None = None
    unit: str | None = None
    lines: int = 1
    options: Mapping[object, str] = field(default_factory=dict, hash=False)
    listed_by: str | None = None
