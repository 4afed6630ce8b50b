"""Reading the fields of a request, as strictly as the tables on the vendors' pages."""

from typing import Any

from lipsync_nb.sandbox.jobs.media_files import is_web_url


class FieldError(ValueError):
    """A field is missing, has the wrong type, or is out of range."""


class Fields:
    """The fields of a JSON object; null counts as missing.

    Args:
        body: The decoded JSON.
        prefix: Put before the names in errors, for an inner object.
    """

    def __init__(self, body: Any, prefix: str = "") -> None:
        if not isinstance(body, dict):
            raise FieldError(f"{prefix.rstrip('.') or 'body'} must be a JSON object")
        self._body = body
        self._prefix = prefix

    def given(self, name: str) -> bool:
        """Whether the field exists and is not null."""
        return self._body.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A string. Without a default it is required and must not be blank."""
        value = self._of_type(name, str, "a string", default)
        if default is None and not value.strip():
            raise self._error(name, "must not be empty")
        return str(value)

    def texts(self, name: str) -> list[str]:
        """A required string, or a list of strings; none may be blank."""
        value = self._body.get(name)
        if not isinstance(value, list) or not value:
            return [self.text(name)]
        rows = Fields({f"{name}[{i}]": row for i, row in enumerate(value)}, self._prefix)
        return [rows.text(f"{name}[{i}]") for i in range(len(value))]

    def url(self, name: str, default: str | None = None) -> str:
        """An http or https URL with a host."""
        value = self.text(name, default)
        if value != default and not is_web_url(value):
            raise self._error(name, "must be an http(s) URL")
        return value

    def choice(self, name: str, choices: tuple[Any, ...], default: Any) -> Any:
        """One of the choices, of the same type as the choices."""
        value = self._body.get(name)
        if value is None:
            value = default
        if type(value) is not type(choices[0]) or value not in choices:
            raise self._error(name, f"must be one of {', '.join(map(repr, choices))}")
        return value

    def whole(self, name: str, low: int, high: int, default: int | None) -> int:
        """An integer between two bounds (both included)."""
        value = self._of_type(name, int, "an integer", default)
        return int(self._in_range(name, value, low, high))

    def number(self, name: str, low: float, high: float, default: float) -> float:
        """A number between two bounds (both included)."""
        value = self._of_type(name, (int, float), "a number", default)
        return float(self._in_range(name, value, low, high))

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._body.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._error(name, "must be true or false")
        return value

    def inner(self, name: str) -> "Fields":
        """A required inner object."""
        if not self.given(name):
            raise self._error(name, "is required")
        return Fields(self._body[name], f"{self._prefix}{name}.")

    def rows(self, name: str) -> list["Fields"]:
        """A required list of at least one object."""
        rows = self._of_type(name, list, "a list", None)
        if not rows:
            raise self._error(name, "must not be empty")
        return [Fields(row, f"{self._prefix}{name}[{i}].") for i, row in enumerate(rows)]

    def _of_type(self, name: str, kind: Any, called: str, default: Any) -> Any:
        value = self._body.get(name)
        if value is None:
            if default is None:
                raise self._error(name, "is required")
            return default
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._error(name, f"must be {called}")
        return value

    def _in_range(self, name: str, value: float, low: float, high: float) -> float:
        if not low <= value <= high:
            raise self._error(name, f"must be between {low} and {high}")
        return value

    def _error(self, name: str, why: str) -> FieldError:
        return FieldError(f"{self._prefix}{name} {why}")
