"""Chanjing's avatar videos by payload: what the facts about its pages say, word for word."""

import pytest
from vendors.chanjing_page import PERSON, VOICE, connected, envelope, hosted
from vendors.wire import poll, read, refusal, send, submit

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.status import Cost, JobStatus, Snapshot

VIDEO = "e971e4d68fd14bfe8b48eaa8353fa7b0"
DETAIL = {
    "id": VIDEO,
    "status": 30,
    "progress": 100,
    "msg": "",
    "video_url": "https://res.chanjing.cc/video.mp4",
    "create_time": 1721187066,
    "subtitle_data_url": "",
    "preview_url": "https://res.chanjing.cc/cover.png",
    "duration": 34,
}
DONE = Snapshot(
    status=JobStatus.succeeded,
    vendor_status="30",
    vendor_id=VIDEO,
    progress=1.0,
    video_url=DETAIL["video_url"],
    poster_url=DETAIL["preview_url"],
    duration_s=34.0,
    created_at=1721187066.0,
)
TTS = {"text": "你好", "voice": VOICE}
BOX = {"x": 0, "y": 480, "width": 1080, "height": 1440}
MANNER = {"drive_mode": "", "is_rgba_mode": False, "backway": 1}
COMMON = {
    "screen_width": 1080,
    "screen_height": 1920,
    "model": 0,
    "resolution_rate": 0,
    "add_compliance_watermark": False,
}
LOOK = ls.chanjing.AvatarVideo.model_construct()


@pytest.fixture
def vendor(world):
    vendor = connected(world)
    yield vendor
    loop.run(vendor.aclose())


def created(world):
    """Return the one request for a video."""
    (seen,) = world.chanjing.origin.asked("POST", "/create_video")
    return seen


def by_text(**fields):
    person = {"id": PERSON, "figure_type": "sit_body"}
    return ls.chanjing.AvatarVideo(**{"person": person, "tts": TTS, **fields})


def asked(vendor):
    return vendor.poll(LOOK, VIDEO)


def test_a_text_is_sent_in_a_list_of_one(vendor, world):
    """``create_video`` with type tts: the person in the box, and all defaults of the page."""
    person = {"id": PERSON, "figure_type": "circle_view", **BOX}
    found = submit(vendor, ls.chanjing.AvatarVideo(person=person, tts=TTS))
    seen = created(world)

    assert seen.target == "/open/v1/create_video"
    assert seen.header("content-type") == "application/json"
    assert seen.json == {
        **COMMON,
        "person": {"id": PERSON, "figure_type": "circle_view", **BOX, **MANNER},
        "audio": {
            "type": "tts",
            "tts": {"text": ["你好"], "audio_man": VOICE, "speed": 1, "pitch": 1},
            "volume": 100,
            "language": "cn",
        },
    }
    assert found == Snapshot(JobStatus.queued, "0", found.vendor_id)
    assert found.vendor_id in world.chanjing.products.videos.looks


def test_every_field_is_sent_by_its_name_on_the_page(vendor, world):
    """A picture behind, subtitles, the better model, 4K, the mark, a callback."""
    order = ls.chanjing.AvatarVideo(
        person=ls.chanjing.Person(
            id=PERSON, figure_type="sit_body", drive_mode="random", backway=2
        ),
        tts=ls.chanjing.TextToSpeak(**TTS, speed=0.5, pitch=3),
        volume=1,
        language="en",
        bg_color="#EDEDED",
        background=ls.chanjing.Background(
            picture="https://media.test/bg.png", x=-5, y=6, width=70, height=80
        ),
        subtitles=ls.chanjing.Subtitles(
            show=False,
            x=1,
            y=2,
            width=3,
            height=4,
            font_size=5,
            stroke_width=0,
            color="#FF0000",
            stroke_color="#00ff00",
            font_id="f-1",
            asr_type=1,
        ),
        screen_width=720,
        screen_height=1280,
        model=2,
        resolution_rate=1,
        add_compliance_watermark=True,
        callback="https://example.com/openapi/callback",
    )
    submit(vendor, order)

    assert created(world).json == {
        "person": {
            "id": PERSON,
            "figure_type": "sit_body",
            "x": 0,
            "y": 0,
            "width": 720,
            "height": 1280,
            "drive_mode": "random",
            "is_rgba_mode": False,
            "backway": 2,
        },
        "audio": {
            "type": "tts",
            "tts": {"text": ["你好"], "audio_man": VOICE, "speed": 0.5, "pitch": 3},
            "volume": 1,
            "language": "en",
        },
        "bg_color": "#EDEDED",
        "bg": {"src_url": "https://media.test/bg.png", "x": -5, "y": 6, "width": 70, "height": 80},
        "subtitle_config": {
            "show": False,
            "x": 1,
            "y": 2,
            "width": 3,
            "height": 4,
            "font_size": 5,
            "stroke_width": 0,
            "color": "#FF0000",
            "stroke_color": "#00ff00",
            "font_id": "f-1",
            "asr_type": 1,
        },
        "screen_width": 720,
        "screen_height": 1280,
        "model": 2,
        "resolution_rate": 1,
        "add_compliance_watermark": True,
        "callback": "https://example.com/openapi/callback",
    }


def test_local_files_are_uploaded_each_for_its_service(vendor, world, media):
    """``make_video_audio`` and ``make_video_background``; they are named by file_id."""
    order = by_text(tts=None, audio=media.speech, background={"picture": media.face})
    submit(vendor, order)
    places = world.chanjing.origin.asked("GET", "/create_upload_url")
    sound, picture = [put.path.rpartition("/")[2] for put in world.hosts.uploads.seen]
    sent = created(world).json

    assert [place.query for place in places] == [
        {"service": "make_video_audio", "name": "speech.wav"},
        {"service": "make_video_background", "name": "face.jpg"},
    ]
    assert sent["audio"] == {"type": "audio", "file_id": sound, "volume": 100, "language": "cn"}
    assert sent["bg"] == {"file_id": picture, "x": 0, "y": 0, "width": 1080, "height": 1920}


def test_urls_are_sent_as_they_are(vendor, world):
    """``wav_url`` takes the audio's; nothing is uploaded."""
    submit(vendor, by_text(tts=None, audio="https://media.test/speech.wav"))

    assert created(world).json["audio"] == {
        "type": "audio",
        "wav_url": "https://media.test/speech.wav",
        "volume": 100,
        "language": "cn",
    }
    assert world.chanjing.origin.asked("GET", "/create_upload_url") == []


def test_people_and_voices_of_the_website_are_marked(vendor, world):
    """``source`` and ``audio_source``, beside the person and the audio."""
    order = ls.chanjing.AvatarVideo(
        person={"id": "C-1", "source": 1}, tts=ls.chanjing.TextToSpeak(**TTS, source=1)
    )
    submit(vendor, order)
    sent = created(world).json

    assert (sent["source"], sent["audio_source"]) == (1, 1)
    assert "source" not in {*sent["person"], *sent["audio"], *sent["audio"]["tts"]}
    assert world.chanjing.origin.asked("GET", "/list_common_dp") == []


@pytest.mark.parametrize("person", [PERSON, ls.Avatar("chanjing", PERSON)], ids=["id", "avatar"])
def test_an_id_stands_for_a_person(person):
    """With all defaults; so does the person itself."""
    expected = ls.chanjing.Person(id=PERSON)

    assert ls.chanjing.AvatarVideo(person=person, tts=TTS).person == expected
    assert ls.chanjing.AvatarVideo(person=expected, tts=TTS).person == expected


def test_a_speech_is_a_text_to_speak(vendor, world):
    """Its text, voice, speed and pitch; what only a speech has is left out."""
    speech = ls.chanjing.Speech(text="你好", voice=VOICE, speed=2, plain_text="你好")
    submit(vendor, by_text(tts=speech))

    assert created(world).json["audio"]["tts"] == {
        "text": ["你好"],
        "audio_man": VOICE,
        "speed": 2,
        "pitch": 1,
    }


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        ((1080, 1920), {"x": 31, "y": 1521, "width": 1000, "height": 200, "font_size": 64}),
        ((2160, 3840), {"x": 62, "y": 3042, "width": 2000, "height": 400, "font_size": 128}),
        ((1920, 1080), {"x": 55, "y": 856, "width": 1778, "height": 112, "font_size": 36}),
        ((16, 16), {"x": 1, "y": 13, "width": 15, "height": 2, "font_size": 1}),
    ],
)
def test_subtitles_are_where_the_vendor_recommends(vendor, world, screen, expected):
    """On a screen of 1080 x 1920, and at the same shares of any other."""
    width, height = screen
    submit(vendor, by_text(subtitles={}, screen_width=width, screen_height=height))
    sent = created(world).json["subtitle_config"]

    assert {name: sent[name] for name in expected} == expected
    assert sent["show"] is True
    assert sent["x"] + sent["width"] <= width
    assert sent["y"] + sent["height"] <= height


@pytest.mark.parametrize(
    ("data", "vendor_id"), [(VIDEO, VIDEO), (1935639178641408000, "1935639178641408000"),
                            ({"id": VIDEO}, VIDEO)]
)  # fmt: skip
def test_the_new_videos_id_is_read(vendor, world, data, vendor_id):
    """``data`` is the id, of whatever shape."""
    world.chanjing.origin.plan("POST", "/create_video", envelope(data))

    assert submit(vendor, by_text()) == Snapshot(JobStatus.queued, "0", vendor_id)


def test_a_finished_video_is_read():
    """The page's example; its duration is in seconds, not in ms as in lip sync."""
    call = asked(hosted())

    assert (call.method, call.path, call.params) == ("GET", "open/v1/video", {"id": VIDEO})
    assert read(hosted(), call, envelope(DETAIL)) == DONE


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (10, JobStatus.running),
        (30, JobStatus.succeeded),
        *((number, JobStatus.failed) for number in range(40, 60)),
        ("30", JobStatus.succeeded),
        ("45", JobStatus.failed),
        (0, JobStatus.unknown),
        (20, JobStatus.unknown),
        (39, JobStatus.unknown),
        (60, JobStatus.unknown),
        ("done", JobStatus.unknown),
    ],
)
def test_statuses_are_translated(number, status):
    """10, 30, 4x and 5x; what is success in lip sync is unknown here, and asked for again."""
    found = read(hosted(), asked(hosted()), envelope({**DETAIL, "status": number}))

    assert (found.status, found.vendor_status) == (status, str(number))


def test_a_failed_video_tells_its_reason():
    """``msg`` is the reason, and only then."""
    why = "蝉豆不足扣费失败"
    failed = read(hosted(), asked(hosted()), envelope({"status": 40, "msg": why}))
    running = read(hosted(), asked(hosted()), envelope({"status": 10, "msg": "生成中"}))

    assert (failed.error, running.error) == (why, None)


@pytest.mark.parametrize(
    "answer",
    [
        {"List": [DETAIL], "PageInfo": {"page": 1, "size": 5, "total_page": 3}},
        {"list": [DETAIL], "page_info": {"total_page": "3"}},
    ],
    ids=["capital letters", "small ones"],
)
def test_a_list_is_read(answer):
    """As the page prints it, and as the others do."""
    listing = read(hosted(), hosted().listing(ls.chanjing.AvatarVideo, 1), envelope(answer))

    assert (listing.snapshots, listing.pages) == ([DONE], 3)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, ([], 1)),
        ([], ([], 1)),
        ([DETAIL], ([DONE], 2)),
        ({"List": [], "PageInfo": []}, ([], 1)),
    ],
    ids=["null", "empty", "bare", "odd page_info"],
)
def test_a_list_of_nothing_and_a_bare_list_are_read(answer, expected):
    """Without the number of pages, one more is asked for while there are videos."""
    listing = read(hosted(), hosted().listing(ls.chanjing.AvatarVideo, 1), envelope(answer))

    assert (listing.snapshots, listing.pages) == expected


def test_a_list_is_asked_for_by_page(vendor, world):
    """``POST video_list`` with page and page_size; the newest video is the first."""
    first, second = submit(vendor, by_text()), submit(vendor, by_text(volume=50))
    found = send(vendor, vendor.listing(ls.chanjing.AvatarVideo, 1))
    (seen,) = world.chanjing.origin.asked("POST", "/video_list")

    assert seen.json == {"page": 1, "page_size": 50}
    assert [each.vendor_id for each in found.snapshots] == [second.vendor_id, first.vendor_id]


def test_products_are_asked_for_by_calls_of_their_own(vendor):
    """A lip sync's call is another than a video's."""
    paths = {vendor.poll(kind.model_construct(), "1").path for kind in vendor.kinds}

    assert len(paths) == len(vendor.kinds)
    assert poll(vendor, "1").path == "open/v1/video_lip_sync/detail"


@pytest.mark.parametrize(
    ("model", "seconds", "beans"), [(0, 8, 8), (1, 8, 16), (2, 8, 24), (2, 8.2, 27), (0, 0.4, 1)]
)
def test_the_cost_is_estimated_by_the_begun_second(model, seconds, beans):
    """1, 2 or 3 beans a second by the model, and the base fee if there is one."""
    vendor, order = hosted(), by_text(tts=None, audio="speech.wav", model=model)
    plain = vendor.estimate(order, lambda _: seconds)
    vendor.base_fee = 80

    assert plain == Cost(beans, "beans", estimated=True)
    assert vendor.estimate(order, lambda _: seconds).amount == beans + 80
    assert vendor.estimate(order, lambda _: None) is None


def test_the_cost_of_a_text_is_estimated_by_its_length():
    """A little more than speech usually takes."""
    text = {**TTS, "text": "君不见黄河之水天上来,奔流到海不复回。" * 3}
    cost = hosted().estimate(by_text(tts=text, model=2), lambda _: None)

    assert 30 <= cost.amount <= 48


def test_an_unknown_video_is_denied(vendor):
    """40000, as for a video that was deleted."""
    with pytest.raises(ls.VendorError) as caught:
        send(vendor, vendor.poll(LOOK, "0"))
    assert vendor.denies(caught.value)


def test_a_video_is_deleted(vendor, world):
    """``POST delete_video``; it is unknown from then on."""
    video = submit(vendor, by_text()).vendor_id
    answer = vendor.delete_video(video)
    (seen,) = world.chanjing.origin.asked("POST", "/delete_video")

    assert (answer, seen.json) == (None, {"id": video})
    with pytest.raises(ls.VendorError, match="40000"):
        vendor.ask(vendor.poll(LOOK, video))
    with pytest.raises(ls.VendorError, match="40000"):
        vendor.delete_video(video)


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"person": {}}, "person.id", "required"),
        ({"person": {"id": " "}}, "person.id", "only spaces"),
        ({"person": {"id": PERSON, "width": 0}}, "person.width", "greater than or equal to 1"),
        ({"person": {"id": PERSON, "height": -1}}, "person.height", "greater than or equal to 1"),
        ({"person": {"id": PERSON, "x": 0.5}}, "person.x", "integer"),
        ({"person": {"id": PERSON, "figure_type": "x"}}, "person.figure_type", "'sit_body'"),
        ({"person": {"id": PERSON, "drive_mode": "x"}}, "person.drive_mode", "'random'"),
        ({"person": {"id": PERSON, "backway": 3}}, "person.backway", "1 or 2"),
        ({"person": {"id": PERSON, "source": 0}}, "person.source", "1"),
        ({"tts": {"voice": VOICE}}, "tts.text", "required"),
        ({"tts": {"text": "x"}}, "tts.voice", "required"),
        ({"tts": {**TTS, "text": "好" * 4000}}, "tts.text", "at most 3,999 characters"),
        ({"person": ""}, "person.id", "at least 1 character"),
        ({"person": 7}, "person.id", "string"),
        ({"person": None}, "person", "Person"),
        ({"person": ls.Voice("chanjing", "v")}, "person.id", "takes Avatar"),
        ({"person": ls.Avatar("yunai", "p")}, "person.id", "cannot be used at chanjing"),
        ({"tts": {**TTS, "text": "好😀"}}, "tts.text", "U+1F600"),
        ({"tts": {**TTS, "speed": 2.01}}, "tts.speed", "less than or equal to 2"),
        ({"tts": {**TTS, "pitch": 0}}, "tts.pitch", "greater than or equal to 0.1"),
        ({"volume": 0}, "volume", "greater than or equal to 1"),
        ({"volume": 101}, "volume", "less than or equal to 100"),
        ({"language": ""}, "language", "at least 1 character"),
        ({"bg_color": "white"}, "bg_color", "#"),
        ({"background": {}}, "background.picture", "required"),
        ({"background": {"picture": "a.png", "width": 0}}, "background.width", "equal to 1"),
        ({"subtitles": {"color": "#FFF"}}, "subtitles.color", "#"),
        ({"subtitles": {"font_size": 0}}, "subtitles.font_size", "equal to 1"),
        ({"subtitles": {"asr_type": 2}}, "subtitles.asr_type", "0 or 1"),
        ({"screen_width": 0}, "screen_width", "greater than or equal to 1"),
        ({"model": 3}, "model", "0, 1 or 2"),
        ({"resolution_rate": 2}, "resolution_rate", "0 or 1"),
        ({"callback": "example.com"}, "callback", "URL"),
        ({"speed": 1}, "speed", "no such field"),
    ],
)
def test_a_field_outside_its_limits_is_refused(fields, field, limit):
    """The error names the field, by its dotted path, and what it takes."""
    found = refusal(lambda: by_text(**fields))

    assert found.fields[0][0] == field
    assert limit in str(found)


@pytest.mark.parametrize(
    ("fields", "left_out"),
    [
        ({"bg_color": "#EDEDED"}, "no bg_color"),
        ({"background": {"picture": "a.png"}}, "no background"),
        ({"subtitles": {}}, "no subtitles"),
        ({"bg_color": "#EDEDED", "subtitles": {}}, "no bg_color and no subtitles"),
    ],
    ids=str,
)
def test_what_a_transparent_video_leaves_out_is_refused(fields, left_out):
    """It would be paid for in vain."""
    person = {"id": PERSON, "is_rgba_mode": True}
    found = refusal(lambda: by_text(person=person, **fields))

    assert f"(person.is_rgba_mode) has {left_out}; leave out one or the other" in str(found)


def test_a_transparent_video_is_asked_for(vendor, world):
    """With subtitles that are not shown, as that is what it has."""
    person = {"id": PERSON, "figure_type": "sit_body", "is_rgba_mode": True}
    submit(vendor, by_text(person=person, subtitles={"show": False}))

    assert created(world).json["person"]["is_rgba_mode"] is True


@pytest.mark.parametrize(
    ("fields", "found"),
    [({"tts": None}, "found none"), ({"audio": "speech.wav"}, "found audio and tts")],
)
def test_an_audio_and_a_text_exclude_each_other(fields, found):
    """Exactly one of them is what the person says."""
    assert f"set exactly one of audio, tts; {found}" in str(refusal(lambda: by_text(**fields)))


@pytest.mark.parametrize(
    ("field", "value", "takes"),
    [
        ("audio", "clip", "audio (mp3, m4a, wav)"),
        ("background", "clip", "image (jpg, png)"),
    ],
)
def test_media_of_another_kind_are_refused(client, media, field, value, takes):
    """Before anything is sent."""
    given = getattr(media, value)
    fields = {"audio": given, "tts": None} if field == "audio" else {field: {"picture": given}}
    found = refusal(lambda: client.submit(by_text(**fields)))

    assert takes in str(found)
    assert client.jobs.empty
