"""The base of all request models, which users fill in and vendors translate."""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Self, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import TypeVar

from lipsync_nb.errors import BadRequest, Unsupported, line
from lipsync_nb.http.addresses import http_url, without_secrets
from lipsync_nb.log import log
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.reference import JobReference
from lipsync_nb.media.talk import Talk
from lipsync_nb.media.video import Video
from lipsync_nb.results import Avatar, Text, Voice, not_blank
from lipsync_nb.vendors.base.fields import with_fields

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)  # pydantic has no public name for it


Result: TypeAlias = Video | Audio | Text | Voice | Avatar
"""What a job makes."""
T_co = TypeVar("T_co", covariant=True, default=Any)
"""What the job of a request makes: one of `Result`."""

LONGEST_SHOWN = 80
"""Errors repeat a wrong value only if it has fewer characters than this."""


class _Strict(ModelMetaclass):
    """Turns pydantic's errors into `BadRequest`, with fields named the way users write them.

    It warns if a class is ``deprecated``, but neither of a copy (`build`) nor of what is read from
    a ledger.
    """

    def __call__(
        cls,  # noqa: N805 - this is a metaclass
        *args: Any,
        **fields: Any,
    ) -> Any:
        built = cls.build(*args, **fields)
        if why := vars(cls).get("__deprecated__"):
            warnings.warn(why, DeprecationWarning, stacklevel=2)
        return built

    def build(
        cls,  # noqa: N805 - this is a metaclass
        *args: Any,
        **fields: Any,
    ) -> Any:
        """Build one without a warning: a copy, or what a form shows."""
        try:
            return super().__call__(*args, **fields)
        except ValidationError as error:
            wrong = [(_dotted(e["loc"]), _reason(e)) for e in error.errors()]
        raise BadRequest(_sentence(cls.__name__, wrong), wrong)


class Model(BaseModel, metaclass=_Strict):
    """A part of a request: immutable, unknown fields forbidden.

    Attributes:
        exactly_one: Names of fields of which exactly one must be set, if any.
    """

    exactly_one: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        validate_default=True,
        defer_build=True,
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.__doc__ = with_fields(cls.__doc__, cls.model_fields)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the fields and their values for a repr; URLs without secrets."""
        for name, value in super().__repr_args__():
            yield name, without_secrets(value) if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: Any) -> Any:
        """Leave out the empty cells of a table where a field need not be given."""
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if not cls._is_left_out(name, value)}

    @classmethod
    def _is_left_out(cls, name: str, value: Any) -> bool:
        field = cls.model_fields.get(name)
        if field is None or field.is_required():
            return False
        return _is_missing(value) or (value is None and field.default is not None)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in self.exactly_one if getattr(self, name) is not None]
        if self.exactly_one and len(given) != 1:
            found = f"found {' and '.join(given)}" if given else "found none"
            raise ValueError(f"set exactly one of {', '.join(self.exactly_one)}; {found}")
        return self


def _is_missing(value: Any) -> bool:
    """Return whether a value is NaN, NaT or pandas' NA, by which tables mark empty cells."""
    try:
        return bool(value != value)  # noqa: PLR0124 - true of NaN and NaT only
    except (TypeError, ValueError):  # NA has no truth, and an array has many
        return type(value).__name__ == "NAType"


def _http(url: str) -> str:
    http_url(url)
    return url


NonBlank = Annotated[str, Field(min_length=1), AfterValidator(not_blank)]
"""A text that is not empty or blank."""
CallbackURL = Annotated[str, AfterValidator(_http)]
"""The http(s) URL to which a vendor sends a POST when a job ends."""


class Request(Model, Generic[T_co]):
    """A request for one job, to one vendor, such as ``class LipSync(Request[Video])``.

    Attributes:
        vendor: The vendor's name, as in ``client.vendors``.
        callback_field: Name of the field for a callback URL, if the vendor takes one.
        is_answered: Whether the answer to the paid call has the result, so that the vendor has no
            id of the job, and cannot be asked for it.
    """

    vendor: ClassVar[str]
    callback_field: ClassVar[str | None] = None
    is_answered: ClassVar[bool] = False

    @classmethod
    def kind(cls) -> str:
        """Return the name of this kind of request, such as ``"LipSync"``."""
        return cls.__name__

    @classmethod
    def makes(cls) -> type[Result]:
        """Return what the job makes: a `Video`, unless the class is such as ``Request[Audio]``."""
        for base in cls.__mro__:
            generic = getattr(base, "__pydantic_generic_metadata__", {})
            if generic.get("origin") is Request and isinstance(generic["args"][0], type):
                return cast("type[Result]", generic["args"][0])
        return Video

    @classmethod
    def talking(cls, talk: Talk) -> Self:
        """Return the request for a face that says something.

        Raises:
            Unsupported: The vendor cannot make it from what is given; the text says why.
        """
        raise Unsupported(f"it does not make {talk}")

    @classmethod
    def speaking(cls, text: str, voice: str) -> Self:
        """Return the request for a text that a voice speaks, which is named as its vendor does.

        Raises:
            Unsupported: It makes no audio of a text.
        """
        raise Unsupported(f"it has no voice {line(voice)} for a text of {len(text):,} characters")

    def media(self) -> Iterator[tuple[str, Media, Takes]]:
        """Yield the dotted path, the media and the limits of each media field that is set."""
        yield from _media(self, "")

    def spoken_seconds(self) -> float | None:
        """Return about how long an audio is that the job makes, in seconds, if a text tells."""
        return None

    def inputs(self) -> list[JobReference]:
        """Return the jobs whose results it uses, each once."""
        return list(dict.fromkeys(_references(self)))

    def replace_inputs(self, new: Callable[[JobReference], Any]) -> Self:
        """Return a request with `new` applied to each job that it uses.

        Raises:
            BadRequest: The request does not take what `new` returned.
        """
        if not self.inputs():
            return self
        return cast("Self", type(self).build(**_with_inputs(self, new)))

    def calling_back(self, url: str) -> Self:
        """Return a copy with a callback URL; itself if one is set, or the vendor takes none."""
        field = self.callback_field
        if field is None or getattr(self, field) is not None:
            return self
        try:
            return cast("Self", type(self).build(**{**dict(self), field: url}))
        except BadRequest as error:
            log.info("no callback: %s", error)
            return self

    def replace_media(self, new: Callable[[Media], Media]) -> Self:
        """Return a copy with `new` applied to the media of each field."""
        return cast("Self", _replaced(self, new))

    def fingerprint(self) -> str:
        """Return a SHA-256, in hex, that requests share if and only if they ask for the same.

        Files count by their content, URLs as written, jobs by their ids. Fields at their defaults
        do not count, so that a later version with one more field still recognises what was paid
        before.

        Raises:
            BadRequest: A file is missing or cannot be read.
        """
        fields = self.replace_media(_by_content).model_dump(mode="json", exclude_defaults=True)
        same = {"vendor": self.vendor, "kind": self.kind(), "fields": fields}
        return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


def _by_content(media: Media) -> Media:
    return media if media.url or media.job else Media(f"sha256:{media.local().digest}")


def _media(model: Model, prefix: str) -> Iterator[tuple[str, Media, Takes]]:
    for name, field in type(model).model_fields.items():
        takes = next((m for m in field.metadata if isinstance(m, Takes)), Takes(()))
        for path, value in _leaves(getattr(model, name), f"{prefix}{name}"):
            if isinstance(value, Media):
                yield path, value, takes
            else:
                yield from _media(value, f"{path}.")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Media | Model):
        yield path, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}.{index}")


def _references(value: Any) -> Iterator[JobReference]:
    if isinstance(value, JobReference):
        yield value
    elif isinstance(value, Media):
        if value.job is not None:
            yield value.job
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item)
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from _references(getattr(value, name))


def _with_inputs(value: Any, new: Callable[[JobReference], Any]) -> Any:
    """Return the fields that were given, as they are to be validated again."""
    if isinstance(value, JobReference):
        return new(value)
    if isinstance(value, Media):
        return value if value.job is None else new(value.job)
    if isinstance(value, list | tuple):
        return type(value)(_with_inputs(item, new) for item in value)
    if isinstance(value, Model):
        return {name: _with_inputs(getattr(value, name), new) for name in value.model_fields_set}
    return value


def _replaced(value: Any, new: Callable[[Media], Media]) -> Any:
    if isinstance(value, Media):
        return new(value)
    if isinstance(value, list | tuple):
        return type(value)(_replaced(item, new) for item in value)
    if isinstance(value, Model):
        fields = {name: _replaced(getattr(value, name), new) for name in value.model_fields_set}
        return value.model_copy(update=fields)
    return value


def _dotted(location: tuple[int | str, ...]) -> str:
    return line(".".join(str(part) for part in location))


def _reason(error: Any) -> str:
    reason = line(str(error["msg"]).removeprefix("Value error, "))
    if error["type"] == "extra_forbidden":
        return "no such field"
    given = error["input"]
    if isinstance(given, str):
        given = without_secrets(given)
    if (
        error["type"] != "missing"
        and isinstance(given, str | int | float)
        and len(str(given)) < LONGEST_SHOWN
    ):
        return f"{reason}, got {given!r}"
    return reason


def _sentence(name: str, wrong: list[tuple[str, str]]) -> str:
    return "; ".join(
        f"{name}.{field}: {why}" if field else f"{name}: {why}" for field, why in wrong
    )
