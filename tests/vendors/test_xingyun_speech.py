"""Xingyun's speech by payload: what is sent, and how answers are read."""

import pytest
from vendors.wire import error, read, refusal, send, submit
from vendors.xingyun_page import generate_x_token
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.http.call import Answer
from lipsync_nb.status import Cost, JobStatus, Snapshot

API = "/user/v1/tts_task"
VOICE = "XMOV_HN_TTS__236"
SPEECH = ls.xingyun.Speech(text="你好 hello", voice=VOICE)
PATIENCE = 60.0


@pytest.fixture
def vendor(world):
    vendor = ls.Xingyun(base_url=world.xingyun.base_url, **world.xingyun.keys)
    yield vendor
    loop.run(vendor.aclose())


@pytest.fixture
def hosted():
    return ls.Xingyun("app-id", "app-secret")


@pytest.mark.parametrize("name", [None, "测试 音频"])
def test_a_text_goes_with_its_voice(vendor, world, name):
    """``create_tts_task`` with JSON; a name only if there is one; signed as all calls are."""
    order = ls.xingyun.Speech(text="你好 hello", voice=VOICE, name=name)
    snapshot = submit(vendor, order)
    (seen,) = world.xingyun.origin.seen
    stamp, secret = seen.header("x-timestamp"), world.xingyun.keys["app_secret"]

    assert (seen.method, seen.target) == ("POST", f"{API}/create_tts_task")
    assert seen.header("content-type") == "application/json"
    named = {} if name is None else {"audio_name": name}
    assert seen.json == {"tts_vcn": VOICE, "text": "你好 hello", **named}
    token = generate_x_token(seen.json, secret, seen.target, "POST", stamp)
    assert seen.header("x-token") == token
    assert (snapshot.status, snapshot.vendor_status) == (JobStatus.queued, "waiting")
    assert int(snapshot.vendor_id) in world.xingyun.speeches.looks


def test_a_look_asks_by_the_tasks_id(vendor, world):
    """``get_tts_task?task_id=…``, signed with its query."""
    world.xingyun.speeches.looks[77] = 1
    snapshot = send(vendor, vendor.poll(SPEECH, "77"))
    (seen,) = world.xingyun.origin.seen

    assert (seen.method, seen.target) == ("GET", f"{API}/get_tts_task?task_id=77")
    assert snapshot == Snapshot(JobStatus.running, "processing", "77")


def test_cancelling_posts_the_tasks_id(vendor, world):
    """``cancel_tts_task`` with the id as a number; the answer has no data."""
    world.xingyun.speeches.looks[78] = 0
    send(vendor, vendor.cancellation(SPEECH, "78"))
    (seen,) = world.xingyun.origin.seen

    assert (seen.method, seen.target) == ("POST", f"{API}/cancel_tts_task")
    assert seen.json == {"task_id": 78}
    assert world.xingyun.speeches.cancelled == {78}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("waiting", JobStatus.queued),
        ("processing", JobStatus.running),
        ("finished", JobStatus.succeeded),
        ("error", JobStatus.failed),
        ("cancel", JobStatus.cancelled),
        ("not_send", JobStatus.unknown),
        ("Finished", JobStatus.unknown),
        ("suspended", JobStatus.unknown),
    ],
)
@pytest.mark.parametrize("field", ["synth_status", "synth_state", "synthStatus"])
def test_statuses_are_translated(hosted, field, word, status):
    """Five are known; any other is unknown, also that of a video. The field may be the video's."""
    answer = {"error_code": 0, "data": {"id": 135, field: word}}
    snapshot = read(hosted, hosted.poll(SPEECH, "135"), answer)

    assert (snapshot.status, snapshot.vendor_status) == (status, word)


@pytest.mark.parametrize("named", [{"id": 135}, {"task_id": "135"}, {}])
def test_a_finished_task_has_its_audio(hosted, named):
    """``file_oss``, however the task is named; what no page has is read if it is there."""
    url = "https://oss/x.wav?Signature=a%2Bb"
    more = {"duration": "1500", "amount": "2", "create_time": "2025-07-17T11:30:08+08:00"}
    answer = {"error_code": 0, "data": {"synth_status": "finished", "file_oss": url, **named}}
    plain = read(hosted, hosted.poll(SPEECH, "135"), answer)
    answer["data"] |= {**more, "duration": "150000"}
    rich = read(hosted, hosted.poll(SPEECH, "135"), answer)

    assert plain == Snapshot(JobStatus.succeeded, "finished", "135", video_url=url)
    assert (rich.duration_s, rich.cost) == (150, Cost(2, "credits"))
    assert rich.created_at == 1752723008


@pytest.mark.parametrize("why", ["文本不合规", {"msg": "文本不合规"}])
def test_a_failed_task_tells_its_reason(hosted, why):
    """``error_reason``, as a text or an object."""
    data = {"id": 135, "synth_status": "error", "error_reason": why, "file_oss": ""}
    snapshot = read(hosted, hosted.poll(SPEECH, "135"), {"error_code": 0, "data": data})

    assert snapshot == Snapshot(JobStatus.failed, "error", "135", error="文本不合规")


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", [40001, "40002", 40003])
@pytest.mark.parametrize(("reason", "said"), [("原因", "原因"), ("", "no reason given")])
def test_the_codes_of_speech_prove_nothing(hosted, status, code, reason, said):
    """No source says what they mean, so a paid call that gets one is no refusal.

    A poll of a speech that gets one is a denial; that of a video is not.
    """
    answer = {"error_code": code, "error_reason": reason}
    found = error(hosted, status, answer)

    assert (type(found), found.code) == (ls.VendorError, int(code))
    assert str(found) == f"xingyun: {code}, {said}"
    assert not hosted.refuses(Answer(status, answer))
    assert not hosted.denies(found)
    with pytest.raises(ls.VendorError, match=said) as denied:
        hosted.poll(SPEECH, "135").errors.check(Answer(status, answer))
    assert hosted.denies(denied.value)


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"text": ""}, "text", "at least 1 character"),
        ({"text": " \n"}, "text", "only spaces"),
        ({"text": 5}, "text", "string"),
        ({"voice": ""}, "voice", "at least 1 character"),
        ({"voice": ls.Voice("chanjing", "C-1")}, "voice", "cannot be used at xingyun"),
        ({"name": " "}, "name", "only spaces"),
        ({"speed": 2}, "speed", "no such field"),
    ],
)
def test_a_field_outside_its_limits_is_refused(fields, field, limit):
    """The error names the field and what it takes."""
    order = {"text": "x", "voice": VOICE, **fields}
    found = refusal(lambda: ls.xingyun.Speech(**order))

    assert found.fields[0][0] == field
    assert limit in str(found)


def test_a_text_says_how_long_it_is_spoken():
    """By its signs and letters."""
    short, long = (ls.xingyun.Speech.speaking(text, VOICE) for text in ("你好", "你好" * 10))

    assert short == ls.xingyun.Speech(text="你好", voice=VOICE)
    assert short.spoken_seconds() == pytest.approx(0.5)
    assert long.spoken_seconds() == pytest.approx(5)
    assert ls.xingyun.Speech(text="Good morning.", voice=VOICE).spoken_seconds() > 1


def test_a_running_task_is_cancelled(client, world):
    """It reaches the vendor; the job ends as cancelled."""
    world.xingyun.stays = True
    job = client.submit(SPEECH)
    wait_until(lambda: job.status is JobStatus.running)
    job.cancel()

    with pytest.raises(ls.JobCancelled):
        job.result(PATIENCE)
    assert len(world.xingyun.origin.asked("POST", "/cancel_tts_task")) == 1


def test_a_task_that_fails_says_why(client, world):
    """The job fails with the vendor's reason."""
    world.xingyun.fails = True

    with pytest.raises(ls.JobFailed, match="语音合成失败"):
        client.submit(SPEECH).result(PATIENCE)


@pytest.mark.parametrize("code", [40001, 40002, 40003])
def test_a_paid_call_that_gets_such_a_code_is_unknown(client, world, code):
    """It is not sent again."""
    answer = {"error_code": code, "error_reason": "创建失败"}
    world.xingyun.origin.plan("POST", "/create_tts_task", answer)
    job = client.submit(SPEECH)

    assert isinstance(job.exception(PATIENCE), ls.SubmitUnknown)
    assert job.lost
    assert len(world.xingyun.origin.asked("POST", "/create_tts_task")) == 1


def test_it_is_spoken_to_a_face_at_another_vendor(client, world, media):
    """A chain of two, paid once each, however often it is run."""
    for _ in range(2):
        speech = client.submit(SPEECH)
        video = client.submit(ls.chanjing.LipSync(video=media.clip, audio=speech))
        assert isinstance(speech.result(PATIENCE), ls.Audio)
        assert isinstance(video.result(PATIENCE), ls.Video)

    assert video.inputs == [speech]
    assert len(world.xingyun.origin.asked("POST", "/create_tts_task")) == 1
    assert len(world.chanjing.origin.asked("POST", "/video_lip_sync/create")) == 1
