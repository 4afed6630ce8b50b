"""Fields that take jobs: what can be picked, what the form then holds, and what it shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE, Samples
from notebook.ledgers import client_of, made_up

import lipsync_nb as ls
from lipsync_nb.http.addresses import bare
from lipsync_nb.notebook.forms import Form
from lipsync_nb.notebook.job_picker import Wanted
from lipsync_nb.vendors.base import Request, Text

WORDS = "Hello there, my friend."


class Write(Request[Text]):
    """A vendor's request that makes a text."""

    vendor = "chanjing"

    about: str
    """What it is about."""


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a vendor make texts."""
    monkeypatch.setattr(ls.Chanjing, "kinds", (*ls.Chanjing.kinds, Write))


def audio(number: int, **facts: Any) -> Any:
    """A job that makes an audio."""
    known = {"vendor": "chanjing", "kind": "Speech", "makes": "Audio", "status": "succeeded"}
    return made_up(number, **(known | facts))


def offered(form: Form, path: str) -> list[str]:
    """The ids of the jobs that a field's picker offers, once it is opened."""
    picker = form.field(path).picker
    picker.open()
    return [job_id for _, job_id in picker.choice.options if job_id]


def test_a_field_offers_the_jobs_that_make_what_it_takes(tmp_path: Path) -> None:
    """The newest first, without those that have no result and will get none."""
    jobs = [
        audio(1),
        audio(2, status="failed"),
        audio(3, status="running"),
        audio(4, status="unknown", vendor_id=None),
        audio(5, makes="Video", kind="LipSync"),
        audio(6, makes="Voice", kind="Clone"),
    ]
    with client_of(tmp_path, *jobs) as client:
        form = client.form(ls.chanjing.LipSync)

        assert offered(form, "audio") == [jobs[2].id, jobs[0].id]
        assert offered(form, "video") == [jobs[4].id]
        form.close()


def test_the_list_is_filled_when_it_is_opened(tmp_path: Path) -> None:
    """And again whenever its button is pressed; what was picked stays picked."""
    with client_of(tmp_path, audio(1)) as client:
        form = client.form(ls.chanjing.LipSync)
        picker = form.field("audio").picker
        client.records.reserve([audio(2)], reuse=False, allow=lambda *_: None)

        picker.button.click()
        picker.choice.value = audio(1).id
        client.records.reserve([audio(3)], reuse=False, allow=lambda *_: None)
        picker.button.click()

        ids = [job_id for _, job_id in picker.choice.options]
        assert ids == ["", audio(3).id, audio(2).id, audio(1).id]
        assert picker.choice.value == audio(1).id
        form.close()


def test_fields_that_no_job_can_fill_have_no_picker(tmp_path: Path) -> None:
    """No vendor makes pictures; one makes texts."""
    with client_of(tmp_path) as client:
        form = client.form(ls.lipsync_studio.LipSyncImage)

        assert form.field("image").picker is None
        assert form.field("prompt").picker is not None
        form.close()


@pytest.mark.usefixtures("writer")
def test_a_text_field_takes_the_job_that_makes_the_text(tmp_path: Path) -> None:
    """Once a vendor makes texts."""
    wrote = made_up(1, vendor="chanjing", kind="Write", makes="Text", status="running")
    with client_of(tmp_path, wrote) as client:
        form = client.form(ls.chanjing.Speech)
        field = form.field("text")

        assert offered(form, "text") == [wrote.id]
        field.picker.choice.value = wrote.id
        form.field("voice").value = "C-1"
        assert form.value.inputs() == [client.job(wrote.id).reference]
        assert f'text=client.job("{wrote.id}"),' in form.code
        field.picker.choice.value = ""
        assert field.value is None
        form.close()


def test_voices_are_those_of_the_vendor() -> None:
    """A voice of another vendor means nothing there."""
    wanted = Wanted(frozenset({"Voice"}), "chanjing")

    assert wanted.has(audio(1, makes="Voice"))
    assert not wanted.has(audio(1, makes="Voice", vendor="yunai"))


def test_voices_are_those_that_the_field_can_use(tmp_path: Path) -> None:
    """Yunai makes voices of three kinds, and each is used by another request."""
    kinds = ("OwnVoice", "VoiceModel", "VoiceTraining")
    own, model, trained = (
        audio(number, vendor="yunai", kind=kind, makes="Voice")
        for number, kind in enumerate(kinds, 1)
    )
    with client_of(tmp_path, own, model, trained) as client:
        for kind, path, jobs in (
            (ls.yunai.Speech, "voice", [own]),
            (ls.yunai.VoiceTraining, "model", [trained, model]),
            (ls.yunai.ClonedSpeech, "voice", [trained]),
        ):
            form = client.form(kind)
            assert offered(form, path) == [job.id for job in jobs]
            form.close()

        form = client.form(ls.yunai.AvatarVideo)
        assert form.field("voice.audio_id").picker is None
        form.close()


def test_a_picker_without_jobs_says_which_it_takes(tmp_path: Path) -> None:
    """By the name of the request that makes them."""
    with client_of(tmp_path) as client:
        form = client.form(ls.yunai.Speech)
        form.field("voice").picker.open()
        shown = form.field("voice").picker.widget.children[0].value

        assert shown == "No job here makes voice of Yunai 云AI by OwnVoice yet."
        form.close()


def test_a_picked_job_is_a_value_like_others(tmp_path: Path, samples: Samples) -> None:
    """In the request and in the Python for it; what is typed or uploaded afterwards replaces it."""
    with client_of(tmp_path, audio(1)) as client:
        form = client.form(ls.chanjing.LipSync)
        field = form.field("audio")
        form.field("video").value = ls.Media(samples.clip)
        offered(form, "audio")

        field.picker.choice.value = audio(1).id

        assert form.value.inputs() == [client.job(audio(1).id).reference]
        assert form.code == (
            f'client.submit(ls.chanjing.LipSync(\n    video="{samples.clip}",\n'
            f'    audio=client.job("{audio(1).id}"),\n))'
        )
        field._uploaded(samples.speech)
        assert form.value.inputs() == []
        assert field.picker.choice.value == ""
        assert f'audio="{samples.speech}",' in form.code
        form.close()


def test_a_job_that_does_not_suit_is_an_error_of_its_field(tmp_path: Path) -> None:
    """It is marked there, as any other wrong value."""
    with client_of(tmp_path, audio(1)) as client:
        form = client.form(ls.chanjing.LipSync)
        form.field("video").value = client.job(audio(1).id)

        assert "makes Audio, and this takes video" in form.errors["video"]
        form.close()


def test_a_form_is_filled_with_a_recorded_request(
    connect: Callable[..., ls.Client], samples: Samples
) -> None:
    """The job that it uses is shown and can be submitted again; its sound is looked at."""
    client = connect()
    voice = str(client.vendors["chanjing"].voices()["id"][0])
    speech = client.submit(ls.chanjing.Speech(text=WORDS, voice=voice))
    job = client.submit(ls.chanjing.LipSync(video=samples.clip, audio=speech))
    speech.result(PATIENCE)
    form = client.form(ls.chanjing.LipSync)

    form.value = job.request

    field = form.field("audio")
    field.previewing.wait(PATIENCE)
    assert field.control.value == f"job {speech.id}"
    assert field.picker.choice.value == speech.id
    assert field.preview.card["kind"] == "audio"
    assert form.submit() == job
    form.close()


def test_a_chosen_voice_has_its_preview(connect: Callable[..., ls.Client]) -> None:
    """The vendor's own URL of it, which is asked for only if the user wants it."""
    client = connect()
    voices = client.vendors["chanjing"].voices()
    form = client.form(ls.chanjing.Speech)
    field = form.field("voice")
    field.fetching.wait(PATIENCE)

    field.value = str(voices["id"][1])

    assert field.preview.card["kind"] == "remote"
    assert field.preview.card["as"] == "audio"
    assert bare(field.preview.card["url"]) == bare(voices["audition"][1])  # signed for each list
    field.value = "a voice of my own"
    assert field.preview.card == {}
    form.close()
