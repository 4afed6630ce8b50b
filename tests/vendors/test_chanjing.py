"""Chanjing by payload: what its pages say, word for word."""

import asyncio

import pytest
from vendors.wire import error, poll, read, refusal, send, submit, untouched

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.http.call import Answer
from lipsync_nb.status import Cost, JobStatus, Snapshot

VIDEO = "9499ed79995c4bdb95f0d66ca84419fd"
DETAIL = {
    "id": VIDEO,
    "status": 20,
    "progress": 100,
    "msg": "success",
    "video_url": f"https://res.chanjing.cc/xxx/lip-sync/{VIDEO}.mp4",
    "preview_url": f"https://res.chanjing.cc/xxx/lip-sync/{VIDEO}.jpg",
    "duration": 300,
    "create_time": 1738636800,
}
DONE = Snapshot(
    status=JobStatus.succeeded,
    vendor_status="20",
    vendor_id=VIDEO,
    progress=1.0,
    video_url=DETAIL["video_url"],
    poster_url=DETAIL["preview_url"],
    duration_s=0.3,
    created_at=1738636800.0,
)
SPEECH = {"text": "君不见黄河之水天上来,奔流到海不复回。", "audio_man_id": "C-f2429d07554749839"}
DEFAULTS = {
    "screen_width": 1080,
    "screen_height": 1920,
    "backway": 1,
    "drive_mode": "",
    "model": 0,
    "volume": 100,
}


@pytest.fixture
def vendor(world):
    vendor = ls.Chanjing(base_url=world.chanjing.base_url, **world.chanjing.keys)
    vendor.backoff_scale = 0.05
    yield vendor
    loop.run(vendor.aclose())


@pytest.fixture
def hosted():
    return ls.Chanjing("app", "secret-key-of-mine")


def envelope(data, code=0, msg="success"):
    return {"trace_id": "8ff3fcd57b33566048ef28568c6cee96", "code": code, "msg": msg, "data": data}


def test_a_token_is_asked_for_by_the_key_pair(vendor, world):
    """``POST /open/v1/access_token`` with JSON; no other request carries the pair."""
    vendor.balance()
    asked, answered = world.chanjing.origin.seen

    assert (asked.method, asked.target) == ("POST", "/open/v1/access_token")
    assert asked.json == world.chanjing.keys
    assert asked.header("access_token") is None
    assert (answered.method, answered.target) == ("GET", "/open/v1/user_duration")
    assert answered.header("access_token") == world.chanjing.token
    assert answered.header("authorization") is None


def test_many_calls_share_one_token(vendor, world):
    """Calls at once wait for the one token; each new one would kill the last."""

    async def at_once():
        calls = [vendor.api.send(poll(vendor, VIDEO)) for _ in range(8)]
        return await asyncio.gather(*calls, return_exceptions=True)

    errors = loop.run(at_once())

    assert {error.code for error in errors} == {40000}
    assert len(world.chanjing.origin.asked("POST", "/access_token")) == 1


def test_vendors_of_one_key_pair_share_its_token(vendor, world):
    """Two objects for the same application do not kill each other's token."""
    other = ls.Chanjing(base_url=world.chanjing.base_url, **world.chanjing.keys)
    balances = [vendor.balance(), other.balance(), vendor.balance()]
    loop.run(other.aclose())

    assert len(balances) == 3
    assert len(world.chanjing.origin.asked("POST", "/access_token")) == 1
    assert other.redactor.text(world.chanjing.token) == "[redacted]"


@pytest.mark.parametrize("code", [10400, 10401, "10400"])
@pytest.mark.parametrize("status", [200, 401])
def test_a_dead_token_is_replaced_once(vendor, world, code, status):
    """10400 fetches a new token and repeats the call, whatever the HTTP status."""
    vendor.balance()
    first = world.chanjing.token
    dead = envelope(None, code, "AccessToken verification failed")
    world.chanjing.origin.plan("GET", "/user_duration", dead, status=status)

    assert vendor.balance() == Cost(1234.0, "beans")
    assert world.chanjing.token != first
    assert len(world.chanjing.origin.asked("POST", "/access_token")) == 2


def test_a_token_that_stays_dead_is_an_error(vendor, world):
    """It is replaced once, not for ever."""
    dead = envelope(None, 10400, "AccessToken verification failed")
    world.chanjing.origin.plan("GET", "/user_duration", dead, times=9)

    with pytest.raises(ls.Unauthorized, match="10400, AccessToken verification failed"):
        vendor.balance()
    assert len(world.chanjing.origin.asked("POST", "/access_token")) == 2


@pytest.mark.parametrize("code", [400, 40000, 10400, 7])
def test_a_refused_key_pair_says_what_to_check(vendor, world, code):
    """The codes of the token's table mean that the pair is wrong."""
    world.chanjing.origin.plan("POST", "/access_token", envelope(None, code, "参数错误"))

    with pytest.raises(ls.Unauthorized, match=f"{code}, 参数错误.*app_id and secret_key") as caught:
        vendor.balance()
    assert caught.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        {"payload": envelope(None, 50000, "系统内部错误")},
        {"payload": envelope(None, 40001, "超出限制")},
        {"payload": {"message": "bad gateway"}, "status": 502},
        {"content": b"<html>busy</html>", "status": 503},
        {"content": b"<html>hello</html>"},
        {"payload": envelope({"access_token": ""})},
        {"payload": envelope({"access_token": "two\nlines"})},
    ],
)
def test_a_token_that_cannot_be_had_now_is_asked_for_again(vendor, world, answer):
    """A token costs nothing, so a fault of the vendor's is tried again."""
    world.chanjing.origin.plan("POST", "/access_token", **answer)

    assert len(vendor.voices()) == 23


def test_a_file_goes_to_its_presigned_url(vendor, world, media):
    """Upload URL, PUT with the given type and a length, and a look whether it is ready."""
    submit(vendor, ls.chanjing.LipSync(video=media.clip, audio=media.speech))
    _, place_v, ready_v, place_a, ready_a, _ = world.chanjing.origin.seen
    put_v, put_a = world.hosts.uploads.seen

    assert place_v.target == (
        "/open/v1/common/create_upload_url?service=lip_sync_video&name=clip.mp4"
    )
    assert place_a.query == {"service": "lip_sync_audio", "name": "speech.wav"}
    for put, file, mime in [
        (put_v, media.clip, "video/mp4"),
        (put_a, media.speech, "audio/x-wav"),
    ]:
        assert put.method == "PUT"
        assert put.target.endswith("?OSSAccessKeyId=x&Signature=a%2Bb%3D")
        assert put.body == file.read_bytes()
        assert put.header("content-type") == mime
        assert put.header("content-length") == str(len(put.body))
        assert put.header("transfer-encoding") is None
    assert ready_v.target.startswith("/open/v1/common/file_detail?id=")
    assert ready_v.query["id"] in put_v.path
    assert ready_a.query["id"] in put_a.path


@pytest.mark.parametrize("file_id", [7, "f-7"])
def test_an_upload_needs_the_url_and_the_id_only(vendor, world, media, file_id):
    """Without a type in the answer, the file's own is sent."""
    place = {"sign_url": f"{world.hosts.uploads.url}/bucket/{file_id}", "file_id": file_id}
    world.chanjing.origin.plan("GET", "/create_upload_url", envelope(place))
    world.hosts.uploads.plan("PUT", f"/{file_id}", content=b"")
    world.chanjing.origin.plan("GET", "/file_detail", envelope({"status": "1"}))
    world.chanjing.origin.plan("POST", "/create", envelope(VIDEO))
    submit(vendor, ls.chanjing.LipSync(video=media.clip, tts=SPEECH))
    (put,), created = world.hosts.uploads.seen, world.chanjing.origin.seen[-1]

    assert put.header("content-type") == "video/mp4"
    assert created.json["video_file_id"] == str(file_id)


def test_a_clip_with_a_sound_is_created(vendor, world, media):
    """``video_lip_sync/create`` by audio, with the page's defaults."""
    snapshot = submit(vendor, ls.chanjing.LipSync(video=media.clip, audio=media.speech))
    created = world.chanjing.origin.seen[-1]
    video, audio = [put.path.rpartition("/")[2] for put in world.hosts.uploads.seen]

    assert (created.method, created.target) == ("POST", "/open/v1/video_lip_sync/create")
    assert created.header("content-type") == "application/json"
    assert created.json == {
        **DEFAULTS,
        "video_file_id": video,
        "audio_type": "audio",
        "audio_file_id": audio,
    }
    assert snapshot.status is JobStatus.queued
    assert snapshot.vendor_id in world.chanjing.jobs


def test_a_clip_with_a_text_is_created(vendor, world, media):
    """By tts, with every field of the page's table."""
    order = ls.chanjing.LipSync(
        video=media.clip,
        tts=ls.chanjing.Speech(**SPEECH, speed=0.5, pitch=1.5),
        screen_width=720,
        screen_height=1280,
        backway=2,
        drive_mode="random",
        model=1,
        volume=1,
        callback="https://example.com/openapi/callback",
    )
    submit(vendor, order)
    (put,) = world.hosts.uploads.seen

    assert world.chanjing.origin.seen[-1].json == {
        "video_file_id": put.path.rpartition("/")[2],
        "screen_width": 720,
        "screen_height": 1280,
        "backway": 2,
        "drive_mode": "random",
        "model": 1,
        "volume": 1,
        "callback": "https://example.com/openapi/callback",
        "audio_type": "tts",
        "tts_config": {**SPEECH, "speed": 0.5, "pitch": 1.5},
    }


@pytest.mark.parametrize(
    ("status", "why"), [(98, "not accepted"), (99, "deleted"), (100, "deleted"), ("98", "accepted")]
)
def test_a_file_that_is_refused_is_an_error(vendor, world, media, status, why):
    """98 failed the content check, 99 and 100 were deleted; nothing is paid."""
    world.chanjing.origin.plan("GET", "/file_detail", envelope({"status": status}))

    with pytest.raises(ls.VendorError, match=f"clip.mp4: .*{why}"):
        submit(vendor, ls.chanjing.LipSync(video=media.clip, tts=SPEECH))
    assert world.chanjing.jobs == {}


def test_the_new_videos_id_is_read(vendor, world, media):
    """``data`` is the id, of whatever shape."""
    ids = [(VIDEO, VIDEO), (12345678901234567890, "12345678901234567890"), ({"id": VIDEO}, VIDEO)]
    for data, vendor_id in ids:
        world.chanjing.origin.plan("POST", "/create", envelope(data))
        snapshot = submit(vendor, ls.chanjing.LipSync(video=media.clip, tts=SPEECH))

        assert snapshot == Snapshot(JobStatus.queued, "0", vendor_id)


def test_a_look_asks_by_the_videos_id(hosted):
    """``video_lip_sync/detail?id=…``."""
    call = poll(hosted, "v+1/?&=")

    assert (call.method, call.path) == ("GET", "open/v1/video_lip_sync/detail")
    assert call.params == {"id": "v+1/?&="}


def test_a_finished_video_is_read(hosted):
    """The page's example; its duration is in ms."""
    assert read(hosted, poll(hosted, VIDEO), envelope(DETAIL)) == DONE


@pytest.mark.parametrize(
    "change",
    [
        {"progress": None, "preview_url": None, "duration": None, "create_time": None},
        {"id": None, "msg": None, "progress": "", "preview_url": ""},
        {"progress": "done", "duration": "300 ms", "create_time": "2025-02-04", "x": {}},
    ],
)
def test_a_look_needs_the_status_and_the_video_only(hosted, change):
    """What else an answer leaves out, empties or garbles is passed over."""
    found = read(hosted, poll(hosted, VIDEO), envelope({**DETAIL, **change}))

    assert (found.status, found.vendor_id) == (JobStatus.succeeded, VIDEO)
    assert found.video_url == DETAIL["video_url"]
    assert found.progress is None


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (0, JobStatus.queued),
        (10, JobStatus.running),
        (20, JobStatus.succeeded),
        (30, JobStatus.failed),
        ("20", JobStatus.succeeded),
        (1, JobStatus.unknown),
        (40, JobStatus.unknown),
        (-1, JobStatus.unknown),
        ("done", JobStatus.unknown),
    ],
)
def test_statuses_are_translated(hosted, number, status):
    """The page lists four; any other stays unknown, and is shown as it came."""
    found = read(hosted, poll(hosted, VIDEO), envelope({**DETAIL, "status": number}))

    assert (found.status, found.vendor_status) == (status, str(number))


@pytest.mark.parametrize(
    ("given", "progress"),
    [(0, 0.0), (55, 0.55), ("55", 0.55), ("55%", 0.55), (100, 1.0), (101, 1.0), (-5, None)],
)
def test_progress_is_from_0_to_1(hosted, given, progress):
    """The page's goes from 0 to 100."""
    found = read(hosted, poll(hosted, VIDEO), envelope({"status": 10, "progress": given}))

    assert found.progress == progress


def test_a_failed_video_tells_its_reason(hosted):
    """``msg`` is the reason, and only then."""
    failed = read(hosted, poll(hosted, VIDEO), envelope({"status": 30, "msg": "未检测到人脸"}))
    running = read(hosted, poll(hosted, VIDEO), envelope({"status": 10, "msg": "生成中"}))

    assert failed.error == "未检测到人脸"
    assert running.error is None


def test_a_list_is_asked_for_by_page(vendor, world):
    """``POST video_lip_sync/list`` with page and page_size."""
    send(vendor, vendor.listing(ls.chanjing.LipSync, 3))
    seen = world.chanjing.origin.seen[-1]

    assert (seen.method, seen.target) == ("POST", "/open/v1/video_lip_sync/list")
    assert seen.json == {"page": 3, "page_size": 50}


@pytest.mark.parametrize(
    ("info", "pages"),
    [
        ({"page": 1, "size": 10, "total_count": 41, "total_page": 5}, 5),
        ({"total_page": "5"}, 5),
        (None, 2),
        ({}, 2),
    ],
)
def test_a_list_is_read(hosted, info, pages):
    """The page's example; one that does not tell its length may have one more page."""
    answer = envelope({"list": [DETAIL], "page_info": info})
    listing = read(hosted, hosted.listing(ls.chanjing.LipSync, 1), answer)

    assert (listing.snapshots, listing.pages) == ([DONE], pages)


def test_an_empty_list_ends(hosted):
    """There is no page after an empty one."""
    assert read(hosted, hosted.listing(ls.chanjing.LipSync, 4), envelope({"list": []})).pages == 4


@pytest.mark.parametrize("odd", [False, True], ids=["with page_info", "without"])
def test_all_voices_are_listed(vendor, world, odd):
    """``list_common_audio``, page by page, however short its pages are."""
    world.chanjing.origin.odd = odd
    voices = vendor.voices()

    assert len(voices) == 23
    assert {"id", "name", "gender", "lang", "audition", "speed", "pitch"} <= set(voices.columns)
    assert voices["id"].is_unique


def test_a_list_that_repeats_its_last_page_ends(vendor, world):
    """Without a length, voices are read until nothing new comes."""
    pages = [[{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}], [{"id": 2}, {"id": 3}]]
    for page in pages:
        world.chanjing.origin.plan("GET", "/list_common_audio", envelope({"list": page}))

    assert vendor.voices()["id"].tolist() == [1, 2, 2, 3]
    assert len(world.chanjing.origin.asked("GET", "/list_common_audio")) == 3


@pytest.mark.parametrize("odd", [False, True], ids=["a number", "a string"])
def test_the_balance_is_read(vendor, world, odd):
    """``user_duration``: the beans left."""
    world.chanjing.origin.odd = odd

    assert vendor.balance() == Cost(1234.0, "beans")


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, ls.VendorError),
        (10400, ls.Unauthorized),
        (10401, ls.Unauthorized),
        (40000, ls.VendorError),
        (40001, ls.RateLimited),
        (40002, ls.OutOfCredit),
        (50000, ls.ServerError),
        ("50000", ls.ServerError),
        (50011, ls.VendorError),
        (51000, ls.ServerError),
    ],
)
def test_error_codes_have_types(hosted, status, code, kind):
    """The pages' tables; the code decides, whatever the HTTP status."""
    found = error(hosted, status, envelope(None, code, "原因"))

    assert (type(found), found.code) == (kind, int(code))
    assert str(found) == f"chanjing: {code}, 原因"


@pytest.mark.parametrize(
    ("status", "payload", "kind", "code"),
    [
        (200, {"code": 40009, "msg": "x"}, ls.VendorError, 40009),
        (200, {"code": "E1"}, ls.ServerError, None),
        (200, {"code": [1]}, ls.ServerError, None),
        (429, {"code": 1}, ls.RateLimited, 1),
        (500, {"code": 1}, ls.ServerError, 1),
        (403, {"message": "x"}, ls.Unauthorized, 403),
        (502, None, ls.ServerError, 502),
    ],
)
def test_codes_that_no_page_lists_follow_the_http_status(hosted, status, payload, kind, code):
    """An unknown code is never success; a server's fault leaves a paid job unknown, not failed."""
    found = error(hosted, status, payload)

    assert (type(found), found.code) == (kind, code)


@pytest.mark.parametrize("why", ["文本包含emoji表情", "text contains Emoji"])
def test_a_refused_emoji_is_no_fault_of_the_server(hosted, why):
    """50000 is a system error otherwise, after which nobody knows whether a job was made."""
    found = error(hosted, 200, envelope(None, 50000, why))

    assert (type(found), found.code) == (ls.VendorError, 50000)


@pytest.mark.parametrize(
    "why", ["余额不足", "您的蝉豆不足,请充值", "扣费失败", "账户欠费", "蝉豆余额不够"]
)
@pytest.mark.parametrize("code", [40000, 50000, 51000, 60001])
def test_too_little_credit_is_reported_by_the_message(hosted, why, code):
    """No code is its own: the message names it, and nothing was paid."""
    answer = envelope(None, code, why)
    found = error(hosted, 200, answer)

    assert type(found) is ls.OutOfCredit
    assert why in str(found)
    assert hosted.refuses(Answer(200, answer))


def test_an_empty_account_is_no_wrong_key(hosted):
    """Although no token is given to it."""
    with pytest.raises(ls.OutOfCredit, match="欠费"):
        hosted._read_token(Answer(200, envelope(None, 40002, "账户欠费")))


@pytest.mark.parametrize("status", [200, 404, 500])
def test_code_0_is_success_whatever_the_http_status(hosted, status):
    """Success is ``code == 0``."""
    assert read(hosted, poll(hosted, VIDEO), envelope(DETAIL), status) == DONE


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"volume": 0}, "volume", "greater than or equal to 1, got 0"),
        ({"volume": 101}, "volume", "less than or equal to 100, got 101"),
        ({"volume": 1.5}, "volume", "integer"),
        ({"backway": 3}, "backway", "1 or 2"),
        ({"drive_mode": "normal"}, "drive_mode", "'' or 'random'"),
        ({"model": 2}, "model", "0 or 1"),
        ({"screen_width": 0}, "screen_width", "greater than or equal to 1"),
        ({"screen_height": "tall"}, "screen_height", "integer"),
        ({"callback": "example.com"}, "callback", "URL"),
        ({"speed": 1}, "speed", "no such field"),
        ({"tts": {**SPEECH, "speed": 0.49}}, "tts.speed", "greater than or equal to 0.5"),
        ({"tts": {**SPEECH, "speed": 2.01}}, "tts.speed", "less than or equal to 2"),
        ({"tts": {**SPEECH, "pitch": 0.09}}, "tts.pitch", "greater than or equal to 0.1"),
        ({"tts": {**SPEECH, "pitch": 3.1}}, "tts.pitch", "less than or equal to 3"),
        ({"tts": {**SPEECH, "text": ""}}, "tts.text", "at least 1 character"),
        ({"tts": {"audio_man_id": "C-1"}}, "tts.text", "required"),
        ({"tts": {"text": "x"}}, "tts.audio_man_id", "required"),
        ({"tts": {**SPEECH, "audio_man_id": ""}}, "tts.audio_man_id", "at least 1 character"),
    ],
)
def test_a_field_outside_its_limits_is_refused(media, fields, field, limit):
    """The error names the field, by its dotted path, and what it takes."""
    order = {"video": media.clip, "tts": SPEECH, **fields}
    found = refusal(lambda: ls.chanjing.LipSync(**order))

    assert found.fields[0][0] == field
    assert limit in str(found)


@pytest.mark.parametrize("speed", [0.5, 1, 2])
@pytest.mark.parametrize("volume", [1, 100])
def test_the_limits_themselves_are_within_them(media, speed, volume):
    """0.5 and 2, 1 and 100 are taken."""
    order = ls.chanjing.LipSync(video=media.clip, tts={**SPEECH, "speed": speed}, volume=volume)

    assert (order.tts.speed, order.volume) == (speed, volume)


@pytest.mark.parametrize(
    ("fields", "found"),
    [({}, "found none"), ({"audio": "speech.wav", "tts": SPEECH}, "found audio and tts")],
)
def test_a_sound_and_a_text_exclude_each_other(media, fields, found):
    """Exactly one of them drives the lips."""
    refused = refusal(lambda: ls.chanjing.LipSync(video=media.clip, **fields))

    assert f"set exactly one of audio, tts; {found}" in str(refused)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("你好😀", "U+1F600"),
        ("时间⏰到", "U+23F0"),
        ("爱❤️你", "U+2764"),
        ("晴☀飞✈", "U+2600"),
        ("第1️⃣", "U+FE0F"),
        ("中国🇨🇳", "U+1F1E8"),
        ("👨‍👩‍👧", "U+1F468"),
        ("✨", "U+2728"),
        ("🀄", "U+1F004"),
    ],
)
def test_emoji_are_refused(text, named):
    """The vendor answers them with 50000; the error names the field and the character."""
    found = refusal(lambda: ls.chanjing.Speech(text=text, audio_man_id="C-1"))

    assert found.fields[0][0] == "text"
    assert named in str(found)


@pytest.mark.parametrize("text", ["★☆✓①❶—…《》", "한국어 日本語 𠮷", "1×2=2 ©", "a→b ♪"])
def test_other_signs_are_no_emoji(text):
    """Stars, ticks, circled digits and rare characters are ordinary text."""
    assert ls.chanjing.Speech(text=text, audio_man_id="C-1").text == text


def test_a_picture_is_no_clip_and_a_flac_no_sound(client, world, media, tmp_path):
    """The endings that the vendor takes are named, and nothing is sent."""
    flac = tmp_path / "speech.flac"
    flac.write_bytes(b"fLaC\x00\x00\x00\x22" + bytes(64))
    order = ls.chanjing.LipSync(video=media.face, audio=flac)
    found = refusal(lambda: client.submit(order))

    assert [name for name, _ in found.fields] == ["video", "audio"]
    assert "mp4, mov, webm" in str(found)
    assert "mp3, m4a, wav" in str(found)
    assert untouched(client, world)


@pytest.mark.parametrize(
    ("model", "seconds", "beans"), [(0, 8, 8), (1, 8, 16), (0, 8.2, 9), (1, 0.4, 2)]
)
def test_the_cost_is_estimated_by_the_begun_second(hosted, model, seconds, beans):
    """One bean a second, two with the better model."""
    order = ls.chanjing.LipSync(video="clip.mp4", audio="speech.wav", model=model)

    assert hosted.estimate(order, lambda _: seconds) == Cost(beans, "beans", estimated=True)


@pytest.mark.parametrize(
    ("text", "speed", "least", "most"),
    [
        ("君不见黄河之水天上来,奔流到海不复回。" * 3, 1, 10, 16),
        ("君不见黄河之水天上来,奔流到海不复回。" * 3, 2, 5, 8),
        ("Have you not seen that the waters of the Yellow River come from heaven?", 1, 4, 8),
    ],
)
def test_the_cost_of_a_text_is_estimated_by_its_length(hosted, text, speed, least, most):
    """A little more than speech usually takes, so that budgets hold."""
    tts = {"text": text, "audio_man_id": "C-1", "speed": speed}
    cost = hosted.estimate(ls.chanjing.LipSync(video="clip.mp4", tts=tts), lambda _: None)

    assert least <= cost.amount <= most


def test_a_base_fee_can_be_set(client, media):
    """A note names one of 80 beans, which the price list does not."""
    order = ls.chanjing.LipSync(video=media.clip, audio=media.speech)
    before = client.estimate(order).amount
    client.vendors["chanjing"].base_fee = 80

    assert client.estimate(order).amount == before + 80


def test_a_budget_holds_for_beans(connect, world, media):
    """What would go over it is refused before anything is sent."""
    client = connect(budget={"chanjing": 3})
    order = {"video": media.clip, "audio": media.speech}
    client.submit(ls.chanjing.LipSync(**order, model=1)).result(20)
    created = len(world.chanjing.origin.asked("POST", "/create"))

    with pytest.raises(ls.BudgetExceeded, match="2 of 3 beans were spent"):
        client.submit(ls.chanjing.LipSync(**order, model=1, volume=50))
    assert len(world.chanjing.origin.asked("POST", "/create")) == created
