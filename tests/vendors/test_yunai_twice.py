"""Yunai in both implementations: each was written from the facts, and they agree."""

from collections.abc import Iterator

import httpx
import pytest
from vendors.cases import STOCK_MODEL
from waiting import wait_until


@pytest.fixture(params=["sandbox", "second"])
def place(request, sandbox, world) -> Iterator[tuple[httpx.Client, str]]:
    """A client of one of the two, and its media host."""
    if request.param == "sandbox":
        at, keys, host = sandbox.base_urls["yunai"], sandbox.keys["yunai"], sandbox.media_url
    else:
        at, keys, host = world.yunai.base_url, world.yunai.keys, world.hosts.media.url
    headers = {"Authorization": f"Bearer {keys['api_key']}"}
    with httpx.Client(base_url=at, headers=headers, timeout=60, verify=False) as client:
        yield client, host


@pytest.fixture
def yunai(place):
    return place[0]


@pytest.fixture
def publish(place):
    """Put a file on the media host; gives its URL."""
    _, host = place

    def put(path) -> str:
        with httpx.Client(verify=False) as bare:
            answer = bare.put(f"{host}/{path.name}", content=path.read_bytes())
        return str(answer.json()["url"])

    return put


def act(yunai, name, **fields):
    form = {"act": name, **fields}
    return yunai.post("/agent_api.php", files={k: (None, v) for k, v in form.items()})


RIGHT = {
    "create_v2": {"audio_url": "speech", "video_url": "clip"},
    "create_model_fast": {"model_name": "小林", "video_url": "long_clip"},
    "create_video_fast": {"model_id": STOCK_MODEL, "audio_url": "speech"},
    "create_model": {"model_name": "小林"},
    "create_model_audio": {"model_id": STOCK_MODEL, "model_audio_url": "long_sample"},
    "create_audio": {"task_text": "你好", "people_id": STOCK_MODEL},
}
QUERIES = {
    "create_v2": "chk_v2",
    "create_model_fast": "chk_model_fast",
    "create_video_fast": "chk_video_fast",
    "create_model_audio": "chk_model_audio",
    "create_audio": "chk_audio",
}


@pytest.fixture
def form(publish, media):
    """The right form of an act, with media that are there."""

    def filled(name):
        return {
            key: publish(getattr(media, value)) if key.endswith("_url") else value
            for key, value in RIGHT[name].items()
        }

    return filled


@pytest.mark.parametrize("line", [{}, {"line_type": "0"}, {"line_type": "1"}])
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_form_is_taken(yunai, form, name, line):
    """With code 1 as a text, and an id in the same place."""
    answer = act(yunai, name, **form(name), **line)
    body = answer.json()

    assert (answer.status_code, body["code"]) == (200, "1")
    model = {"model_name", "model_id", "model_status"}
    wanted = {
        "create_model_fast": model,
        "create_model": model | {"model_type"},
    }.get(name)
    found = body["data"]["model"].keys() if wanted else body["data"].keys()
    assert found == (wanted or {"task_id"})


@pytest.mark.parametrize(
    ("name", "missing"), [(name, field) for name, fields in RIGHT.items() for field in fields]
)
def test_what_is_required(yunai, form, name, missing):
    """A form without it has code 0."""
    fields = {key: value for key, value in form(name).items() if key != missing}

    assert act(yunai, name, **fields).json()["code"] == "0"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {"line_type": "2"}) for name in RIGHT),
        ("create_v2", {"video_url": "clip.mp4"}),
        ("create_video_fast", {"model_id": "nobody"}),
        ("create_model_audio", {"model_id": "nobody"}),
        ("create_audio", {"people_id": "nobody"}),
    ],
)
def test_what_is_refused(yunai, form, name, changes):
    """With code 0 and HTTP 200."""
    answer = act(yunai, name, **(form(name) | changes))

    assert (answer.status_code, answer.json()["code"]) == (200, "0")


@pytest.mark.parametrize("name", QUERIES)
def test_a_task_is_told_in_the_same_way(yunai, form, name):
    """On the line of its creation: texts only, and in the end the same fields."""
    by = "model_id" if name == "create_model_fast" else "task_id"
    data = act(yunai, name, **form(name), line_type="1").json()["data"]
    ask = {by: data.get("task_id") or data["model"]["model_id"], "line_type": "1"}
    done = wait_until(
        lambda: act(yunai, QUERIES[name], **ask).json(),
        lambda body: body["data"]["zstatus"] in {"3", "-1", "4"},
    )
    wanted = {
        "create_model_fast": {"zstatus", "model_pic", "model_id"},
        "create_model_audio": {"zstatus", "model_id"},
        "create_audio": {"zstatus", "audio_url"},
    }

    assert (done["code"], done["data"]["zstatus"]) == ("1", "3")
    video = {"zstatus", "video_url", "video_pic", "video_time"}
    assert done["data"].keys() == wanted.get(name, video)
    assert {type(value) for value in done["data"].values()} == {str}
    other = act(yunai, QUERIES[name], **ask | {"line_type": "0"}).json()
    assert (other["code"], other["data"]) == ("0", [])


@pytest.mark.parametrize("name", ["", "create_v3"])
def test_an_unknown_act_is_code_0(yunai, name):
    """Whatever else the form has."""
    answer = act(yunai, name, task_id="1")

    assert (answer.status_code, answer.json()["code"]) == (200, "0")


TEXT = {"text": "你好"}
SPEECHES = [
    (TEXT, 200),
    (TEXT | {"chunk_length": 100, "temperature": 0.1, "top_p": 0.1}, 200),
    (TEXT | {"chunk_length": 300, "temperature": 2, "top_p": 1}, 200),
    (TEXT | {"format": "wav", "mp3_bitrate": 192, "normalize": False, "latency": "balanced"}, 200),
    ({}, 422),
    ({"text": ""}, 422),
    (TEXT | {"chunk_length": 99}, 422),
    (TEXT | {"chunk_length": 301}, 422),
    (TEXT | {"format": "flac"}, 422),
    (TEXT | {"mp3_bitrate": 100}, 422),
    (TEXT | {"normalize": 1}, 422),
    (TEXT | {"latency": "fast"}, 422),
    (TEXT | {"temperature": 0}, 422),
    (TEXT | {"top_p": 1.1}, 422),
]


@pytest.mark.parametrize(("body", "status"), SPEECHES)
def test_a_speech_is_taken_or_refused(yunai, body, status):
    """With the same HTTP status."""
    assert yunai.post("/v1/tts", json=body).status_code == status


SAID = [{"role": "user", "content": "你好"}]
COMPLETIONS = [
    ({"messages": SAID, "stream": False}, 200),
    ({"messages": SAID, "stream": False, "model": "m", "temperature": 1}, 200),
    ({"messages": [{"role": "system", "content": "短"}, *SAID], "stream": False}, 200),
    ({"messages": [], "stream": False}, 400),
    ({"stream": False}, 400),
    ({"messages": SAID, "stream": True}, 400),
    ({"messages": SAID, "stream": False, "temperature": 1.1}, 400),
]


@pytest.mark.parametrize(("body", "status"), COMPLETIONS)
def test_a_text_is_taken_or_refused(yunai, body, status):
    """With the same HTTP status; an error is an object of its own."""
    answer = yunai.post("/chat/completions", json=body)

    assert answer.status_code == status
    assert ("error" in answer.json()) == (status != 200)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"custom_floating_text": ["{快}来"]}, 200),
        ({"text_content": ""}, 400),
        ({"video_url": "a.mp4"}, 400),
        ({"custom_floating_text": [5]}, 400),
    ],
)
def test_a_remix_is_taken_or_refused(yunai, publish, media, changes, status):
    """With the same HTTP status, and without an envelope."""
    body = {"video_url": publish(media.clip), "text_content": "你好", **changes}
    answer = yunai.post("/generate_video", json=body)

    assert answer.status_code == status
    assert answer.json().keys() == ({"task_id"} if status == 200 else {"error"})


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 201),
        ({"visibility": "public", "description": "x", "enhance_audio_quality": "true"}, 201),
        ({"type": "svc"}, 422),
        ({"title": None}, 422),
        ({"train_mode": None}, 422),
        ({"visibility": "all"}, 422),
        ({"voices": None}, 422),
    ],
)
def test_a_voice_is_taken_or_refused(yunai, media, changes, status):
    """With the same HTTP status."""
    form = {"type": "tts", "title": "x", "train_mode": "fast", "visibility": "private", **changes}
    parts = {key: (None, value) for key, value in form.items() if value is not None}
    if "voices" not in changes:
        parts["voices"] = ("a.wav", media.speech.read_bytes())
    answer = yunai.post("/model", files=parts)

    assert answer.status_code == status, answer.text
    assert ("_id" in answer.json()) == (status == 201)


@pytest.mark.parametrize(
    "path", ["/agent_api.php", "/model", "/v1/tts", "/chat/completions", "/generate_video"]
)
def test_a_wrong_key_is_401(yunai, path):
    """At every path."""
    answer = yunai.post(path, headers={"Authorization": "Bearer sk-wrong"})

    assert answer.status_code == 401
