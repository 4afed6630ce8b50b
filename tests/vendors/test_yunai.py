"""Yunai by payload: its page, and the envelope of its resellers."""

import io

import pytest
from vendors.media import sound
from vendors.wire import error, poll, read, refusal, submit, untouched

import lipsync_nb as ls
from lipsync_nb.media import UploadHost
from lipsync_nb.status import JobStatus, Snapshot

AVATAR = "https://example.com/avatar.jpg"
SPEECH = "https://filesystem.site/cdn/20250107/RFDQkBGVrHFydzGzzvgXGQmbuPhicK.mp3"
WORK = {
    "id": "3e98cc3a553f48aaa7b686bb32e76e12",
    "work_name": "作品",
    "work_video_path": "https://cdn/plain.mp4",
    "wm_work_video_path": "https://cdn/marked.mp4",
    "no_wm_work_video_path": "https://cdn/unmarked.mp4?Expires=1",
    "work_webp_path": "https://cdn/x.webp",
    "web_work_status": 200,
    "create_time": 1736868741000,
}
VOICE = {
    "voice_engine_id": "nina",
    "audio_id": "b92d7e1c40d0447eb563a13ec92d9042",
    "language": "en",
    "text": "Hello, world!",
}


@pytest.fixture
def vendor(world):
    world.yunai.origin.plan("POST", "/avatar/generation", {"code": 0, "data": {"id": "7"}})
    return ls.Yunai(base_url=world.yunai.base_url, **world.yunai.keys)


@pytest.fixture
def hosted():
    return ls.Yunai("sk-key-of-mine")


@pytest.mark.parametrize(
    ("order", "body"),
    [
        (
            {"audio": SPEECH, "no_watermark": True},
            {"audio_url": SPEECH, "no_watermark": True},
        ),
        ({"audio": SPEECH}, {"audio_url": SPEECH}),
        (
            {
                "clone": ls.yunai.CloneVoice(
                    audio="https://example.com/voice.mp3", language="zh", text="大家好"
                )
            },
            {
                "create_voice": {
                    "audio_url": "https://example.com/voice.mp3",
                    "language": "zh",
                    "text": "大家好",
                }
            },
        ),
        ({"voice": ls.yunai.UseVoice(**VOICE)}, {"use_voice": VOICE}),
        ({"voice": VOICE}, {"use_voice": VOICE}),
    ],
    ids=["audio, unmarked", "audio", "clone", "stock voice", "stock voice as a dict"],
)
def test_each_voice_goes_as_the_page_has_it(vendor, world, order, body):
    """``POST /avatar/generation`` with JSON, the key as a bearer token, and nothing else."""
    submit(vendor, ls.yunai.AvatarVideo(avatar=AVATAR, **order))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/avatar/generation")
    assert seen.header("content-type") == "application/json"
    assert seen.json == {"avatar_url": AVATAR, **body}
    key = world.yunai.keys["api_key"]
    assert [(n, v) for n, v in seen.headers if key in v] == [("authorization", f"Bearer {key}")]


def test_local_files_get_a_url_first(vendor, world, media):
    """Every medium that is no URL is published on the media host, bytes and all."""
    order = ls.yunai.AvatarVideo(
        avatar=media.clip,
        clone=ls.yunai.CloneVoice(audio=media.sample, language="en", text="hello"),
    )
    submit(vendor, order, UploadHost(world.hosts.media.url))
    (seen,) = world.yunai.origin.seen
    puts = {put.target: put for put in world.hosts.media.seen}

    at = world.hosts.media.url
    clip = puts[seen.json["avatar_url"].removeprefix(at)]
    sample = puts[seen.json["create_voice"]["audio_url"].removeprefix(at)]
    assert (clip.body, clip.header("content-type")) == (media.clip.read_bytes(), "video/mp4")
    assert sample.body == media.sample.read_bytes()
    assert clip.path.endswith(".mp4")
    assert sample.path.endswith(".wav")


def test_without_a_media_host_a_local_file_is_an_error_with_a_remedy(connect, world, media):
    """It is refused before there is a job, and the error says what to set."""
    client = connect(media_host=None)

    with pytest.raises(ls.BadRequest, match="media_host=") as refused:
        client.submit(ls.yunai.AvatarVideo(avatar=media.face, audio=media.speech))

    assert [field for field, _ in refused.value.fields] == ["avatar", "audio"]
    assert client.jobs.empty
    assert world.yunai.origin.seen == []


@pytest.mark.parametrize(
    ("answer", "vendor_id"),
    [
        ({"code": 0, "data": {"id": "string"}}, "string"),
        ({"code": 200, "data": {"id": "s"}}, "s"),
        ({"code": "0", "data": {"id": "s"}}, "s"),
        ({"code": 200.0, "data": {"id": "s"}}, "s"),
        ({"data": {"id": "s"}}, "s"),
        ({"code": "success", "message": "", "data": {"task_id": "a/b?c"}}, "a/b?c"),
        ({"code": 0, "data": {"id": None, "task_id": 9007199254740993}}, "9007199254740993"),
        ({"code": "success", "data": {"data": {"code": 200, "data": {"id": "s"}}}}, "s"),
        ({"code": "success", "message": "", "data": "3e98cc3a"}, "3e98cc3a"),
        ({"code": "success", "data": 9007199254740993}, "9007199254740993"),
    ],
)
def test_both_envelopes_of_a_submission_are_read(world, answer, vendor_id):
    """200 by the page's text, 0 by its example, a word by resellers."""
    world.yunai.origin.plan("POST", "/avatar/generation", answer)
    vendor = ls.Yunai(base_url=world.yunai.base_url, **world.yunai.keys)
    snapshot = submit(vendor, ls.yunai.AvatarVideo(avatar=AVATAR, audio=SPEECH))

    assert snapshot == Snapshot(JobStatus.queued, "submitted", vendor_id)


def test_a_look_asks_for_the_task_by_its_id(hosted):
    """``GET /avatar/task/{id}``, whatever the id is made of."""
    call = poll(hosted, "a/b ?数")

    assert (call.method, call.path) == ("GET", "avatar/task/a%2Fb%20%3F%E6%95%B0")


def test_a_finished_work_is_read(hosted):
    """The video without watermark goes before the plain one; ``create_time`` is in ms."""
    snapshot = read(hosted, poll(hosted, "7"), {"code": 200, "data": WORK})

    assert snapshot == Snapshot(
        status=JobStatus.succeeded,
        vendor_status="200",
        vendor_id="7",
        video_url="https://cdn/unmarked.mp4?Expires=1",
        poster_url="https://cdn/x.webp",
        created_at=1736868741.0,
    )


@pytest.mark.parametrize(
    ("paths", "url"),
    [
        ({"no_wm_work_video_path": None}, "https://cdn/plain.mp4"),
        ({"no_wm_work_video_path": "", "work_video_path": None}, "https://cdn/marked.mp4"),
        (dict.fromkeys(WORK.keys() & {k for k in WORK if "video" in k}, ""), None),
    ],
)
def test_the_best_video_there_is_is_taken(hosted, paths, url):
    """No watermark, then plain, then marked; empty and null are none."""
    snapshot = read(hosted, poll(hosted, "7"), {"code": 0, "data": {**WORK, **paths}})

    assert snapshot.video_url == url


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (200, JobStatus.succeeded),
        ("200", JobStatus.succeeded),
        (-1, JobStatus.failed),
        ("-1", JobStatus.failed),
        (-200, JobStatus.failed),
        (0, JobStatus.running),
        (1, JobStatus.running),
        (100, JobStatus.running),
        (201, JobStatus.running),
        (500, JobStatus.running),
        ("rendering", JobStatus.unknown),
    ],
)
def test_the_works_status_is_translated(hosted, number, status):
    """200 is done, below 0 failed, any other number runs; what is no number is unknown."""
    work = {**WORK, "web_work_status": number}
    snapshot = read(hosted, poll(hosted, "7"), {"code": 0, "data": work})

    assert (snapshot.status, snapshot.vendor_status) == (status, str(number))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("NOT_START", JobStatus.queued),
        ("SUBMITTED", JobStatus.queued),
        ("QUEUED", JobStatus.queued),
        ("IN_PROGRESS", JobStatus.running),
        ("SUCCESS", JobStatus.succeeded),
        ("FAILURE", JobStatus.failed),
        ("UNKNOWN", JobStatus.unknown),
        ("MODERATION", JobStatus.unknown),
        ("success", JobStatus.unknown),
    ],
)
def test_a_resellers_status_is_translated(hosted, word, status):
    """Seven words; UNKNOWN says itself that it is unknown."""
    task = {"task_id": "7", "action": "avatar-generate", "status": word, "fail_reason": ""}
    snapshot = read(hosted, poll(hosted, "7"), {"code": "success", "data": task})

    assert (snapshot.status, snapshot.vendor_status) == (status, word)


def test_a_work_may_lie_in_a_resellers_box(hosted):
    """A reseller's own fields go before those of the answer that it passes on."""
    task = {
        "task_id": "7",
        "status": "SUCCESS",
        "fail_reason": "",
        "work_video_path": None,
        "data": {"web_work_status": 100, "work_video_path": "https://cdn/x.mp4"},
    }
    snapshot = read(hosted, poll(hosted, "7"), {"code": "success", "data": task})

    assert (snapshot.status, snapshot.video_url) == (JobStatus.succeeded, "https://cdn/x.mp4")


def test_a_vendors_whole_answer_may_lie_in_a_resellers_box(hosted):
    """With its own code and its own ``data``."""
    task = {"status": "SUCCESS", "data": {"code": 200, "data": WORK}}
    snapshot = read(hosted, poll(hosted, "7"), {"code": "success", "data": task})

    assert (snapshot.status, snapshot.video_url) == (
        JobStatus.succeeded,
        WORK["no_wm_work_video_path"],
    )


@pytest.mark.parametrize("number", [200, -1])
def test_a_reseller_that_does_not_know_is_believed(hosted, number):
    """UNKNOWN is one of its words: neither success nor failure, whatever lies in its box."""
    task = {"status": "UNKNOWN", "data": {"web_work_status": number}}
    snapshot = read(hosted, poll(hosted, "7"), {"code": "success", "data": task})

    assert snapshot.status is JobStatus.unknown


@pytest.mark.parametrize("code", [1, 201, "ok", "SUCCESS"])
def test_a_code_of_no_page_beside_a_task_is_no_failure(client, world, code):
    """The task may be made and paid: the user decides, and gets its id."""
    world.yunai.origin.plan("POST", "/avatar/generation", {"code": code, "data": {"id": "w-1"}})
    order = ls.yunai.AvatarVideo(avatar=AVATAR, audio=SPEECH)

    with pytest.raises(ls.SubmitUnknown, match=f"{code}, .*names the job w-1"):
        client.submit(order).result(timeout=20)
    with pytest.raises(ls.SubmitUnknown):
        client.submit(order).result(timeout=20)
    assert len(world.yunai.origin.asked("POST", "/avatar/generation")) == 1


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://x.test/a b/头.jpg", "https://x.test/a%20b/%E5%A4%B4.jpg"),
        ("https://x.test/a%20b.jpg?sig=a%2Fb+c=&x[0]=~'(1)", None),
    ],
)
def test_a_url_is_sent_as_a_uri(vendor, world, given, sent):
    """What no URI may hold is escaped; all else is left as it is, as it may be signed."""
    submit(vendor, ls.yunai.AvatarVideo(avatar=given, audio=SPEECH))
    (seen,) = world.yunai.origin.seen

    assert seen.json["avatar_url"] == (sent or given)


def test_an_unknown_field_named_status_hides_no_work(hosted):
    """The page lets an answer have more fields: the work's own status still counts."""
    work = {**WORK, "status": "ok"}
    snapshot = read(hosted, poll(hosted, "7"), {"code": 200, "data": work})

    assert (snapshot.status, snapshot.vendor_status) == (JobStatus.succeeded, "200")


def test_a_task_without_any_status_is_unknown(hosted):
    """Nothing said is neither success nor failure."""
    snapshot = read(hosted, poll(hosted, "7"), {"code": 0, "data": {"id": "7"}})

    assert (snapshot.status, snapshot.vendor_status) == (JobStatus.unknown, "")


@pytest.mark.parametrize("field", ["fail_reason", "message", "msg"])
def test_a_failure_tells_its_reason(hosted, field):
    """The reason is the vendor's."""
    task = {"status": "FAILURE", "fail_reason": "", field: "no face"}
    snapshot = read(hosted, poll(hosted, "7"), {"code": "success", "data": task})

    assert snapshot.error == "no face"


@pytest.mark.parametrize(
    ("status", "payload", "kind", "code"),
    [
        (200, {"code": 1, "msg": "原因"}, ls.VendorError, 1),
        (200, {"code": "fail_to_fetch", "message": "原因"}, ls.VendorError, "fail_to_fetch"),
        (200, {"code": 400, "msg": "原因"}, ls.VendorError, 400),
        (200, {"code": 401, "msg": "原因"}, ls.Unauthorized, 401),
        (200, {"code": "401", "message": "原因"}, ls.Unauthorized, 401),
        (200, {"code": 402, "message": "原因"}, ls.OutOfCredit, 402),
        (200, {"code": 403, "message": "原因"}, ls.Unauthorized, 403),
        (200, {"code": 404, "message": "原因"}, ls.VendorError, 404),
        (200, {"code": "429", "message": "原因"}, ls.RateLimited, 429),
        (200, {"code": 500, "message": "原因"}, ls.ServerError, 500),
        (400, {"code": 0, "msg": "原因"}, ls.VendorError, 400),
        (401, {"error": {"message": "原因", "type": "new_api_error"}}, ls.Unauthorized, 401),
        (402, {"message": "原因"}, ls.OutOfCredit, 402),
        *(
            (
                status,
                {"code": "quota_not_enough", "message": "原因"},
                ls.OutOfCredit,
                "quota_not_enough",
            )
            for status in (200, 403, 429, 500)
        ),
        (
            200,
            {"code": "insufficient_user_quota", "message": "原因"},
            ls.OutOfCredit,
            "insufficient_user_quota",
        ),
        (
            403,
            {"error": {"message": "原因", "code": "insufficient_user_quota"}},
            ls.OutOfCredit,
            "insufficient_user_quota",
        ),
        (403, {"error": {"message": "原因: 用户额度不足, 剩余额度: 0"}}, ls.OutOfCredit, 403),
        (403, {"message": "原因: balance too low"}, ls.OutOfCredit, 403),
        (200, {"code": "403", "msg": "原因, 余额不足"}, ls.OutOfCredit, 403),
        (403, {"error": {"message": "原因: no access to this model"}}, ls.Unauthorized, 403),
        (429, {"code": "429", "message": "原因"}, ls.RateLimited, 429),
        (503, {"message": "原因"}, ls.ServerError, 503),
    ],
)
def test_errors_have_types(hosted, status, payload, kind, code):
    """By the HTTP status, else by the envelope's code, with the vendor's reason."""
    found = error(hosted, status, payload)

    assert (type(found), found.code) == (kind, code)
    assert "原因" in str(found)
    assert str(code) in str(found)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, "found none"),
        ({"audio": SPEECH, "voice": VOICE}, "found audio and voice"),
        (
            {"clone": {"audio": SPEECH, "language": "zh", "text": "x"}, "voice": VOICE},
            "found clone and voice",
        ),
    ],
)
def test_exactly_one_voice_must_be_given(fields, found):
    """Audio, clone and voice exclude each other."""
    refused = refusal(lambda: ls.yunai.AvatarVideo(avatar=AVATAR, **fields))

    assert f"set exactly one of audio, clone, voice; {found}" in str(refused)


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"voice": {**VOICE, "language": "cn"}}, "voice.language", "'zh' or 'en'"),
        ({"voice": {**VOICE, "text": ""}}, "voice.text", "at least 1 character"),
        (
            {"voice": {k: v for k, v in VOICE.items() if k != "audio_id"}},
            "voice.audio_id",
            "required",
        ),
        (
            {"voice": {**VOICE, "audio_id": ls.Voice("yunai", "v")}},
            "voice.audio_id",
            "the id of a stock voice as a text, not a Voice",
        ),
        ({"clone": {"audio": SPEECH, "language": "zh"}}, "clone.text", "required"),
        ({"clone": {"language": "zh", "text": "x"}}, "clone.audio", "required"),
        ({"audio": SPEECH, "no_watermark": "perhaps"}, "no_watermark", "boolean"),
        ({"audio": SPEECH, "seed": 1}, "seed", "no such field"),
    ],
)
def test_a_field_outside_its_limits_is_refused(fields, field, limit):
    """The error names the field, by its dotted path, and what it takes."""
    refused = refusal(lambda: ls.yunai.AvatarVideo(avatar=AVATAR, **fields))

    assert refused.fields[0][0] == field
    assert limit in str(refused)


@pytest.mark.parametrize("field", ["avatar", "audio", "clone.audio"])
def test_more_than_100_mb_is_refused(client, world, media, tmp_path, field):
    """The page's limit (限制100m大小) holds for each file, and nothing is sent."""
    large = tmp_path / ("large.wav" if "audio" in field else "large.mp4")
    head = media.sample if "audio" in field else media.clip
    large.write_bytes(head.read_bytes())
    with large.open("r+b") as file:
        file.truncate(100_000_001)  # a sparse file
    clone = ls.yunai.CloneVoice(audio=large, language="zh", text="x")
    fields = {
        "avatar": {"avatar": large, "audio": SPEECH},
        "audio": {"avatar": AVATAR, "audio": large},
        "clone.audio": {"avatar": AVATAR, "clone": clone},
    }[field]
    found = refusal(lambda: client.submit(ls.yunai.AvatarVideo(**fields)))

    assert found.fields == [(field, "100.1 MB is over the limit of 100 MB")]
    assert untouched(client, world)


def test_a_sample_under_20_s_is_refused(client, world, tmp_path):
    """A voice is cloned from 20 s at least."""
    short = sound(tmp_path / "short.wav", 19.5)
    clone = ls.yunai.CloneVoice(audio=short, language="zh", text="x")
    found = refusal(lambda: client.submit(ls.yunai.AvatarVideo(avatar=AVATAR, clone=clone)))

    assert found.fields == [("clone.audio", "19.5 s is under the minimum of 20 s")]
    assert untouched(client, world)


def test_a_sample_of_20_s_is_taken(client, world, tmp_path):
    """The limit itself is within the limit."""
    world.yunai.origin.plan("POST", "/avatar/generation", {"data": {"id": "7"}})
    sample = sound(tmp_path / "sample.wav", 20.0)
    clone = ls.yunai.CloneVoice(audio=io.BytesIO(sample.read_bytes()), language="zh", text="x")
    job = client.submit(ls.yunai.AvatarVideo(avatar=AVATAR, clone=clone))

    assert job.vendor == "yunai"


def test_media_of_a_wrong_kind_are_refused(client, world, media):
    """A sound is no face, and a deck of slides no speech."""
    order = ls.yunai.AvatarVideo(avatar=media.speech, audio=media.slides)
    found = refusal(lambda: client.submit(order))

    assert [name for name, _ in found.fields] == ["avatar", "audio"]
    assert "audio/wav is not image or video" in str(found)
    assert untouched(client, world)


@pytest.mark.parametrize("status", [200, 403])
def test_an_empty_account_is_not_a_refused_key(client, world, media, status):
    """The job has failed, nothing was paid, and the error says why."""
    empty = {"code": "quota_not_enough", "message": "user quota is not enough", "data": None}
    world.yunai.origin.plan("POST", "/avatar/generation", empty, status=status)
    job = client.submit(ls.yunai.AvatarVideo(avatar=media.face, audio=media.speech))

    with pytest.raises(ls.JobFailed, match="user quota is not enough"):
        job.result(20)
    assert isinstance(job.error, ls.OutOfCredit)
