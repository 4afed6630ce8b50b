"""Several videos as one: what is shown of each, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faces import drawn_face, speech
from notebook.ledgers import client_of, made_up
from notebook.tab import Tab

import lipsync_nb as ls
from lipsync_nb.notebook.grid import MAX_POINTS


@pytest.fixture
def tab() -> Iterator[Tab]:
    with Tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a second."""
    folder = tmp_path_factory.mktemp("clip")
    return ls.still_video(drawn_face(folder / "face.png"), 1.0, folder / "clip.mp4")


def test_a_job_a_video_and_a_path_are_shown(tmp_path: Path, clip: Path) -> None:
    """Each with a name: the vendor's and the request's, or the file's."""
    done = made_up(1, status="succeeded", path=str(clip), cost=12.0)
    with client_of(tmp_path, done) as client:
        panes = ls.grid([client.job(done.id), ls.Video(clip), str(clip)]).panes

    assert [pane["label"] for pane in panes] == [
        "lipsync.studio LipSyncImage",
        "clip.mp4",
        "clip.mp4",
    ]
    assert panes[0]["caption"] == "12 credits · made in 0:42"
    assert panes[1]["video"]["duration"] == 1.0


def test_labels_captions_and_curves_are_the_callers(clip: Path) -> None:
    """One of each for each video; None where there is none."""
    grid = ls.grid(
        [clip, clip],
        labels=["first", "second"],
        captions=["a", "b"],
        waveforms=[[0.0, 0.5, 2.0], None],
        mouths=[None, [0.25]],
    )

    assert [(pane["label"], pane["wave"], pane["mouth"]) for pane in grid.panes] == [
        ("first", [0.0, 0.5, 1.0], None),
        ("second", None, [0.25]),
    ]


def test_curves_are_thinned_to_their_peaks(clip: Path) -> None:
    """A saved notebook stays small, and a short sound stays seen."""
    levels = [0.0] * 10_000
    levels[5_001] = 1.0

    wave = ls.grid([clip], waveforms=[levels]).panes[0]["wave"]

    assert len(wave) <= MAX_POINTS
    assert max(wave) == 1.0


def test_no_videos_are_refused() -> None:
    """An empty cell would tell nothing."""
    with pytest.raises(ls.BadRequest, match="no video to show"):
        ls.grid([])


def test_lists_of_other_lengths_are_refused(clip: Path) -> None:
    """A label too few would name the wrong vendor."""
    with pytest.raises(ls.BadRequest, match="labels: 1 for 2 videos"):
        ls.grid([clip, clip], labels=["one"])


def test_a_job_without_a_video_is_refused(tmp_path: Path) -> None:
    """It is named."""
    with client_of(tmp_path, made_up(2)) as client, pytest.raises(ls.BadRequest, match="no video"):
        ls.grid([client.job(made_up(2).id)])


def test_what_has_no_pictures_is_refused(tmp_path: Path) -> None:
    """An audio, its job and its file, a voice: each is named for what it is."""
    sound = speech(tmp_path / "speech.wav")
    spoken = made_up(2, vendor="chanjing", kind="Speech", makes="Audio")
    done = replace(spoken, status=ls.JobStatus.succeeded, path=str(sound))
    with client_of(tmp_path, done) as client:
        job = client.job(done.id)
        with pytest.raises(ls.BadRequest, match="makes an Audio; only videos play together"):
            ls.grid([job])
        with pytest.raises(ls.BadRequest, match="is an Audio; only videos"):
            ls.grid([job.result()])
        with pytest.raises(ls.BadRequest, match=r"speech\.wav has no pictures; only videos"):
            ls.grid([str(sound)])
        with pytest.raises(ls.BadRequest, match="is a Voice; only videos"):
            ls.grid([ls.Voice("chanjing", "C-1")])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Where it was looked for is said."""
    with pytest.raises(ls.BadRequest, match=r"gone\.mp4 is not a file"):
        ls.grid([tmp_path / "gone.mp4"])


def test_the_kernel_gives_each_video(tab: Tab, clip: Path, tmp_path: Path) -> None:
    """By its place; there is no other way to name a file."""
    other = tmp_path / "other.mp4"
    other.write_bytes(b"other")
    grid = ls.grid([clip, other], labels=["a", "b"])

    assert tab.ask(grid, op="blob", video=1, offset=0)["data"] == b"other"
    assert "IndexError" in tab.ask(grid, op="blob", video=2, offset=0)["error"]


def test_the_fallback_shows_all_videos(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Players by HTML, labels escaped."""
    monkeypatch.chdir(clip.parent)
    fallback = ls.grid([clip, clip], labels=["<a>", "b"]).fallback()

    assert fallback["text/html"].count("<video ") == 2
    assert "&lt;a&gt;" in fallback["text/html"]
    assert fallback["text/plain"] == "<a>: clip.mp4\nb: clip.mp4"
