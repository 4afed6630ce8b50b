"""Yunai's rewriting of texts and remixes of clips, by payload."""

import pytest
from vendors.wire import read, refusal, send, submit

import lipsync_nb as ls
from lipsync_nb.http.api import SubmissionLost
from lipsync_nb.media import UploadHost
from lipsync_nb.status import JobStatus, Snapshot

CLIP = "https://example.com/a.mp4"


@pytest.fixture
def vendor(world):
    return ls.Yunai(base_url=world.yunai.base_url, **world.yunai.keys)


def completion(content, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, **more}
    return {"id": "c", "model": "m", "usage": {"total_tokens": 3}, "choices": [choice]}


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, {"messages": [{"role": "user", "content": "大家好"}]}),
        (
            {"instruction": "写给年轻人", "model": "gpt-x", "temperature": 0},
            {
                "model": "gpt-x",
                "temperature": 0,
                "messages": [
                    {"role": "system", "content": "写给年轻人"},
                    {"role": "user", "content": "大家好"},
                ],
            },
        ),
    ],
)
def test_a_text_goes_as_a_message(vendor, world, fields, body):
    """``POST /chat/completions``, not streamed; an instruction is the system's."""
    world.yunai.origin.plan("POST", "/chat/completions", completion("x"))
    submit(vendor, ls.yunai.Rewrite(text="大家好", **fields))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/chat/completions")
    assert seen.json == {**body, "stream": False}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("听我说", "听我说"),
        ([{"type": "text", "text": "听"}, {"type": "text", "text": "我说"}], "听我说"),
        (["听", {"text": "我说"}, {"type": "image_url", "image_url": "x"}, None], "听我说"),
    ],
)
def test_the_answer_is_the_text(vendor, world, content, text):
    """A text, or a list of its parts."""
    world.yunai.origin.plan("POST", "/chat/completions", completion(content, finish_reason="stop"))
    found = submit(vendor, ls.yunai.Rewrite(text="大家好"))

    assert found == Snapshot(JobStatus.succeeded, "stop", "", made=text)


GOOD = completion("听我说", finish_reason="stop")["choices"][0]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (completion("听我说", finish_reason={"type": "stop"}), ""),
        (completion("听我说", finish_reason=["stop"]), ""),
        ({"choices": [GOOD, None]}, "stop"),
        ({"choices": [GOOD, "x", {"message": 5, "finish_reason": {}}]}, "stop"),
        ({"choices": [None, {"message": None}, {"message": {"content": " "}}, GOOD]}, "stop"),
        ({"code": 200, "data": {"choices": [GOOD]}}, "stop"),
        ({"code": "success", "message": "", "data": {"data": {"choices": [GOOD]}}}, "stop"),
        ({"id": {}, "usage": "none", "choices": [GOOD]}, "stop"),
    ],
)
def test_only_a_text_is_needed(vendor, world, answer, status):
    """It is paid for: no other part of the answer loses it, nor a reseller's envelope."""
    world.yunai.origin.plan("POST", "/chat/completions", answer)
    found = submit(vendor, ls.yunai.Rewrite(text="大家好"))

    assert found == Snapshot(JobStatus.succeeded, status, "", made="听我说")


@pytest.mark.parametrize(
    "answer",
    [
        completion(""),
        completion("  \n"),
        completion(None, finish_reason="content_filter"),
        completion([]),
        completion([{"type": "image_url"}]),
        completion(5),
        {"choices": []},
        {"choices": [None, "x"]},
        {"choices": "x"},
        {"choices": [{"message": None}]},
        {"error": {"message": "busy", "code": "x"}},
        {},
    ],
)
def test_no_text_is_no_success(vendor, world, answer):
    """It was paid perhaps, so it is not asked for again by itself."""
    world.yunai.origin.plan("POST", "/chat/completions", answer)
    with pytest.raises(SubmissionLost):
        submit(vendor, ls.yunai.Rewrite(text="大家好"))

    assert len(world.yunai.origin.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "no", "code": "invalid_request"}}, ls.VendorError),
        (401, {"error": {"message": "no", "code": ""}}, ls.Unauthorized),
        (402, {"error": {"message": "no"}}, ls.OutOfCredit),
        (403, {"error": {"message": "no", "code": "insufficient_user_quota"}}, ls.OutOfCredit),
        (422, {"error": {"message": "no"}}, ls.VendorError),
        (500, {"error": {"message": "no", "code": "x"}}, None),
        (503, b"<html>", None),
    ],
)
@pytest.mark.parametrize("path", ["/chat/completions", "/generate_video"])
def test_errors_have_http_statuses(vendor, world, path, status, body, kind):  # noqa: PLR0917
    """What proves nothing leaves the job unknown."""
    given = {"content": body} if isinstance(body, bytes) else {"payload": body}
    world.yunai.origin.plan("POST", path, status=status, **given)
    request = {
        "/chat/completions": ls.yunai.Rewrite(text="大家好"),
        "/generate_video": ls.yunai.Remix(video=CLIP, text="大家好"),
    }[path]
    with pytest.raises(ls.LipSyncError) as caught:
        submit(vendor, request)

    assert type(caught.value) is (kind or SubmissionLost)


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, {}),
        (
            {"floating_texts": ["Only {today}", "快来"]},
            {"custom_floating_text": ["Only {today}", "快来"]},
        ),
        ({"floating_texts": []}, {}),
    ],
)
def test_a_remix_goes_as_json(vendor, world, fields, sent):
    """``POST /generate_video``; the answer has no envelope."""
    world.yunai.origin.plan("POST", "/generate_video", {"task_id": 9007199254740993})
    found = submit(vendor, ls.yunai.Remix(video=CLIP, text="大家好", **fields))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/generate_video")
    assert seen.json == {"video_url": CLIP, "text_content": "大家好", **sent}
    assert (found.status, found.vendor_id) == (JobStatus.queued, "9007199254740993")


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "request", "task_id": "T"},
        {"id": "request", "data": {"task_id": "T"}},
        {"code": 200, "data": {"id": "request", "task_id": "T"}},
        {"data": {"id": "T"}},
    ],
)
def test_a_remix_has_the_id_of_the_pages_field(vendor, world, answer):
    """``task_id``; another id may be that of the request."""
    world.yunai.origin.plan("POST", "/generate_video", answer)

    assert submit(vendor, ls.yunai.Remix(video=CLIP, text="x")).vendor_id == "T"


def test_a_remix_is_asked_for_by_its_id(vendor):
    """``GET /query_video/{task_id}``, whatever the id is made of."""
    call = vendor.poll(ls.yunai.Remix(video=CLIP, text="x"), "a/b ?数")

    assert (call.method, call.path) == ("GET", "query_video/a%2Fb%20%3F%E6%95%B0")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", JobStatus.queued),
        ("processing", JobStatus.running),
        ("completed", JobStatus.succeeded),
        ("failed", JobStatus.failed),
        ("Completed", JobStatus.unknown),
        ("success", JobStatus.unknown),
        ("", JobStatus.unknown),
        (None, JobStatus.unknown),
    ],
)
def test_the_status_of_a_remix(vendor, word, status):
    """Four words; any other is unknown."""
    found = queried(vendor, {"status": word})

    assert (found.status, found.vendor_status) == (status, word or "")


def test_a_finished_remix_is_read(vendor):
    """Its public URL; a time without a zone is not guessed."""
    urls = {"oss_path": "out/x.mp4", "public_url": "http://cdn/x.mp4?Expires=1"}
    data = {
        "status": "completed",
        "error_message": None,
        "result_urls": urls,
        "created_at": "2026-01-13T12:00:00",
        "updated_at": "2026-01-13T12:00:00",
        "task_id": "t-1",
    }

    assert queried(vendor, data) == Snapshot(
        status=JobStatus.succeeded,
        vendor_status="completed",
        vendor_id="t-1",
        video_url="http://cdn/x.mp4?Expires=1",
    )
    assert queried(vendor, {**data, "created_at": "2026-01-13T12:00:00Z"}).created_at


@pytest.mark.parametrize("urls", [None, {}, [], "", {"public_url": ""}, {"oss_path": "x"}])
def test_a_remix_without_a_url_has_none(vendor, urls):
    """It is not made up from anything else."""
    assert queried(vendor, {"status": "completed", "result_urls": urls}).video_url is None


def test_a_remix_that_failed_tells_why(vendor):
    """In the vendor's words."""
    found = queried(vendor, {"status": "failed", "error_message": "素材中没有人声"})

    assert (found.status, found.error) == (JobStatus.failed, "素材中没有人声")


def queried(vendor, data):
    """Return what a query reads from an answer with this data."""
    call = vendor.poll(ls.yunai.Remix(video=CLIP, text="x"), "t-1")
    return read(vendor, call, {"code": 200, "data": data})


@pytest.mark.parametrize("place", ["second", "sandbox"])
def test_both_implementations_take_what_is_sent(world, sandbox, media, place):
    """A text is rewritten, and spoken over a clip."""
    second = world.yunai if place == "second" else None
    vendor = ls.Yunai(
        base_url=second.base_url if second else sandbox.base_urls["yunai"],
        **(second.keys if second else sandbox.keys["yunai"]),
    )
    host = UploadHost(world.hosts.media.url if second else sandbox.media_url)
    text = submit(vendor, ls.yunai.Rewrite(text="大家好。", instruction="短", temperature=1)).made
    request = ls.yunai.Remix(video=media.clip, text=text, floating_texts=["{快}来"])
    found = submit(vendor, request, host)
    while not found.status.terminal:
        found = send(vendor, vendor.poll(request, found.vendor_id))

    assert text != "大家好。"
    assert "大家好" in text
    assert found.status is JobStatus.succeeded
    assert found.video_url.startswith("http://")


@pytest.mark.parametrize(
    ("kind", "fields", "field", "limit"),
    [
        ("Rewrite", {"text": " "}, "text", "only spaces"),
        ("Rewrite", {"text": "x", "temperature": 1.1}, "temperature", "1"),
        ("Rewrite", {"text": "x", "temperature": -0.1}, "temperature", "0"),
        ("Rewrite", {"text": "x", "model": ""}, "model", "at least 1"),
        ("Rewrite", {"text": "x", "stream": True}, "stream", "no such field"),
        ("Remix", {"video": CLIP}, "text", "required"),
        ("Remix", {"text": "x"}, "video", "required"),
        ("Remix", {"video": CLIP, "text": "x", "floating_texts": [""]}, "floating_texts.0", "1"),
    ],
)
def test_a_field_outside_its_limits_is_refused(kind, fields, field, limit):
    """The error names the field and what it takes."""
    refused = refusal(lambda: getattr(ls.yunai, kind)(**fields))

    assert refused.fields[0][0] == field
    assert limit in str(refused)
