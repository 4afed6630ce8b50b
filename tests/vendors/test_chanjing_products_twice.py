"""Chanjing's other products in both implementations: what each takes, and how it is told."""

import struct
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from vendors.chanjing_page import PERSON, VOICE
from waiting import wait_until

BOX = {"x": 0, "y": 0, "width": 90, "height": 160}
TTS = {"text": ["你好。"], "audio_man": VOICE}
SMALL = {"screen_width": 90, "screen_height": 160}
VIDEO = {
    "person": {"id": PERSON, "figure_type": "sit_body", **BOX},
    "audio": {"type": "tts", "tts": TTS},
    **SMALL,
}
SUBTITLES = {"show": True, **BOX, "font_size": 8, "color": "#FFFFFF", "stroke_width": 1}


def person(**changes: Any) -> dict[str, Any]:
    return {"person": {**VIDEO["person"], **changes}}


def tts(**changes: Any) -> dict[str, Any]:
    return {"audio": {"type": "tts", "tts": {**TTS, **changes}}}


TAKEN = [
    {},
    person(drive_mode="random", is_rgba_mode=True, backway=2),
    person(figure_type="circle_view", x=-10, y=10),
    tts(speed=0.5, pitch=0.1),
    tts(speed=2, pitch=3),
    {"audio": {"type": "tts", "tts": TTS, "volume": 1, "language": "en"}},
    {"audio": {"type": "audio", "wav_url": "https://media.test/speech.wav"}},
    {"bg_color": "#EDEDED"},
    {"bg": {"src_url": "https://media.test/bg.png", **BOX}},
    {"subtitle_config": SUBTITLES},
    {"subtitle_config": {"show": False}},
    {"subtitle_config": {"show": True}},
    {"model": 2, "resolution_rate": 1, "add_compliance_watermark": True},
]
REFUSED = [
    {"person": None},
    person(id="nobody"),
    person(id=""),
    person(width=0),
    person(x=None),
    person(height="tall"),
    person(figure_type="whole_body"),
    person(figure_type="standing"),
    person(figure_type=None),
    person(drive_mode="normal"),
    person(backway=3),
    person(is_rgba_mode=1),
    {"audio": None},
    {"audio": {"type": "video", "tts": TTS}},
    {"audio": {"type": "audio"}},
    {"audio": {"type": "audio", "file_id": "nothing"}},
    {"audio": {"type": "audio", "wav_url": "speech.wav"}},
    {"audio": {"type": "tts"}},
    {"audio": {"type": "tts", "tts": TTS, "volume": "loud"}},
    tts(text=[]),
    tts(text=[" "]),
    tts(text=["好" * 4000]),
    tts(audio_man="nobody"),
    tts(audio_man=None),
    tts(speed=0.49),
    tts(pitch=3.01),
    {"bg_color": "white"},
    {"bg": {"file_id": "nothing", **BOX}},
    {"bg": {**BOX}},
    {"bg": {"src_url": "https://media.test/bg.png"}},
    {"subtitle_config": {"show": "yes"}},
    {"subtitle_config": {**SUBTITLES, "color": "white"}},
    {"subtitle_config": {**SUBTITLES, "asr_type": 2}},
    {"screen_width": "wide"},
    {"model": 3},
    {"resolution_rate": 2},
    {"add_compliance_watermark": "yes"},
    {"callback": "example.com"},
]
CASES = [
    *((changes, 0) for changes in TAKEN),
    *((changes, 40000) for changes in REFUSED),
    (tts(text=["你好😀"]), 50000),
]


@contextmanager
def opened(base_url: str, keys: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with a token."""
    with httpx.Client(base_url=f"{base_url}/open/v1", timeout=60, verify=False) as client:
        answer = client.post("/access_token", json=keys).json()
        client.headers["access_token"] = answer["data"]["access_token"]
        yield client


@pytest.fixture(params=["sandbox", "second"])
def client(request, sandbox, world):
    """One of the two."""
    if request.param == "sandbox":
        place = sandbox.base_urls["chanjing"], sandbox.keys["chanjing"]
    else:
        place = world.chanjing.base_url, world.chanjing.keys
    with opened(*place) as client:
        yield client


@pytest.fixture
def stored(client: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Upload a file for a service; returns its file_id and full_path once it is ready."""

    def store(path: Any, service: str) -> dict[str, Any]:
        query = {"service": service, "name": path.name}
        place = client.get("/common/create_upload_url", params=query).json()["data"]
        headers = {"Content-Type": place["mime_type"]}
        httpx.put(place["sign_url"], content=path.read_bytes(), headers=headers, verify=False)
        ask = {"id": place["file_id"]}
        look = lambda: client.get("/common/file_detail", params=ask).json()["data"]["status"]  # noqa: E731 -- short
        wait_until(look, lambda status: status == 1)
        return dict(place)

    return store


def posted(client: httpx.Client, path: str, body: Any) -> dict[str, Any]:
    return dict(client.post(f"/{path}", json=body).json())


def ended(client: httpx.Client, path: str, job_id: str, running: tuple[int, ...]) -> dict[str, Any]:
    ask = lambda: client.get(f"/{path}", params={"id": job_id}).json()["data"]  # noqa: E731 -- short
    return dict(wait_until(ask, lambda data: data["status"] not in running))


@pytest.mark.parametrize(("changes", "code"), CASES, ids=lambda value: str(value)[:60])
def test_a_video_is_taken_or_refused(client, changes, code):
    """With the same code. Null is as good as nothing."""
    body = {name: _given(value) for name, value in (VIDEO | changes).items() if value is not None}

    assert posted(client, "create_video", body)["code"] == code


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _given(each) for name, each in value.items() if each is not None}
    return value


def test_a_video_is_told_in_the_same_way(client):
    """While it is made and when it is done: the same fields of the same types, in seconds."""
    text = tts(text=["这句话只在这里说一次。"])  # made anew, so that it takes a while
    video = posted(client, "create_video", VIDEO | text)["data"]
    running = client.get("/video", params={"id": video}).json()["data"]
    done = ended(client, "video", video, (10,))
    listed = posted(client, "video_list", {"page": 1, "page_size": 5})["data"]

    assert (running["status"], done["status"]) == (10, 30)
    assert {name: type(value) for name, value in done.items()} == {
        "id": str,
        "status": int,
        "progress": int,
        "msg": str,
        "video_url": str,
        "create_time": int,
        "subtitle_data_url": str,
        "preview_url": str,
        "duration": float,
    }
    assert running.keys() == done.keys()
    assert 0.2 < done["duration"] < 5
    assert list(listed) == ["List", "PageInfo"]
    assert listed["List"][0]["id"] == video


def test_a_video_is_deleted(client):
    """It is unknown from then on, in its detail and its list."""
    video = posted(client, "create_video", VIDEO)["data"]
    answers = [posted(client, "delete_video", {"id": video})["code"] for _ in range(2)]
    listed = posted(client, "video_list", {"page": 1, "page_size": 50})["data"]["List"]

    assert answers == [0, 40000]
    assert client.get("/video", params={"id": video}).json()["code"] == 40000
    assert video not in [each["id"] for each in listed]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"model_type": "cicada1.0", "language": "en"}, 0),
        ({"model_type": "cicada3.0"}, 0),
        ({"name": ""}, 40000),
        ({"name": None}, 40000),
        ({"url": "me.wav"}, 40000),
        ({"url": None}, 40000),
        ({"model_type": "cicada9"}, 40000),
        ({"language": "zh"}, 40000),
    ],
    ids=str,
)
def test_a_voice_is_taken_or_refused(client, changes, code):
    """With the same code."""
    body = {"name": "我", "url": "https://media.test/me.wav", "model_type": "cicada3.0-turbo"}
    given = {name: value for name, value in (body | changes).items() if value is not None}

    assert posted(client, "create_customised_audio", given)["code"] == code


def padded_wav(path: Path, size: int) -> Path:
    """Write 16 s of silence as a WAV of a size, whose last chunk tells nothing."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16 * 16000))
    sound = path.read_bytes()
    padding = size - len(sound) - 8
    with path.open("r+b") as out:
        out.write(b"RIFF" + struct.pack("<I", size - 8))
        out.seek(len(sound))
        out.write(b"PAD " + struct.pack("<I", padding))
        out.truncate(size)
    return path


@pytest.mark.parametrize(("size", "code"), [(100_000_000, 0), (100_000_002, 40000)])
def test_a_sample_has_at_most_100_mb(client, stored, tmp_path, size, code):
    """With the same code."""
    url = stored(padded_wav(tmp_path / "me.wav", size), "prompt_audio")["full_path"]

    assert posted(client, "create_customised_audio", {"name": "我", "url": url})["code"] == code


def test_a_voice_is_told_in_the_same_way_and_can_be_deleted(client, stored, media):
    """0 or 1, then 2 with a sound; 99 once it is deleted; and then it cannot speak."""
    url = stored(media.sample, "prompt_audio")["full_path"]
    voice = posted(client, "create_customised_audio", {"name": "我", "url": url})["data"]
    speech = {"audio_man": voice, "text": {"text": "你好"}}
    done = ended(client, "customised_audio", voice, (0, 1))
    listed = posted(client, "list_customised_audio", {"page": 1, "page_size": 1})["data"]
    spoken = posted(client, "create_audio_task", speech)["code"]
    codes = [posted(client, "delete_customised_audio", {"id": voice})["code"] for _ in range(2)]
    deleted = client.get("/customised_audio", params={"id": voice}).json()["data"]

    assert set(done) == {"id", "name", "type", "progress", "audio_path", "err_msg", "status"}
    assert (done["status"], done["progress"], done["name"]) == (2, 100, "我")
    assert done["audio_path"].startswith("http")
    assert (listed["list"][0]["id"], listed["page_info"]["page"]) == (voice, 1)
    assert (spoken, codes) == (0, [0, 40000])
    assert deleted["status"] == 99
    assert posted(client, "create_audio_task", speech)["code"] == 40000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"train_type": "figure", "language": "en", "error_skip": True, "resolution_rate": 1}, 0),
        ({"train_type": "voice"}, 0),
        ({"name": ""}, 40000),
        ({"file_id": "nothing"}, 40000),
        ({"file_id": None}, 40000),
        ({"train_type": "face"}, 40000),
        ({"language": "fr"}, 40000),
        ({"error_skip": "yes"}, 40000),
        ({"resolution_rate": 2}, 40000),
        ({"callback": "example.com"}, 40000),
    ],
    ids=str,
)
def test_a_person_is_taken_or_refused(client, stored, media, changes, code):
    """With the same code."""
    body = {"name": "我", "file_id": stored(media.clip, "customised_person")["file_id"]}
    given = {name: value for name, value in (body | changes).items() if value is not None}

    assert posted(client, "create_customised_person", given)["code"] == code


def test_a_person_is_told_in_the_same_way_and_can_be_deleted(client, stored, media):
    """2 with its picture and clip; shown in a video; unknown once it is deleted."""
    file = stored(media.clip, "customised_person")["file_id"]
    body = {"name": "我", "file_id": file, "train_type": "figure"}
    own = posted(client, "create_customised_person", body)["data"]
    done = ended(client, "customised_person", own, (1,))
    shown = {**VIDEO, "person": {"id": own, **BOX}}
    taken = posted(client, "create_video", shown)["code"]
    codes = [posted(client, "delete_customised_person", {"id": own})["code"] for _ in range(2)]

    assert (done["status"], done["err_reason"]) == (2, "")
    assert {"id", "name", "type", "pic_url", "preview_url", "width", "height"} < set(done)
    assert {"audio_man_id", "is_open", "reason", "progress", "create_time"} < set(done)
    assert done["preview_url"].startswith("http")
    assert (taken, codes) == (0, [0, 40000])
    assert client.get("/customised_person", params={"id": own}).json()["code"] == 40000
    assert posted(client, "create_video", shown)["code"] == 40000


def test_the_lists_are_told_in_the_same_way(client):
    """People with figures, tags in groups, fonts; at most 50 people in a page."""
    people = client.get("/list_common_dp", params={"page": 1, "size": 50}).json()["data"]
    found = people["list"][0]
    tags = client.get("/common/tag_list", params={"business_type": 1}).json()["data"]["list"]
    tag = tags[0]["tag_list"][0]
    tagged = {"tag_ids": tag["id"], "sort": "latest"}
    codes = [
        client.get("/list_common_dp", params=query).json()["code"]
        for query in ({"size": 51}, {"sort": "newest"}, {"size": 5, **tagged})
    ]

    assert list(people) == ["list", "page_info"]
    assert {"id", "name", "figures", "audio_man_id", "tag_ids", "tag_names"} < set(found)
    assert {"type", "cover", "width", "height", "preview_video_url"} < set(found["figures"][0])
    assert {"id", "name", "parent_id"} <= set(tag)
    assert {"id", "name"} <= set(client.get("/font_list").json()["data"][0])
    assert codes == [40000, 40000, 0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", path) for path in ("create_video", "video_list", "delete_video")),
        *(("GET", path) for path in ("video", "customised_audio", "customised_person")),
        *(("POST", f"{verb}_customised_audio") for verb in ("create", "list", "delete")),
        *(("POST", f"{verb}_customised_person") for verb in ("create", "list", "delete")),
        *(("GET", path) for path in ("list_common_dp", "common/tag_list", "font_list")),
    ],
)
def test_a_dead_token(client, method, path):
    """10400 for each call."""
    client.headers["access_token"] = "x"
    body = {"json": {}} if method == "POST" else {}

    assert client.request(method, f"/{path}", **body).json()["code"] == 10400
