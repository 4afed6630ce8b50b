"""What a request costs, before anything is sent."""

import io
from pathlib import Path

import pytest
from media_files import sound

import lipsync_nb as ls
from lipsync_nb.status import Cost

WAYS = {
    "path": lambda path: path,
    "text": str,
    "bytes": Path.read_bytes,
    "file": lambda path: io.BytesIO(path.read_bytes()),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_estimate_is_that_of_the_job(client, sandbox, samples, way):
    """However the speech is given; nothing is sent, and no job is added."""
    before = sandbox.stats("lipsync_studio")["paid"]
    order = ls.lipsync_studio.LipSyncImage(image=samples.face, audio=WAYS[way](samples.speech))
    estimate = client.estimate(order)

    assert estimate == Cost(10, "credits", estimated=True)
    assert client.jobs.empty
    assert sandbox.stats("lipsync_studio")["paid"] == before
    assert client.submit(order).cost == estimate


def test_a_vendor_without_prices_has_no_estimate(client, samples):
    """Nor has a speech whose length is not known here."""
    avatar = ls.yunai.AvatarVideo(avatar=samples.face, audio=samples.speech)
    elsewhere = ls.lingdong.Generate(source=samples.face, audio="https://example.com/a.wav")
    missing = ls.lingdong.Generate(source=samples.face, audio="missing.wav")

    assert [client.estimate(each) for each in (avatar, elsewhere, missing)] == [None] * 3


def test_a_person_who_is_still_to_be_made_costs_nothing_of_the_video(client, samples):
    """Its speech is known; a text that is still to be made is not."""
    person = client.submit(ls.chanjing.OwnPerson(name="me", video=samples.clip))
    text = client.submit(ls.yunai.Rewrite(text="Hello"))
    said = {"text": text, "voice": "C-f2429d07554749839849497589199916"}
    spoken = ls.chanjing.AvatarVideo(person={"id": person}, audio=samples.speech)

    assert client.estimate(spoken).unit == "beans"
    assert client.estimate(ls.chanjing.AvatarVideo(person={"id": person}, tts=said)) is None
    for job in (person, text):
        job.exception()


def test_only_a_request_has_a_cost(client):
    """The error is that of submit."""
    with pytest.raises(ls.BadRequest, match="is not a request"):
        client.estimate("face.jpg")


def test_a_vendor_that_is_not_connected_is_named(tmp_path, samples):
    """Its prices may depend on its account."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path / "videos") as client:
        order = ls.lingdong.Generate(source=samples.face, audio=samples.speech)
        with pytest.raises(ls.MissingCredentials):
            client.estimate(order)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp3", "mp3"),
        ("a.m4a", "aac"),
        ("a.flac", "flac"),
        ("mu-law.wav", "pcm_mulaw"),
        ("24-bit.wav", "pcm_s24le"),
        ("float.wav", "pcm_f32le"),
    ],
)
def test_the_same_speech_costs_the_same_in_every_format(client, samples, tmp_path, name, codec):
    """Its length is read, not guessed from the size of the file."""
    speech = sound(tmp_path / name, codec, seconds=6.0)
    renamed = speech.rename(tmp_path / "other.wav")
    costs = [
        client.estimate(ls.lingdong.Generate(source=samples.face, audio=given)).amount
        for given in (renamed, renamed.read_bytes())
    ]

    assert costs == pytest.approx([60, 60], abs=2)
