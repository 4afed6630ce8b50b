"""Chanjing's speech in both implementations: each was written from the facts, and they agree."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import av
import httpx
import pytest
from waiting import wait_until

VOICE = "C-f2429d07554749839849497589199916"
RIGHT = {"audio_man": VOICE, "text": {"text": "你好。再见。"}}
TAKEN = [
    {},
    {"speed": 0.5, "pitch": 0.1},
    {"speed": 2, "pitch": 3},
    {"aigc_watermark": True},
    {"text": {"text": "你好。", "plain_text": "你好。"}},
    {"text": {"text": "你好。", "plain_text": ""}},
    {"text": {"text": "好" * 3999}},
]
REFUSED = [
    {"audio_man": "nobody"},
    {"audio_man": 5},
    {"audio_man": [VOICE]},
    {"audio_man": ""},
    {"text": "你好"},
    {"text": ["你好"]},
    {"text": {}},
    {"text": {"text": " "}},
    {"text": {"text": 5}},
    {"text": {"text": "好" * 4000}},
    {"text": {"text": "好", "plain_text": 5}},
    {"speed": 0.49},
    {"speed": 2.01},
    {"speed": "1"},
    {"pitch": 0.09},
    {"pitch": 3.01},
    {"pitch": True},
    {"aigc_watermark": 1},
    {"callback": "example.com"},
    {"callback": 5},
]
CASES = [
    *((changes, 0) for changes in TAKEN),
    *((changes, 40000) for changes in REFUSED),
    ({"text": {"text": "你好😀"}}, 50000),
]


@contextmanager
def opened(base_url: str, keys: dict[str, str]) -> Iterator[httpx.Client]:
    """A client with a token."""
    with httpx.Client(base_url=base_url, timeout=60, verify=False) as client:
        answer = client.post("/open/v1/access_token", json=keys).json()
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


def create(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    return dict(client.post("/open/v1/create_audio_task", json=RIGHT | changes).json())


def state(client: httpx.Client, task_id: str) -> dict[str, Any]:
    return dict(client.post("/open/v1/audio_task_state", json={"task_id": task_id}).json())


def ended(client: httpx.Client, task_id: str) -> dict[str, Any]:
    ask = lambda: state(client, task_id)["data"]  # noqa: E731 -- short
    return dict(wait_until(ask, lambda data: data["status"] == 9))


@pytest.mark.parametrize(("changes", "code"), CASES, ids=lambda value: str(value)[:50])
def test_a_task_is_taken_or_refused(client, changes, code):
    """With the same code."""
    assert create(client, **changes)["code"] == code


@pytest.mark.parametrize("missing", ["audio_man", "text"])
def test_what_is_required(client, missing):
    """The voice and the text."""
    body = {name: value for name, value in RIGHT.items() if name != missing}

    assert client.post("/open/v1/create_audio_task", json=body).json()["code"] == 40000


def test_a_task_is_told_in_the_same_way(client):
    """While it runs and when it has ended: the same fields of the same types."""
    task_id = create(client)["data"]["task_id"]
    running, done = state(client, task_id)["data"], ended(client, task_id)

    assert {name: type(value) for name, value in done.items()} == {
        "id": str,
        "type": str,
        "status": int,
        "text": list,
        "full": dict,
        "slice": type(None),
        "errMsg": str,
        "errReason": str,
        "subtitles": list,
    }
    assert running.keys() == done.keys()
    assert list(done["full"]) == ["url", "path", "duration"]
    assert done["errMsg"] == ""
    for row in done["subtitles"]:
        assert list(row) == ["key", "start_time", "end_time", "subtitle"]
    for one, other in pairwise(done["subtitles"]):
        assert one["end_time"] == other["start_time"]
    assert done["subtitles"][-1]["end_time"] == done["full"]["duration"]


def test_the_audio_is_as_long_as_is_told(client):
    """It is a WAV that decodes."""
    full = ended(client, create(client)["data"]["task_id"])["full"]
    fetched = httpx.get(full["url"], verify=False)
    with av.open(io.BytesIO(fetched.content)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        rate = container.streams.audio[0].rate

    assert fetched.headers["content-type"].startswith("audio/")
    assert samples / rate == pytest.approx(full["duration"], abs=0.01)


@pytest.mark.parametrize("body", [{}, {"task_id": "nothing"}, {"task_id": 0}, []])
def test_an_unknown_task(client, body):
    """40000."""
    assert client.post("/open/v1/audio_task_state", json=body).json()["code"] == 40000


def test_a_failure_is_told_in_the_same_way(sandbox, world, client):
    """Status 9, with errMsg and without a URL."""
    sandbox.faults("chanjing", "failed")
    world.chanjing.fails = True
    data = ended(client, create(client)["data"]["task_id"])

    assert data["errMsg"] != ""
    assert (data["full"]["url"], data["subtitles"]) == ("", [])


@pytest.mark.parametrize("call", ["create_audio_task", "audio_task_state"])
def test_a_dead_token(client, call):
    """10400."""
    client.headers["access_token"] = "x"

    assert client.post(f"/open/v1/{call}", json={}).json()["code"] == 10400


def test_the_second_one_takes_liberties(world):
    """A status that no page lists, null, an MP3, another id, no errMsg: what clients must bear."""
    world.take_liberties()
    with opened(world.chanjing.base_url, world.chanjing.keys) as client:
        task_id = create(client)["data"]["task_id"]
        told = [state(client, task_id)["data"] for _ in range(4)]
        url = told[3]["full"]["url"]
    fetched = httpx.get(url, follow_redirects=True, verify=False)

    assert [data["status"] for data in told] == [10, 1, 1, 9]
    assert told[0]["full"] is None
    assert told[3]["id"] != task_id
    assert "errMsg" not in told[3]
    with av.open(io.BytesIO(fetched.content)) as container:
        assert container.streams.audio[0].codec_context.name.startswith("mp3")
