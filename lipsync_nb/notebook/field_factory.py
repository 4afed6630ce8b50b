"""From what a model says of a field to the control that suits it."""

from collections.abc import Callable
from typing import Any

from lipsync_nb.media.media import Media
from lipsync_nb.notebook.controls import (
    ChoiceField,
    FlagField,
    JsonField,
    NumberField,
    OpenNumberField,
    TextField,
)
from lipsync_nb.notebook.field import Context, Field
from lipsync_nb.notebook.list_field import ListField
from lipsync_nb.notebook.media_field import MediaField
from lipsync_nb.notebook.nested import ModelField
from lipsync_nb.notebook.spec import Spec
from lipsync_nb.notebook.suggest_field import SuggestField


def field_for(spec: Spec, context: Context) -> Field:
    """Return the field that suits a spec. No vendor, model or field is named here."""
    if spec.options is not None:
        return ChoiceField(spec, context)
    if spec.model is not None:
        return ModelField(spec, context)
    if spec.element is not None:
        return ListField(spec, context, spec.element)
    if spec.holds in {int, float} and spec.default is not None:
        return NumberField(spec, context)
    if spec.hint.listed_by is not None:
        return SuggestField(spec, context, spec.hint.listed_by)
    return SIMPLE.get(spec.holds, JsonField)(spec, context)


SIMPLE: dict[Any, Callable[[Spec, Context], Field]] = {
    Media: MediaField,
    bool: FlagField,
    str: TextField,
    int: OpenNumberField,
    float: OpenNumberField,
}
"""The field for each type of value; values of other types are written as JSON."""
