"""The options of a client, checked before anything is created or connected."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from lipsync_nb.engine.options import AbsolutePath, EngineOptions
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import writable
from lipsync_nb.jobs.budget import Budgets
from lipsync_nb.ledger.details import Details
from lipsync_nb.vendors import VENDORS, Vendor

LONGEST_SHOWN = 80
"""Characters of a wrong value that an error repeats."""


def _vendors(value: Any) -> tuple[Vendor, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | Vendor | type) or not isinstance(value, Iterable):
        what, instead = _mistaken(value)
        raise BadRequest(f"vendors={what} is not a list; write vendors=[{instead}]")
    vendors = tuple(value)
    for number, vendor in enumerate(vendors):
        check_vendor(vendor, f"vendors[{number}]")
    return vendors


def check_vendor(value: Any, name: str) -> None:
    """Raise `BadRequest` unless a value is a vendor, such as its name or its class are not.

    Args:
        value: What was given.
        name: The name of the argument, for the error.
    """
    if not isinstance(value, Vendor):
        what, instead = _mistaken(value)
        raise BadRequest(f"{name}={what} is not a vendor with its keys; write {instead}")


def _mistaken(value: Any) -> tuple[str, str]:
    """Return how an error names what was given for a vendor, and what to write instead."""
    if isinstance(value, Vendor):
        return repr(value), f"{_written(type(value))}(...)"
    if isinstance(value, type) and issubclass(value, Vendor):
        return _written(value), f"{_written(value)}()"
    if isinstance(value, str) and value in VENDORS:
        return repr(value), f"{_written(VENDORS[value])}()"
    return f"<{type(value).__name__}>", "ls.Yunai()"  # the value may be a key


def _written(kind: type[Vendor]) -> str:
    return f"ls.{kind.__name__}" if kind.__module__.startswith("lipsync_nb.") else kind.__name__


def _file(value: Path | None) -> Path | None:
    try:
        is_folder = value is not None and value.is_dir()
    except OSError:  # its name is too long, as the ledger will say
        is_folder = False
    if value is not None and is_folder:
        raise BadRequest(
            f"ledger={str(value)!r} is a folder; name a file in it, such as "
            f"ledger={str(value / 'jobs.sqlite')!r}"
        )
    return value


def _budgets(value: Any) -> Budgets:
    return value if isinstance(value, Budgets) else Budgets({} if value is None else value)


def _project(value: Any) -> str | None:
    return Details(project=value).project


class ClientOptions(EngineOptions):
    """All options of a client.

    Attributes:
        vendors: The vendors; ``None`` for all whose credentials are set.
        ledger: The ledger's file; ``None`` for that of the user.
        budget: The limits of the costs.
        project: What its jobs belong to, unless they are given another project.
    """

    vendors: Annotated[tuple[Vendor, ...] | None, BeforeValidator(_vendors)] = Field(
        None, description="a list of vendors, such as vendors=[ls.Yunai()]"
    )
    ledger: Annotated[AbsolutePath | None, AfterValidator(_file)] = Field(
        None, description='the path of a file, such as ledger="jobs.sqlite"'
    )
    budget: Annotated[Budgets, BeforeValidator(_budgets)] = Field(
        Budgets({}), description='a limit by vendor, such as budget={"lingdong": 500}'
    )
    project: Annotated[str | None, BeforeValidator(_project)] = Field(
        None, description='a text, such as project="autumn"'
    )

    @classmethod
    def checked(cls, **options: Any) -> Self:
        """Return valid options. Only the folder for results is created, once they all are valid.

        Raises:
            BadRequest: An option is not valid, or nothing can be written to the folder for results.
        """
        try:
            valid = cls(**options)
        except ValidationError as error:
            wrong: dict[str, str] = {}
            for each in error.errors():
                wrong.setdefault(str(each["loc"][0]), cls._problem(each, options))
        else:
            _refuse_unwritable(valid.results)
            return valid
        raise BadRequest("; ".join(wrong.values()), list(wrong.items()))

    @classmethod
    def _problem(cls, error: Any, options: dict[str, Any]) -> str:
        refusal = error.get("ctx", {}).get("error")
        if isinstance(refusal, BadRequest):
            return str(refusal)
        name = str(error["loc"][0])
        field = cls.model_fields[name]
        given, expected = options.get(name, field.default), field.description
        value = repr(given) if name != "media_host" else f"<{type(given).__name__}>"  # it has keys
        if len(value) > LONGEST_SHOWN:
            value = f"{value[:LONGEST_SHOWN]}…"
        why = f": {refusal}" if getattr(refusal, "__cause__", None) else ""
        return f"{name}={value} is not {expected}{why}"


def _refuse_unwritable(results: Path) -> None:
    try:
        writable(results)
    except OSError as error:
        why = f"{error.strerror or error}; choose a folder to which files can be written"
        raise BadRequest(f"results={line(results)!r}: {why}") from None
