"""The field that suggests what a vendor lists: people with pictures, a row for each figure."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, ClassVar

import pandas as pd
import pytest
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.suggest_field import SuggestField
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Display, Model, Request
from lipsync_nb.vendors.base.catalogue import Catalogue

COVER = "https://cdn.test/cover/{}?sign=a"


class Figure(Model):
    """Who is seen."""

    id: Annotated[str, Display(label="Person", listed_by="people", previewed_by="cover")]
    """The person."""


class Show(Request[ls.Video]):
    """A video of somebody."""

    vendor = "gallery"

    person: Figure
    """Who is seen."""


class Gallery(ls.Lingdong):
    """A vendor that lists people."""

    name = "gallery"
    title = "Gallery"
    kinds = (Show,)
    listed: ClassVar[pd.DataFrame]

    def people(self) -> pd.DataFrame:
        """Return the people."""
        return self.listed


def rows() -> list[dict[str, object]]:
    """Return the rows of three people, of whom two have the same name."""
    people = [("p1", "Anna", "whole_body"), ("p1", "Anna", "circle_view"), ("p2", "Bo", "sit_body")]
    people += [("p3", "Anna", "sit_body")]
    return [
        {
            "id": person,
            "name": name,
            "gender": "Female" if name == "Anna" else "Male",
            "figure_type": figure,
            "cover": None if figure == "whole_body" else COVER.format(f"{person}-{figure}"),
            "audio_man_id": f"C-{person}",
            "tags": ["a", "b"],
            "width": 1080,
        }
        for person, name, figure in people
    ]


@pytest.fixture
def field_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[pd.DataFrame], SuggestField]]:
    """Return a function that makes the field of a person, with what the vendor lists."""
    monkeypatch.setitem(VENDORS, "gallery", Gallery)
    vendor = Gallery(api_key="k", base_url="http://127.0.0.1:9/")
    with ls.Client([vendor], ledger=tmp_path / "jobs.sqlite") as client:

        def make(listed: pd.DataFrame) -> SuggestField:
            monkeypatch.setattr(Gallery, "listed", listed, raising=False)
            field = client.form(Show).field("person.id")
            wait_until(lambda: field.control.options)
            return field

        yield make


def test_a_person_is_offered_once(field_of):
    """By what its rows have in common, without ids of other things."""
    field = field_of(Catalogue.of(rows(), {"cover": "image"}))

    assert field.control.options == ("Anna · Female", "Bo · Male · sit_body", PERSON_3)
    field.control.value = "Anna · Female"
    assert field.value == "p1"
    field.value = "p3"
    assert field.control.value == PERSON_3


PERSON_3 = "Anna · Female · sit_body"


@pytest.mark.parametrize(
    ("person", "cover"), [("p1", "p1-circle_view"), ("p2", "p2-sit_body"), ("p3", "p3-sit_body")]
)
def test_a_person_has_its_picture(field_of, person, cover):
    """That of the first figure that has one. It is a picture, whatever its URL looks like."""
    field = field_of(Catalogue.of(rows(), {"cover": "image"}))
    field.value = person

    card = field.preview.card
    assert (card["kind"], card["as"], card["url"]) == ("remote", "image", COVER.format(cover))
    field.value = "of my own"
    assert field.preview.card == {}


@pytest.mark.parametrize(
    ("ending", "kind"), [("x.png", "image"), ("x.mp4", "video"), ("x", "audio")]
)
def test_a_plain_frame_leaves_it_to_the_url(field_of, ending, kind):
    """Also one that has a column of the name in which a catalogue keeps what it knows."""
    listed = pd.DataFrame([{"id": "p1", "cover": f"https://cdn.test/{ending}", "previews": "x"}])
    field = field_of(listed)
    field.value = "p1"

    assert field.preview.card["as"] == kind
