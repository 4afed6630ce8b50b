"""Where results are put: nothing that is read is overwritten, and a wrong path is told at once."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edited_clips import plain
from editing.numbered import hum

import lipsync_nb as ls
from lipsync_nb.editing.clip import Clip
from lipsync_nb.editing.writer import target
from lipsync_nb.files import replacing
from lipsync_nb.jobs.results import local_path

SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"


@pytest.fixture
def here(tmp_path: Path, samples) -> Path:
    """A folder with a clip, a speech, subtitles and a picture, each under an MP4's name too."""
    plain(tmp_path / "clip.mp4", (64, 48), 0.4)
    hum(0.4).write_wav(tmp_path / "s.wav")
    (tmp_path / "a.srt").write_text(SRT)
    shutil.copy(samples.face, tmp_path / "f.png")
    for name in ("s.wav", "a.srt", "f.png"):
        shutil.copy(tmp_path / name, tmp_path / f"{name}.mp4")
    return tmp_path


Call = Callable[[Path, str], Any]
CALLS: dict[str, tuple[str, Call]] = {
    "loop, picture": ("f.png", lambda at, read: ls.loop(at / read, 1, at / read)),
    "loop, speech": ("s.wav", lambda at, read: ls.loop(at / "clip.mp4", at / read, at / read)),
    "burn_in": ("a.srt", lambda at, read: ls.burn_in(at / "clip.mp4", at / read, at / read)),
    "fit": (
        "f.png",
        lambda at, read: ls.fit(at / "clip.mp4", 64, 64, at / read, how="pad", fill=str(at / read)),
    ),
    "join": (
        "s.wav",
        lambda at, read: ls.join([at / "clip.mp4"], at / read, speeches=[at / read]),
    ),
    "still_video": ("f.png", lambda at, read: ls.still_video(at / read, 1, at / read)),
}


@pytest.mark.parametrize("ending", ["", ".mp4"])
@pytest.mark.parametrize("way", CALLS)
def test_what_is_read_is_not_overwritten(here: Path, way: str, ending: str) -> None:
    """Neither pictures, nor speeches, nor subtitles, whatever they are called."""
    name, call = CALLS[way]
    before = (here / f"{name}{ending}").read_bytes()

    with pytest.raises(ls.BadRequest):
        call(here, f"{name}{ending}")

    assert (here / f"{name}{ending}").read_bytes() == before


def test_a_folder_of_loops_keeps_what_is_read(here: Path) -> None:
    """A speech may have the name of one of them."""
    shutil.copy(here / "s.wav", here / "clip-02.mp4")
    before = (here / "clip-02.mp4").read_bytes()

    with pytest.raises(ls.BadRequest, match=r"clip-02\.mp4 is read"):
        ls.loop(here / "clip.mp4", [1, here / "clip-02.mp4"], here)

    assert (here / "clip-02.mp4").read_bytes() == before
    assert not (here / "clip-01.mp4").exists()


def test_a_path_that_is_a_folder_gets_the_usual_name(tmp_path: Path) -> None:
    """It is there, ends with a slash, or has no ending."""
    (tmp_path / "v1.5").mkdir()
    source = tmp_path / "clip.mov"

    for where in (tmp_path / "v1.5", f"{tmp_path}/new.er/", tmp_path / "new"):
        assert target(where, source, "made") == Path(where) / "clip-made.mp4"
    assert target(tmp_path / "x.MP4", source, "made") == tmp_path / "x.MP4"
    assert target(tmp_path / "x.mov", source, "made", ".mov") == tmp_path / "x.mov"
    assert target(None, source, "made") == tmp_path / "clip-made.mp4"


@pytest.mark.parametrize("path", ["a.webm", "a.wav", "file", 7, b"a.mp4"])
def test_a_path_that_cannot_be_is_refused_at_once(tmp_path: Path, monkeypatch, path) -> None:
    """An MP4 is made, whatever the ending; and a file without one is no folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()

    with pytest.raises(ls.BadRequest, match=r"^path="):
        target(path, tmp_path / "clip.mp4", "made")


@pytest.mark.parametrize("call", [ls.loop, ls.burn_in, ls.fit, ls.label_ai, ls.join])
def test_bytes_need_a_path(here: Path, call: Any) -> None:
    """They are in no folder of the user's; what is kept of them is whole."""
    data = (here / "clip.mp4").read_bytes()
    ways: dict[Any, tuple[Any, ...]] = {
        ls.loop: (data, 1),
        ls.burn_in: (data, here / "a.srt"),
        ls.fit: (data, 64, 64),
        ls.label_ai: (data,),
        ls.join: ([data],),
    }
    named = {"producer": "me"} if call is ls.label_ai else {}

    with pytest.raises(ls.BadRequest, match=r"^path: .*bytes"):
        call(*ways[call], **named)
    assert call(*ways[call], path=here / "new" / "out.mp4", **named).path.is_file()

    kept = local_path(data, "video")
    kept.unlink()
    assert local_path(data, "video").read_bytes() == data


def test_the_reason_is_told_if_a_folder_is_a_file(here: Path) -> None:
    """And not what failed after that."""
    with (
        pytest.raises(ls.BadRequest, match=r"f\.png.out\.mp4"),
        replacing(here / "f.png" / "out.mp4"),
    ):
        raise AssertionError


def test_what_is_no_clip_is_told(here: Path) -> None:
    """Each with its remedy, and once with its path."""
    (here / "empty.mp4").touch()
    (here / "text.mp4").write_text("hello world, this is no clip")

    with pytest.raises(ls.BadRequest, match=r"empty\.mp4 is empty"):
        ls.loop(here / "empty.mp4", 1)
    with pytest.raises(ls.BadRequest, match=r"cannot be read as a clip") as refused:
        ls.burn_in(here / "text.mp4", here / "a.srt")
    assert "Errno" not in str(refused.value)
    assert str(refused.value).count("text.mp4") == 1
    with pytest.raises(ls.BadRequest, match=r"is a picture; make a clip of it.*ls\.loop"):
        ls.burn_in(here / "f.png", here / "a.srt")
    with pytest.raises(ls.BadRequest, match=r"^subtitles='hello world'.*the path of a file"):
        ls.burn_in(here / "clip.mp4", "hello world")
    with pytest.raises(ls.BadRequest, match="only files here can be used"):
        ls.fit("https://media.test/clip.mp4", 64, 64)


def test_numbers_of_numpy_are_taken(here: Path) -> None:
    """Tables give them; a truth value is no number."""
    clip = here / "clip.mp4"
    assert ls.loop(clip, np.int64(1)).duration_s == pytest.approx(1)
    assert ls.loop(clip, [np.float32(1)], here / "loops")[0].duration_s == pytest.approx(1)
    assert Clip.open(ls.fit(clip, np.int64(80), np.int32(64)).path).size == (80, 64)
    assert ls.burn_in(clip, here / "a.srt", size=np.int64(12)).path.is_file()
    with pytest.raises(ls.BadRequest, match=r"^width="):
        ls.fit(clip, np.bool_(1), 64)
