"""云AI as its page says."""

from typing import Any

import httpx
import pytest
from waiting import wait_until


def ended(yunai: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """A task's data once it has ended."""
    assert answer.status_code == 200, answer.text
    path = f"/avatar/task/{answer.json()['data']['id']}"
    done = wait_until(
        lambda: yunai.get(path).json()["data"],
        lambda data: data["web_work_status"] == 200 or data["web_work_status"] < 0,
    )
    return dict(done)


def generate(yunai: httpx.Client, **body: Any) -> httpx.Response:
    return yunai.post("/avatar/generation", json=body)


def test_the_first_form_of_the_page(yunai, media, host, bare):
    """A picture and a sound, without watermark, become a video."""
    answer = generate(
        yunai, audio_url=host(media.speech), avatar_url=host(media.picture), no_watermark=True
    )

    data = ended(yunai, answer)

    assert answer.json() == {"code": 200, "data": {"id": data["id"]}}
    assert data["web_work_status"] == 200
    assert data["no_wm_work_video_path"] == data["work_video_path"]
    assert data["wm_work_video_path"] is None
    assert data["create_time"] > 1_600_000_000_000
    assert bare.get(data["work_video_path"]).content[4:8] == b"ftyp"
    assert bare.get(data["work_webp_path"]).headers["content-type"].startswith("image/")


def test_a_watermark_is_the_default(yunai, media, host):
    """Without no_watermark there is no video without one; a video may be the avatar."""
    answer = generate(yunai, audio_url=host(media.speech), avatar_url=host(media.video))

    data = ended(yunai, answer)

    assert data["wm_work_video_path"] == data["work_video_path"]
    assert data["no_wm_work_video_path"] is None


def test_a_voice_is_cloned_from_twenty_seconds(yunai, media, host):
    """create_voice speaks the text; a sample under 20 s fails with a reason."""
    voice = {"language": "en", "text": "Hello, world!"}
    avatar = host(media.picture)

    long, short = (
        ended(
            yunai,
            generate(yunai, create_voice={"audio_url": host(path), **voice}, avatar_url=avatar),
        )
        for path in (media.long_speech, media.speech)
    )

    assert long["web_work_status"] == 200
    assert short["web_work_status"] < 0
    assert "20秒" in short["fail_reason"]


def test_a_voice_is_used_again(yunai, media, host):
    """use_voice speaks the text with a voice made before."""
    use = {"voice_engine_id": "nina", "audio_id": "b92d7e1c40d0447eb563a13ec92d9042"}
    answer = generate(
        yunai,
        use_voice={**use, "language": "zh", "text": "你好"},
        avatar_url=host(media.picture),
    )

    assert ended(yunai, answer)["web_work_status"] == 200


SOUND = {"audio_url": "http://127.0.0.1:9/a.mp3"}
FACE = {"avatar_url": "http://127.0.0.1:9/a.jpg"}
CLONE = {"audio_url": "http://127.0.0.1:9/a.mp3", "language": "en", "text": "Hello"}
USE = {"voice_engine_id": "nina", "audio_id": "x", "language": "en", "text": "Hello"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        FACE,
        SOUND,
        FACE | {"audio_url": "a.mp3"},
        FACE | {"audio_url": 5},
        SOUND | {"avatar_url": "file:///etc/passwd"},
        FACE | SOUND | {"no_watermark": "true"},
        FACE | SOUND | {"create_voice": CLONE},
        FACE | {"create_voice": CLONE, "use_voice": USE},
        FACE | {"create_voice": {**CLONE, "language": "fr"}},
        FACE | {"create_voice": {**CLONE, "text": " "}},
        FACE | {"use_voice": {**USE, "audio_id": None}},
        FACE | {"use_voice": "nina"},
        [],
    ],
)
def test_wrong_bodies_are_400(sandbox, yunai, body):
    """Exactly one sound, URLs that are URLs, types as in the table; nothing of it is paid."""
    before = sandbox.stats("yunai")["paid"]

    answer = yunai.post("/avatar/generation", json=body)

    assert answer.status_code == 400
    assert answer.json()["code"] == 400
    assert sandbox.stats("yunai")["paid"] == before


def test_a_body_that_is_no_json_is_400(yunai):
    """A broken body is reported as such."""
    assert yunai.post("/avatar/generation", content=b"{").status_code == 400


@pytest.mark.parametrize("authorization", ["", "sk-x", "Bearer sk-wrong"])
def test_a_wrong_key_is_401(yunai, authorization):
    """Authorization: Bearer sk-…, and nothing else."""
    answer = yunai.get("/avatar/task/x", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def test_an_unknown_task_is_404(yunai):
    """A task that does not exist is reported as such."""
    assert yunai.get("/avatar/task/x").json()["code"] == 404


def test_more_than_100_mb_fails(yunai, media, host, listener):
    """限制100m大小: a bigger file is refused at its Content-Length."""
    listener.served = (200, {"Content-Length": "100000001"}, b"")
    answer = generate(yunai, audio_url=host(media.speech), avatar_url=listener.url)

    data = ended(yunai, answer)

    assert data["web_work_status"] == -1
    assert "100M" in data["fail_reason"]


def test_a_file_that_cannot_be_fetched_fails(yunai, media, host, listener):
    """An unreachable or missing file fails the task, with a reason; no key is sent for it."""
    listener.served = (404, {}, b"")
    urls = ["http://127.0.0.1:9/a.jpg", listener.url]

    ends = [
        ended(yunai, generate(yunai, audio_url=host(media.speech), avatar_url=url)) for url in urls
    ]

    assert [end["web_work_status"] for end in ends] == [-1, -1]
    assert all(url in end["fail_reason"] for url, end in zip(urls, ends, strict=True))


def test_a_file_that_is_no_medium_fails(yunai, media, host):
    """What is neither picture nor video, and a picture of nobody, fail with a reason."""
    broken, nobody = (
        ended(yunai, generate(yunai, audio_url=host(media.speech), avatar_url=host(path)))
        for path in (media.broken, media.nobody)
    )

    assert "格式" in broken["fail_reason"]
    assert "人脸" in nobody["fail_reason"]
