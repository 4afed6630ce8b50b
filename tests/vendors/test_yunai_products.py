"""Yunai's products together: chains, the limits of what is trained from, what is deprecated."""

import json
import warnings
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vendors.cases import STOCK_MODEL, old
from vendors.media import sound
from vendors.wire import refusal, untouched

import lipsync_nb as ls
from lipsync_nb.http.call import Answer
from lipsync_nb.media import Media
from lipsync_nb.media.talk import NeedsSpeech, Talk
from lipsync_nb.status import JobStatus

SOUND = "https://example.com/a.mp3"


@pytest.mark.parametrize("odd", [False, True])
def test_a_text_becomes_a_video_and_each_step_is_paid_once(client, world, media, odd):
    """Rewrite → OwnVoice → Speech → FastAvatar → FastVideo, however often it is submitted."""
    if odd:
        world.take_liberties()
    for _ in range(2):
        text = client.submit(ls.yunai.Rewrite(text="大家好。再见。"))
        voice = client.submit(ls.yunai.OwnVoice(title="我的", voices=[media.sample]))
        speech = client.submit(ls.yunai.Speech(text=text, voice=voice))
        person = client.submit(ls.yunai.FastAvatar(name="小林", video=media.long_clip))
        video = client.submit(ls.yunai.FastVideo(model=person, audio=speech, line_type=1))
        made = video.result(30)

    paid = ("/chat/completions", "/model", "/v1/tts", "/create_model_fast", "/create_video_fast")
    assert made.path.exists()
    assert [len(world.yunai.origin.asked("POST", path)) for path in paid] == [1] * 5
    (sent,) = world.yunai.origin.asked("POST", "/create_video_fast")
    assert sent.form["model_id"] == person.result().id
    (spoken,) = world.yunai.origin.asked("POST", "/v1/tts")
    assert spoken.json["text"] == text.result()
    assert spoken.json["reference_id"] == voice.result().id


def test_the_deprecated_steps_are_a_chain_too(client, world, media):
    """VoiceModel → VoiceTraining → ClonedSpeech → VideoV2."""
    model = client.submit(old(ls.yunai.VoiceModel, name="小林"))
    trained = client.submit(old(ls.yunai.VoiceTraining, model=model, audio=media.long_sample))
    speech = client.submit(old(ls.yunai.ClonedSpeech, text="大家好", voice=trained))
    video = client.submit(ls.yunai.VideoV2(audio=speech, video=media.clip))

    assert video.result(30).path.exists()
    (sent,) = world.yunai.origin.asked("POST", "/create_audio")
    assert sent.form["people_id"] == model.result().id


def test_the_sandbox_makes_the_chain(sandboxed, sandbox, media):
    """The person of the clip says the rewritten text, with a voice like the sample's."""
    before = sandbox.stats("yunai")["paid"]
    client = sandboxed
    text = client.submit(ls.yunai.Rewrite(text="大家好。我们的新产品上市了。"))
    voice = client.submit(ls.yunai.OwnVoice(title="我的", voices=[media.sample]))
    speech = client.submit(ls.yunai.Speech(text=text, voice=voice, format="wav"))
    person = client.submit(ls.yunai.FastAvatar(name="小林", video=media.long_clip))
    video = client.submit(ls.yunai.FastVideo(model=person, audio=speech))
    made = video.result(60)

    assert made.duration_s == pytest.approx(speech.result().duration_s, abs=0.1)
    assert sandbox.stats("yunai")["paid"] - before == 5


@pytest.mark.parametrize(
    ("field", "makers"),
    [
        ("Speech.voice", {"OwnVoice"}),
        ("VoiceTraining.model", {"VoiceModel", "VoiceTraining"}),
        ("ClonedSpeech.voice", {"VoiceTraining"}),
        ("UseVoice.audio_id", set()),
    ],
)
def test_a_voice_is_used_where_it_can_be(client, media, field, makers):
    """The three kinds of voices are not each other's; the error names what the field takes."""
    model = client.submit(old(ls.yunai.VoiceModel, name="x"))
    trained = client.submit(old(ls.yunai.VoiceTraining, model=model, audio=media.long_sample))
    own = client.submit(ls.yunai.OwnVoice(title="x", voices=[media.sample]))
    name, field = field.split(".")
    fields = {
        "Speech": {"text": "x"},
        "VoiceTraining": {"audio": media.long_sample},
        "ClonedSpeech": {"text": "x"},
        "UseVoice": {"voice_engine_id": "nina", "language": "zh", "text": "x"},
    }[name]
    for job in (model, trained, own):
        order = partial(old, getattr(ls.yunai, name), **fields, **{field: job})
        if job.record.kind in makers:
            assert order()
            continue
        refused = refusal(order)
        assert [path for path, _ in refused.fields] == [field]
        assert all(maker in str(refused) for maker in makers)


def test_a_voice_may_be_trained_again(client, world, media):
    """The page asks for the id of a voice, and a trained one has the same."""
    model = client.submit(old(ls.yunai.VoiceModel, name="小林"))
    once = client.submit(old(ls.yunai.VoiceTraining, model=model, audio=media.long_sample))
    again = old(ls.yunai.VoiceTraining, model=once, audio=media.long_sample, line_type=0)
    twice = client.submit(again)

    assert twice.result(30).id == model.result().id
    trainings = world.yunai.origin.asked("POST", "/create_model_audio")
    assert [sent.form["model_id"] for sent in trainings] == [model.result().id] * 2


@pytest.mark.parametrize("seconds", [29, 301])
def test_a_voice_is_trained_from_30_to_300_s(client, world, tmp_path, seconds):
    """Before anything is sent."""
    sample = sound(tmp_path / "sample.wav", seconds)
    order = old(ls.yunai.VoiceTraining, model="m", audio=sample)
    found = refusal(lambda: client.submit(order))
    limit = "under the minimum of 30 s" if seconds < 30 else "over the limit of 300 s"

    assert [field for field, _ in found.fields] == ["audio"]
    assert f"{seconds}.0 s is {limit}" in str(found)
    assert untouched(client, world)


@pytest.mark.parametrize("seconds", [30, 300])
def test_the_limits_themselves_are_within_the_limits(client, tmp_path, seconds):
    """30 s and 300 s are taken."""
    sample = sound(tmp_path / "sample.wav", seconds)
    order = old(ls.yunai.VoiceTraining, model=STOCK_MODEL, audio=sample)

    assert client.submit(order).result(30).id == STOCK_MODEL


def test_a_person_is_trained_from_30_to_300_s(client, world, media):
    """A clip of a second is too short."""
    order = ls.yunai.FastAvatar(name="x", video=media.clip)
    found = refusal(lambda: client.submit(order))

    assert found.fields == [("video", "1.0 s is under the minimum of 30 s")]
    assert untouched(client, world)


def test_more_than_1_gb_is_refused(client, world, media, tmp_path):
    """The page's limit of a clip that a person is trained from."""
    large = tmp_path / "large.mp4"
    large.write_bytes(media.clip.read_bytes())
    with large.open("r+b") as file:
        file.truncate(1_000_000_001)  # a sparse file
    found = refusal(lambda: client.submit(ls.yunai.FastAvatar(name="x", video=large)))

    assert found.fields == [("video", "1000.1 MB is over the limit of 1000 MB")]
    assert untouched(client, world)


@pytest.mark.parametrize(
    ("kind", "fields", "field", "limit"),
    [
        ("VideoV2", {"audio": SOUND, "video": SOUND, "line_type": 2}, "line_type", "0 or 1"),
        ("VideoV2", {"audio": SOUND, "video": SOUND, "line_type": "2"}, "line_type", "0 or 1"),
        ("VideoV2", {"audio": SOUND, "video": SOUND, "line_type": True}, "line_type", "0 or 1"),
        ("VideoV2", {"audio": SOUND, "video": SOUND, "line_type": False}, "line_type", "0 or 1"),
        ("VideoV2", {"audio": SOUND, "video": SOUND, "line_type": []}, "line_type", "0 or 1"),
        ("VideoV2", {"audio": SOUND}, "video", "required"),
        ("FastAvatar", {"name": " ", "video": SOUND}, "name", "only spaces"),
        ("FastVideo", {"model": "", "audio": SOUND}, "model", "at least 1"),
        ("FastVideo", {"model": ls.Voice("yunai", "v"), "audio": SOUND}, "model", "Voice"),
        ("FastVideo", {"model": ls.Avatar("chanjing", "a"), "audio": SOUND}, "model", "chanjing"),
    ],
)
def test_a_field_outside_its_limits_is_refused(kind, fields, field, limit):
    """The error names the field and what it takes."""
    refused = refusal(lambda: getattr(ls.yunai, kind)(**fields))

    assert refused.fields[0][0] == field
    assert limit in str(refused)


@pytest.mark.parametrize("line", [0, 1])
def test_a_line_may_be_written_as_on_the_page(line):
    """As a text; the request is the same."""
    request = ls.yunai.VideoV2(audio=SOUND, video=SOUND, line_type=str(line))

    assert request == ls.yunai.VideoV2(audio=SOUND, video=SOUND, line_type=line)
    assert type(request.line_type) is int


def test_a_clip_and_a_speech_make_a_v2_video(media):
    """A picture does not, nor a text."""
    talk = Talk(Media(media.clip), Media(media.speech))

    assert ls.yunai.VideoV2.talking(talk) == ls.yunai.VideoV2(audio=media.speech, video=media.clip)
    with pytest.raises(ls.Unsupported, match="takes a clip"):
        ls.yunai.VideoV2.talking(Talk(Media(media.face), Media(media.speech)))
    with pytest.raises(NeedsSpeech):
        ls.yunai.VideoV2.talking(Talk(Media(media.clip), text="Hello", voice="nina/7"))


FIELDS_OF_ANSWERS = [
    *("code", "msg", "data", "model", "zstatus", "task_id", "model_id", "model_pic", "status"),
    *("video_url", "video_time", "audio_url", "result_urls", "public_url", "error_message"),
]
KINDS = [kind for kind in ls.Yunai.kinds if not kind.is_answered]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["0", "1", "3", "-1", "completed", "任务不存在", "http://x/y", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(FIELDS_OF_ANSWERS), inner, max_size=5)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@given(payload=ANYTHING, status=st.sampled_from([200, 201, 400, 404, 429, 500]))
def test_any_answer_to_a_query_is_read_or_is_an_error(kind, payload, status):
    """Of the job that was asked for, and never as a success that says nothing."""
    vendor = ls.Yunai("sk-0123456789")
    call = vendor.poll(kind.model_construct(name="x"), "t-1")
    try:
        (call.errors or vendor).check(Answer(status, payload))
        found = call.read(payload)
    except ls.VendorError:
        return

    assert found.vendor_id == "t-1"
    assert status < 400 or found.status is JobStatus.failed


DEPRECATED = {
    "VoiceModel": ({"name": "x"}, "OwnVoice"),
    "VoiceTraining": ({"model": "m", "audio": SOUND}, "OwnVoice"),
    "ClonedSpeech": ({"text": "x", "voice": "m"}, "Speech"),
}


@pytest.mark.parametrize("name", DEPRECATED)
def test_what_is_deprecated_warns_where_it_is_built(name):
    """Once, with what to use instead; its help says so too."""
    kind, (fields, instead) = getattr(ls.yunai, name), DEPRECATED[name]
    with pytest.warns(DeprecationWarning, match=rf"{name}.*ls\.yunai\.{instead}") as warned:
        kind(**fields)

    assert [each.filename for each in warned] == [__file__]
    assert f"use `{instead}`" in kind.__doc__


@pytest.mark.parametrize("name", DEPRECATED)
def test_a_copy_does_not_warn(name):
    """Nor what is read from a ledger."""
    kind, (fields, _) = getattr(ls.yunai, name), DEPRECATED[name]
    request = old(kind, **fields)
    written = request.model_dump_json(exclude_unset=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ls.Yunai.request(name, written) == request
        assert ls.Yunai.recorded(name, written) == request
        assert request.replace_media(lambda media: media) == request
        assert request.calling_back("https://example.com") is request
        assert request.model_copy() == request
        assert json.loads(written) == fields


def test_a_deprecated_step_that_waits_for_another_warns_once(client, media):
    """When it is built, not when the job goes on with the result of the other."""
    model = client.submit(old(ls.yunai.VoiceModel, name="x"))
    with pytest.warns(DeprecationWarning, match="VoiceTraining") as warned:
        request = ls.yunai.VoiceTraining(model=model, audio=media.long_sample)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.submit(request).result(20).id == model.result().id

    assert len(warned) == 1
