"""灵动数智人 as its page says."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from waiting import wait_until

ENDED = ("completed", "failed")


def submit(lingdong: httpx.Client, source: Path, audio: Path, **data: str) -> httpx.Response:
    files = {"source": source.open("rb"), "audio": audio.open("rb")}
    try:
        return lingdong.post("/generate", files=files, data={"type": "image", **data})
    finally:
        for file in files.values():
            file.close()


def ended(lingdong: httpx.Client, task_id: str) -> dict[str, Any]:
    answer = wait_until(
        lambda: lingdong.get(f"/task/{task_id}").json(), lambda a: a["status"] in ENDED
    )
    return dict(answer)


def test_submit_answers_as_printed(lingdong, media):
    """The answer has the page's fields, and costs 10 credits a second."""
    answer = submit(lingdong, media.picture, media.speech)

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["success", "task_id", "duration", "credits_used", "status", "message"]
    assert (body["success"], body["status"], body["message"]) == (True, "pending", "任务已提交")
    assert body["credits_used"] == round(body["duration"] * 10)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["task_id"])


def test_a_task_completes_and_downloads(lingdong, media):
    """A picture becomes a video, downloaded from the origin's root with the key."""
    task_id = submit(lingdong, media.picture, media.mp3).json()["task_id"]

    task = ended(lingdong, task_id)
    origin = str(lingdong.base_url).removesuffix("/api/v1/")
    video = lingdong.get(origin + task["download_url"])

    assert task["status"] == "completed"
    assert task["task_id"] == task_id
    assert task["type"] == "image"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", task["completed_at"])
    assert task["download_url"] == f"/api/v1/download/{task_id[:18]}"
    assert video.headers["content-type"] == "video/mp4"
    assert video.content[4:8] == b"ftyp"


def test_the_same_again_is_rendered_once(sandbox, lingdong, media):
    """Two tasks of the same files are two tasks, both paid, of one rendering."""
    ended(lingdong, submit(lingdong, media.picture, media.speech).json()["task_id"])
    before = sandbox.stats()

    again = submit(lingdong, media.picture, media.speech).json()["task_id"]
    task = ended(lingdong, again)
    after = sandbox.stats()

    assert task["status"] == "completed"
    assert after["lingdong"]["paid"] == before["lingdong"]["paid"] + 1
    assert after["sandbox"]["renders"] == before["sandbox"]["renders"]


def test_a_video_is_a_source_too(lingdong, media):
    """type=video takes a video."""
    task_id = submit(lingdong, media.video, media.speech, type="video").json()["task_id"]

    assert ended(lingdong, task_id)["status"] == "completed"


def test_a_download_needs_the_key(sandbox, lingdong, media, bare):
    """Without X-API-Key a download is 401."""
    task_id = submit(lingdong, media.picture, media.speech).json()["task_id"]
    ended(lingdong, task_id)

    assert bare.get(f"{sandbox.base_urls['lingdong']}/download/{task_id}").status_code == 401


def test_a_download_before_the_end_is_not_there(sandbox, lingdong, media):
    """Downloading an unfinished task is 404."""
    sandbox.faults("lingdong", "stuck")
    task_id = submit(lingdong, media.picture, media.speech).json()["task_id"]

    assert lingdong.get(f"/download/{task_id}").status_code == 404


@pytest.mark.parametrize("key", ["", "ld_wrong"])
def test_a_wrong_key_is_401(lingdong, key):
    """401 未授权."""
    answer = lingdong.get("/task/x", headers={"X-API-Key": key})

    assert answer.status_code == 401
    assert answer.json() == {"success": False, "message": "API Key无效"}


def test_a_big_upload_with_a_wrong_key_is_401(lingdong):
    """The refusal is heard, however much is being sent."""
    files = {"source": bytes(30_000_000), "audio": b"x"}

    answer = lingdong.post("/generate", files=files, headers={"X-API-Key": "ld_wrong"})

    assert answer.status_code == 401


def test_an_unknown_task_is_404(lingdong):
    """404 资源不存在, with the page's own abbreviated id."""
    assert lingdong.get("/task/a1b2c3d4-e5f6-7890").status_code == 404


def test_missing_and_wrong_fields_are_400(sandbox, lingdong, media):
    """400 请求参数错误; nothing of it is paid."""
    before = sandbox.stats("lingdong")["paid"]
    audio = {"audio": media.speech.read_bytes()}
    both = {**audio, "source": media.picture.read_bytes()}
    bad = [
        lingdong.post("/generate", json={"type": "image"}),
        lingdong.post("/generate", files=audio, data={"type": "image"}),
        lingdong.post("/generate", files=both),
        lingdong.post("/generate", files=both, data={"type": "gif"}),
        lingdong.post("/generate", files=both, data={"type": "video"}),
        lingdong.post("/generate", files=both, data={"type": "image", "callback_url": "ftp://x"}),
        lingdong.post("/generate", files=audio, data={"type": "image", "source": "x"}),
        submit(lingdong, media.picture, media.broken),
        submit(lingdong, media.broken, media.speech),
    ]

    assert [answer.status_code for answer in bad] == [400] * len(bad)
    assert all(answer.json()["message"].startswith("请求参数错误") for answer in bad)
    assert sandbox.stats("lingdong")["paid"] == before


def test_no_credits_are_403(sandbox, lingdong, media):
    """403 积分不足, and nothing is taken."""
    sandbox.configure("lingdong", credits=3)

    answer = submit(lingdong, media.picture, media.speech)

    assert answer.status_code == 403
    assert answer.json()["message"] == "积分不足"
    assert sandbox.stats("lingdong")["credits"] == 3


def test_no_face_fails_with_a_reason_and_a_refund(sandbox, lingdong, media):
    """A picture without a face is a failed task with its reason, and not billed."""
    before = sandbox.stats("lingdong")["credits"]
    task_id = submit(lingdong, media.nobody, media.speech).json()["task_id"]

    task = ended(lingdong, task_id)

    assert task["status"] == "failed"
    assert "人脸" in task["message"]
    assert task["download_url"] is None
    assert sandbox.stats("lingdong")["credits"] == before


def test_the_callback_is_the_pages(lingdong, media, listener):
    """The callback has the page's three fields, and comes again until it is answered 200."""
    listener.answers = [500]
    submitted = submit(lingdong, media.picture, media.speech, callback_url=listener.url).json()

    first, second = listener.wait(2)

    assert first == second
    assert httpx.Response(200, content=first).json() == {
        "task_id": submitted["task_id"],
        "status": "completed",
        "download_url": f"/api/v1/download/{submitted['task_id'][:18]}",
    }
    assert "x-api-key" not in listener.headers[0]
