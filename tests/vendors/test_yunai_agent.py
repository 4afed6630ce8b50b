"""Yunai's ``agent_api.php`` by payload: forms, and codes that mean the reverse of the others."""

import pytest
from vendors.cases import STOCK_MODEL, old
from vendors.wire import send, submit

import lipsync_nb as ls
from lipsync_nb.http.api import SubmissionLost
from lipsync_nb.http.call import Answer
from lipsync_nb.media import UploadHost
from lipsync_nb.status import JobStatus

CLIP, SOUND = "https://example.com/a.mp4", "https://example.com/a.mp3"
REQUESTS = {
    "create_v2": lambda **line: ls.yunai.VideoV2(audio=SOUND, video=CLIP, **line),
    "create_model_fast": lambda **line: ls.yunai.FastAvatar(name="小林", video=CLIP, **line),
    "create_video_fast": lambda **line: ls.yunai.FastVideo(model="m-1", audio=SOUND, **line),
    "create_model": lambda **line: old(ls.yunai.VoiceModel, name="小林", **line),
    "create_model_audio": lambda **line: old(
        ls.yunai.VoiceTraining, model="m-1", audio=SOUND, **line
    ),
    "create_audio": lambda **line: old(ls.yunai.ClonedSpeech, text="你好", voice="m-1", **line),
}
FIELDS = {
    "create_v2": {"audio_url": SOUND, "video_url": CLIP},
    "create_model_fast": {"model_name": "小林", "video_url": CLIP},
    "create_video_fast": {"model_id": "m-1", "audio_url": SOUND},
    "create_model": {"model_name": "小林"},
    "create_model_audio": {"model_id": "m-1", "model_audio_url": SOUND},
    "create_audio": {"task_text": "你好", "people_id": "m-1"},
}
QUERIES = {
    "create_v2": ("chk_v2", "task_id"),
    "create_model_fast": ("chk_model_fast", "model_id"),
    "create_video_fast": ("chk_video_fast", "task_id"),
    "create_model_audio": ("chk_model_audio", "task_id"),
    "create_audio": ("chk_audio", "task_id"),
}
MODEL = {"model_name": "小林", "model_id": 17, "model_status": "0"}
CREATED = {"code": "1", "msg": "ok", "data": {"task_id": "t-1"}}


def answer_of(act):
    """Return an answer to an act that creates something."""
    makes_model = act in {"create_model", "create_model_fast"}
    return {**CREATED, "data": {"model": MODEL}} if makes_model else CREATED


@pytest.fixture
def vendor(world):
    return ls.Yunai(base_url=world.yunai.base_url, **world.yunai.keys)


@pytest.mark.parametrize("line", [None, 0, 1])
@pytest.mark.parametrize("act", FIELDS)
def test_each_creation_goes_as_the_page_has_it(vendor, world, act, line):
    """A multipart form with ``act``, its fields and the line, which is always sent, as a text."""
    world.yunai.origin.plan("POST", f"/{act}", answer_of(act))
    submit(vendor, REQUESTS[act](**({} if line is None else {"line_type": line})))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/agent_api.php")
    assert seen.header("content-type").startswith("multipart/form-data; boundary=")
    assert seen.form == {"act": act, **FIELDS[act], "line_type": str(line or 0)}
    assert len(seen.all_parts) == len(seen.form)
    key = world.yunai.keys["api_key"]
    assert [(n, v) for n, v in seen.headers if key in v] == [("authorization", f"Bearer {key}")]


@pytest.mark.parametrize("line", [0, 1])
@pytest.mark.parametrize("act", QUERIES)
def test_each_query_repeats_the_line(vendor, world, act, line):
    """A form with the id that the creation named, and the line that it was created on."""
    query, by = QUERIES[act]
    world.yunai.origin.plan("POST", f"/{query}", {"code": "1", "data": {"zstatus": "0"}})
    send(vendor, vendor.poll(REQUESTS[act](line_type=line), "t-数 1"))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/agent_api.php")
    assert seen.form == {"act": query, by: "t-数 1", "line_type": str(line)}


@pytest.mark.parametrize("place", ["second", "sandbox"])
@pytest.mark.parametrize("act", FIELDS)
def test_both_implementations_take_what_is_sent(world, sandbox, media, act, place):
    """The creation, and then the query, until it is done."""
    known = world.yunai if place == "second" else None
    base_url = known.base_url if known else sandbox.base_urls["yunai"]
    keys = known.keys if known else sandbox.keys["yunai"]
    host = UploadHost(world.hosts.media.url if known else sandbox.media_url)
    vendor = ls.Yunai(base_url=base_url, **keys)
    request = real(act, media)
    found = submit(vendor, request, host)
    while act in QUERIES and not found.status.terminal:
        found = send(vendor, vendor.poll(request, found.vendor_id))

    assert found.status is JobStatus.succeeded, found
    assert found.made or found.video_url


def real(act, media):
    """Return a request whose media are there."""
    return {
        "create_v2": lambda: ls.yunai.VideoV2(audio=media.speech, video=media.clip),
        "create_model_fast": lambda: ls.yunai.FastAvatar(name="小林", video=media.long_clip),
        "create_video_fast": lambda: ls.yunai.FastVideo(model=STOCK_MODEL, audio=media.speech),
        "create_model": REQUESTS["create_model"],
        "create_model_audio": lambda: old(
            ls.yunai.VoiceTraining, model=STOCK_MODEL, audio=media.long_sample
        ),
        "create_audio": lambda: old(ls.yunai.ClonedSpeech, text="你好", voice=STOCK_MODEL),
    }[act]()


@pytest.mark.parametrize(
    ("act", "answer", "vendor_id"),
    [
        ("create_v2", {"code": "1", "data": {"task_id": "t"}}, "t"),
        ("create_v2", {"code": 1, "data": {"task_id": 9007199254740993}}, "9007199254740993"),
        ("create_v2", {"code": 1.0, "data": {"taskId": "t"}}, "t"),
        ("create_v2", {"code": "1", "task_id": "t"}, "t"),
        ("create_v2", {"data": {"task_id": "t"}}, "t"),
        ("create_model_fast", {"code": "1", "data": {"model": MODEL}}, "17"),
        ("create_model_fast", {"code": "1", "data": {"model_id": "m"}}, "m"),
        ("create_model_fast", {"code": "1", "Data": {"Model": {"ModelId": "m"}}}, "m"),
    ],
)
def test_a_creation_is_read(vendor, world, act, answer, vendor_id):
    """The code and the id may be numbers or texts."""
    world.yunai.origin.plan("POST", f"/{act}", answer)
    found = submit(vendor, REQUESTS[act]())

    assert (found.status, found.vendor_id) == (JobStatus.queued, vendor_id)


def test_a_voice_without_a_sound_is_there_at_once(vendor, world):
    """``create_model`` answers with it; no query is documented."""
    world.yunai.origin.plan("POST", "/create_model", {"code": 1, "data": {"model": MODEL}})
    found = submit(vendor, REQUESTS["create_model"]())

    assert found.status is JobStatus.succeeded
    assert (found.made, found.vendor_id) == (ls.Voice("yunai", "17", "小林"), "")


QUEUED, RUNNING, DONE, LOST, UNKNOWN = (
    JobStatus.queued,
    JobStatus.running,
    JobStatus.succeeded,
    JobStatus.failed,
    JobStatus.unknown,
)
USUAL = {-1: LOST, 0: QUEUED, 1: QUEUED, 2: RUNNING, 3: DONE, 4: UNKNOWN, 5: UNKNOWN, -2: UNKNOWN}
STATUSES = {
    "create_v2": USUAL,
    "create_model_fast": USUAL,
    "create_video_fast": USUAL,
    "create_model_audio": USUAL | {1: UNKNOWN},
    "create_audio": USUAL | {-1: UNKNOWN, 0: RUNNING, 1: RUNNING, 4: LOST},
}


@pytest.mark.parametrize("form", [int, str, float], ids=["number", "text", "fraction"])
@pytest.mark.parametrize(
    ("act", "number", "status"),
    [(act, number, status) for act, table in STATUSES.items() for number, status in table.items()],
)
def test_each_product_has_numbers_of_its_own(vendor, act, number, status, form):
    """4 has failed in ``chk_audio`` alone, where −1 is unknown; 1 is unknown in a training."""
    found = polled(vendor, act, {"code": "1", "data": {"zstatus": form(number)}})

    assert (found.status, found.vendor_status) == (status, str(number))


@pytest.mark.parametrize("word", ["done", "", None, "3a", True])
def test_what_is_no_number_of_the_page_is_unknown(vendor, word):
    """Neither success nor failure."""
    found = polled(vendor, "create_v2", {"code": "1", "data": {"zstatus": word}})

    assert found.status is (QUEUED if word is True else UNKNOWN)


@pytest.mark.parametrize(
    ("act", "told", "result"),
    [
        (
            "create_v2",
            {
                "video_url": "http://cdn/x.mp4",
                "video_pic": "http://cdn/x.jpg",
                "video_time": "12.5",
            },
            {"video_url": "http://cdn/x.mp4", "poster_url": "http://cdn/x.jpg", "duration_s": 12.5},
        ),
        (
            "create_video_fast",
            {"video_url": "http://cdn/x.mp4", "video_pic": "", "video_time": 0},
            {"video_url": "http://cdn/x.mp4", "poster_url": None, "duration_s": None},
        ),
        (
            "create_model_fast",
            {"model_pic": "http://cdn/x.jpg", "model_id": 17},
            {"made": ls.Avatar("yunai", "17", "小林", "http://cdn/x.jpg")},
        ),
        ("create_model_fast", {}, {"made": ls.Avatar("yunai", "t-1", "小林")}),
        ("create_model_audio", {"model_id": "17"}, {"made": ls.Voice("yunai", "17")}),
        ("create_model_audio", {}, {"made": ls.Voice("yunai", "m-1")}),
        ("create_audio", {"audio_url": "http://cdn/x.mp3"}, {"video_url": "http://cdn/x.mp3"}),
    ],
)
def test_a_result_is_read(vendor, act, told, result):
    """Numbers may be texts; without an id of the model, the one that is known counts."""
    found = polled(vendor, act, {"code": "1", "data": {"zstatus": "3", **told}})

    assert {name: getattr(found, name) for name in result} == result
    assert (found.status, found.vendor_id) == (DONE, "t-1")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"code": "0", "msg": "未检测到人脸", "data": {"zstatus": "-1"}}, "未检测到人脸"),
        ({"code": 0, "msg": "失败", "data": {"zstatus": -1, "msg": "无脸"}}, "无脸"),
        ({"code": "1", "msg": "未检测到人脸", "data": {"zstatus": "-1"}}, "未检测到人脸"),
        ({"code": "1", "msg": "success", "data": {"zstatus": "-1"}}, None),
        ({"code": "1", "msg": "查询成功", "data": {"zstatus": "-1"}}, None),
        ({"code": "0", "msg": "任务不存在", "data": {"zstatus": "-1"}}, "任务不存在"),
    ],
)
def test_a_task_that_failed_is_no_error(vendor, answer, why):
    """Its ``zstatus`` says so, whatever the code is; the reason is the vendor's."""
    found = polled(vendor, "create_v2", answer)

    assert (found.status, found.error) == (LOST, why)


@pytest.mark.parametrize("code", [0, "0", 0.0])
@pytest.mark.parametrize(
    ("message", "denied"),
    [
        ("任务不存在", True),
        ("Task Not Found", True),
        ("no such task", True),
        ("系统繁忙", False),
        ("", False),
    ],
)
def test_only_a_query_that_names_no_such_task_is_denied(vendor, code, message, denied):
    """Any other failure is asked again."""
    with pytest.raises(ls.VendorError) as caught:
        polled(vendor, "create_v2", {"code": code, "msg": message, "data": []})

    assert caught.value.code == (404 if denied else 0)
    assert vendor.denies(caught.value) is denied


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("create_v2", {"video_url": "http://cdn/x.mp4"}),
        ("create_video_fast", {"video_url": "http://cdn/x.mp4"}),
        ("create_model_fast", {"model_id": "m-1"}),
        ("create_model_fast", {"model_pic": "http://cdn/x.jpg"}),
        ("create_model_audio", {"model_id": "m-1"}),
        ("create_audio", {"audio_url": "http://cdn/x.mp3"}),
    ],
)
def test_a_result_is_collected_whatever_the_code_is(vendor, act, told):
    """It is there, and ``zstatus`` says that it is done; not if HTTP says that it is an error."""
    answer = {"code": "0", "msg": "任务不存在", "data": {"zstatus": "3", **told}}
    found = polled(vendor, act, answer)

    assert found.status is DONE
    assert found.made or found.video_url
    with pytest.raises(ls.VendorError):
        polled(vendor, act, answer, 400)


@pytest.mark.parametrize("zstatus", [3, 2, 0, 77])
def test_a_failed_query_without_a_result_is_asked_again(vendor, zstatus):
    """The code and ``zstatus`` contradict each other: neither is believed."""
    with pytest.raises(ls.VendorError):
        polled(vendor, "create_v2", {"code": "0", "msg": "x", "data": {"zstatus": zstatus}})


@pytest.mark.parametrize("status", [500, 502])
def test_a_broken_server_tells_of_no_failure(vendor, status):
    """Whatever its body says."""
    answer = {"code": "0", "msg": "任务不存在", "data": {"zstatus": "-1"}}
    with pytest.raises(ls.ServerError):
        polled(vendor, "create_v2", answer, status)


def polled(vendor, act, payload, status=200):
    """Return what a query reads from an answer."""
    call = vendor.poll(REQUESTS[act](), "t-1")
    call.errors.check(Answer(status, payload))
    return call.read(payload)


NOTHING = {"code": "0", "msg": "参数错误", "data": []}
REFUSED = [
    (200, NOTHING, ls.VendorError),
    (200, {"code": 0, "msg": "no", "data": None}, ls.VendorError),
    (200, {"code": 0.0, "msg": "no"}, ls.VendorError),
    (200, {"code": "0", "msg": "no", "data": {"task_id": 0}}, ls.VendorError),
    (200, {"code": "0", "msg": "no", "data": {"task_id": ""}}, ls.VendorError),
    (200, {"code": "0", "msg": "余额不足", "data": []}, ls.OutOfCredit),
    (400, NOTHING, ls.VendorError),
    (409, NOTHING, ls.VendorError),
    (401, NOTHING, ls.Unauthorized),
    (401, {"message": "无效的令牌"}, ls.Unauthorized),
    (402, b"", ls.OutOfCredit),
    (403, b"<html>", ls.Unauthorized),
    (422, {"message": "no"}, ls.VendorError),
    (200, {"code": "quota_not_enough", "message": "no"}, ls.OutOfCredit),
    (500, {"code": "insufficient_user_quota", "message": "no"}, ls.OutOfCredit),
]
LEFT_OPEN = [
    (500, NOTHING),
    (502, NOTHING),
    (503, b"<html>"),
    (200, {"code": "0", "msg": "no", "data": {"task_id": "t-1"}}),
    *((200, {"code": code, "msg": "no", "data": []}) for code in (2, "200", 400, 404, "success")),
    (200, {"code": False, "msg": "no", "data": []}),
    (200, {"code": "-1", "msg": "no", "data": []}),
    (200, {"code": "1", "msg": "ok", "data": []}),
    (200, {"code": "1", "msg": "ok", "data": {"task_id": None}}),
    (200, {"code": 2, "msg": "no", "data": {"task_id": "t-1"}}),
    (200, b""),
    (200, b"<html>"),
    (200, []),
    (404, b"<html>"),
    (409, {"message": "no"}),
]


@pytest.mark.parametrize("act", FIELDS)
@pytest.mark.parametrize("refusal", REFUSED)
def test_what_proves_that_nothing_was_created(vendor, world, act, refusal):
    """Code 0 without an id, unless the server is broken; and what proves it everywhere."""
    status, body, kind = refusal
    plan(world, act, status, body)
    with pytest.raises(kind) as caught:
        submit(vendor, REQUESTS[act]())

    assert type(caught.value) is kind
    assert len(world.yunai.origin.seen) == 1


@pytest.mark.parametrize("act", FIELDS)
@pytest.mark.parametrize(("status", "body"), LEFT_OPEN)
def test_what_proves_nothing(vendor, world, act, status, body):
    """The task may be made and paid, so it is not sent again by itself."""
    plan(world, act, status, body)
    with pytest.raises(SubmissionLost):
        submit(vendor, REQUESTS[act]())

    assert len(world.yunai.origin.seen) == 1


@pytest.mark.parametrize("act", QUERIES)
def test_no_status_is_a_refusal_beside_an_id(vendor, world, act):
    """Not even one that proves it without."""
    plan(world, act, 400, {"code": "0", "msg": "no", "data": {"task_id": 17}})
    with pytest.raises(SubmissionLost) as lost:
        submit(vendor, REQUESTS[act]())

    assert lost.value.job_id == "17"


def plan(world, act, status, body):
    """Answer a creation in this way, with an id in the place that the act has for it."""
    given = {"content": body} if isinstance(body, bytes) else {"payload": body}
    if isinstance(body, dict) and isinstance(body.get("data"), dict) and answer_of(act) != CREATED:
        data = {"model": {"model_id": body["data"]["task_id"]}}
        given = {"payload": {**body, "data": data}}
    world.yunai.origin.plan("POST", f"/{act}", status=status, **given)


def test_an_error_that_names_a_task_is_followed(client, world):
    """The task is asked for, and goes on."""
    answer = {"code": "0", "msg": "busy", "data": {"task_id": "t-1"}}
    world.yunai.origin.plan("POST", "/create_v2", answer)
    done = {"zstatus": "3", "video_url": world.hosts.result_url("t-1")}
    world.yunai.origin.plan("POST", "/chk_v2", {"code": "1", "data": done}, times=3)
    job = client.submit(REQUESTS["create_v2"]())

    assert job.result(20).path.exists()
    assert len(world.yunai.origin.asked("POST", "/create_v2")) == 1


def test_an_unknown_status_is_polled_on(client, world):
    """Then the task ends as the vendor says."""
    url = world.hosts.result_url("t-1")
    world.yunai.origin.plan("POST", "/create_v2", CREATED)
    world.yunai.origin.plan("POST", "/chk_v2", {"code": "1", "data": {"zstatus": "4"}}, times=2)
    world.yunai.origin.plan("POST", "/chk_v2", {"code": "0", "msg": "busy", "data": []}, times=2)
    told = {"zstatus": "3", "video_url": url, "video_time": "0.4"}
    world.yunai.origin.plan("POST", "/chk_v2", {"code": "1", "data": told})
    job = client.submit(REQUESTS["create_v2"](line_type=1))

    assert job.result(20).path.exists()
    lines = {seen.form["line_type"] for seen in world.yunai.origin.asked("POST", "/chk_v2")}
    assert lines == {"1"}


def test_a_result_at_plain_http_is_fetched(client, world, media):
    """Whatever the scheme of its URL; the key does not go there."""
    job = client.submit(ls.yunai.VideoV2(audio=media.speech, video=media.clip))
    video = job.result(20)

    assert video.url.startswith("http://")
    assert world.hosts.leaks() == []
