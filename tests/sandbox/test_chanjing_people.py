"""蝉镜's public people, tags and fonts: who they are, and what is shown of them."""

import io
from itertools import combinations

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from lipsync_nb.sandbox.render.appearance import appearance_of
from lipsync_nb.sandbox.render.face_detection import find_faces
from lipsync_nb.sandbox.vendors.chanjing.people import PEOPLE

FIGURES = ("whole_body", "sit_body", "circle_view")


def people(chanjing, **query):
    answer = chanjing.get("/open/v1/list_common_dp", params={"page": 1, "size": 50, **query})
    return answer.json()["data"]["list"]


def picture(bare, url):
    fetched = bare.get(url)
    assert fetched.headers["content-type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(fetched.content)).convert("RGB"))


@pytest.fixture
def figures(chanjing):
    """All figures of all people: person, figure."""
    return [(person, figure) for person in people(chanjing) for figure in person["figures"]]


def test_there_are_people_of_both_genders_with_several_figures(chanjing):
    """Six at least; the page's own example has two figures."""
    found = people(chanjing)
    kinds = [tuple(figure["type"] for figure in person["figures"]) for person in found]

    assert len(found) >= 6
    assert {person["gender"] for person in found} == {"Female", "Male"}
    assert kinds == [FIGURES[1:], *[FIGURES] * (len(found) - 1)]


def test_they_look_different_from_each_other(chanjing, bare):
    """Their covers differ much more than two pictures of one of them."""
    covers = [picture(bare, person["figures"][-1]["cover"]).astype(float) for person in
              people(chanjing)]  # fmt: skip

    for one, other in combinations(covers, 2):
        assert np.abs(one - other).mean() > 4


@pytest.mark.parametrize("kind", FIGURES)
def test_a_cover_shows_the_figure(figures, bare, kind):
    """With one face, which is smallest where the whole body is shown; in its own shape."""
    shown = [picture(bare, figure["cover"]) for _, figure in figures if figure["type"] == kind][:2]
    sizes = [(figure["width"], figure["height"]) for _, figure in figures if figure["type"] == kind]

    for pixels in shown:
        (face,) = find_faces(pixels)
        share = face.size / pixels.shape[1]
        assert (share < 0.35) == (kind == "whole_body")
        assert pixels.shape[1] / pixels.shape[0] == pytest.approx(sizes[0][0] / sizes[0][1], 0.01)


def test_a_preview_is_a_clip_that_moves(figures, bare):
    """Two seconds of the figure, whose head moves."""
    _, figure = figures[0]
    fetched = bare.get(figure["preview_video_url"])
    with av.open(io.BytesIO(fetched.content)) as clip:
        shown = [frame.to_ndarray(format="rgb24").astype(float) for frame in clip.decode(video=0)]

    assert fetched.headers["content-type"] == "video/mp4"
    assert len(shown) == 50
    assert np.abs(shown[0] - shown[20]).max() > 20


@pytest.mark.parametrize("spoiled", ["Signature=x", "Expires=1"])
def test_a_cover_needs_its_signature(figures, bare, spoiled):
    """403 without it, or after it has expired."""
    url = httpx.URL(figures[0][1]["cover"])
    name, value = spoiled.split("=")
    answer = bare.get(url.copy_set_param(name, value))

    assert answer.status_code == 403


def test_people_are_found_by_their_tags(chanjing):
    """All of those that are asked for; the tags are what the figure looks like."""
    women, formal = people(chanjing, tag_ids="1"), people(chanjing, tag_ids="1,3")
    looks = {person.id: appearance_of(person.look) for person in PEOPLE}

    assert {looks[person["id"]].is_woman for person in women} == {True}
    assert 0 < len(formal) < len(women)
    assert {looks[person["id"]].clothes for person in formal} == {"suit"}
    assert {tuple(person["tag_names"]) for person in formal} == {("女", "商务")}
    assert people(chanjing, tag_ids="1,2") == []


def test_people_have_pages_and_an_order(chanjing):
    """The hottest are another order than the latest; a page has 50 at most."""
    latest, hottest = people(chanjing), people(chanjing, sort="hottest")
    pages = [people(chanjing, page=page, size=3) for page in (1, 2, 3, 4)]
    wrong = chanjing.get("/open/v1/list_common_dp", params={"size": 51}).json()

    assert [person["id"] for person in hottest] == [person["id"] for person in latest][::-1]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert [person["id"] for page in pages for person in page] == [p["id"] for p in latest]
    assert wrong["code"] == 40000


def test_each_person_has_a_voice_of_the_same_gender(chanjing, bare):
    """It is one of the public voices, and can be heard."""
    voices = chanjing.get("/open/v1/list_common_audio", params={"size": 100}).json()["data"]["list"]
    genders = {voice["id"]: voice["gender"] for voice in voices}

    for person in people(chanjing):
        assert genders[person["audio_man_id"]] == person["gender"].lower()
    assert bare.get(person["audio_preview"]).headers["content-type"] == "audio/wav"


@pytest.mark.parametrize(
    ("query", "groups"), [({}, 4), ({"business_type": "1"}, 2), ({"business_type": "1,2"}, 4)]
)
def test_tags_are_in_groups(chanjing, query, groups):
    """Of people, of voices, or of both; each tag names its group."""
    found = chanjing.get("/open/v1/common/tag_list", params=query).json()["data"]["list"]

    assert len(found) == groups
    for group in found:
        assert group["tag_child_count"] == len(group["tag_list"]) > 0
        assert {tag["parent_id"] for tag in group["tag_list"]} == {group["id"]}


def test_tags_of_something_else_are_refused(chanjing):
    """40000."""
    query = {"business_type": "3"}

    assert chanjing.get("/open/v1/common/tag_list", params=query).json()["code"] == 40000


def test_the_fonts_are_those_of_the_renderer(chanjing):
    """With the ids that subtitles take."""
    assert chanjing.get("/open/v1/font_list").json()["data"] == [
        {"id": "F-noto-sans-cjk-sc", "name": "Noto Sans CJK SC"}
    ]
