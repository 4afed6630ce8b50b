"""A text that is spoken once, for the vendors of a comparison that take a sound only."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from compare.paying import new, paid
from compare.test_comparison import Page
from conftest import Samples
from faces import HELLO
from hosts import PATIENCE

import lipsync_nb as ls
from lipsync_nb.compare.plan import Plan
from lipsync_nb.notebook.comparison import Comparison
from lipsync_nb.sandbox import Sandbox

SOUND_ONLY = ["lingdong", "lipsync_studio"]
"""Vendors of which no product speaks a text."""
ALL = [*SOUND_ONLY, "xingyun", "chanjing", "yunai"]


@pytest.fixture
def spoken(client: ls.Client, voice: str, samples: Samples) -> Callable[..., Comparison]:
    """Return a function that compares the vendors that take a sound only, with a text."""

    def compare(**arguments: object) -> Comparison:
        wanted = {"vendors": SOUND_ONLY, "voices": {"chanjing": voice}} | arguments
        return client.compare(samples.face, text=HELLO, **wanted)

    return compare


def planned(compare: Callable[..., Comparison], **arguments: object) -> Plan:
    """Return the plan of a comparison that is not made."""
    with pytest.raises(ls.NotConfirmed) as refused:
        compare(**arguments, confirm=False)
    return refused.value.plan


def test_a_text_is_spoken_once_and_shared(client, spoken, sandbox: Sandbox, tmp_path) -> None:
    """Whatever the number of vendors and repeats; rows, ledger and report name its job."""
    before = paid(sandbox)

    made = spoken(repeats=2).wait()

    assert new(sandbox, before) == {"lingdong": 2, "lipsync_studio": 2, "chanjing": 1}
    speech = client.jobs.query("kind == 'Speech'")["id"].item()
    assert made.df["note"].unique().tolist() == [f"speech: chanjing Speech {speech}, shared"]
    assert client.jobs.query("kind != 'Speech'")["inputs"].unique().tolist() == [speech]
    assert f"speech: chanjing Speech {speech}, shared" in Page(made.report(tmp_path / "r")).text
    assert Comparison.load(client, made.id).df["note"].tolist() == made.df["note"].tolist()


def test_its_rows_are_measured_against_the_speech(client, spoken) -> None:
    """Also by `measure`, and by a client without vendors."""
    made = spoken()
    frame = made.df

    assert frame["audio_corr"].min() > 0.99
    assert ls.measure(made.jobs[0])["audio_corr"] == pytest.approx(frame["audio_corr"][0])
    with ls.Client([], ledger=client.ledger.path) as nobody:
        assert Comparison.load(nobody, made.id).df["audio_corr"].min() > 0.99


def test_vendors_that_speak_do_so_themselves(spoken, voice: str) -> None:
    """As without this speech: with their own voices, or refused for want of one."""
    plan = planned(spoken, vendors=ALL)
    requests = {item.entry.vendor: item.request for item in plan.items}
    users = {item.entry.vendor for item in plan.items if item.speech}

    assert users == set(SOUND_ONLY)
    assert requests["chanjing"].tts.audio_man_id == voice
    assert requests["xingyun"].segments[0].text == HELLO
    refused = {entry.kind: entry.note for entry in plan.refused if entry.vendor == "yunai"}
    assert refused["AvatarVideo"] == (
        'it needs a voice for the text: "engine/id", such as "nina/1234"'
    )


@pytest.mark.parametrize("also", [{}, {"chanjing": "C-1"}])
def test_the_first_vendor_that_has_a_voice_speaks(spoken, also: dict[str, str]) -> None:
    """Whichever vendors speak."""
    plan = planned(spoken, voices={"xingyun": "XMOV_HN_TTS__236"} | also)

    assert [speech.request for speech in plan.speeches] == [
        ls.xingyun.Speech(text=HELLO, voice="XMOV_HN_TTS__236")
    ]


def test_the_plan_lists_the_speech(client, spoken) -> None:
    """With its price and its users. Nothing is submitted, and what uses it has a cost."""
    plan = planned(spoken, repeats=2)
    first = plan.df.iloc[0]
    users = "shared by lingdong.Generate, lipsync_studio.LipSyncImage"

    assert client.jobs.empty
    assert str(plan).startswith("5 new jobs\n")
    assert f"chanjing.Speech, {HELLO[:31]}…: price not published, {users}" in str(plan)
    assert (first["vendor"], first["kind"], first["note"]) == ("chanjing", "Speech", users)
    assert plan.df["note"][1:5].unique().tolist() == ["speech: chanjing Speech, shared"]
    assert plan.df["cost"].notna().tolist()[:5] == [False, True, True, True, True]
    assert plan.costs["lingdong", "credits"] > 0


def test_a_speech_of_unknown_price_is_above_every_limit(client, spoken) -> None:
    """In units and in money; a price of a second of video is none of a speech."""
    prices = {"lingdong": 1.0, "lipsync_studio": 1.0}
    with pytest.raises(ls.NotConfirmed, match="chanjing: cost not known"):
        spoken(confirm_above=1e9)
    with pytest.raises(ls.NotConfirmed, match="in all: cost not known"):
        spoken(confirm_above=1e9, prices=prices | {"chanjing": ls.Price(1, per="second")})
    assert client.jobs.empty


def test_run_again_nothing_is_paid(spoken, sandbox: Sandbox) -> None:
    """While the speech is made and afterwards, it is the same comparison."""
    before = paid(sandbox)
    first = spoken()

    assert spoken().id == first.id
    first.wait()
    plan = planned(spoken, prices={"lingdong": 1.0, "lipsync_studio": 1.0})
    assert spoken().id == first.id
    assert plan.df["paid"].dropna().all()
    assert plan.money == 0
    assert "already paid, shared by" in str(plan)
    assert new(sandbox, before) == {"lingdong": 1, "lipsync_studio": 1, "chanjing": 1}


def test_a_further_repeat_shares_the_speech_that_is_there(spoken, sandbox: Sandbox) -> None:
    """Only the further video is paid; with ``fresh=True`` one new speech and all videos are."""
    spoken(vendors="lingdong").wait()
    before = paid(sandbox)

    spoken(vendors="lingdong", repeats=2).wait()
    further = new(sandbox, before)
    spoken(vendors="lingdong", repeats=2, fresh=True).wait()

    assert further == {"lingdong": 1}
    assert new(sandbox, before) == {"lingdong": 3, "chanjing": 1}


def test_equal_texts_share_one_speech(client, voice: str, samples: Samples) -> None:
    """Each other text has a speech of its own."""
    plan = planned(
        lambda **arguments: client.compare(
            {"a": samples.face, "b": samples.clip},
            text={"one": HELLO, "two": HELLO, "three": "Good bye."},
            voices={"chanjing": voice},
            vendors="lingdong",
            **arguments,
        )
    )

    assert [speech.request.text for speech in plan.speeches] == [HELLO, "Good bye."]
    assert len(plan.items) == 4


def test_if_the_speech_fails_nothing_else_is_paid(spoken, sandbox: Sandbox) -> None:
    """Each row says so. Run again, the speech and the videos are made."""
    before = paid(sandbox)
    sandbox.faults("chanjing", "failed")
    failed = spoken().wait()
    frame = failed.df

    assert new(sandbox, before) == {"chanjing": 1}
    assert frame["status"].tolist() == ["failed", "failed"]
    assert (
        frame["error"]
        .str.match(r"its input chanjing Speech \w+ failed: .*; nothing was paid$")
        .all()
    )
    assert spoken().df["status"].tolist() == ["succeeded", "succeeded"]
    assert new(sandbox, before) == {"chanjing": 2, "lingdong": 1, "lipsync_studio": 1}


def test_a_speech_that_is_not_submitted_is_the_reason_of_its_rows(
    connect, voice: str, samples: Samples, sandbox: Sandbox
) -> None:
    """Others are made all the same."""
    before = paid(sandbox)
    poor = connect(budget={"chanjing": 1})
    wanted = {"text": HELLO, "voices": {"chanjing": voice}}
    made = poor.compare(samples.face, **wanted, vendors=[*SOUND_ONLY, "xingyun"]).wait()
    refused = made.refused.set_index("kind")["note"]

    assert [job.vendor for job in made.jobs] == ["xingyun"]
    for kind in ("Generate", "LipSyncImage"):
        assert re.match("its speech was not submitted: .*; nothing was paid$", refused[kind])
    assert new(sandbox, before) == {"xingyun": 1}
    with pytest.raises(ls.LipSyncError, match="nothing was submitted"):
        poor.compare(samples.face, **wanted, vendors=SOUND_ONLY)


def test_no_speech_is_made_for_what_is_over_the_budget(
    connect, voice: str, samples: Samples, sandbox: Sandbox
) -> None:
    """It is made if another vendor uses it."""
    before = paid(sandbox)
    poor = connect(budget={"lingdong": 1})
    wanted = {"text": HELLO, "voices": {"chanjing": voice}}
    with pytest.raises(ls.LipSyncError, match=r"Generate.* exceeds the budget"):
        poor.compare(samples.face, **wanted, vendors="lingdong")

    assert poor.jobs.empty
    poor.compare(samples.face, **wanted, vendors=SOUND_ONLY).wait()
    assert new(sandbox, before) == {"chanjing": 1, "lipsync_studio": 1}


def test_a_kernel_that_ends_early_pays_nothing_twice(
    connect, voice: str, samples: Samples, sandbox: Sandbox
) -> None:
    """Run again, the same rows are made, whatever was sent."""
    before = paid(sandbox)
    wanted = {"text": HELLO, "voices": {"chanjing": voice}, "vendors": SOUND_ONLY}
    with connect() as first:
        made = first.compare(samples.face, **wanted).id
        first.close(wait=False)
    again = connect().compare(samples.face, **wanted)

    assert again.df["status"].tolist() == ["succeeded", "succeeded"]
    assert again.id == made
    assert new(sandbox, before) == {"chanjing": 1, "lingdong": 1, "lipsync_studio": 1}


def test_a_lost_speech_that_is_submitted_again_serves_its_rows(spoken, sandbox: Sandbox) -> None:
    """They wait for it; run again, it is the same comparison."""
    sandbox.faults("chanjing", "reset_after", step="submit")
    made = spoken()
    (lost,) = made.jobs[0].inputs
    error = lost.exception(PATIENCE)
    before = paid(sandbox)
    lost.resubmit()

    assert isinstance(error, ls.SubmitUnknown)
    assert made.df["audio_corr"].min() > 0.99
    assert spoken().id == made.id
    assert new(sandbox, before) == {"chanjing": 1, "lingdong": 1, "lipsync_studio": 1}


def test_without_a_media_host_who_takes_urls_only_is_refused(
    connect, voice: str, samples: Samples
) -> None:
    """The row says so, as of a local file; no speech is made for it alone."""
    hostless = connect(media_host=None)
    wanted = {"text": HELLO, "voices": {"chanjing": voice}}
    plan = planned(lambda **more: hostless.compare(samples.face, **wanted, **more))
    why = {entry.kind: entry.note for entry in plan.refused if entry.vendor == "lipsync_studio"}

    assert "media_host" in why["LipSyncImage"]
    assert {item.entry.vendor for item in plan.items if item.speech} == {"lingdong"}
    with pytest.raises(ls.BadRequest, match="media_host"):
        hostless.compare(samples.face, **wanted, vendors="lipsync_studio")
    assert hostless.jobs.empty


def test_what_is_missing_for_a_speech_is_said(
    client, sandbox: Sandbox, samples: Samples, voice: str, tmp_path: Path
) -> None:
    """A voice, a text that can be spoken, or a vendor."""
    wanted = {"vendors": "lingdong", "confirm": False}
    alone = ls.Lingdong(base_url=sandbox.base_urls["lingdong"], **sandbox.keys["lingdong"])
    with pytest.raises(ls.BadRequest, match=r'it needs a speech; .*voices=\{"chanjing": …\}'):
        client.compare(samples.face, text=HELLO, **wanted)
    with pytest.raises(ls.BadRequest, match=r"it needs a speech; .*chanjing cannot .*emoji"):
        client.compare(samples.face, text="Hi 😀", voices={"chanjing": voice}, **wanted)
    with (
        ls.Client([alone], ledger=tmp_path / "alone.sqlite") as lonely,
        pytest.raises(ls.BadRequest, match="it needs a speech; no connected vendor can speak"),
    ):
        lonely.compare(samples.face, text=HELLO, voices={"chanjing": voice}, **wanted)


def test_a_speech_that_an_option_replaces_is_not_made(spoken, samples: Samples) -> None:
    """The vendor's own option for the sound counts."""
    plan = planned(spoken, vendors="lingdong", options={"lingdong": {"audio": samples.speech}})

    assert plan.speeches == []
    assert plan.items[0].request.audio.path == samples.speech


def test_a_request_without_a_voice_says_so() -> None:
    """The base of all requests speaks no text."""
    with pytest.raises(ls.Unsupported, match="no voice C-1"):
        ls.lingdong.Generate.speaking(HELLO, "C-1")
