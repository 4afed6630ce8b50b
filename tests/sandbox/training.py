"""Chanjing's avatar videos, voices and people of one's own, as a plain HTTP client uses them."""

import io
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import numpy.typing as npt
from sandbox.uploading import ready_file, upload_url
from waiting import wait_until

PERSON = "1421df93d7754ee19dcaa18e85b68f39"
VOICE = "C-f2429d07554749839849497589199916"
SCREEN = {"screen_width": 180, "screen_height": 320}
BOX = {"x": 0, "y": 0, "width": 180, "height": 320}
RUNNING = (0, 1, 10)


def body(**changes: Any) -> dict[str, Any]:
    """A request for a small video of a public person who says something."""
    usual = {
        "person": {"id": PERSON, "figure_type": "sit_body", **BOX},
        "audio": {"type": "tts", "tts": {"text": ["你好。"], "audio_man": VOICE}},
        **SCREEN,
    }
    return usual | changes


def post(chanjing: httpx.Client, path: str, sent: Any) -> dict[str, Any]:
    return dict(chanjing.post(f"/open/v1/{path}", json=sent).json())


def told(chanjing: httpx.Client, path: str, job_id: str) -> dict[str, Any]:
    return dict(chanjing.get(f"/open/v1/{path}", params={"id": job_id}).json())


def ended(chanjing: httpx.Client, path: str, job_id: str) -> dict[str, Any]:
    """A job's data once it has ended."""
    ask = lambda: told(chanjing, path, job_id)["data"]  # noqa: E731 -- short
    return dict(wait_until(ask, lambda data: data["status"] not in RUNNING))


def video(chanjing: httpx.Client, **changes: Any) -> dict[str, Any]:
    """The data of a video that was made."""
    answer = post(chanjing, "create_video", body(**changes))
    assert answer["code"] == 0, answer
    data = ended(chanjing, "video", answer["data"])
    assert data["status"] == 30, data
    return data


def frames(bare: httpx.Client, url: str) -> list[npt.NDArray[np.uint8]]:
    """The frames of a video, RGB."""
    with av.open(io.BytesIO(bare.get(url).content)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def trained(
    chanjing: httpx.Client, bare: httpx.Client, clip: Path, **changes: Any
) -> dict[str, Any]:
    """The data of a person once the training has ended."""
    file_id = ready_file(chanjing, bare, clip, "customised_person")
    sent = {"name": "我", "file_id": file_id, "train_type": "figure"} | changes
    answer = post(chanjing, "create_customised_person", sent)
    assert answer["code"] == 0, answer
    return ended(chanjing, "customised_person", answer["data"])


def cloned(
    chanjing: httpx.Client, bare: httpx.Client, sample: Path, **changes: Any
) -> dict[str, Any]:
    """The data of a voice once the training has ended."""
    place = upload_url(chanjing, sample.name, "prompt_audio")["data"]
    headers = {"Content-Type": place["mime_type"]}
    bare.put(place["sign_url"], content=sample.read_bytes(), headers=headers)
    look = {"id": place["file_id"]}
    ask = lambda: chanjing.get("/open/v1/common/file_detail", params=look).json()["data"]  # noqa: E731 -- short
    wait_until(ask, lambda data: data["status"] == 1)
    answer = post(
        chanjing, "create_customised_audio", {"name": "我", "url": place["full_path"]} | changes
    )
    assert answer["code"] == 0, answer
    return ended(chanjing, "customised_audio", answer["data"])
