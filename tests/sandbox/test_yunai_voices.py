"""云AI's own voices and text to speech: what is answered, and what is heard."""

import io
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from sandbox.yunai_calls import created, ended, long_speech

from lipsync_nb.sandbox.render.audio import read_audio
from lipsync_nb.sandbox.render.likeness import median_pitch_hz
from lipsync_nb.sandbox.render.speech import speak

TEXT = "Hello there. How are you today?"
FIELDS = {"type": "tts", "title": "my voice", "train_mode": "fast", "visibility": "private"}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """A woman's and a man's voice."""
    folder = tmp_path_factory.mktemp("samples")
    paths = [folder / "woman.wav", folder / "man.wav"]
    for path, voice in zip(paths, ("en-grace", "en-oliver"), strict=True):
        speak(TEXT * 4, path, voice=voice)
    return paths


def model(yunai: httpx.Client, *paths: Path, **fields: str) -> httpx.Response:
    parts = [("voices", (path.name, path.read_bytes())) for path in paths]
    form = [(key, (None, value)) for key, value in (FIELDS | fields).items() if value]
    return yunai.post("/model", files=[*form, *parts])


def tts(yunai: httpx.Client, **fields: object) -> httpx.Response:
    return yunai.post("/v1/tts", json={"text": TEXT, "format": "wav", **fields})


def pitch_hz(content: bytes, tmp_path: Path) -> float:
    path = tmp_path / "heard.wav"
    path.write_bytes(content)
    audio = read_audio(path)
    return median_pitch_hz(audio.mono, audio.rate)


def test_a_voice_is_answered_without_an_envelope(yunai, samples):
    """HTTP 201 with the voice itself."""
    answer = model(yunai, *samples, description="calm")

    assert answer.status_code == 201
    told = answer.json()
    assert (told["type"], told["title"], told["description"]) == ("tts", "my voice", "calm")
    assert (told["state"], bool(told["_id"])) == ("trained", True)


def test_voices_sound_like_their_samples(yunai, samples, tmp_path):
    """A woman's is as high as hers, a man's as low as his."""
    heights = []
    for sample in samples:
        voice = model(yunai, sample).json()["_id"]
        heard = pitch_hz(tts(yunai, reference_id=voice).content, tmp_path)
        assert heard == pytest.approx(pitch_hz(sample.read_bytes(), tmp_path), rel=1 / 6)
        heights.append(heard)

    assert heights[0] > 1.3 * heights[1]


def test_trained_voices_sound_like_their_samples(yunai, bare, host, tmp_path):
    """Those of the deprecated cloning too."""
    for voice in ("en-emma", "en-james"):
        sample = long_speech(tmp_path / "sample.wav", voice)
        made = created(yunai, "create_model", model_name=voice)
        task = created(yunai, "create_model_audio", model_id=made, model_audio_url=host(sample))
        assert ended(yunai, "chk_model_audio", task_id=task)["code"] == "1"
        spoken = created(yunai, "create_audio", task_text=TEXT, people_id=made)
        url = ended(yunai, "chk_audio", task_id=spoken)["data"]["audio_url"]
        heard = pitch_hz(bare.get(url).content, tmp_path)

        assert heard == pytest.approx(pitch_hz(sample.read_bytes(), tmp_path), rel=1 / 6)


def test_public_voices_differ(yunai):
    """Any other id is one of the vendor's many; the same id always sounds the same."""
    sounds = [tts(yunai, reference_id=name).content for name in "abcdefabcdef"]

    assert sounds[:6] == sounds[6:]
    assert len(set(sounds)) > 1


def test_other_ids_of_the_account_are_no_voices(sandbox, yunai, media):
    """A model of the deprecated cloning, and a voice that failed; nothing of it is paid."""
    untrained = created(yunai, "create_model", model_name="x")
    failed = model(yunai, media.broken).json()["_id"]
    before = sandbox.stats("yunai")["paid"]
    for voice in (untrained, failed):
        answer = tts(yunai, reference_id=voice)
        assert (answer.status_code, answer.json()["status"]) == (404, 404)
        assert voice in answer.json()["message"]

    assert sandbox.stats("yunai")["paid"] == before


@pytest.mark.parametrize(
    ("kind", "mime", "container"),
    [
        ("mp3", "audio/mpeg", "mp3"),
        ("wav", "audio/wav", "wav"),
        ("opus", "audio/ogg", "ogg"),
    ],
)
def test_the_answer_is_a_sound_of_the_format(yunai, kind, mime, container):
    """As long in each."""
    answer = tts(yunai, format=kind)
    with av.open(io.BytesIO(answer.content)) as sound:
        seconds = sum(frame.samples / frame.sample_rate for frame in sound.decode(audio=0))
        found = sound.format.name

    assert (answer.status_code, answer.headers["content-type"]) == (200, mime)
    assert found == container
    assert seconds == pytest.approx(samples_of(tts(yunai, format="pcm").content) / 22050, abs=0.1)


def samples_of(pcm: bytes) -> int:
    return len(np.frombuffer(pcm, "<i2"))


def test_the_format_is_mp3_by_default(yunai):
    """At 128 kbit/s; a lower bit rate makes a smaller file."""
    usual = yunai.post("/v1/tts", json={"text": TEXT})
    small = yunai.post("/v1/tts", json={"text": TEXT, "mp3_bitrate": 64})

    assert usual.headers["content-type"] == small.headers["content-type"] == "audio/mpeg"
    assert len(small.content) < 0.7 * len(usual.content)


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"text": ""}, {}),
        ({"text": 5}, {}),
        ({"format": "flac"}, {}),
        ({"mp3_bitrate": 96}, {}),
        ({"mp3_bitrate": "128"}, {}),
        ({"chunk_length": 99}, {}),
        ({"chunk_length": 301}, {}),
        ({"normalize": "yes"}, {}),
        ({"latency": "fast"}, {}),
        ({"temperature": 2.1}, {}),
        ({"top_p": 0.05}, {}),
        ({"reference_id": 5}, {}),
        ({}, {"model": "s2"}),
    ],
)
def test_wrong_fields_are_422(sandbox, yunai, fields, headers):
    """Without an envelope; nothing of it is paid."""
    before = sandbox.stats("yunai")["paid"]
    answer = yunai.post("/v1/tts", json={"text": TEXT, **fields}, headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert sandbox.stats("yunai")["paid"] == before


@pytest.mark.parametrize("model_name", ["speech-1.5", "speech-1.6", "s1", "s1-mini"])
def test_each_model_speaks(yunai, model_name):
    """It is named in a header."""
    answer = yunai.post("/v1/tts", json={"text": "Hi."}, headers={"model": model_name})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "svc"},
        {"type": ""},
        {"title": ""},
        {"train_mode": "full"},
        {"train_mode": ""},
        {"visibility": "unlist"},
        {"enhance_audio_quality": "1"},
        {"voices": "x"},
        {"cover_image": "x"},
    ],
)
def test_a_wrong_voice_is_422(sandbox, yunai, samples, fields):
    """And one without samples."""
    before = sandbox.stats("yunai")["paid"]

    assert model(yunai, samples[0], **fields).status_code == 422
    assert model(yunai).status_code == 422
    assert sandbox.stats("yunai")["paid"] == before


def test_a_sample_that_is_no_sound_fails(yunai, media):
    """The voice's state says so, with a reason."""
    answer = model(yunai, media.broken)

    assert (answer.status_code, answer.json()["state"]) == (201, "failed")
    assert "格式" in answer.json()["message"]
