"""云AI's calls as a plain HTTP client makes them, and media that its models are trained from."""

from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
from waiting import wait_until

from lipsync_nb.sandbox.render.speech import speak

STOCK_MODEL = "100001"
ENDS = {"chk_audio": {"3", "4"}}


def act(yunai: httpx.Client, name: str | None, **fields: str) -> dict[str, Any]:
    """The answer to a form, which has HTTP 200 whatever it says."""
    form = {key: (None, value) for key, value in fields.items()}
    files = form if name is None else {"act": (None, name), **form}
    answer = yunai.post("/agent_api.php", files=files or {"x": (None, "")})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def created(yunai: httpx.Client, name: str, **fields: str) -> str:
    """The id of what an act has created."""
    answer = act(yunai, name, **fields)
    assert answer["code"] == "1", answer
    data = answer["data"]
    return str(data["model"]["model_id"] if "model" in data else data["task_id"])


def ended(yunai: httpx.Client, name: str, **fields: str) -> dict[str, Any]:
    """The answer to a query once its task has ended."""
    ends = ENDS.get(name, {"3", "-1"})
    return dict(
        wait_until(
            lambda: act(yunai, name, **fields), lambda found: found["data"]["zstatus"] in ends
        )
    )


def long_clip(picture: np.ndarray, out: Path, seconds: float) -> Path:
    """A small clip of a picture, of two frames a second."""
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=2)
        stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], "yuv420p"
        for _ in range(int(seconds * 2)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    return out


def long_speech(out: Path, voice: str) -> Path:
    """More than 30 s of a voice."""
    speak("The rain in Spain falls mainly on the plain. " * 14, out, voice=voice)
    return out
