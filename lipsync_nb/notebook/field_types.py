"""Which field is made for which type of value."""

from collections.abc import Callable
from typing import Any

from lipsync_nb.media.media import Media
from lipsync_nb.notebook.field import Context, Field
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.list_field import ListField
from lipsync_nb.notebook.media_field import MediaField
from lipsync_nb.notebook.model_field import ModelField
from lipsync_nb.notebook.path_field import LocalPath, PathField
from lipsync_nb.notebook.simple_fields import (
    ChoiceField,
    FlagField,
    JsonField,
    NumberField,
    OpenNumberField,
    TextField,
)
from lipsync_nb.notebook.suggest_field import SuggestField

SIMPLE: dict[Any, Callable[[Spec, Context], Field]] = {
    Media: MediaField,
    bool: FlagField,
    str: TextField,
    int: OpenNumberField,
    float: OpenNumberField,
}
"""The field for each type of value. Values of other types are written as JSON."""


def field_for(spec: Spec, context: Context) -> Field:
    """Return the field that suits a spec; this depends on no vendor, model or field name."""
    if spec.options is not None:
        return ChoiceField(spec, context)
    if spec.model is not None:
        return ModelField(spec, context)
    if spec.element is not None:
        return ListField(spec, context, spec.element)
    return _simple(spec, context)


def _simple(spec: Spec, context: Context) -> Field:
    if spec.about(LocalPath) is not None:
        return PathField(spec, context)
    if spec.holds in {int, float} and spec.default is not None:
        return NumberField(spec, context)
    if spec.display.listed_by is not None:
        return SuggestField(spec, context, spec.display.listed_by)
    return SIMPLE.get(spec.holds, JsonField)(spec, context)
