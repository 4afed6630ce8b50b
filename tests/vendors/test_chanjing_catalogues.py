"""Chanjing's catalogues: what it lists, page by page, as a DataFrame."""

import pytest
from vendors.chanjing_page import PERSON, VOICE, connected, envelope

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.vendors.base.catalogue import Catalogue


@pytest.fixture
def vendor(world):
    vendor = connected(world)
    yield vendor
    loop.run(vendor.aclose())


@pytest.mark.parametrize("odd", [False, True], ids=["with page_info", "without"])
def test_people_have_a_row_for_each_figure(vendor, world, odd):
    """``list_common_dp``: twelve people on two pages, each with two figures."""
    world.chanjing.origin.odd = odd
    people = vendor.people()
    person = people[people["id"] == PERSON].set_index("figure_type")

    assert (len(people), people["id"].nunique()) == (24, 12)
    assert list(person.index) == ["sit_body", "circle_view"]
    assert person.loc["circle_view"].to_dict() == {
        "id": PERSON,
        "name": "数字人11",
        "gender": "",
        "width": 728,
        "height": 728,
        "cover": "https://res.chanjing.cc/11_circle_view.png",
        "preview_video_url": "https://res.chanjing.cc/11_circle_view.webm",
        "pic_path": "https://res.chanjing.cc/11_circle_view.png",
        "bg_replace": True,
        "audio_man_id": VOICE,
        "audio_name": "磁性中年男声",
        "audio_preview": "https://res.chanjing.cc/voice.wav",
        "tags": ["商务", "女"],
        "tag_ids": [1, 2],
    }


def test_people_are_asked_for_by_tags_and_order(vendor, world):
    """``tag_ids`` with commas, sort, source, pages of 50; what is not given is not sent."""
    found = vendor.people(tags=[1, 2], sort="hottest", source=0)
    (seen,) = world.chanjing.origin.asked("GET", "/list_common_dp")
    vendor.people()
    plain = world.chanjing.origin.asked("GET", "/list_common_dp")[1]

    assert seen.query == {
        "page": "1",
        "size": "50",
        "tag_ids": "1,2",
        "sort": "hottest",
        "source": "0",
    }
    assert plain.query == {"page": "1", "size": "50"}
    assert found["name"].unique().tolist() == [f"数字人{n}" for n in (11, 9, 7, 5, 3, 1)]


@pytest.mark.parametrize(
    ("tags", "sent"),
    [("12", "12"), (12, "12"), (["1", 2], "1,2"), ((each for each in (1, 2)), "1,2")],
)
def test_one_tag_or_many_are_taken(vendor, world, tags, sent):
    """A text is one id, not its digits."""
    vendor.people(tags=tags)

    assert world.chanjing.origin.asked("GET", "/list_common_dp")[0].query["tag_ids"] == sent


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda vendor: vendor.people(tags="商务"), "tags: they are ids such as 12.*'商务'"),
        (lambda vendor: vendor.people(tags=[1, None]), "tags: they are ids.*'None'"),
        (lambda vendor: vendor.people(tags=None), "tags: they are ids.*'None'"),
        (lambda vendor: vendor.people(source="own"), "source: it is a number, not 'own'"),
        (lambda vendor: vendor.people(sort="newest"), "latest or hottest"),
        (lambda vendor: vendor.tags("fonts"), "people and voices"),
    ],
)
def test_a_word_that_the_page_does_not_name_is_refused(vendor, world, call, names):
    """Before anything is sent."""
    with pytest.raises(ls.BadRequest, match=names):
        call(vendor)
    assert world.chanjing.origin.seen == []


@pytest.mark.parametrize("figures", [None, [], "none", [None], {"type": "sit_body"}], ids=repr)
def test_a_person_whose_figures_cannot_be_read_has_a_row(vendor, world, figures):
    """Without a figure."""
    answer = {"list": [{"id": "p", "name": "一", "figures": figures}, "no person"]}
    world.chanjing.origin.plan("GET", "/list_common_dp", envelope(answer))
    world.chanjing.origin.plan("GET", "/list_common_dp", envelope({"list": []}))
    people = vendor.people()

    assert people[["id", "name", "figure_type"]].to_dict("records") == [
        {"id": "p", "name": "一", "figure_type": None}
    ]


def test_tags_have_their_groups(vendor, world):
    """``common/tag_list`` with business_type 1 for people, 2 for voices."""
    people, voices = vendor.tags("people"), vendor.tags("voices")
    asked = world.chanjing.origin.asked("GET", "/common/tag_list")

    assert [seen.query for seen in asked] == [{"business_type": "1"}, {"business_type": "2"}]
    assert people.to_dict("records") == [
        {"id": 1, "name": "商务", "parent_id": 0, "group": "数字人"},
        {"id": 2, "name": "女", "parent_id": 1, "group": "数字人"},
    ]
    assert voices["group"].tolist() == ["声音"]


@pytest.mark.parametrize("odd", [False, True], ids=["a list", "an object with a list"])
def test_fonts_are_read(vendor, world, odd):
    """``font_list``: no page tells how it is answered, so both ways are read."""
    world.chanjing.origin.odd = odd

    assert vendor.fonts()["id"].tolist() == ["f-1", "f-2"]


LISTS = [
    ("GET", "/list_common_audio", ls.Chanjing.voices),
    ("GET", "/list_common_dp", ls.Chanjing.people),
    ("POST", "/list_customised_audio", ls.Chanjing.own_voices),
    ("POST", "/list_customised_person", ls.Chanjing.own_people),
    ("GET", "/common/tag_list", lambda vendor: vendor.tags("people")),
    ("GET", "/font_list", ls.Chanjing.fonts),
]


@pytest.mark.parametrize("which", LISTS, ids=[path for _, path, _ in LISTS])
@pytest.mark.parametrize("answer", [None, {}, [], [1], {"list": None}, {"list": "none"}])
def test_a_list_of_nothing_is_empty(vendor, world, which, answer):
    """It has its columns and no rows, and is asked for once."""
    method, path, listed = which
    world.chanjing.origin.plan(method, path, envelope(answer))
    found = listed(vendor)

    assert (len(found), found["id"].tolist()) == (0, [])
    assert list(found.columns)[:2] == ["id", "name"]
    assert found.previews.keys() <= set(found.columns)
    assert len(world.chanjing.origin.asked(method, path)) == 1


@pytest.mark.parametrize("info", [None, [], "one page", {"total_count": "many"}], ids=repr)
def test_an_odd_page_info_is_passed_over(vendor, world, info):
    """The list is read to a page without rows."""
    answer = {"list": [{"id": "v"}], "page_info": info}
    world.chanjing.origin.plan("POST", "/list_customised_audio", envelope(answer))

    assert vendor.own_voices()["id"].tolist() == ["v"]


def test_a_bare_list_is_read(vendor, world):
    """As ``font_list`` answers."""
    world.chanjing.origin.plan("POST", "/list_customised_audio", envelope([{"id": "v"}]))

    assert vendor.own_voices()["id"].tolist() == ["v"]


@pytest.mark.parametrize(("total", "of"), [(10**9, "1,000,000,000"), (None, "an unknown number")])
def test_of_a_list_without_end_the_first_100_pages_are_read(vendor, world, capsys, total, of):
    """The user is told how many were read, and of how many."""
    for number in range(101):
        rows = [{"id": f"v{number}"}, {"id": f"w{number}"}]
        answer = {"list": rows, "page_info": {"total_count": total}}
        world.chanjing.origin.plan("POST", "/list_customised_audio", envelope(answer))
    voices = vendor.own_voices()

    assert len(voices) == 200
    assert f"list_customised_audio: only the first 200 of {of} were read" in capsys.readouterr().err


def test_a_page_that_is_repeated_is_listed_once(vendor, world, capsys):
    """Though its URLs are signed anew each time."""
    for number in range(2):
        row = {"id": "v", "audio_path": f"https://res.chanjing.cc/v.wav?sign={number}"}
        world.chanjing.origin.plan("POST", "/list_customised_audio", envelope({"list": [row]}))

    assert len(vendor.own_voices()) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("answer", ["fonts", 7])
def test_what_is_no_list_is_asked_for_again(vendor, world, answer):
    """As an answer costs nothing."""
    world.chanjing.origin.plan("GET", "/font_list", envelope(answer))

    assert len(vendor.fonts()) == 2


def test_own_lists_are_read_to_their_end(vendor, world):
    """``list_customised_audio`` and ``list_customised_person`` by POST, ten in a page."""
    products = world.chanjing.products
    for number in range(12):
        products.own_voices.add("C-Audio-", f"声音{number}")
        products.own_people.add("C-", f"数字人{number}")
    voices, people = vendor.own_voices(), vendor.own_people()
    asked = world.chanjing.origin.asked("POST", "/list_customised_audio")

    assert voices["name"].tolist() == [f"声音{number}" for number in reversed(range(12))]
    assert people["name"].tolist() == [f"数字人{number}" for number in reversed(range(12))]
    assert [seen.json for seen in asked] == [
        {"page": 1, "page_size": 50},
        {"page": 2, "page_size": 50},
    ]


def test_further_columns_come_after_those_of_the_page(vendor, world):
    """In whatever order they are answered, and of which row."""
    rows = [{"is_open": 1, "name": "一", "id": "p"}, {"reason": "", "id": "q"}]
    world.chanjing.origin.plan("POST", "/list_customised_person", envelope(rows))
    people = vendor.own_people()

    assert list(people.columns) == [
        *("id", "name", "type", "status", "progress", "err_reason", "pic_url", "preview_url"),
        *("width", "height", "audio_man_id", "create_time"),
        *("is_open", "reason"),
    ]
    assert people["name"].fillna("").tolist() == ["一", ""]


def test_catalogues_tell_which_columns_are_previews(vendor):
    """So that a notebook shows them."""
    found = [vendor.voices(), vendor.people(), vendor.own_voices(), vendor.own_people()]

    assert {type(each) for each in (*found, vendor.tags("people"), vendor.fonts())} == {Catalogue}
    assert [each.previews for each in found] == [
        {"audition": "audio"},
        {"cover": "image", "preview_video_url": "video", "audio_preview": "audio"},
        {"audio_path": "audio"},
        {"pic_url": "image", "preview_url": "video"},
    ]
