"""What a check of a request's media has found, as a list that notebooks show as HTML."""

from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "no_face",
    "turned",
    "face_missing",
    "few_faces",
    "several_faces",
    "small_face",
    "cut_face",
    "silent",
    "no_speech",
    "clipped",
    "one_channel",
    "cancelling",
    "lengths",
    "refused",
    "note",
    "not_checked",
]
"""What kind of thing was found. ``"refused"`` is what `Client.submit` refuses, ``"note"`` what it
reports, and ``"not_checked"`` what was not looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a request's media that may waste money.

    Attributes:
        field: The field's dotted path, such as ``"video"``.
        kind: What kind of thing it is, such as ``"no_face"``; ``"not_checked"`` if the check left
            something out.
        text: What was found.
        remedy: What can be done; may be empty.
    """

    field: str
    kind: Kind
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {'; '.join(filter(None, (self.text, self.remedy)))}"


class Findings(list[Finding]):
    """What a check has found, in the order of the fields; empty if all is well.

    It is a list, and ``pandas.DataFrame(findings)`` is a table of it. What the check left out is in
    it too, and is not in `warnings`.
    """

    @property
    def warnings(self) -> "Findings":
        """What was found, without what the check left out."""
        return Findings(found for found in self if found.kind != "not_checked")

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "nothing was found"

    def __repr__(self) -> str:
        lines = [f"<Findings: {len(self) or 'none'}>", *map(str, self)]
        return "\n  ".join(lines)

    def _repr_html_(self) -> str:
        if not self:
            return "<p>The check has found nothing.</p>"
        return f"<ul>{''.join(map(_item, self))}</ul>"


def _item(found: Finding) -> str:
    remedy = f"; {escape(found.remedy)}" if found.remedy else ""
    return f"<li><strong>{escape(found.field)}</strong>: {escape(found.text)}{remedy}</li>"
