"""Lingdong by payload: what its page says, word for word."""

import io

import pytest
from vendors.wire import error, poll, read, refusal, submit, untouched

import lipsync_nb as ls
from lipsync_nb.status import Cost, JobStatus, Snapshot

TASK = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
SUBMITTED = {
    "success": True,
    "task_id": TASK,
    "duration": 10.5,
    "credits_used": 105,
    "status": "pending",
    "message": "任务已提交",
}
COMPLETED = {
    "task_id": TASK,
    "status": "completed",
    "type": "image",
    "duration": 10.5,
    "credits_used": 105,
    "download_url": "/api/v1/download/a1b2c3d4-e5f6-7890",
    "created_at": "2026-01-13T10:30:00.000Z",
    "completed_at": "2026-01-13T10:35:00.000Z",
}


@pytest.fixture
def vendor(world):
    return ls.Lingdong(base_url=world.lingdong.base_url, **world.lingdong.keys)


@pytest.fixture
def hosted():
    return ls.Lingdong("ld_key_of_mine", base_url="https://your-domain.com/api/v1")


def test_a_picture_and_a_sound_go_as_one_multipart_request(vendor, world, media):
    """``POST /generate`` carries source, audio and type, and the key in X-API-Key only."""
    submit(vendor, ls.lingdong.Generate(source=media.face, audio=media.speech))
    (seen,) = world.lingdong.origin.seen

    assert (seen.method, seen.target) == ("POST", "/api/v1/generate")
    assert seen.parts == {
        "source": ("face.jpg", "image/jpeg", media.face.read_bytes()),
        "audio": ("speech.wav", "audio/wav", media.speech.read_bytes()),
        "type": (None, "text/plain", b"image"),
    }
    key = world.lingdong.keys["api_key"]
    assert [name for name, value in seen.headers if key in value] == ["x-api-key"]
    assert seen.header("x-api-key") == key


def test_a_clip_goes_as_a_video(vendor, world, media):
    """The type is detected from the source."""
    submit(vendor, ls.lingdong.Generate(source=media.clip, audio=media.speech))
    (seen,) = world.lingdong.origin.seen

    assert seen.parts["source"] == ("clip.mp4", "video/mp4", media.clip.read_bytes())
    assert seen.parts["type"][2] == b"video"


def test_type_and_callback_url_go_as_they_are_given(vendor, world, media):
    """What the user sets is sent, also a callback."""
    callback = "https://your-domain.com/callback?job=1&x=数"
    order = ls.lingdong.Generate(
        source=media.face, audio=media.speech, type="image", callback_url=callback
    )
    submit(vendor, order)
    (seen,) = world.lingdong.origin.seen

    assert seen.parts["type"][2] == b"image"
    assert seen.parts["callback_url"][2].decode() == callback


def test_media_may_be_given_in_any_way(client, world, media):
    """A path, a URL, bytes or a file object: the vendor gets the same files."""
    for name, path in (("a/face.jpg", media.face), ("a/speech.wav", media.speech)):
        world.hosts.files[f"/{name}"] = path.read_bytes()
    at = world.hosts.media.url
    ways = [
        (str(media.face), media.speech),
        (f"{at}/a/face.jpg?sig=1", f"{at}/a/speech.wav"),
        (media.face.read_bytes(), bytearray(media.speech.read_bytes())),
        (io.BytesIO(media.face.read_bytes()), media.speech.open("rb")),
    ]
    for source, audio in ways:
        order = ls.lingdong.Generate(source=source, audio=audio)
        client.submit(order, fresh=True).result(timeout=20)
        if hasattr(audio, "close"):
            audio.close()
    sent = [seen.parts for seen in world.lingdong.origin.asked("POST", "/generate")]

    assert [p["source"][1:] for p in sent] == [("image/jpeg", media.face.read_bytes())] * 4
    assert [p["audio"][1:] for p in sent] == [("audio/wav", media.speech.read_bytes())] * 4
    assert all(p["source"][0].endswith(".jpg") for p in sent)


def test_the_submissions_answer_is_read(vendor, world, media):
    """The page's example: taken, waiting, and what it costs."""
    world.lingdong.origin.plan("POST", "/generate", SUBMITTED)
    snapshot = submit(vendor, ls.lingdong.Generate(source=media.face, audio=media.speech))

    cost = Cost(105, "credits")
    assert snapshot == Snapshot(JobStatus.queued, "pending", TASK, cost=cost, duration_s=10.5)


@pytest.mark.parametrize(
    ("answer", "vendor_id"),
    [
        ({"task_id": TASK}, TASK),
        ({"task_id": 90071992547409931234}, "90071992547409931234"),
        ({"task_id": "a/b?c", "status": None, "duration": None, "credits_used": ""}, "a/b?c"),
        ({"task_id": "t", "duration": "10.5 s", "credits_used": [], "status": "x"}, "t"),
    ],
)
def test_only_the_task_id_is_needed(vendor, world, media, answer, vendor_id):
    """Whatever else an answer leaves out or garbles, a paid job is not lost for it."""
    world.lingdong.origin.plan("POST", "/generate", answer)
    snapshot = submit(vendor, ls.lingdong.Generate(source=media.face, audio=media.speech))

    assert snapshot.vendor_id == vendor_id


def test_numbers_may_come_as_strings(hosted):
    """Costs and lengths are read from strings too."""
    answer = {**COMPLETED, "credits_used": "105", "duration": "10.5"}
    snapshot = read(hosted, poll(hosted, TASK), answer)

    assert (snapshot.cost, snapshot.duration_s) == (Cost(105, "credits"), 10.5)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", JobStatus.queued),
        ("processing", JobStatus.running),
        ("completed", JobStatus.succeeded),
        ("failed", JobStatus.failed),
        ("Completed", JobStatus.unknown),
        ("success", JobStatus.unknown),
        ("cancelled", JobStatus.unknown),
        (200, JobStatus.unknown),
    ],
)
def test_statuses_are_translated(hosted, word, status):
    """The page lists four; any other stays unknown, and is shown as it came."""
    snapshot = read(hosted, poll(hosted, TASK), {"task_id": TASK, "status": word})

    assert (snapshot.status, snapshot.vendor_status) == (status, str(word))


def test_a_look_asks_for_the_task_by_its_id(hosted):
    """``GET /task/:taskId``, whatever the id is made of."""
    call = poll(hosted, "任务 1/a?b#c%2F")

    assert (call.method, call.params) == ("GET", None)
    assert call.path == "task/%E4%BB%BB%E5%8A%A1%201%2Fa%3Fb%23c%252F"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("/api/v1/download/x", "https://your-domain.com/api/v1/download/x"),
        ("download/x", "https://your-domain.com/api/v1/download/x"),
        ("https://cdn.example.com/x.mp4?s=1", "https://cdn.example.com/x.mp4?s=1"),
        ("//cdn.example.com/x.mp4", "https://cdn.example.com/x.mp4"),
        (None, f"https://your-domain.com/api/v1/download/{TASK}"),
        ("http://cdn:port/x", "http://cdn:port/x"),
    ],
)
def test_the_download_url_is_joined_to_the_origin(hosted, given, url):
    """Root-relative on the page; a missing one is ``/download/:taskId``."""
    snapshot = read(hosted, poll(hosted, TASK), {**COMPLETED, "download_url": given})

    assert snapshot.video_url == url


def test_an_odd_id_is_quoted_in_its_download_url(hosted):
    """A missing download URL is made of the id that was asked for."""
    snapshot = read(hosted, poll(hosted, "a/b ?c"), {"status": "completed"})

    assert snapshot.video_url == "https://your-domain.com/api/v1/download/a%2Fb%20%3Fc"


@pytest.mark.parametrize("field", ["error", "error_message", "reason", "message"])
@pytest.mark.parametrize("why", ["未检测到人脸", {"message": "未检测到人脸"}])
def test_a_failure_tells_its_reason(hosted, field, why):
    """The page names no field for it, so the usual ones are read."""
    snapshot = read(hosted, poll(hosted, TASK), {"status": "failed", "error": "", field: why})

    assert (snapshot.status, snapshot.error) == (JobStatus.failed, "未检测到人脸")


def test_a_message_on_a_job_that_goes_on_is_no_error(hosted):
    """Only a failed job has a reason."""
    snapshot = read(hosted, poll(hosted, TASK), {"status": "processing", "message": "50%"})

    assert snapshot.error is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ls.VendorError),
        (401, ls.Unauthorized),
        (402, ls.OutOfCredit),
        (403, ls.OutOfCredit),
        (404, ls.VendorError),
        (429, ls.RateLimited),
        (500, ls.ServerError),
        (502, ls.ServerError),
    ],
)
@pytest.mark.parametrize("body", [{"message": "原因"}, {"error": {"message": "原因"}}, None, [1]])
def test_error_codes_have_types(hosted, status, kind, body):
    """The page's table of HTTP statuses; 403 means, among others, too few credits."""
    found = error(hosted, status, body)

    assert (type(found), found.code) == (kind, status)
    assert str(status) in str(found)
    assert "原因" in str(found) or not isinstance(body, dict)


def test_an_answer_without_success_is_an_error(hosted):
    """HTTP 200 with ``success: false`` is no task."""
    found = error(hosted, 200, {"success": False, "message": "音频太长"})

    assert type(found) is ls.VendorError
    assert "音频太长" in str(found)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("success", [False, "false", 0])
@pytest.mark.parametrize("why", ["积分不足", "您的积分余额为 0", "余额不足，请充值"])
def test_an_empty_account_is_not_a_refused_key(hosted, status, success, why):
    """The page's 403 is one way to say so; the message is another."""
    found = error(hosted, status, {"success": success, "message": why})

    assert type(found) is ls.OutOfCredit
    assert why in str(found)


@pytest.mark.parametrize("payload", [{}, [], "x", None, {"task_id": ""}, {"task_id": None}])
def test_an_answer_without_an_id_is_no_answer(vendor, world, media, payload):
    """A submission whose answer names no task may have been paid: it is not called refused."""
    world.lingdong.origin.plan("POST", "/generate", payload)

    with pytest.raises(ls.LipSyncError, match="unexpected answer") as caught:
        submit(vendor, ls.lingdong.Generate(source=media.face, audio=media.speech))
    assert isinstance(caught.value.error, ls.ServerError)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"source": "speech"}, "source"),
        ({"source": "slides"}, "source"),
        ({"audio": "face"}, "audio"),
        ({"audio": "clip"}, "audio"),
    ],
)
def test_media_of_a_wrong_kind_are_refused(client, world, media, fields, field):
    """A sound is no face and a picture no speech; nothing is sent."""
    given = {"source": "face", "audio": "speech", **fields}
    order = ls.lingdong.Generate(**{name: getattr(media, file) for name, file in given.items()})
    found = refusal(lambda: client.submit(order))

    assert [name for name, _ in found.fields] == [field]
    assert f"Generate.{field}" in str(found)
    assert untouched(client, world)


def test_a_missing_or_empty_file_is_refused(client, world, tmp_path):
    """Each is named, and nothing is sent."""
    (tmp_path / "empty.wav").touch()
    missing, empty = tmp_path / "none.jpg", tmp_path / "empty.wav"
    order = ls.lingdong.Generate(source=missing, audio=empty)
    found = refusal(lambda: client.submit(order))

    assert [name for name, _ in found.fields] == ["source", "audio"]
    assert "none.jpg" in str(found)
    assert "empty.wav is empty" in str(found)
    assert untouched(client, world)


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"type": "audio"}, "type", "'image' or 'video'"),
        ({"callback_url": "ftp://x/y"}, "callback_url", "http"),
        ({"audio": None}, "audio", "expected a path"),
        ({"source": ""}, "source", "expected a path"),
        ({"duration": 3}, "duration", "no such field"),
    ],
)
def test_a_field_outside_its_limits_is_refused(media, fields, field, limit):
    """The error names the field and what it takes."""
    order = {"source": media.face, "audio": media.speech, **fields}
    found = refusal(lambda: ls.lingdong.Generate(**order))

    assert found.fields[0][0] == field
    assert limit in str(found)


def test_both_files_are_required():
    """Both missing fields are named at once."""
    found = refusal(ls.lingdong.Generate)

    assert [name for name, _ in found.fields] == ["source", "audio"]


def test_the_cost_is_estimated_by_the_second(client, world, media):
    """One second of speech is some 10 credits, until the vendor says what it costs."""
    world.lingdong.origin.plan("POST", "/generate", {"task_id": "x"})
    job = client.submit(ls.lingdong.Generate(source=media.face, audio=media.speech))

    assert job.cost == Cost(10.0, "credits", estimated=True)


def test_a_missing_key_names_its_variables(monkeypatch, tmp_path):
    """Without key and base URL, the error says what to set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINGDONG_API_KEY", raising=False)
    monkeypatch.delenv("LINGDONG_BASE_URL", raising=False)

    with pytest.raises(ls.MissingCredentials, match="LINGDONG_API_KEY and LINGDONG_BASE_URL"):
        ls.Lingdong()
    with pytest.raises(ls.MissingCredentials, match="LINGDONG_API_KEY"):
        ls.Lingdong(" ", base_url="https://your-domain.com/api/v1")
