"""Talking videos for tests. Each is rendered once per worker."""

from functools import cache
from pathlib import Path

import pytest
from faces import HELLO, drawn_face, portrait, speech

import lipsync_nb as ls
from lipsync_nb.sandbox.render import Style, render_portrait

FACES = ("photo", "drawn 0", "drawn 1", "drawn 2")
VOICES = ("en-emma", "en-james", "cmn-xiaomei", "cmn-dawei")
TEXTS = {
    "en": (
        HELLO,
        "Every morning the baker opens his shop at five, and the smell of bread fills the street.",
        "My sister bought a small red boat, but she has never once sailed it out of the harbour.",
    ),
    "cmn": (
        "你好，今天我们一起沿着河边走回家，没有人知道还有多远。",
        "每天早上五点，面包师傅打开他的店，整条街都是面包的香味。",
        "我姐姐买了一条红色的小船，可是她从来没有把它开出过港口。",
    ),
}
"""Each takes about five seconds to say."""


class Studio:
    """Render videos on demand, by default 240 pixels high with 25 frames per second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.face, self.said, self.video = cache(self._face), cache(self._said), cache(self._video)

    def _face(self, face: str) -> Path:
        path = self.folder / f"{face}.png"
        return portrait(path) if face == "photo" else drawn_face(path, int(face[-1]))

    def _said(self, voice: str, text: int = 0) -> Path:
        words = TEXTS[voice.partition("-")[0]][text]
        return speech(self.folder / f"{voice} {text}.wav", words, voice)

    def _video(
        self, face: str = "photo", voice: str = "en-emma", text: int = 0, **style: float
    ) -> Path:
        """Render a video whose sound is late by ``av_offset_ms``."""
        changes = " ".join(f"{name}={value}" for name, value in style.items())
        out = self.folder / f"{face} {voice} {text} {changes}.mp4"
        looks = Style(**({"height": 240} | style))  # type: ignore[arg-type]
        render_portrait(self.face(face), self.said(voice, text), out, looks)
        return out


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """The renderer of the test videos."""
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder of the package."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def voice(client: ls.Client) -> str:
    """An English voice of Chanjing."""
    voices = client.vendors["chanjing"].voices()
    return str(voices.loc[voices["lang"] == "en", "id"].iloc[0])
