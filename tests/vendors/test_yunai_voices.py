"""Yunai's own voices and text to speech by payload: ``/model`` and ``/v1/tts``."""

import pytest
from second.hosts import sound
from vendors.media import sound as write_sound
from vendors.wire import refusal, submit, untouched

import lipsync_nb as ls
from lipsync_nb.http.api import SubmissionLost
from lipsync_nb.media import UploadHost
from lipsync_nb.status import JobStatus, Snapshot

MODEL = {"_id": "v-1", "type": "tts", "title": "小林", "description": ""}
DEFAULTS = {
    "format": "mp3",
    "mp3_bitrate": 128,
    "chunk_length": 200,
    "normalize": True,
    "latency": "normal",
    "temperature": 0.7,
    "top_p": 0.7,
}


@pytest.fixture
def vendor(world):
    return ls.Yunai(base_url=world.yunai.base_url, **world.yunai.keys)


@pytest.fixture(params=["second", "sandbox"])
def place(request, world, sandbox):
    """A vendor of each implementation, and its media host."""
    if request.param == "second":
        at, keys, host = world.yunai.base_url, world.yunai.keys, world.hosts.media.url
    else:
        at, keys, host = sandbox.base_urls["yunai"], sandbox.keys["yunai"], sandbox.media_url
    return ls.Yunai(base_url=at, **keys), UploadHost(host)


def test_a_voice_goes_with_its_samples_as_files(vendor, world, media):
    """``POST /model``, multipart: the fields that are always sent, and a part for each sample."""
    world.yunai.origin.plan("POST", "/model", MODEL, status=201)
    submit(vendor, ls.yunai.OwnVoice(title="小林", voices=[media.sample, media.speech]))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/model")
    assert seen.form == {
        "type": "tts",
        "title": "小林",
        "train_mode": "fast",
        "visibility": "private",
    }
    files = [(name, part) for name, part in seen.all_parts if part[0] is not None]
    assert [name for name, _ in files] == ["voices", "voices"]
    assert [part for _, part in files] == [
        ("sample.wav", "audio/wav", media.sample.read_bytes()),
        ("speech.wav", "audio/wav", media.speech.read_bytes()),
    ]


def test_all_that_can_be_said_of_a_voice_is_sent(vendor, world, media):
    """A field for each text and each tag."""
    world.yunai.origin.plan("POST", "/model", MODEL, status=201)
    request = ls.yunai.OwnVoice(
        title="x",
        voices=[media.speech],
        visibility="public",
        description="calm",
        cover_image=media.face,
        texts=["大家好", "再见"],
        tags=["zh"],
        enhance_audio_quality=True,
    )
    submit(vendor, request)
    (seen,) = world.yunai.origin.seen
    told = [(name, body.decode()) for name, (file, _, body) in seen.all_parts if file is None]

    assert dict(told)["visibility"] == "public"
    assert ("description", "calm") in told
    assert [value for name, value in told if name == "texts"] == ["大家好", "再见"]
    assert [value for name, value in told if name == "tags"] == ["zh"]
    assert dict(told)["enhance_audio_quality"] == "true"
    assert seen.parts["cover_image"] == ("face.jpg", "image/jpeg", media.face.read_bytes())


def test_a_sample_at_a_url_is_downloaded_first(vendor, world, media):
    """The vendor takes files here, though it takes URLs everywhere else."""
    world.hosts.files["/a.wav"] = media.speech.read_bytes()
    world.yunai.origin.plan("POST", "/model", MODEL, status=201)
    submit(vendor, ls.yunai.OwnVoice(title="x", voices=[f"{world.hosts.media.url}/a.wav"]))
    (seen,) = world.yunai.origin.seen

    assert seen.parts["voices"][2] == media.speech.read_bytes()


def test_local_samples_need_no_media_host(connect, media):
    """They are uploaded to the vendor itself."""
    client = connect(media_host=None)
    job = client.submit(ls.yunai.OwnVoice(title="x", voices=[media.sample], cover_image=media.face))

    assert isinstance(job.result(20), ls.Voice)


@pytest.mark.parametrize("state", [None, "created", "training", "trained", "success", "anything"])
def test_a_voice_is_there_with_the_answer(vendor, world, media, state):
    """HTTP 201 without an envelope; as nothing asks for it later, it is kept in any other state."""
    answer = MODEL if state is None else {**MODEL, "state": state}
    world.yunai.origin.plan("POST", "/model", answer, status=201)
    found = submit(vendor, ls.yunai.OwnVoice(title="x", voices=[media.speech]))

    made = ls.Voice("yunai", "v-1", "小林")
    assert found == Snapshot(JobStatus.succeeded, state or "", "", made=made)


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        ({"_id": "v-1", "title": {"zh": "t"}}, ls.Voice("yunai", "v-1", "x")),
        ({"_id": "v-1", "title": ["t"], "state": True}, ls.Voice("yunai", "v-1", "x")),
        ({"_id": "v-1", "state": {"name": "trained"}}, ls.Voice("yunai", "v-1", "x")),
        ({"_id": 17, "title": 5, "state": 2}, ls.Voice("yunai", "17", "5")),
        ({"code": 200, "data": MODEL}, ls.Voice("yunai", "v-1", "小林")),
        ({"id": "request", "data": {"data": MODEL}}, ls.Voice("yunai", "v-1", "小林")),
    ],
)
def test_only_the_id_of_a_voice_is_needed(vendor, world, media, answer, made):
    """It is paid for: no other field of the answer loses it, nor a reseller's envelope."""
    world.yunai.origin.plan("POST", "/model", answer, status=201)
    found = submit(vendor, ls.yunai.OwnVoice(title="x", voices=[media.speech]))

    assert (found.status, found.made) == (JobStatus.succeeded, made)


@pytest.mark.parametrize("state", ["failed", "Failed", " FAILURE", "error", "Rejected"])
def test_a_state_of_failure_is_one_in_any_case(vendor, world, media, state):
    """The voice is none that speaks."""
    world.yunai.origin.plan("POST", "/model", {**MODEL, "state": state}, status=201)
    found = submit(vendor, ls.yunai.OwnVoice(title="x", voices=[media.speech]))

    assert (found.status, found.made, found.vendor_status) == (JobStatus.failed, None, state)


def test_the_help_says_which_voices_are_results():
    """For it is a choice that no page makes."""
    assert "still in training" in ls.yunai.OwnVoice.__doc__


def test_a_voice_may_fail(client, world, media):
    """The state says so; the job has failed, with the reason if there is one."""
    answer = {**MODEL, "state": "failed", "message": "too noisy"}
    world.yunai.origin.plan("POST", "/model", answer, status=201)
    world.yunai.origin.plan("POST", "/model", {**answer, "_id": "v-2"}, status=201)
    jobs = [client.submit(ls.yunai.OwnVoice(title=n, voices=[media.speech])) for n in ("a", "b")]

    for job in jobs:
        with pytest.raises(ls.JobFailed, match="too noisy"):
            job.result(20)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"status": 401, "message": "no"}, ls.Unauthorized),
        (402, {"status": 402, "message": "no"}, ls.OutOfCredit),
        (422, [{"loc": ["title"], "msg": "no"}], None),
        (422, {"detail": [{"msg": "no"}]}, ls.VendorError),
        (400, {"error": {"message": "no", "code": "invalid"}}, ls.VendorError),
        (403, {"error": {"message": "no", "code": "insufficient_user_quota"}}, ls.OutOfCredit),
        (500, {"message": "no"}, None),
        (500, {"message": "no", "_id": "v-1"}, None),
        (201, {}, None),
        (201, {"title": "x"}, None),
    ],
)
@pytest.mark.parametrize("path", ["/model", "/v1/tts"])
def test_errors_have_http_statuses(vendor, world, media, path, status, body, kind):  # noqa: PLR0917
    """Without an envelope; what proves nothing leaves the job unknown."""
    world.yunai.origin.plan("POST", path, body, status=status)
    request = {
        "/model": ls.yunai.OwnVoice(title="x", voices=[media.speech]),
        "/v1/tts": ls.yunai.Speech(text="x"),
    }[path]
    with pytest.raises(ls.LipSyncError) as caught:
        submit(vendor, request)

    assert type(caught.value) is (kind or SubmissionLost)


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, {}),
        ({"voice": "v-1"}, {"reference_id": "v-1"}),
        ({"voice": ls.Voice("yunai", "v-1")}, {"reference_id": "v-1"}),
        (
            {"format": "opus", "mp3_bitrate": 64, "chunk_length": 300, "normalize": False},
            {"format": "opus", "mp3_bitrate": 64, "chunk_length": 300, "normalize": False},
        ),
        (
            {"latency": "balanced", "temperature": 0.1, "top_p": 1},
            {"latency": "balanced", "temperature": 0.1, "top_p": 1},
        ),
    ],
)
def test_a_speech_goes_as_json(vendor, world, fields, sent):
    """``POST /v1/tts``, with the model as a header."""
    submit(vendor, ls.yunai.Speech(text="你好", **fields))
    (seen,) = world.yunai.origin.seen

    assert (seen.method, seen.target) == ("POST", "/v1/tts")
    assert seen.header("content-type") == "application/json"
    assert seen.header("model") == "speech-1.5"
    assert seen.json == {"text": "你好", **DEFAULTS, **sent}


@pytest.mark.parametrize("model", ["speech-1.5", "speech-1.6", "s1", "s1-mini"])
def test_the_model_is_a_header(vendor, world, model):
    """And no field of the body."""
    submit(vendor, ls.yunai.Speech(text="你好", model=model))
    (seen,) = world.yunai.origin.seen

    assert seen.header("model") == model
    assert "model" not in seen.json


@pytest.mark.parametrize(("kind", "ending"), [("mp3", ".mp3"), ("wav", ".wav"), ("opus", ".opus")])
@pytest.mark.parametrize("odd", [False, True])
def test_the_answer_is_the_sound(client, world, kind, ending, odd):
    """Its bytes are kept as they came, whatever their type is called."""
    world.yunai.origin.odd = odd
    speech = client.submit(ls.yunai.Speech(text="你好", format=kind)).result(20)

    assert speech.path.read_bytes() == sound(kind)
    assert speech.path.suffix in {ending, ".ogg"}
    assert speech.duration_s == pytest.approx(1.2, abs=0.1)


@pytest.mark.parametrize("kind", ["mp3", "wav", "opus"])
def test_both_implementations_take_what_is_sent(place, media, kind):
    """A voice, then a speech with it, in each format."""
    vendor, host = place
    voice = submit(vendor, ls.yunai.OwnVoice(title="x", voices=[media.sample]), host).made
    spoken = submit(vendor, ls.yunai.Speech(text="Hello.", voice=voice, format=kind))

    assert isinstance(voice, ls.Voice)
    assert spoken.status is JobStatus.succeeded
    assert spoken.data[:3] in {b"ID3", b"RIF", b"Ogg"} or spoken.data[0] == 0xFF


@pytest.mark.parametrize(
    ("kind", "fields", "field", "limit"),
    [
        ("OwnVoice", {"title": "x", "voices": []}, "voices", "at least 1 item"),
        ("OwnVoice", {"title": " ", "voices": ["https://x/a.wav"]}, "title", "only spaces"),
        (
            "OwnVoice",
            {"title": "x", "voices": ["https://x/a.wav"], "visibility": "unlist"},
            "visibility",
            "'private' or 'public'",
        ),
        ("OwnVoice", {"title": "x", "voices": ["https://x/a.wav"], "tags": [""]}, "tags.0", "at"),
        ("Speech", {"text": ""}, "text", "at least 1 character"),
        ("Speech", {"text": "x", "format": "pcm"}, "format", "'mp3', 'wav' or 'opus'"),
        ("Speech", {"text": "x", "mp3_bitrate": 96}, "mp3_bitrate", "64, 128 or 192"),
        ("Speech", {"text": "x", "chunk_length": 99}, "chunk_length", "100"),
        ("Speech", {"text": "x", "chunk_length": 301}, "chunk_length", "300"),
        ("Speech", {"text": "x", "temperature": 0.09}, "temperature", "0.1"),
        ("Speech", {"text": "x", "temperature": 2.1}, "temperature", "2"),
        ("Speech", {"text": "x", "top_p": 0.09}, "top_p", "0.1"),
        ("Speech", {"text": "x", "top_p": 1.1}, "top_p", "1"),
        ("Speech", {"text": "x", "latency": "fast"}, "latency", "'normal' or 'balanced'"),
        ("Speech", {"text": "x", "model": "s2"}, "model", "'s1-mini'"),
        ("Speech", {"text": "x", "voice": ls.Voice("chanjing", "c")}, "voice", "chanjing"),
        ("Speech", {"text": "x", "voice": ls.Avatar("yunai", "a")}, "voice", "Avatar"),
    ],
)
def test_a_field_outside_its_limits_is_refused(kind, fields, field, limit):
    """The error names the field and what it takes."""
    refused = refusal(lambda: getattr(ls.yunai, kind)(**fields))

    assert refused.fields[0][0] == field
    assert limit in str(refused)


def test_a_sample_that_is_no_sound_is_refused(client, world, media):
    """Before anything is sent."""
    order = ls.yunai.OwnVoice(title="x", voices=[media.speech, media.face])
    found = refusal(lambda: client.submit(order))

    assert [field for field, _ in found.fields] == ["voices.1"]
    assert untouched(client, world)


def test_a_text_can_be_spoken_for_a_comparison():
    """With the id of a voice; a stock voice of another product is none."""
    assert ls.yunai.Speech.speaking("Hello", "v-1") == ls.yunai.Speech(text="Hello", voice="v-1")
    with pytest.raises(ls.Unsupported, match="OwnVoice"):
        ls.yunai.Speech.speaking("Hello", "nina/7")
    assert ls.yunai.Speech(text="你好" * 10).spoken_seconds() == pytest.approx(5)


def test_a_speech_that_is_lost_is_not_sent_again(client, world):
    """The answer was the only copy: the job is unknown, and the user decides."""
    world.yunai.origin.plan("POST", "/v1/tts", content=b"", works=True)
    job = client.submit(ls.yunai.Speech(text="你好"))

    with pytest.raises(ls.SubmitUnknown):
        job.result(20)
    assert len(world.yunai.origin.asked("POST", "/v1/tts")) == 1


def test_a_sample_can_be_a_clip_of_any_sound(client, tmp_path):
    """The page names no limit of its length."""
    short = write_sound(tmp_path / "short.wav", 0.5)
    job = client.submit(ls.yunai.OwnVoice(title="x", voices=[short]))

    assert job.result(20).id
