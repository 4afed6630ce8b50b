"""The figure of a person who is named without one: when it is looked up, and what is taken."""

import pytest
from vendors.chanjing_page import PERSON, VOICE, connected, envelope
from vendors.wire import submit

import lipsync_nb as ls
from lipsync_nb import event_loop as loop

TTS = {"text": "你好", "voice": VOICE}
LIST, OWN = "/list_common_dp", "/customised_person"


@pytest.fixture
def vendor(world):
    vendor = connected(world)
    yield vendor
    loop.run(vendor.aclose())


def sent(vendor, world, person, **fields):
    """Return the person as it is sent."""
    submit(vendor, ls.chanjing.AvatarVideo(person={"id": person, **fields}, tts=TTS))
    return world.chanjing.origin.asked("POST", "/create_video")[-1].json["person"]


def listed(*people, total=None):
    """Return an answer of ``list_common_dp``."""
    return envelope({"list": list(people), "page_info": {"total_count": total}})


def public(person, *figures):
    return {"id": person, "figures": [{"type": figure} for figure in figures]}


def refused(vendor, world, kind, person="p"):
    """Return the error with which a video is refused before it is asked for."""
    with pytest.raises(kind, match=r"set person\.figure_type") as caught:
        submit(vendor, ls.chanjing.AvatarVideo(person={"id": person}, tts=TTS))
    assert world.chanjing.origin.asked("POST", "/create_video") == []
    return caught.value


def test_a_public_person_appears_as_the_first_figure_that_is_listed(vendor, world):
    """The page wants one of public people; a person is looked for once."""
    figures = [sent(vendor, world, PERSON)["figure_type"] for _ in range(2)]

    assert figures == ["sit_body", "sit_body"]
    assert [seen.query for seen in world.chanjing.origin.asked("GET", LIST)] == [
        {"page": "1", "size": "50"},
        {"page": "2", "size": "50"},
    ]


def test_the_list_is_read_to_the_page_with_the_person(vendor, world):
    """Whoever else is on that page is known from then on."""
    world.chanjing.origin.plan("GET", LIST, listed(public("a", "sit_body"), total=2000))
    people = listed(public("p", "whole_body"), public("q", "circle_view"), total=2000)
    world.chanjing.origin.plan("GET", LIST, people)
    world.chanjing.origin.plan("POST", "/create_video", envelope("1"), times=3)
    figures = [sent(vendor, world, person)["figure_type"] for person in ("p", "q", "a")]

    assert figures == ["whole_body", "circle_view", "sit_body"]
    assert len(world.chanjing.origin.asked("GET", LIST)) == 2


@pytest.mark.parametrize("given", ["id", "avatar"])
def test_for_a_person_of_ones_own_the_public_people_are_not_read(vendor, world, given):
    """Whether it is named by its id or is what an `OwnPerson` has made; it is asked for once."""
    own = world.chanjing.products.own_people.add("C-", "我")
    person = own if given == "id" else ls.Avatar("chanjing", own)
    people = [sent(vendor, world, person) for _ in range(2)]

    assert not any("figure_type" in person for person in people)
    assert world.chanjing.origin.asked("GET", LIST) == []
    assert [seen.query for seen in world.chanjing.origin.asked("GET", OWN)] == [{"id": own}]


@pytest.mark.parametrize("fields", [{"figure_type": "circle_view"}, {"source": 1}], ids=str)
def test_nothing_is_looked_up_if_the_figure_or_the_source_is_given(vendor, world, fields):
    """Neither among the public people nor among those of one's own."""
    sent(vendor, world, PERSON, **fields)

    assert world.chanjing.origin.asked("GET", LIST) == []
    assert world.chanjing.origin.asked("GET", OWN) == []


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (500, envelope(None, 50000, "系统错误"), (ls.ServerError, 50000)),
        (200, envelope(None, 40000, "参数错误"), (ls.VendorError, 40000)),
        (200, envelope(None, 40002, "已达上限"), (ls.OutOfCredit, 40002)),
        (502, "", (ls.ServerError, 502)),
        (200, envelope("none"), (ls.ServerError, None)),
    ],
)
def test_without_a_list_of_people_nothing_is_paid(vendor, world, status, answer, error):
    """The error is the list's, with its code."""
    kind, code = error
    world.chanjing.origin.plan("GET", LIST, answer, status=status, times=9)
    found = refused(vendor, world, kind, PERSON)

    assert (type(found), found.code) == (kind, code)


def test_a_person_beyond_all_pages_that_are_read_is_refused(vendor, world):
    """As the person may be public."""
    for number in range(101):
        world.chanjing.origin.plan("GET", LIST, listed(public(f"p{number}"), total=10**9))
    error = refused(vendor, world, ls.BadRequest)

    assert "not among the first 100 public people" in str(error)
    assert error.fields[0][0] == "person.figure_type"


@pytest.mark.parametrize(
    "answer", [listed(), listed(public("q", "sit_body"), total=1), envelope(None)], ids=repr
)
def test_a_person_whom_no_list_has_is_sent_without_a_figure(vendor, world, answer):
    """And is looked for again the next time, as the person may be listed by then."""
    world.chanjing.origin.plan("GET", LIST, answer)
    world.chanjing.origin.plan("POST", "/create_video", envelope("1"), times=2)
    first = sent(vendor, world, "p")
    world.chanjing.origin.plan("GET", LIST, listed(public("p", "sit_body"), total=1))

    assert "figure_type" not in first
    assert sent(vendor, world, "p")["figure_type"] == "sit_body"


@pytest.mark.parametrize(
    ("figures", "taken"),
    [
        ([{"type": {"a": ["x"]}}, {"type": "whole_body"}], "whole_body"),
        ([{"type": "half_body"}, None, {"type": "circle_view"}], "circle_view"),
        ([{"type": "Sit_Body"}, {"type": 1}, {}], None),
        ("sit_body", None),
        (None, None),
    ],
    ids=str,
)
def test_only_a_figure_that_the_page_names_is_taken(vendor, world, figures, taken):
    """Whatever else is listed."""
    world.chanjing.origin.plan("GET", LIST, listed({"id": "p", "figures": figures}))
    world.chanjing.origin.plan("POST", "/create_video", envelope("1"))

    assert sent(vendor, world, "p").get("figure_type") == taken


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, envelope(None, 50000, "系统错误")),
        (404, "no page"),
        (200, envelope(None)),
        (200, envelope({"id": "another", "status": 2})),
    ],
)
def test_an_odd_answer_about_a_person_of_ones_own_proves_nothing(vendor, world, status, answer):
    """It is not asked for again; the public people are read."""
    world.chanjing.origin.plan("GET", OWN, answer, status=status, times=9)

    assert sent(vendor, world, PERSON)["figure_type"] == "sit_body"
    assert len(world.chanjing.origin.asked("GET", OWN)) == 1
