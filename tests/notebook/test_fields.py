"""A form for a model that no vendor has: every kind of field, made from what the model says."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import ipywidgets as widgets
import pandas as pd
import pytest
from notebook.tab import Tab
from pydantic import Field
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.media.media import Takes
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.model_form import REQUIRED
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Display, Model, Request


class Colour(Enum):
    """Colours."""

    red = "r"
    dark_blue = "b"


class Size(Model):
    """How large it shall be."""

    width: Annotated[int, Field(ge=16), Display(unit="px")]
    """Across."""
    ratio: float | None = None
    """To the height."""


class Sixth(Request):
    """What a sixth vendor takes."""

    vendor = "sixth"
    exactly_one = ("words", "sizes")

    name: str
    """Its name."""
    colour: Colour
    """Which."""
    face: Annotated[ls.Media, Takes(("image",))]
    """The face."""
    words: Annotated[list[str] | None, Field(min_length=2)] = None
    """Some words."""
    sizes: list[Size] | None = None
    """Some sizes."""
    size: Size | None = None
    """One more."""
    mode: Literal["fast", "slow"] | None = None
    """How."""
    loud: bool = False
    """Whether."""
    gain: Annotated[float, Field(gt=0, le=2)] = 1.0
    """How much."""
    count: int | None = None
    """How many."""
    since: date | None = None
    """When."""
    extra: Annotated[dict[str, int], Field(default_factory=dict)]
    """Whatever else."""
    voice: Annotated[str | None, Display(listed_by="voices")] = None
    """Who."""


class SixthVendor(ls.Lingdong):
    """A vendor that lists voices."""

    name = "sixth"
    title = "Sixth"
    kinds = (Sixth,)
    trouble: Exception | None = None
    listed: pd.DataFrame | None = None

    def voices(self) -> pd.DataFrame:
        """Return the voices."""
        if self.trouble is not None:
            raise self.trouble
        if self.listed is not None:
            return self.listed
        url = "https://example.com/a.mp3"
        rows = [("v1", "Nina", "f", url), ("v2", "Tom", "m", url), ("v3", "Tom", "m", url)]
        return pd.DataFrame(rows, columns=["id", "name", "gender", "sample"])


@pytest.fixture
def vendor() -> SixthVendor:
    """The sixth vendor, connected."""
    return SixthVendor(api_key="k", base_url="http://127.0.0.1:9/")


@pytest.fixture
def form(vendor: SixthVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Form]:
    """A form of the sixth vendor."""
    monkeypatch.setitem(VENDORS, "sixth", SixthVendor)
    with ls.Client([vendor], ledger=tmp_path / "jobs.sqlite") as client:
        yield client.form(Sixth)


FULL = {
    "name": " with spaces ",
    "colour": Colour.dark_blue,
    "face": b"not yet a file",
    "sizes": [Size(width=20), Size(width=30, ratio=1.5)],
    "size": Size(width=40),
    "mode": "slow",
    "loud": True,
    "gain": 1.25,
    "count": 2**60,
    "since": date(2026, 1, 2),
    "extra": {"a": 1},
    "voice": "v2",
}


def test_every_kind_of_field_goes_in_and_comes_out(form):
    """Whatever its type."""
    request = Sixth(**FULL)

    form.value = request

    assert form.value == request
    assert form.value.model_fields_set == set(FULL)


def test_filling_in_leaves_nothing_of_before(form):
    """What a request does not set is empty again."""
    form.value = Sixth(**FULL)
    least = Sixth(name="n", colour="r", face="f.png", words=["a", "b"])

    form.value = least

    assert form.value == least
    assert form.value.model_fields_set == {"name", "colour", "face", "words"}


def test_required_fields_come_first(form):
    """In the model's order; what has a default follows."""
    assert list(form_labels(form))[:3] == ["Name *", "Colour *", "Face *"]


def form_labels(form):
    """Yield the labels of a form's controls, in the order in which they are seen."""
    yield from (each.description for each in everything(form) if getattr(each, "description", ""))


def everything(widget):
    """Yield a widget and all below it, in order."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from everything(child)


def test_limits_and_units_stand_in_the_label(form):
    """Beside a star for what is required."""
    labels = list(form_labels(form))

    assert "Gain (> 0, ≤ 2)" in labels
    form.value = Sixth(**FULL)
    assert "Width (px, ≥ 16) *" in list(form_labels(form))


def test_only_the_chosen_alternative_is_seen_and_sent(form):
    """Of fields that exclude each other."""
    form.value = Sixth(**FULL)
    radio = next(each for each in everything(form) if isinstance(each, widgets.RadioButtons))
    assert radio.description == "Words or sizes *"

    radio.value = "words"

    headings = [each.value for each in everything(form) if isinstance(each, widgets.Label)]
    assert "Words *" in headings
    assert "Sizes *" not in headings
    with pytest.raises(ls.BadRequest) as raised:
        form.value  # noqa: B018 - it is the validation
    assert {path.partition(".")[0] for path, _ in raised.value.fields} == {"words"}


def test_a_chosen_alternative_that_is_empty_is_marked_itself(form):
    """Not the form as a whole."""
    form.button.click()

    assert form.errors["words.0"] == REQUIRED
    assert "" not in form.errors


def test_elements_are_added_and_removed(form):
    """And numbered anew."""
    sizes = form.field("sizes")
    form.value = Sixth(**FULL)

    sizes.add()
    sizes.remove(0)

    assert [each.get("width") for each in sizes.value] == [30, None]
    removers = [each for each in everything(form) if isinstance(each, widgets.Button)]
    assert [b.description for b in removers if "Remove" in b.description] == [
        "Remove size 1",
        "Remove size 2",
    ]
    form.button.click()
    assert form.errors == {"sizes.1.width": REQUIRED}


def test_a_remove_button_removes_its_own_element(form):
    """Also after others went before it."""
    form.value = Sixth(**FULL | {"sizes": [Size(width=width) for width in (20, 30, 40)]})
    removers = [
        each for each in everything(form) if getattr(each, "description", "").startswith("Remove")
    ]

    removers[0].click()
    removers[2].click()

    assert [size["width"] for size in form.field("sizes").value] == [30]


def test_the_focus_goes_to_the_button_that_adds(vendor, tmp_path, monkeypatch):
    """Before the pressed button goes with its element: a page without focus is Lab's own."""
    monkeypatch.setitem(VENDORS, "sixth", SixthVendor)
    with Tab() as tab, ls.Client([vendor], ledger=tmp_path / "jobs.sqlite") as client:
        form = client.form(Sixth)
        form.value = Sixth(**FULL)
        remove = next(
            each
            for each in everything(form)
            if getattr(each, "description", "").startswith("Remove")
        )

        remove.click()

    assert [message["do"] for message in tab.messages_with("do")] == ["focus"]


def test_a_list_that_is_too_short_is_reported_above_it(form):
    """By the model's own limit."""
    form.value = Sixth(**{**FULL, "sizes": None, "words": ["a", "b"]})

    form.field("words").remove(1)

    assert list(form.errors) == ["words"]


def test_a_part_that_may_be_left_out_has_a_box_to_tick(form):
    """Its fields are there only then."""
    size = form.field("size")
    assert size.value is None

    tick = next(each for each in everything(size.widget) if isinstance(each, widgets.Checkbox))
    tick.value = True

    assert size.value == {}
    assert tick.description == "Size"


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("count", "many", "valid integer"),
        ("since", "yesterday", "valid date"),
        ("extra", "{", "valid dictionary"),
        ("gain", 3.0, "less than or equal to 2"),
    ],
)
def test_what_the_model_refuses_is_reported_beside_the_field(form, path, typed, said):
    """In the model's words; what was typed stays as it is."""
    form.field(path).control.value = typed

    assert said in form.errors[path]
    assert form.field(path).control.value == typed


def test_a_field_that_may_be_empty_can_be_emptied(form):
    """A number too."""
    form.value = Sixth(**FULL)

    form.field("count").control.value = ""
    form.field("mode").control.index = 0

    assert form.value.count is None
    assert form.value.mode is None


def test_a_field_that_is_not_there_is_named(form):
    """In the form, in a part, in a list."""
    for path in ("nothing", "size.nothing", "sizes.7", "name.first"):
        with pytest.raises(ls.BadRequest, match="has no"):
            form.field(path)


def test_a_list_of_the_vendors_is_offered(form):
    """By its texts, distinguished where they are the same; the value is the id."""
    voice = form.field("voice")
    wait_until(lambda: voice.control.options)

    assert voice.control.options == ("Nina · f", "Tom · m · v2", "Tom · m · v3")
    voice.control.value = "Nina · f"
    assert voice.value == "v1"
    voice.control.value = "another"
    assert voice.value == "another"


ODD_LISTS = {
    "no ids": ({"font": ["a"]}, ()),
    "an id that is missing": ({"id": ["a", None], "name": ["Ann", "Bob"]}, ("Ann",)),
    "control characters": ({"id": ["a"], "name": ["Ann\u202e\x07!"]}, ("Ann\ufffd\ufffd!",)),
    "URLs of any scheme": ({"id": ["a"], "name": ["Ann"], "x": ["javascript:x"]}, ("Ann",)),
    "nothing": ({}, ()),
}


@pytest.mark.parametrize("odd", ODD_LISTS.values(), ids=ODD_LISTS)
def test_an_odd_list_offers_what_can_be_offered(form, vendor, odd):
    """And any value can be typed."""
    columns, options = odd
    voice = form.field("voice")
    wait_until(lambda: voice.control.options)
    vendor.listed = pd.DataFrame(columns)

    voice.fetch()

    assert voice.control.options == options
    voice.control.value = "typed"
    assert voice.value == "typed"


def test_what_is_typed_while_the_list_arrives_stays(form):
    """The list comes on another thread; it is no reason to lose a letter."""
    voice = form.field("voice")
    wait_until(lambda: voice.control.options)
    voice.control.options = ()
    voice.control.observe(lambda _: setattr(voice.control, "value", "Ni"), "options")

    voice.fetch()

    assert voice.value == "Ni"
    assert voice.touched


def test_a_listed_value_is_shown_by_its_name(form):
    """Also one that was filled in before the list came."""
    form.value = Sixth(**FULL)

    wait_until(lambda: form.field("voice").control.value == "Tom · m · v2")
    assert form.value == Sixth(**FULL)


def test_a_list_that_cannot_be_fetched_says_so_and_can_be_fetched_again(form, vendor):
    """The field takes any text meanwhile."""
    vendor.trouble = ls.Unauthorized("sixth: HTTP 401")
    voice = form.field("voice")
    said, again = (each for each in everything(voice.widget) if type(each).__name__ in SEEN)

    again.click()
    wait_until(lambda: said.value == "The list could not be fetched: sixth: HTTP 401")

    vendor.trouble = None
    again.click()
    wait_until(lambda: said.value == "3 to choose from")


SEEN = ("Label", "Button")
"""What stands beneath a listed field's control."""
