"""The plan of a comparison: requests, reasons for refusals, names and costs."""

from collections.abc import Callable
from inspect import signature
from pathlib import Path

import pandas as pd
import pytest
from conftest import Samples
from faces import speech
from vendors.cases import CASES

import lipsync_nb as ls
from lipsync_nb.compare.cases import crossed, tabled
from lipsync_nb.compare.plan import Plan
from lipsync_nb.jobs.confirmation import MOST_UNCONFIRMED
from lipsync_nb.vendors import VENDORS

TEXT = "Hello there, my friend."


@pytest.fixture
def plan_of(client: ls.Client) -> Callable[..., Plan]:
    """Return a function that plans a comparison, and checks that nothing is submitted."""

    def plan(*args: object, **arguments: object) -> Plan:
        with pytest.raises(ls.NotConfirmed) as refused:
            client.compare(*args, **arguments, confirm=False)
        assert client.jobs.empty
        return refused.value.plan

    return plan


def asked(plan: Plan) -> set[str]:
    """Return the planned kinds of requests."""
    return {f"{item.entry.vendor}.{item.entry.kind}" for item in plan.items}


def reasons(plan: Plan) -> dict[str, str]:
    """Return the reasons for the refused kinds of requests."""
    return {f"{entry.vendor}.{entry.kind}": entry.note for entry in plan.refused}


def test_each_argument_of_a_comparison_is_described() -> None:
    """The docstring of `Client.compare` describes all arguments."""
    _, *names = signature(ls.Client.compare).parameters

    assert [name for name in names if f"{name}: " not in (ls.Client.compare.__doc__ or "")] == []


def test_a_picture_a_speech_and_a_text_suit_every_vendor(plan_of, samples: Samples) -> None:
    """Each vendor has one planned kind of request, and a reason for its other kinds of videos."""
    plan = plan_of(samples.face, samples.speech, TEXT)

    videos = [
        kind for vendor in VENDORS.values() for kind in vendor.kinds if kind.makes() is ls.Video
    ]
    kinds = {f"{kind.vendor}.{kind.kind()}" for kind in videos}
    assert asked(plan) == {f"{name}.{case.compared}" for name, case in CASES.items()}
    assert reasons(plan)["lipsync_studio.LipSyncVideo"] == (
        "it takes a clip, and the face is a picture"
    )
    assert set(reasons(plan)) == kinds - asked(plan)


def test_a_picture_becomes_a_clip_of_its_own_size(plan_of, samples: Samples) -> None:
    """The clip is as long as the speech and as large as the picture."""
    plan = plan_of(samples.face, samples.speech, vendors="chanjing")
    (request,) = [item.request for item in plan.items]

    assert request.video.suffix == ".mp4"
    assert ls.Video(request.video.path).duration_s == pytest.approx(
        ls.Video(samples.speech).duration_s, abs=0.05
    )
    assert (request.screen_width, request.screen_height) == (512, 512)


def test_a_clip_is_taken_as_it_is(plan_of, samples: Samples) -> None:
    """A clip is used as it is. The kind that takes pictures is refused with the reason."""
    plan = plan_of(samples.clip, samples.speech, vendors=["lipsync_studio", "chanjing"])

    assert asked(plan) == {"lipsync_studio.LipSyncVideo", "chanjing.LipSync"}
    assert plan.items[1].request.video.path == samples.clip
    assert "the face is a clip" in reasons(plan)["lipsync_studio.LipSyncImage"]


def test_without_a_text_a_vendor_that_needs_one_is_refused(plan_of, samples: Samples) -> None:
    """A vendor that needs a text is refused with the reason."""
    plan = plan_of(samples.face, samples.speech)

    assert reasons(plan)["xingyun.RenderScript"] == "it needs a text"


def test_a_text_alone_needs_voices(plan_of, samples: Samples) -> None:
    """Without a voice, the reason says where to find voices. With voices, the text is spoken."""
    some = ["lingdong", "yunai", "xingyun", "chanjing"]
    without = plan_of(samples.face, text=TEXT, vendors=some)
    voices = {"yunai": "nina/7", "chanjing": "C-1"}
    plan = plan_of(samples.face, text=TEXT, voices=voices, vendors=some)
    spoken = {item.entry.vendor: item.request for item in plan.items}

    assert asked(without) == {"xingyun.RenderScript"}
    assert "voices()" in reasons(without)["chanjing.LipSync"]
    assert reasons(without)["lingdong.Generate"].startswith("it needs a speech; ")
    assert spoken["yunai"].voice.model_dump() == {
        "voice_engine_id": "nina",
        "audio_id": "7",
        "language": "en",
        "text": TEXT,
    }
    assert spoken["chanjing"].tts.audio_man_id == "C-1"


def test_a_text_that_a_vendor_cannot_speak_is_refused(plan_of, samples: Samples) -> None:
    """A text with an emoji is refused by the plan."""
    plan = plan_of(samples.face, text="Hi 😀", voices={"chanjing": "C-1"})

    assert "emoji" in reasons(plan)["chanjing.LipSync"]


def test_a_file_that_is_too_large_for_a_vendor_is_refused(
    plan_of, samples: Samples, tmp_path: Path
) -> None:
    """The other vendors accept the file."""
    large = tmp_path / "large.png"
    large.write_bytes(samples.face.read_bytes())
    with large.open("ab") as file:
        file.truncate(101_000_000)
    plan = plan_of(large, samples.speech, vendors=["yunai", "lingdong"])

    assert asked(plan) == {"lingdong.Generate"}
    assert "over the limit of 100 MB" in reasons(plan)["yunai.AvatarVideo"]


def test_every_face_says_every_script_so_many_times(
    plan_of, samples: Samples, tmp_path: Path
) -> None:
    """A vendor with a face of its own has one request for each script and repeat."""
    faces = {"a": samples.face, "b": samples.clip}
    speeches = {"one": samples.speech, "two": speech(tmp_path / "two.wav", "Good bye.")}
    texts = {"one": TEXT, "two": "Good bye."}
    plan = plan_of(faces, speeches, texts, vendors=["lingdong", "xingyun"], repeats=2)
    places = plan.df[plan.df["paid"].notna()]

    assert places["vendor"].value_counts().to_dict() == {"lingdong": 8, "xingyun": 4}
    assert not places[["vendor", "face", "script", "repeat"]].duplicated().any()
    notes = {item.entry.note for item in plan.items if item.entry.vendor == "xingyun"}
    assert notes == {"with a figure and a voice of its own"}


def test_equal_requests_are_made_once(plan_of, samples: Samples) -> None:
    """Two faces with the same content make one request."""
    plan = plan_of([samples.face, samples.face], samples.speech, vendors="lingdong")

    assert len(plan.items) == 1


def test_costs_are_summed_by_vendor_and_unit(plan_of, samples: Samples) -> None:
    """Costs are summed by vendor and unit, and in money by the prices. Unknown costs are marked."""
    seconds = ls.Video(samples.speech).duration_s
    wanted = {"face": samples.face, "speech": samples.speech, "vendors": ["lingdong", "yunai"]}
    plan = plan_of(**wanted, prices={"lingdong": 0.01, "yunai": ls.Price(0.5, per="second")})

    assert plan.costs["lingdong", "credits"] == pytest.approx(10 * seconds)
    assert plan.money == pytest.approx(0.1 * seconds + 0.5 * seconds)
    assert "yunai: cost not known" in str(plan)
    assert "in all" not in str(plan_of(**wanted))


def test_options_are_fields_of_the_requests(plan_of, client, samples: Samples) -> None:
    """Options change the estimated cost. An unknown field is an error."""
    wanted = {"face": samples.face, "speech": samples.speech, "vendors": "lipsync_studio"}
    plan = plan_of(**wanted, options={"lipsync_studio": {"resolution": "720p"}})

    assert plan.costs == {("lipsync_studio", "credits"): 20.0}
    with pytest.raises(ls.BadRequest, match="no_such_field"):
        client.compare(**wanted, options={"lipsync_studio": {"no_such_field": 1}})


@pytest.mark.parametrize("above", [5.0, None])
def test_what_costs_little_needs_no_confirmation(client, samples: Samples, above) -> None:
    """A cost below the limit, or without a limit, needs no confirmation."""
    compared = client.compare(
        samples.face,
        samples.speech,
        vendors="lipsync_studio",
        prices={"lipsync_studio": 0.5},
        confirm_above=above,
    )

    assert [job.vendor for job in compared.jobs] == ["lipsync_studio"]


@pytest.mark.parametrize(
    ("vendor", "prices", "above"),
    [
        ("lipsync_studio", {"lipsync_studio": 0.5}, 4.9),
        ("lipsync_studio", None, 9),
        ("yunai", None, 1e9),
    ],
)
def test_what_costs_much_has_to_be_confirmed(
    client, samples: Samples, vendor, prices, above
) -> None:
    """The limit is in money or in units. An unknown cost is above any limit."""
    wanted = {"vendors": vendor, "prices": prices, "confirm_above": above}
    with pytest.raises(ls.NotConfirmed, match="confirm=True"):
        client.compare(samples.face, samples.speech, **wanted)
    assert client.jobs.empty

    assert client.compare(samples.face, samples.speech, **wanted, confirm=True).jobs


def test_many_jobs_have_to_be_confirmed(client, samples: Samples) -> None:
    """More than 20 new jobs need confirmation at any cost."""
    with pytest.raises(ls.NotConfirmed, match=f"{MOST_UNCONFIRMED + 1} new jobs"):
        client.compare(
            samples.face, samples.speech, vendors="lingdong", repeats=MOST_UNCONFIRMED + 1
        )


def test_a_plan_without_requests_is_an_error_with_all_reasons(client, samples: Samples) -> None:
    """A face without speech, or a speech without a face, is an error with the reasons."""
    with pytest.raises(ls.BadRequest, match="nothing to say"):
        client.compare(samples.face)
    with pytest.raises(ls.BadRequest, match=r"lingdong.Generate.*it needs a face"):
        client.compare(speech=samples.speech)


@pytest.mark.parametrize(
    "arguments",
    [
        {"vendors": ["nobody"]},
        {"voices": {"nobody": "x"}},
        {"prices": {"nobody": 1}},
        {"prices": {"lingdong": -1}},
        {"rank_by": "width"},
        {"rank_by": ["sync", "money"]},  # without prices
        {"repeats": 0},
        {"cases": pd.DataFrame()},
    ],
)
def test_wrong_arguments_are_errors(client, samples: Samples, arguments) -> None:
    """Wrong arguments are errors."""
    with pytest.raises(ls.BadRequest):
        client.compare(samples.face, samples.speech, **arguments)


def test_a_vendor_that_is_not_connected_is_an_error(samples: Samples, tmp_path: Path) -> None:
    """The error names the missing variable."""
    with (
        ls.Client([], ledger=tmp_path / "jobs.sqlite") as client,
        pytest.raises(ls.MissingCredentials, match="YUNAI_API_KEY"),
    ):
        client.compare(samples.face, samples.speech, vendors=["yunai"])


def test_names_come_from_files_and_texts(samples: Samples) -> None:
    """Names come from files and texts. A repeated name gets a number. Given names are kept."""
    faces = [samples.face, samples.clip, samples.face.read_bytes()]
    cases = crossed(faces, {"你好": samples.speech}, None)
    long = crossed(None, None, "A text that goes on and on, without any end in sight. Yes!")

    assert [case.face_name for case in cases] == ["face", "face (2)", "face 3"]
    assert {case.script.name for case in cases} == {"你好"}
    assert long[0].script.name == "A text that goes on and on, wit…"


@pytest.mark.parametrize("text", ["Version 2.0", "Is it? Yes.", "Read https://a.b/c.html", "/x.y"])
def test_a_text_is_named_by_its_words(text: str) -> None:
    """The name of a text is its beginning, also if it looks like a path or a URL."""
    (crossed_case,) = crossed(None, None, text)
    (tabled_case,) = tabled(pd.DataFrame({"text": [text]}))

    assert crossed_case.script.name == tabled_case.script.name == text


def test_speeches_and_texts_belong_together(samples: Samples) -> None:
    """Speeches and texts are paired in order, or by name."""
    (case,) = crossed(None, samples.speech, TEXT)
    named = crossed(None, {"a": samples.speech}, {"b": TEXT})

    assert (case.script.name, case.script.text) == ("speech", TEXT)
    assert [(c.script.name, c.script.text) for c in named] == [("a", None), ("b", TEXT)]
    with pytest.raises(ls.BadRequest, match="1 speeches, 2 texts"):
        crossed(None, samples.speech, [TEXT, TEXT + " "])


def test_a_table_has_a_row_per_case(samples: Samples) -> None:
    """Each row is a case. Missing values are not given, and an unknown column is an error."""
    table = pd.DataFrame(
        {
            "face": [str(samples.face), None],
            "speech": [str(samples.speech)] * 2,
            "text": [None, TEXT],
        }
    )
    first, second = tabled(table.assign(face_name=["Ann", None]))

    assert (first.face_name, first.script.text) == ("Ann", None)
    assert (second.face, second.face_name, second.script.text) == (None, None, TEXT)
    with pytest.raises(ls.BadRequest, match="unknown colour"):
        tabled(table.assign(colour="red"))
    with pytest.raises(ls.BadRequest, match="row 1 has neither"):
        tabled(table[["face"]])


def test_a_missing_file_is_one_error(client, samples: Samples) -> None:
    """A missing file is one error, not one for each vendor."""
    with pytest.raises(ls.BadRequest, match=r"^\S*nowhere.png: No such file"):
        client.compare("nowhere.png", samples.speech)
