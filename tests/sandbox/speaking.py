"""Chanjing's speech as a plain HTTP client uses it, and what is heard of it."""

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
from waiting import PATIENCE_S, wait_until

from lipsync_nb.sandbox import Sandbox

EMMA, MEI = "C-b08273f70a3ac07b3adcd92be76632c2", "C-f2429d07554749839849497589199916"
TEXT = "Hello there. How are you today? Fine!"


@contextmanager
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client with a token."""
    base_url = sandbox.base_urls["chanjing"]
    with httpx.Client(base_url=base_url, timeout=PATIENCE_S, verify=False) as opened:
        answer = opened.post("/open/v1/access_token", json=sandbox.keys["chanjing"]).json()
        opened.headers["access_token"] = answer["data"]["access_token"]
        yield opened


def lip_synced(chanjing: httpx.Client, **body: Any) -> dict[str, Any]:
    """The data of a video that was made, of a small size."""
    path, small = "/open/v1/video_lip_sync", {"screen_width": 270, "screen_height": 480}
    ask = {"id": chanjing.post(f"{path}/create", json=small | body).json()["data"]}
    data = wait_until(
        lambda: chanjing.get(f"{path}/detail", params=ask).json()["data"],
        lambda data: data["status"] in (20, 30),
    )
    assert data["status"] == 20, data
    return dict(data)


def voices(chanjing: httpx.Client) -> list[dict[str, Any]]:
    answer = chanjing.get("/open/v1/list_common_audio", params={"page": 1, "size": 100}).json()
    return list(answer["data"]["list"])


def create(chanjing: httpx.Client, **changes: Any) -> dict[str, Any]:
    """Create a task of the usual text, with some fields changed; the answer."""
    body = {"audio_man": MEI, "speed": 1, "pitch": 1, "text": {"text": TEXT}} | changes
    return dict(chanjing.post("/open/v1/create_audio_task", json=body).json())


def created(chanjing: httpx.Client, **changes: Any) -> str:
    """Create a task; its id."""
    answer = create(chanjing, **changes)
    assert answer["code"] == 0, answer
    return str(answer["data"]["task_id"])


def state(chanjing: httpx.Client, task_id: str) -> dict[str, Any]:
    return dict(chanjing.post("/open/v1/audio_task_state", json={"task_id": task_id}).json())


def ended(chanjing: httpx.Client, task_id: str) -> dict[str, Any]:
    """A task's data once it has ended."""
    done = wait_until(lambda: state(chanjing, task_id)["data"], lambda data: data["status"] == 9)
    return dict(done)


@dataclass(frozen=True)
class Heard:
    """A WAV file that was fetched."""

    samples: npt.NDArray[np.float64]
    """Shape (n,), full scale ±1."""
    rate: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate

    def between(self, begin_s: float, end_s: float) -> npt.NDArray[np.float64]:
        """The samples from one time to another."""
        return self.samples[round(begin_s * self.rate) : round(end_s * self.rate)]


def heard(content: bytes) -> Heard:
    """Decode a WAV file of 16 bits and one channel; it must be whole."""
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    with wave.open(io.BytesIO(content)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (1, 2)
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2") / 32768
        assert len(samples) == wav.getnframes()
        return Heard(samples, wav.getframerate())


def spoken(chanjing: httpx.Client, bare: httpx.Client, **changes: Any) -> Heard:
    """The audio of a new task."""
    data = ended(chanjing, created(chanjing, **changes))
    assert data["errMsg"] == "", data
    return heard(bare.get(data["full"]["url"]).content)
