"""lipsync.studio as its page says."""

import json
from typing import Any

import httpx
import pytest
from waiting import wait_until

from lipsync_nb.sandbox import Sandbox

FIELDS = ["id", "model", "status", "output", "error", "executionTime", "timings"]
ENDED = ("completed", "failed")


def ended(studio: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """A job once it has ended."""
    assert answer.status_code == 200, answer.text
    path = f"/jobs/{answer.json()['id']}"
    return dict(wait_until(lambda: studio.get(path).json(), lambda job: job["status"] in ENDED))


def spent(sandbox: Sandbox) -> float:
    return 20_000 - float(sandbox.stats("lipsync_studio")["credits"])


def test_a_picture_speaks(sandbox, studio, media, host, *, bare):
    """The page's second example: submit, poll, complete; at least 5 s are billed."""
    sandbox.configure("lipsync_studio", credits=20_000)
    form = {"image": host(media.picture), "audio": host(media.speech), "seed": 42}

    answer = studio.post("/lipsync-image", json={"formState": form})
    job = ended(studio, answer)

    assert answer.json() == {"id": job["id"], "status": "processing"}
    assert list(job) == FIELDS
    assert (job["model"], job["error"], job["timings"]) == ("lipsync-image", "", None)
    assert isinstance(job["executionTime"], int)
    assert bare.get(job["output"]).content[4:8] == b"ftyp"
    assert spent(sandbox) == 5 * 2


def test_a_running_job_is_called_lipsync(sandbox, studio, media, host):
    """While it runs, the model reads "lipsync" and there is no output."""
    sandbox.faults("lipsync_studio", "stuck")
    form = {"image": host(media.picture), "audio": host(media.speech)}
    job_id = studio.post("/lipsync-image", json={"formState": form}).json()["id"]

    assert studio.get(f"/jobs/{job_id}").json() == {
        "id": job_id,
        "model": "lipsync",
        "status": "processing",
        "output": None,
        "error": "",
        "executionTime": None,
        "timings": None,
    }


def test_a_video_gets_another_sound(sandbox, studio, media, host):
    """lipsync-video at 720p costs twice as much as at 480p."""
    sandbox.configure("lipsync_studio", credits=20_000)
    form = {"video": host(media.video), "audio": host(media.mp3), "prompt": "calm"}

    job = ended(
        studio,
        studio.post("/lipsync-video", json={"formState": form | {"resolution": "720p"}}),
    )

    assert (job["status"], job["model"]) == ("completed", "lipsync-video")
    assert spent(sandbox) == 5 * 4


@pytest.mark.parametrize(("order", "billed_s"), [("meanwhile", 21), ("left_right", 41)])
def test_two_speak(sandbox, studio, media, host, *, order, billed_s):
    """lipsync-image-multi bills the longer of two sounds of 20.5 s at once, their sum in turn."""
    before = sandbox.stats("lipsync_studio")["charged"]
    sound = host(media.long_speech)
    form = {"image": host(media.picture), "left_audio": sound, "right_audio": sound}
    sandbox.faults("lipsync_studio", "failed", reason="only its bill matters here")

    answer = studio.post("/lipsync-image-multi", json={"formState": {**form, "order": order}})
    job = ended(studio, answer)

    assert job["model"] == "lipsync-image-multi"
    assert sandbox.stats("lipsync_studio")["charged"] - before == billed_s * 2


def test_two_are_seen_to_speak(studio, media, host, bare):
    """lipsync-image-multi gives a video."""
    form = {"image": host(media.picture), "left_audio": host(media.speech)}
    form["right_audio"] = form["left_audio"]

    job = ended(studio, studio.post("/lipsync-image-multi", json={"formState": form}))

    assert bare.get(job["output"]).content[4:8] == b"ftyp"


IMAGE = {"image": "http://127.0.0.1:9/a.jpg", "audio": "http://127.0.0.1:9/a.mp3"}
MULTI = {"image": IMAGE["image"], "left_audio": IMAGE["audio"], "right_audio": IMAGE["audio"]}
VIDEO = {"video": "http://127.0.0.1:9/a.mp4", "audio": IMAGE["audio"]}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("lipsync-image", {}),
        ("lipsync-image", IMAGE),
        ("lipsync-image", {"formState": None}),
        ("lipsync-image", {"formState": VIDEO}),
        ("lipsync-image", {"formState": IMAGE | {"resolution": "1080p"}}),
        ("lipsync-image", {"formState": IMAGE | {"seed": "42"}}),
        ("lipsync-image", {"formState": IMAGE | {"seed": 4.2}}),
        ("lipsync-image", {"formState": IMAGE | {"prompt": 7}}),
        ("lipsync-image", {"formState": IMAGE | {"image": "face.jpg"}}),
        ("lipsync-image", {"formState": IMAGE, "webhook": "http://example.com/hook"}),
        ("lipsync-image", {"formState": IMAGE, "webhook": "hook"}),
        ("lipsync-video", {"formState": IMAGE}),
        ("lipsync-video", {"formState": VIDEO | {"mask_image": 1}}),
        ("lipsync-image-multi", {"formState": MULTI | {"order": "both"}}),
        ("lipsync-image-multi", {"formState": {**MULTI, "left_audio": ""}}),
    ],
)
def test_wrong_bodies_are_400(sandbox, studio, model, body):
    """Required fields, choices, types, an https webhook; nothing of it is paid."""
    before = sandbox.stats("lipsync_studio")["paid"]

    answer = studio.post(f"/{model}", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.stats("lipsync_studio")["paid"] == before


def test_an_https_webhook_is_taken(studio):
    """The webhook of the page's example is fine."""
    body = {"formState": IMAGE, "webhook": "https://your-app.example.invalid/webhooks/lipsync"}

    assert studio.post("/lipsync-image", json=body).status_code == 200


def test_the_webhook_tells_what_the_poll_tells(studio, media, host, listener):
    """When the job has ended, the same fields are posted to the webhook (http on loopback)."""
    form = {"image": host(media.picture), "audio": host(media.speech)}
    job_id = studio.post(
        "/lipsync-image", json={"formState": form, "webhook": listener.url}
    ).json()["id"]

    posted = json.loads(listener.wait()[0])

    assert list(posted) == FIELDS
    assert (posted["id"], posted["status"]) == (job_id, "completed")
    assert (
        posted["output"].split("?")[0]
        == studio.get(f"/jobs/{job_id}").json()["output"].split("?")[0]
    )
    assert "authorization" not in listener.headers[0]


def test_failures_have_a_reason_and_cost_nothing(sandbox, studio, media, host):
    """A wrong medium, a missing one and a picture of nobody: failed, with the page's fields."""
    sandbox.configure("lipsync_studio", credits=20_000)
    good = {"image": host(media.picture), "audio": host(media.speech)}
    changes = [
        {"audio": host(media.broken)},
        {"image": host(media.video)},
        {"image": host(media.nobody)},
        {"audio": "http://127.0.0.1:9/a.mp3"},
    ]

    jobs = [
        ended(studio, studio.post("/lipsync-image", json={"formState": good | change}))
        for change in changes
    ]

    assert all(job["status"] == "failed" and job["output"] is None for job in jobs)
    assert all(job["executionTime"] is None for job in jobs)
    errors = [job["error"] for job in jobs]
    assert errors[:3] == ["Invalid audio format", "Invalid image format", "No face detected"]
    assert errors[3].startswith("Failed to download http://127.0.0.1:9/a.mp3")
    assert spent(sandbox) == 0


def test_no_credits_are_402(sandbox, studio):
    """Without credits for the least that is billed, nothing is begun."""
    sandbox.configure("lipsync_studio", credits=9)

    answer = studio.post("/lipsync-image", json={"formState": IMAGE})

    assert (answer.status_code, answer.json()) == (402, {"error": "Insufficient API credits"})


@pytest.mark.parametrize("authorization", ["", "sk_x_y", "Bearer sk_x_y"])
def test_a_wrong_key_is_401(studio, authorization):
    """Authorization: Bearer sk_XXXX_YYYY, and nothing else."""
    answer = studio.get("/jobs/x", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_an_unknown_job_is_404(studio):
    """A job that does not exist is reported as such."""
    answer = studio.get("/jobs/550e8400-e29b-41d4-a716-446655440000")

    assert (answer.status_code, answer.json()) == (404, {"error": "Job not found"})
