"""Chanjing's voices and people of one's own by payload: what the facts about its pages say."""

import pytest
from vendors.chanjing_page import VOICE, connected, envelope, hosted
from vendors.media import sound
from vendors.wire import read, refusal, send, submit

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.status import JobStatus, Snapshot

OWN_VOICE = "C-Audio-793d02b175994ece930001a5589e514c"
OWN_PERSON = "C-ef91f3a6db3144ffb5d6c581ff13c7ec"
VOICE_DETAIL = {
    "id": OWN_VOICE,
    "progress": 100,
    "type": "cicada3.0",
    "name": "声音克隆",
    "err_msg": "",
    "audio_path": "https://res.chanjing.cc/voice.wav",
    "status": 2,
}
PERSON_DETAIL = {
    "id": OWN_PERSON,
    "name": "数字人",
    "type": "person",
    "pic_url": "https://res.chanjing.cc/person.png",
    "preview_url": "https://res.chanjing.cc/person.webm",
    "width": 480,
    "height": 480,
    "audio_man_id": "C-9226dbfd166f490db9191c1eb42d9493",
    "status": 2,
    "err_reason": "",
    "is_open": 1,
    "reason": "",
    "progress": 100,
    "create_time": 1750328558,
}


@pytest.fixture
def vendor(world):
    vendor = connected(world)
    yield vendor
    loop.run(vendor.aclose())


def told(kind, data):
    """Return what is read of a job's detail."""
    vendor = hosted()
    return read(vendor, vendor.poll(kind.model_construct(), data["id"]), envelope(data))


def test_a_sample_is_uploaded_and_named_by_its_full_path(vendor, world, media):
    """``create_customised_audio``; the service ``prompt_audio`` tells the URL."""
    found = submit(vendor, ls.chanjing.OwnVoice(name="我", sample=media.sample))
    (place,) = world.chanjing.origin.asked("GET", "/create_upload_url")
    (put,) = world.hosts.uploads.seen
    (created,) = world.chanjing.origin.asked("POST", "/create_customised_audio")

    assert place.query == {"service": "prompt_audio", "name": "sample.wav"}
    assert created.target == "/open/v1/create_customised_audio"
    assert created.json == {
        "name": "我",
        "url": f"https://res.chanjing.cc/{put.path.rpartition('/')[2]}",
        "model_type": "cicada3.0-turbo",
        "language": "cn",
    }
    assert found == Snapshot(JobStatus.queued, "0", found.vendor_id)


def test_a_sample_at_a_url_is_sent_as_it_is(vendor, world):
    """Nothing is uploaded."""
    order = ls.chanjing.OwnVoice(
        name="me", sample="https://media.test/me.mp3", model_type="cicada1.0", language="en"
    )
    submit(vendor, order)
    (created,) = world.chanjing.origin.asked("POST", "/create_customised_audio")

    assert created.json == {
        "name": "me",
        "url": "https://media.test/me.mp3",
        "model_type": "cicada1.0",
        "language": "en",
    }
    assert world.chanjing.origin.asked("GET", "/create_upload_url") == []


def test_an_upload_without_its_url_is_no_voice(vendor, world, media):
    """Nothing was paid, so that it can be tried again."""
    place = {"sign_url": f"{world.hosts.uploads.url}/bucket/7", "file_id": "7"}
    world.chanjing.origin.plan("GET", "/create_upload_url", envelope(place))
    world.hosts.uploads.plan("PUT", "/7", content=b"")
    world.chanjing.origin.plan("GET", "/file_detail", envelope({"status": 1}))

    with pytest.raises(ls.ServerError, match="its URL is not told"):
        submit(vendor, ls.chanjing.OwnVoice(name="我", sample=media.sample))
    assert world.chanjing.origin.asked("POST", "/create_customised_audio") == []


def test_a_clip_is_uploaded_and_trained(vendor, world, media):
    """``create_customised_person`` by file_id, with the page's fields."""
    submit(vendor, ls.chanjing.OwnPerson(name="我", video=media.clip))
    order = ls.chanjing.OwnPerson(
        name="me",
        video=media.clip,
        train_type="figure",
        language="en",
        error_skip=True,
        resolution_rate=1,
        callback="https://example.com/back",
    )
    submit(vendor, order)
    places = world.chanjing.origin.asked("GET", "/create_upload_url")
    files = [put.path.rpartition("/")[2] for put in world.hosts.uploads.seen]
    created = world.chanjing.origin.asked("POST", "/create_customised_person")

    assert [place.query for place in places] == [
        {"service": "customised_person", "name": "clip.mp4"}
    ] * 2
    assert [seen.json for seen in created] == [
        {
            "name": "我",
            "file_id": files[0],
            "train_type": "both",
            "language": "cn",
            "error_skip": False,
            "resolution_rate": 0,
        },
        {
            "name": "me",
            "file_id": files[1],
            "train_type": "figure",
            "language": "en",
            "error_skip": True,
            "resolution_rate": 1,
            "callback": "https://example.com/back",
        },
    ]


def test_a_voice_is_read():
    """``customised_audio``: its name, and the sound that was cloned."""
    assert told(ls.chanjing.OwnVoice, VOICE_DETAIL) == Snapshot(
        JobStatus.succeeded,
        "2",
        OWN_VOICE,
        progress=1.0,
        made=ls.Voice("chanjing", OWN_VOICE, "声音克隆", "https://res.chanjing.cc/voice.wav"),
    )


def test_a_person_is_read():
    """``customised_person``: preview and picture, and the id of the person's own voice."""
    made = ls.Avatar(
        "chanjing",
        OWN_PERSON,
        "数字人",
        "https://res.chanjing.cc/person.webm",
        "C-9226dbfd166f490db9191c1eb42d9493",
    )

    assert told(ls.chanjing.OwnPerson, PERSON_DETAIL) == Snapshot(
        JobStatus.succeeded,
        "2",
        OWN_PERSON,
        progress=1.0,
        poster_url="https://res.chanjing.cc/person.png",
        created_at=1750328558.0,
        made=made,
    )


def test_a_person_without_a_voice_has_none():
    """Of train_type ``figure``, for instance."""
    assert told(ls.chanjing.OwnPerson, {**PERSON_DETAIL, "audio_man_id": ""}).made.voice is None


@pytest.mark.parametrize(
    ("kind", "detail", "number", "status"),
    [
        *(
            (ls.chanjing.OwnVoice, VOICE_DETAIL, number, status)
            for number, status in [
                (0, JobStatus.queued),
                (1, JobStatus.running),
                (2, JobStatus.succeeded),
                (3, JobStatus.expired),
                (4, JobStatus.failed),
                (99, JobStatus.expired),
                ("2", JobStatus.succeeded),
                (5, JobStatus.unknown),
                (20, JobStatus.unknown),
                (-1, JobStatus.unknown),
            ]
        ),
        *(
            (ls.chanjing.OwnPerson, PERSON_DETAIL, number, status)
            for number, status in [
                (1, JobStatus.running),
                (2, JobStatus.succeeded),
                (4, JobStatus.failed),
                (5, JobStatus.failed),
                ("4", JobStatus.failed),
                (0, JobStatus.unknown),
                (3, JobStatus.unknown),
                (30, JobStatus.unknown),
                (99, JobStatus.unknown),
            ]
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_statuses_are_translated(kind, detail, number, status):
    """Each product has numbers of its own; only success has made something."""
    found = told(kind, {**detail, "status": number})

    assert (found.status, found.vendor_status) == (status, str(number))
    assert (found.made is not None) == (status is JobStatus.succeeded)


@pytest.mark.parametrize(
    ("kind", "detail", "field"),
    [
        (ls.chanjing.OwnVoice, VOICE_DETAIL, "err_msg"),
        (ls.chanjing.OwnPerson, PERSON_DETAIL, "err_reason"),
    ],
)
def test_a_failure_tells_its_reason(kind, detail, field):
    """Each in a field of its own, and only then."""
    failed = told(kind, {**detail, "status": 4, field: "声音分离失败"})
    running = told(kind, {**detail, "status": 1, field: "训练中"})

    assert (failed.error, running.error) == ("声音分离失败", None)


@pytest.mark.parametrize(
    ("kind", "detail", "path"),
    [
        (ls.chanjing.OwnVoice, VOICE_DETAIL, "customised_audio"),
        (ls.chanjing.OwnPerson, PERSON_DETAIL, "customised_person"),
    ],
)
def test_a_lost_job_is_looked_for_in_its_list(kind, detail, path):
    """``list_…`` by POST, page by page; ``…?id=`` by GET."""
    vendor = hosted()
    call, look = vendor.listing(kind, 2), vendor.poll(kind.model_construct(), "a+b")
    answer = {"list": [detail, {"name": "no id"}, 7], "page_info": {"total_page": 2}}
    found = read(vendor, call, envelope(answer))

    assert (call.method, call.path) == ("POST", f"open/v1/list_{path}")
    assert call.json == {"page": 2, "page_size": 50}
    assert (look.method, look.path, look.params) == ("GET", f"open/v1/{path}", {"id": "a+b"})
    assert (found.snapshots, found.pages) == ([told(kind, detail)], 2)


@pytest.mark.parametrize("odd", [False, True], ids=["as printed", "oddly"])
def test_both_are_made(client, world, media, odd):
    """A `Voice` and an `Avatar`, with what the vendor tells of them."""
    world.chanjing.origin.odd = odd
    voice = client.submit(ls.chanjing.OwnVoice(name="我", sample=media.sample)).result(20)
    person = client.submit(ls.chanjing.OwnPerson(name="我", video=media.clip)).result(20)

    assert (type(voice), voice.vendor, voice.name) == (ls.Voice, "chanjing", "我")
    assert voice.preview == "https://res.chanjing.cc/voice.wav"
    assert (type(person), person.name) == (ls.Avatar, "我")
    assert person.preview == "https://res.chanjing.cc/person.webm"
    assert person.voice == f"V-{person.id}"


def test_a_training_that_fails_is_told(client, world, media):
    """With the vendor's reason."""
    world.chanjing.fails = True
    job = client.submit(ls.chanjing.OwnPerson(name="我", video=media.clip))

    with pytest.raises(ls.JobFailed, match="任务失败"):
        job.result(20)


def test_a_deleted_voice_has_expired(client, world, media):
    """``delete_customised_audio`` by id; its job's status is 99 then."""
    job = client.submit(ls.chanjing.OwnVoice(name="我", sample=media.sample))
    voice, vendor = job.result(20), client.vendors["chanjing"]
    answer = vendor.delete_voice(voice)
    (seen,) = world.chanjing.origin.asked("POST", "/delete_customised_audio")
    found = vendor.ask(vendor.poll(job.request, voice.id))

    assert (answer, seen.json) == (None, {"id": voice.id})
    assert (found.status, found.vendor_status) == (JobStatus.expired, "99")
    assert vendor.own_voices().empty


def test_a_deleted_person_is_unknown(client, world, media):
    """``delete_customised_person`` by id, as a text or as the person."""
    job = client.submit(ls.chanjing.OwnPerson(name="我", video=media.clip))
    person, vendor = job.result(20), client.vendors["chanjing"]
    vendor.delete_person(person.id)
    (seen,) = world.chanjing.origin.asked("POST", "/delete_customised_person")

    assert seen.json == {"id": person.id}
    with pytest.raises(ls.VendorError, match="40000"):
        send(vendor, vendor.poll(job.request, person.id))
    with pytest.raises(ls.VendorError, match="40000"):
        vendor.delete_person(person)


@pytest.mark.parametrize(
    ("seconds", "limit"),
    [(14, "14.0 s is under the minimum of 15 s"), (301, "301.0 s is over the limit of 300 s")],
)
def test_a_sample_of_another_length_is_refused(client, tmp_path, seconds, limit):
    """15 seconds to 5 minutes; before anything is sent."""
    order = ls.chanjing.OwnVoice(name="我", sample=sound(tmp_path / "me.wav", seconds))

    assert limit in str(refusal(lambda: client.submit(order)))
    assert client.jobs.empty


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (ls.chanjing.OwnVoice, {"sample": "a.wav"}, "name"),
        (ls.chanjing.OwnVoice, {"sample": "a.wav", "name": " "}, "name"),
        (ls.chanjing.OwnVoice, {"name": "我"}, "sample"),
        (ls.chanjing.OwnVoice, {"sample": "a.wav", "name": "我", "language": "zh"}, "language"),
        (ls.chanjing.OwnVoice, {"sample": "a.wav", "name": "我", "model_type": "x"}, "model_type"),
        (ls.chanjing.OwnPerson, {"video": "a.mp4"}, "name"),
        (ls.chanjing.OwnPerson, {"name": "我"}, "video"),
        (ls.chanjing.OwnPerson, {"video": "a.mp4", "name": "我", "train_type": ""}, "train_type"),
        (ls.chanjing.OwnPerson, {"video": "a.mp4", "name": "我", "language": "fr"}, "language"),
        (ls.chanjing.OwnPerson, {"video": "a.mp4", "name": "我", "callback": "x"}, "callback"),
    ],
)
def test_a_field_outside_its_limits_is_refused(kind, fields, field):
    """When the request is built."""
    assert refusal(lambda: kind(**fields)).fields[0][0] == field


def test_no_price_of_them_is_published():
    """So that their cost is not known."""
    vendor = hosted()
    orders = [
        ls.chanjing.OwnVoice(name="我", sample="a.wav"),
        ls.chanjing.OwnPerson(name="我", video="a.mp4"),
        ls.chanjing.Speech(text="你好", voice=VOICE),
    ]

    assert [vendor.estimate(order, lambda _: 20.0) for order in orders] == [None] * 3
