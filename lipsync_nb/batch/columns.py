"""Which column of a table fills in which field, and which requests the rows are for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeAlias

from lipsync_nb.batch.cells import as_text
from lipsync_nb.batch.fields import Field, names_of, needed_beside, normal
from lipsync_nb.batch.table import Row, Table
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request

Kind: TypeAlias = type[Request] | str
"""A kind of requests, or its name, such as ``"chanjing.LipSync"``."""
DETAILS = ("project", "title", "notes")
"""Columns that say something of the job; see `lipsync_nb.ledger.details`."""
CHOICE = ("vendor", "kind")
"""Columns that say which request a row is for."""
LIKENESS = 0.75
"""How like a field's name that of a column must be to be thought mistyped, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, and what they are for.

    Args:
        table: The table.
        given: What the user says: the field's name by the column's; ``None`` for no field.
        own: The columns that are not fields: the detail or choice by the column's name.
    """

    table: Table
    given: Mapping[str, str | None]
    own: Mapping[str, str]
    _matched: dict[type[Request], Mapping[str, Field]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, given: Mapping[str, str | None] | None) -> "Columns":
        """Return the columns of a table; `BadRequest` if `given` names one that is not there."""
        if given is not None and not isinstance(given, Mapping):
            what = 'expected the field by the column, such as {"Script": "text"}'
            raise BadRequest(f"columns={line(repr(given))}: {what}")
        given = {str(name): of for name, of in (given or {}).items()}
        for name, of in given.items():
            if of is not None and not isinstance(of, str):
                what = "expected the name of a field, or None"
                raise BadRequest(f"columns: {line(name)}: {line(repr(of))}: {what}")
        if odd := [name for name in given if name not in table.columns]:
            known = ", ".join(table.columns)
            raise BadRequest(
                f"columns: there is no column {line(', '.join(map(str, odd)))}; "
                f"the columns are {line(known)}"
            )
        found = cls(table, given, {})
        wanted = {name: found.meant(name) for name in table.columns}
        own = {name: is_ for name, is_ in wanted.items() if is_ in {*DETAILS, *CHOICE}}
        return cls(table, given, own)

    def meant(self, name: str) -> str:
        """Return what a column is for, in the form of `normal`; nothing, if it is to be ignored."""
        return normal(self.given.get(name, name) or "")

    def fields(self, kind: type[Request]) -> Mapping[str, Field]:
        """Return the fields of a kind that columns fill in, by the column's name.

        Raises:
            BadRequest: Two columns are for one field, or a required field has none.
        """
        if kind not in self._matched:
            matched = self.match(kind)
            self._refuse_twice(kind, matched)
            if missing := missing_of(kind, matched.values()):
                others = self.unused([kind])
                near = [f"{line(name)} (did you mean {of}?)" for name, of in others.items() if of]
                unused = f"; not used is {', '.join(near)}" if near else ""
                raise BadRequest(
                    f"{kind.vendor}.{kind.kind()} needs {' and '.join(missing)}, for which there "
                    f'is no column; name one so, or give columns={{"…": "{missing[0]}"}}{unused}'
                )
            self._matched[kind] = matched
        return self._matched[kind]

    def match(self, kind: type[Request]) -> dict[str, Field]:
        """Return the fields of a kind by the columns that are named as they are.

        A column ``text`` is no ``tts.text`` where no column says who speaks it: then it has the
        words of a speech that is there as a sound.
        """
        names = names_of(kind)
        found = {name: names.get(self.meant(name)) for name in self.table.columns}
        is_ours = {name for name in self.own if self.own[name] not in kind.model_fields}
        matched = {n: of for n, of in found.items() if of is not None and n not in is_ours}
        paths = {of.path for of in matched.values()}
        return {
            name: of
            for name, of in matched.items()
            if self.meant(name) == normal(of.path) or paths.issuperset(needed_beside(kind, of.path))
        }

    def _refuse_twice(self, kind: type[Request], matched: Mapping[str, Field]) -> None:
        for path in dict.fromkeys(each.path for each in matched.values()):
            names = [name for name, each in matched.items() if each.path == path]
            if len(names) > 1:
                raise BadRequest(
                    f"columns {line(' and '.join(names))} are both for {kind.kind()}.{path}; "
                    "rename one"
                )

    def used(self, kinds: Iterable[type[Request]]) -> set[str]:
        """Return the columns that say which requests are sent."""
        choices = {name for name, is_ in self.own.items() if is_ in CHOICE}
        return choices.union(*(self.match(kind) for kind in kinds))

    def unused(self, kinds: Iterable[type[Request]]) -> dict[str, str | None]:
        """Return the columns that are for nothing, each with the field that may be meant.

        Raises:
            BadRequest: `given` names a field that no kind has.
        """
        kinds = list(kinds)
        used = {name for kind in kinds for name in self.match(kind)} | {*self.own, self.table.key}
        known = {name: of.path for kind in kinds for name, of in names_of(kind).items()}
        known |= {name: name for name in DETAILS}
        unused = {}
        for name in self.table.columns:
            if name in used or self.given.get(name, name) is None:
                continue
            close = get_close_matches(self.meant(name), known, 1, LIKENESS)
            unused[name] = known[close[0]] if close else None
            if name in self.given:
                meant = f"; did you mean {unused[name]}?" if close else ""
                field_ = line(repr(self.given[name]))
                raise BadRequest(f"columns: {line(name)}: there is no field {field_}{meant}")
        return unused

    def cell(self, row: Row, what: str) -> str | None:
        """Return what a row has for a detail or a choice."""
        for name, is_ in self.own.items():
            if is_ == what and name in row.cells:
                return as_text(row.cells[name])
        return None


def missing_of(kind: type[Request], filled: Iterable[Field]) -> list[str]:
    """Return the fields of a kind that it needs, and that are not filled in."""
    paths = {each.path for each in filled}
    tops = {path.partition(".")[0] for path in paths}
    required = [name for name, info in kind.model_fields.items() if info.is_required()]
    missing = [name for name in required if name not in tops]
    if kind.exactly_one and not tops.intersection(kind.exactly_one):
        missing.append(" or ".join(kind.exactly_one))
    return missing


class Kinds:
    """Says which request each row is for.

    Args:
        client: The client, with its vendors.
        columns: The columns.
        kind: The kind for all rows that name none.

    Raises:
        BadRequest: There is no such kind.
    """

    def __init__(self, client: JobClient, columns: Columns, kind: Kind | None) -> None:
        self._client = client
        self._columns = columns
        self._default = None if kind is None else kind_of(kind)
        self._only: dict[str | None, type[Request]] = {}

    def of(self, row: Row) -> type[Request]:
        """Return the kind of a row.

        Raises:
            BadRequest: There is no such kind, or it is not certain which one.
        """
        vendor, kind = (self._columns.cell(row, what) for what in CHOICE)
        if vendor is None and kind is None and self._default is not None:
            return self._default
        if kind is not None:
            return kind_of(kind, vendor)
        if vendor is not None and self._default is not None:
            if vendor_of(vendor) != self._default.vendor:
                return self._fitting(vendor_of(vendor))
            return self._default
        return self._fitting(None if vendor is None else vendor_of(vendor))

    def is_for_all(self, row: Row) -> bool:
        """Return whether a row leaves it to the others which request it is for."""
        return all(self._columns.cell(row, what) is None for what in CHOICE)

    def _fitting(self, vendor: str | None) -> type[Request]:
        """Return the only kind, perhaps of one vendor, that takes the columns."""
        if vendor not in self._only:
            names = list(self._client.vendors) if vendor is None else [vendor]
            kinds = [kind for name in names for kind in VENDORS[name].kinds]
            self._only[vendor] = _only(self._columns, [k for k in kinds if not _deprecated(k)])
        return self._only[vendor]


def _only(columns: Columns, kinds: Sequence[type[Request]]) -> type[Request]:
    matched = {kind: columns.match(kind) for kind in kinds}
    taking = [kind for kind in kinds if not missing_of(kind, matched[kind].values())]
    used = {name for kind in taking for name in matched[kind]}
    best = [kind for kind in taking if used == matched[kind].keys()]
    if len(best) == 1:
        return best[0]
    if taking:
        names = ", ".join(_named(kind) for kind in taking)
        why = f"several requests take these columns: {names}"
        raise BadRequest(f'{why}; give one, such as kind="{_named(taking[0])}", or a column kind')
    near = sorted((kind for kind in kinds if matched[kind]), key=lambda k: -len(matched[k]))
    lines = [
        f"{_named(kind)} lacks {' and '.join(missing_of(kind, matched[kind].values()))}"
        for kind in near
    ]
    known = line(", ".join(columns.table.columns))
    why = f"no request of a connected vendor takes the columns {known}"
    raise BadRequest("\n  ".join([f"{why}; name them as its fields, or give columns=", *lines]))


def kind_of(kind: Any, vendor: str | None = None) -> type[Request]:
    """Return a kind of requests by its class or name.

    Args:
        kind: The class, or a name such as ``"LipSync"`` or ``"chanjing.LipSync"``.
        vendor: The vendor's name, if it is known.

    Raises:
        BadRequest: There is not exactly one such kind.
    """
    if isinstance(kind, type) and issubclass(kind, Request) and hasattr(kind, "vendor"):
        return kind
    name = normal(str(kind))
    of = None if vendor is None else vendor_of(vendor)
    kinds = [each for known in VENDORS.values() for each in known.kinds]
    found = [
        each
        for each in kinds
        if of in {None, each.vendor} and name in {normal(each.kind()), normal(_named(each))}
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(_named(each) for each in found or kinds if of in {None, each.vendor})
    raise BadRequest(f"kind={line(repr(kind))}: expected one of {known}")


def vendor_of(name: str) -> str:
    """Return a vendor's name by this name or its title; `BadRequest` if there is none."""
    for vendor, kind in VENDORS.items():
        if normal(name) in {normal(vendor), normal(kind.title)}:
            return vendor
    raise BadRequest(f"vendor={line(repr(name))}: expected one of {', '.join(VENDORS)}")


def _named(kind: type[Request]) -> str:
    return f"{kind.vendor}.{kind.kind()}"


def _deprecated(kind: type[Request]) -> bool:
    return bool(vars(kind).get("__deprecated__"))
