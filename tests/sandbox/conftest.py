"""One sandbox for all tests of a worker, the media they send, and a client per vendor."""

import http.server
import threading
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from PIL import Image
from sandbox.signing import Signing
from sandbox.uploading import as_mp3, ready_file
from skimage import data
from waiting import wait_until

from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.render.speech import speak
from lipsync_nb.sandbox.vendors import VENDORS

PACE = 0.05  # every artificial delay a twentieth: a job takes as long as its rendering
PATIENCE_S = 60  # on a busy machine


@dataclass(frozen=True)
class Media:
    """Files to send."""

    picture: Path
    video: Path
    speech: Path
    mp3: Path
    long_speech: Path
    nobody: Path
    broken: Path
    slides: Path


def still_video(picture: Path, out: Path, *, seconds: float = 1.0, fps: int = 25) -> Path:
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], "yuv420p"
        for _ in range(int(seconds * fps)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode())
    return out


def silence(out: Path, seconds: float) -> Path:
    with wave.open(str(out), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(int(seconds * 8000) * 2))
    return out


def presentation(out: Path) -> Path:
    from pptx import Presentation  # noqa: PLC0415 -- slow to import, and seldom wanted

    slides = Presentation()
    for text in ("智能制造", "Thank you"):
        slide = slides.slides.add_slide(slides.slide_layouts[0])
        slide.shapes.title.text = text
        slide.notes_slide.notes_text_frame.text = text
    slides.save(str(out))
    return out


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    folder = tmp_path_factory.mktemp("media")
    picture = folder / "face.jpg"
    Image.fromarray(data.astronaut()).save(picture)
    speech = folder / "speech.wav"
    speak("Hello there.", speech, voice="en-emma")
    nobody, broken = folder / "wall.png", folder / "broken.mp4"
    Image.new("RGB", (320, 320), "white").save(nobody)
    broken.write_bytes(b"this is no film at all" * 100)
    return Media(
        picture=picture,
        video=still_video(picture, folder / "face.mp4"),
        speech=speech,
        mp3=as_mp3(speech, folder / "speech.mp3"),
        long_speech=silence(folder / "long.wav", 20.5),
        nobody=nobody,
        broken=broken,
        slides=presentation(folder / "复古艺术.pptx"),
    )


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    with Sandbox(pace=PACE, rates=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    yield shared_sandbox
    shared_sandbox.clear_faults()
    for vendor in VENDORS:
        if vendor.OPENING_CREDITS is not None:
            shared_sandbox.configure(vendor.NAME, credits=20_000)
    shared_sandbox.configure(
        pace=PACE, rates=False, url_lifetime_s=3600.0, token_lifetime_s=86400.0
    )


@pytest.fixture
def bare() -> Iterator[httpx.Client]:
    """A client without credentials, as downloads and uploads want it."""
    with httpx.Client(timeout=PATIENCE_S, verify=False) as client:
        yield client


def client_of(sandbox: Sandbox, vendor: str, headers: dict[str, str]) -> httpx.Client:
    base_url = sandbox.base_urls[vendor]
    return httpx.Client(base_url=base_url, headers=headers, timeout=PATIENCE_S, verify=False)


@pytest.fixture
def lingdong(sandbox: Sandbox) -> Iterator[httpx.Client]:
    key = sandbox.keys["lingdong"]["api_key"]
    with client_of(sandbox, "lingdong", {"X-API-Key": key}) as client:
        yield client


@pytest.fixture
def yunai(sandbox: Sandbox) -> Iterator[httpx.Client]:
    key = sandbox.keys["yunai"]["api_key"]
    with client_of(sandbox, "yunai", {"Authorization": f"Bearer {key}"}) as client:
        yield client


@pytest.fixture
def studio(sandbox: Sandbox) -> Iterator[httpx.Client]:
    key = sandbox.keys["lipsync_studio"]["api_key"]
    with client_of(sandbox, "lipsync_studio", {"Authorization": f"Bearer {key}"}) as client:
        yield client


@pytest.fixture
def xingyun(sandbox: Sandbox) -> Iterator[httpx.Client]:
    keys = sandbox.keys["xingyun"]
    with client_of(sandbox, "xingyun", {}) as client:
        client.auth = Signing(keys["app_id"], keys["app_secret"])
        yield client


@pytest.fixture
def chanjing(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with client_of(sandbox, "chanjing", {}) as client:
        answer = client.post("/open/v1/access_token", json=sandbox.keys["chanjing"]).json()
        client.headers["access_token"] = answer["data"]["access_token"]
        yield client


@pytest.fixture
def video_id(chanjing: httpx.Client, bare: httpx.Client, media: Media) -> str:
    """A clip that was uploaded to Chanjing and is ready."""
    return ready_file(chanjing, bare, media.video, "lip_sync_video")


@pytest.fixture
def audio_id(chanjing: httpx.Client, bare: httpx.Client, media: Media) -> str:
    """A sound that was uploaded to Chanjing and is ready."""
    return ready_file(chanjing, bare, media.mp3, "lip_sync_audio")


Host = Callable[[Path], str]


@pytest.fixture
def host(sandbox: Sandbox, bare: httpx.Client) -> Host:
    """Put a file on the sandbox's media host; gives its URL."""

    def put(path: Path) -> str:
        return str(
            bare.put(f"{sandbox.media_url}/{path.name}", content=path.read_bytes()).json()["url"]
        )

    return put


@dataclass
class Listener:
    """A server of the test's own: it hears callbacks, and serves what a test sets."""

    url: str
    heard: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    served: tuple[int, dict[str, str], bytes] = (200, {}, b"")

    def wait(self, count: int = 1) -> list[bytes]:
        """The first so many bodies heard."""
        wait_until(lambda: len(self.heard), lambda heard: heard >= count)
        return self.heard[:count]


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.headers.append({name.lower(): value for name, value in self.headers.items()})
            heard.heard.append(body)
            self.send_response(heard.answers.pop(0) if heard.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            status, headers, body = heard.served
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard = Listener(f"http://127.0.0.1:{server.server_port}/callback")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield heard
        server.shutdown()
        thread.join()
