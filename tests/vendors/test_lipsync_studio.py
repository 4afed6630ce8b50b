"""lipsync.studio by payload: what its page says, word for word."""

import pytest
from vendors.media import sound
from vendors.wire import error, poll, read, refusal, submit, untouched

import lipsync_nb as ls
from lipsync_nb.media import UploadHost
from lipsync_nb.status import Cost, JobStatus, Snapshot

JOB = "550e8400-e29b-41d4-a716-446655440000"
FACE, VOICE = "https://example.com/portrait.jpg", "https://example.com/speech.mp3"
CLIP = "https://example.com/clip.mov"
HOOK = "https://your-app.example.com/webhooks/lipsync"
DONE = {
    "id": JOB,
    "model": "lipsync-image",
    "status": "completed",
    "output": "https://cdn/result.mp4",
    "error": "",
    "executionTime": 12345,
    "timings": None,
}


@pytest.fixture
def vendor(world):
    return ls.LipsyncStudio(base_url=world.lipsync_studio.base_url, **world.lipsync_studio.keys)


@pytest.fixture
def hosted():
    return ls.LipsyncStudio("sk_key_of_mine")


@pytest.mark.parametrize(
    ("order", "path", "body"),
    [
        (
            ls.lipsync_studio.LipSyncImage(
                image=FACE, audio=VOICE, resolution="720p", seed=42, webhook=HOOK
            ),
            "lipsync-image",
            {
                "webhook": HOOK,
                "formState": {"image": FACE, "audio": VOICE, "resolution": "720p", "seed": 42},
            },
        ),
        (
            ls.lipsync_studio.LipSyncImage(image=FACE, audio=VOICE),
            "lipsync-image",
            {"formState": {"image": FACE, "audio": VOICE, "resolution": "480p"}},
        ),
        (
            ls.lipsync_studio.LipSyncVideo(
                video=CLIP, audio=VOICE, mask_image=FACE, prompt="安静 calm", seed=0
            ),
            "lipsync-video",
            {
                "formState": {
                    "video": CLIP,
                    "audio": VOICE,
                    "resolution": "480p",
                    "mask_image": FACE,
                    "prompt": "安静 calm",
                    "seed": 0,
                }
            },
        ),
        (
            ls.lipsync_studio.LipSyncDialogue(
                image=FACE, left_audio=VOICE, right_audio=VOICE, order="left_right"
            ),
            "lipsync-image-multi",
            {
                "formState": {
                    "image": FACE,
                    "left_audio": VOICE,
                    "right_audio": VOICE,
                    "order": "left_right",
                    "resolution": "480p",
                }
            },
        ),
    ],
    ids=["picture, all fields", "picture", "clip", "dialogue"],
)
def test_each_kind_goes_as_a_form_state(vendor, world, order, path, body):
    """``POST /lipsync-…`` with JSON, the key as a bearer token, and nothing else."""
    world.lipsync_studio.origin.plan("POST", path, {"id": JOB, "status": "processing"})
    submit(vendor, order)
    (seen,) = world.lipsync_studio.origin.seen

    assert (seen.method, seen.target) == ("POST", f"/api/v1/{path}")
    assert seen.header("content-type") == "application/json"
    assert seen.json == body
    key = world.lipsync_studio.keys["api_key"]
    assert [(n, v) for n, v in seen.headers if key in v] == [("authorization", f"Bearer {key}")]


def test_local_files_get_a_url_first(vendor, world, media):
    """All four media of a clip's request are published on the media host."""
    order = ls.lipsync_studio.LipSyncVideo(
        video=media.clip, audio=media.speech, mask_image=media.face
    )
    submit(vendor, order, UploadHost(world.hosts.media.url))
    (seen,) = world.lipsync_studio.origin.seen
    files = {world.hosts.media.url + p.target: p.body for p in world.hosts.media.asked("PUT", "")}

    form = seen.json["formState"]
    assert files[form["video"]] == media.clip.read_bytes()
    assert files[form["audio"]] == media.speech.read_bytes()
    assert files[form["mask_image"]] == media.face.read_bytes()


@pytest.mark.parametrize(
    ("answer", "vendor_id", "status"),
    [
        ({"id": JOB, "status": "processing"}, JOB, JobStatus.running),
        ({"requestId": JOB}, JOB, JobStatus.running),
        ({"jobId": 12345678901234567890, "id": None}, "12345678901234567890", JobStatus.running),
        ({"id": "", "requestId": "a/b"}, "a/b", JobStatus.running),
        ({"id": "x", "status": "IN_QUEUE"}, "x", JobStatus.unknown),
    ],
)
def test_the_submissions_answer_is_read(vendor, world, answer, vendor_id, status):
    """The examples say id, the text says requestId; the status may be left out."""
    world.lipsync_studio.origin.plan("POST", "/lipsync-image", answer)
    snapshot = submit(vendor, ls.lipsync_studio.LipSyncImage(image=FACE, audio=VOICE))

    assert (snapshot.vendor_id, snapshot.status) == (vendor_id, status)


def test_a_job_that_fails_at_once_tells_why(vendor, world):
    """The answer to the submission is a job, like those that follow it."""
    failed = {"id": JOB, "status": "failed", "error": "Invalid audio format"}
    world.lipsync_studio.origin.plan("POST", "/lipsync-image", failed)
    snapshot = submit(vendor, ls.lipsync_studio.LipSyncImage(image=FACE, audio=VOICE))

    assert (snapshot.status, snapshot.error) == (JobStatus.failed, "Invalid audio format")


def test_a_look_asks_for_the_job_by_its_id(hosted):
    """``GET /jobs/{requestId}``, whatever the id is made of."""
    call = poll(hosted, "req_1:2+3&4/5")

    assert (call.method, call.path) == ("GET", "jobs/req_1%3A2%2B3%264%2F5")


def test_a_completed_job_is_read(hosted):
    """The page's example: the output is the video."""
    snapshot = read(hosted, poll(hosted, JOB), DONE)

    done = JobStatus.succeeded
    assert snapshot == Snapshot(done, "completed", JOB, video_url="https://cdn/result.mp4")


def test_a_failed_job_tells_its_error(hosted):
    """The page's example of a failure."""
    answer = {**DONE, "status": "failed", "output": None, "error": "Invalid audio format"}
    snapshot = read(hosted, poll(hosted, JOB), answer)

    assert (snapshot.status, snapshot.error) == (JobStatus.failed, "Invalid audio format")
    assert snapshot.video_url is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("processing", JobStatus.running),
        ("completed", JobStatus.succeeded),
        ("failed", JobStatus.failed),
        ("queued", JobStatus.unknown),
        ("COMPLETED", JobStatus.unknown),
        ("succeeded", JobStatus.unknown),
    ],
)
def test_statuses_are_translated(hosted, word, status):
    """The page lists three; any other stays unknown, and is shown as it came."""
    snapshot = read(hosted, poll(hosted, JOB), {"status": word, "error": "soon"})

    assert (snapshot.status, snapshot.vendor_status) == (status, word)
    assert (snapshot.error is None) == (status is not JobStatus.failed)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "completed", "output": "https://cdn/result.mp4"},
        {**DONE, "jobId": 7, "error": None, "executionTime": "12345", "timings": {"gpu": 1}},
        {**DONE, "id": None, "model": None},
    ],
)
def test_a_look_needs_the_status_and_the_output_only(hosted, answer):
    """What else an answer leaves out or adds is passed over."""
    snapshot = read(hosted, poll(hosted, JOB), answer)

    assert (snapshot.vendor_id, snapshot.video_url) == (JOB, "https://cdn/result.mp4")


@pytest.mark.parametrize("output", ["", None, [], {"url": "x"}])
def test_a_result_without_a_url_has_none(hosted, output):
    """What is no URL is not taken for one."""
    snapshot = read(hosted, poll(hosted, JOB), {**DONE, "output": output})

    assert snapshot.video_url is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ls.VendorError),
        (401, ls.Unauthorized),
        (402, ls.OutOfCredit),
        (403, ls.Unauthorized),
        (404, ls.VendorError),
        (422, ls.VendorError),
        (429, ls.RateLimited),
        (500, ls.ServerError),
    ],
)
@pytest.mark.parametrize(
    "body", [{"error": "why"}, {"error": {"code": 7, "message": "why"}}, {"detail": "why"}, None]
)
def test_errors_have_types(hosted, status, kind, body):
    """The page shows no error: they are recognized by the HTTP status, with any reason given."""
    found = error(hosted, status, body)

    assert (type(found), found.code) == (kind, status)
    assert "why" in str(found) or body is None


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        ("Insufficient API credits", ls.OutOfCredit),
        ({"code": "INSUFFICIENT_CREDITS", "message": "x"}, ls.OutOfCredit),
        ("You have no points left", ls.OutOfCredit),
        ("Invalid credentials", ls.Unauthorized),
        ("No such endpoint", ls.Unauthorized),
    ],
)
def test_an_empty_account_is_not_a_refused_key(hosted, why, kind):
    """Both may come as HTTP 403: the words tell them apart."""
    assert type(error(hosted, 403, {"error": why})) is kind


def test_an_error_in_a_200_is_shown(vendor, world):
    """An answer without an id may have been paid all the same; its own words are shown."""
    world.lipsync_studio.origin.plan("POST", "/lipsync-image", {"error": "Invalid audio format"})

    with pytest.raises(ls.LipSyncError, match="Invalid audio format") as caught:
        submit(vendor, ls.lipsync_studio.LipSyncImage(image=FACE, audio=VOICE))
    assert isinstance(caught.value.error, ls.ServerError)


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"resolution": "1080p"}, "resolution", "'480p' or '720p'"),
        ({"seed": 1.5}, "seed", "valid integer"),
        ({"webhook": "http://your-app.example.com/hook"}, "webhook", "must be HTTPS"),
        ({"webhook": "your-app.example.com"}, "webhook", "URL"),
        ({"webhook": "https://x:port/"}, "webhook", "URL"),
        ({"order": "meanwhile"}, "order", "no such field"),
        ({"image": 7}, "image", "expected a path"),
    ],
)
def test_a_field_outside_its_limits_is_refused(fields, field, limit):
    """The error names the field and what it takes."""
    order = {"image": FACE, "audio": VOICE, **fields}
    found = refusal(lambda: ls.lipsync_studio.LipSyncImage(**order))

    assert found.fields[0][0] == field
    assert limit in str(found)


def test_the_order_of_a_dialogue_is_one_of_three():
    """Both at once, or one after the other."""
    order = {"image": FACE, "left_audio": VOICE, "right_audio": VOICE, "order": "both"}
    found = refusal(lambda: ls.lipsync_studio.LipSyncDialogue(**order))

    assert "'meanwhile', 'left_right' or 'right_left'" in str(found)


def test_media_of_a_wrong_kind_are_refused(client, world, media):
    """A clip is no picture, and a picture no clip."""
    picture = ls.lipsync_studio.LipSyncImage(image=media.clip, audio=media.speech)
    clip = ls.lipsync_studio.LipSyncVideo(video=media.face, audio=media.speech)

    assert "LipSyncImage.image: video/mp4 is not image" in str(
        refusal(lambda: client.submit(picture))
    )
    assert "LipSyncVideo.video: image/jpeg is not video" in str(
        refusal(lambda: client.submit(clip))
    )
    assert untouched(client, world)


@pytest.mark.parametrize(
    ("order", "amount"),
    [
        (lambda f, s: ls.lipsync_studio.LipSyncImage(image=f, audio=s(1)), 2 * 5),
        (lambda f, s: ls.lipsync_studio.LipSyncImage(image=f, audio=s(8)), 2 * 8),
        (
            lambda f, s: ls.lipsync_studio.LipSyncImage(image=f, audio=s(8), resolution="720p"),
            4 * 8,
        ),
        (
            lambda f, s: ls.lipsync_studio.LipSyncDialogue(
                image=f, left_audio=s(6), right_audio=s(8)
            ),
            2 * 8,
        ),
        (
            lambda f, s: ls.lipsync_studio.LipSyncDialogue(
                image=f, left_audio=s(6), right_audio=s(8), order="right_left"
            ),
            2 * 14,
        ),
        (lambda f, s: ls.lipsync_studio.LipSyncImage(image=f, audio=s(8.2)), 2 * 9),
    ],
    ids=["5 s at least", "480p", "720p", "dialogue at once", "dialogue in turn", "a begun second"],
)
def test_the_cost_is_estimated_by_the_second(client, media, tmp_path, order, amount):
    """2 credits per second at 480p, 4 at 720p; a dialogue bills the longer speech, or both."""
    request = order(media.face, lambda seconds: sound(tmp_path / f"{seconds}.wav", seconds))
    job = client.submit(request)

    assert job.cost == Cost(amount, "credits", estimated=True)


def test_a_speech_elsewhere_has_no_estimate(client, world):
    """A URL is not fetched to guess at a cost."""
    world.lipsync_studio.origin.plan("POST", "/lipsync-image", {"id": JOB})
    job = client.submit(ls.lipsync_studio.LipSyncImage(image=FACE, audio=VOICE))

    assert job.cost is None


@pytest.mark.parametrize(
    ("seconds", "cost"),
    [
        ((6, 9), Cost(18, "credits", estimated=True, at_least=12)),
        ((2, 9), Cost(18, "credits", estimated=True, at_least=10)),
        ((9, 6), Cost(12, "credits", estimated=True)),
        ((2, 3), Cost(10, "credits", estimated=True)),
        ((None, 9), Cost(18, "credits", estimated=True)),
    ],
    ids=["a shorter clip", "one under 5 s", "a longer clip", "both under 5 s", "a clip elsewhere"],
)
def test_both_prices_of_a_clip_are_told(client, media, tmp_path, seconds, cost):
    """A longer clip is billed by the speech. Of a shorter one, no page says what is billed."""
    clip_s, speech_s = seconds
    speech = sound(tmp_path / "speech.wav", speech_s)
    clip = ls.still_video(media.face, clip_s, tmp_path / "clip.mp4") if clip_s else CLIP
    order = ls.lipsync_studio.LipSyncVideo(video=clip, audio=speech)

    assert client.estimate(order) == cost
    assert str(cost).startswith("≈ ")
    assert (cost.at_least is None) == (" to " not in str(cost))
