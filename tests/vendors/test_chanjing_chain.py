"""Chains of Chanjing's products: a voice that speaks, a person who says it, each paid once."""

import pytest
from vendors.chanjing_page import PERSON
from vendors.media import Media

import lipsync_nb as ls
from lipsync_nb.vendors.base import frame_size

PAID = ("create_customised_audio", "create_audio_task", "create_customised_person", "create_video")
SMALL = {"screen_width": 96, "screen_height": 160}
BOX = {"width": 96, "height": 160}
LONGEST = 90
"""Seconds for one chain."""


def chain(client: ls.Client, media: Media) -> list[ls.Job]:
    """Submit a voice, what it says, a person, and two videos of the person."""
    voice = client.submit(ls.chanjing.OwnVoice(name="我", sample=media.sample))
    speech = client.submit(ls.chanjing.Speech(text="大家好。", voice=voice))
    person = client.submit(ls.chanjing.OwnPerson(name="我", video=media.clip, train_type="figure"))
    shown = ls.chanjing.Person(id=person, **BOX)
    video = client.submit(ls.chanjing.AvatarVideo(person=shown, audio=speech, **SMALL))
    text = ls.chanjing.TextToSpeak(text="再见。", voice=voice)
    other = client.submit(ls.chanjing.AvatarVideo(person=shown, tts=text, **SMALL))
    return [voice, speech, person, video, other]


def test_a_chain_is_paid_once_however_often_it_is_run(connect, world, media):
    """At the second implementation: the results go from call to call, by a second client too."""
    with connect() as client:
        jobs = chain(client, media)
        results = [job.result(LONGEST) for job in jobs]
        again = chain(client, media)
    with connect() as later:
        reopened = [job.result(LONGEST) for job in chain(later, media)]
    asked = {path: world.chanjing.origin.asked("POST", f"/{path}") for path in PAID}
    by_audio, by_text = sorted(asked["create_video"], key=lambda seen: "tts" in seen.json["audio"])

    assert [type(result).__name__ for result in results] == [
        *("Voice", "Audio", "Avatar", "Video", "Video")
    ]
    assert [job.id for job in again] == [job.id for job in jobs]
    assert {path: len(seen) for path, seen in asked.items()} == {
        path: 2 if path == "create_video" else 1 for path in PAID
    }
    assert reopened[0] == results[0]
    assert asked["create_audio_task"][0].json["audio_man"] == results[0].id
    assert by_text.json["audio"]["tts"]["audio_man"] == results[0].id
    assert by_audio.json["audio"]["file_id"] in world.chanjing.services
    assert {seen.json["person"]["id"] for seen in (by_audio, by_text)} == {results[2].id}


def test_a_chain_is_made_in_the_sandbox(sandbox, sandboxed, media):
    """With real voices, faces and videos; each of its steps is paid once."""
    before = sandbox.stats("chanjing")["paid"]
    for _ in range(2):
        results = [job.result(LONGEST) for job in chain(sandboxed, media)]

    assert sandbox.stats("chanjing")["paid"] - before == 5
    assert results[3].duration_s == pytest.approx(results[1].duration_s, abs=0.1)
    assert frame_size(results[4].path) == (96, 160)


def test_a_chain_whose_person_cannot_be_trained_pays_for_no_video(client, world, media):
    """The video fails unpaid, and names its input."""
    world.chanjing.fails = True
    person = client.submit(ls.chanjing.OwnPerson(name="我", video=media.clip))
    shown = ls.chanjing.Person(id=person, **BOX)
    video = client.submit(ls.chanjing.AvatarVideo(person=shown, audio=media.speech, **SMALL))
    plain = ls.chanjing.AvatarVideo(person=person, audio=media.speech, **SMALL)

    assert plain.person == ls.chanjing.Person(id=person)
    with pytest.raises(ls.JobFailed, match="任务失败"):
        person.result(LONGEST)
    assert isinstance(video.exception(LONGEST), ls.JobFailed)
    assert world.chanjing.origin.asked("POST", "/create_video") == []


def test_a_voice_of_another_vendor_is_no_voice_here():
    """Nor is a person a voice; when the request is built."""
    strange = ls.Voice("yunai", "1", "other")
    person = ls.Avatar("chanjing", PERSON, "person")
    text = {"text": "你好"}

    with pytest.raises(ls.BadRequest, match="a voice of yunai cannot be used at chanjing"):
        ls.chanjing.TextToSpeak(**text, voice=strange)
    with pytest.raises(ls.BadRequest, match="takes Voice"):
        ls.chanjing.TextToSpeak(**text, voice=person)
    with pytest.raises(ls.BadRequest, match="takes Avatar"):
        ls.chanjing.Person(id=ls.Voice("chanjing", "1", "me"))
    assert ls.chanjing.Person(id=person).id == PERSON
