"""Broken and unusual files give a row that says what is missing."""

import io

import numpy as np
import pytest
from faces import no_face
from PIL import Image
from raw_video import RawVideo, replace

import lipsync_nb as ls
from lipsync_nb.compare.columns import NAMES

HTML = b"<html><body>403: this link has expired</body></html>" * 50
OFFSETS = {"av_offset_ms", "av_offset_low_ms", "av_offset_high_ms"}
CORR = {"sync_corr", "sync_corr_low", "sync_corr_high"}
EXTREMES = {"av_offset_min_ms", "av_offset_max_ms"}
SYNC = OFFSETS | EXTREMES | CORR | {"drift_ms_per_min", "sync_conf", "sync_reliable"}
SOUND = {"audio_lag_ms", "audio_corr", "audio_mel_corr", "audio_sisdr_db"}
LEVELS = {"loudness_lufs", "clipped"}
OUTSIDE = {"psnr_outside_db", "ssim_outside", "background_change"}
MOVES = dict.fromkeys(
    ("psnr_outside_db", "ssim_outside"),
    "the face is elsewhere than in the face given: moved or cropped",
)
"""The sandbox moves the heads of pictures."""
FACE = {"upper_face_ncc", "sharp_face", "sharp_mouth"}
SHORT = {"drift_ms_per_min": "1 window of 5 s with a reliable offset, 3 are needed"}
TIME = {"fps", "vfr", "duration_s", "duration_delta_s", "sound_excess_s", "truncated_s"}
TIME |= {"bitrate_kbps", "frozen", "frozen_s", "black_s"}


@pytest.fixture(scope="module")
def plain(studio):
    return RawVideo.of(studio.video())


def missing(row):
    """Return the missing metrics with their reasons. Each must have one."""
    reasons = dict(note.split(": ", 1) for note in row.notes.split("; ") if ": " in note)
    wanted = set(NAMES) - {"wer", "cer"}  # they need transcribe=
    assert {name for name in wanted if row.isna()[name]} == set(reasons)
    return reasons


def measured(video, studio):
    """Measure against the speech and the face that the video was made from."""
    return ls.measure(video, studio.said("en-emma"), studio.face("photo"))


def test_nothing_is_missing_from_a_good_video(studio):
    """With its speech and its face, all metrics are there that such a video has.

    It is too short for a drift, and the head moves by itself.
    """
    assert missing(measured(studio.video(), studio)) == SHORT | MOVES


def test_no_speech_and_no_face_given(studio):
    """Only the metrics that need them are missing."""
    row = ls.measure(studio.video())

    wants_face = dict.fromkeys([*OUTSIDE, "upper_face_ncc"], "no face was given")
    wants_speech = dict.fromkeys([*SOUND, "duration_delta_s"], "no speech was given")
    assert missing(row) == SHORT | wants_speech | wants_face


def test_without_sound(plain, studio, tmp_path):
    """A video without a sound track has the metrics of its pictures."""
    row = measured(replace(plain, sound=plain.sound[:0]).save(tmp_path / "mute.mp4"), studio)

    gone = SYNC | SOUND | LEVELS | {"silence_motion_ratio", "sound_excess_s"}
    assert missing(row) == MOVES | dict.fromkeys(gone, "no sound")


def test_with_a_track_of_silence(plain, studio, tmp_path):
    """A silent sound track has the reason that the sound is silent."""
    row = measured(replace(plain, sound=plain.sound * 0).save(tmp_path / "hush.mp4"), studio)

    gone = SYNC | SOUND | {"silence_motion_ratio", "loudness_lufs"}
    assert missing(row) == MOVES | dict.fromkeys(gone, "the sound is silent")


def test_without_a_face(plain, studio, tmp_path):
    """A landscape with speech has only the metrics of sound and file."""
    hills = np.array(Image.open(no_face(tmp_path / "hills.png", 240)))
    row = measured(plain.map_frames(lambda _: hills).save(tmp_path / "hills.mp4"), studio)

    gone = SYNC | FACE | OUTSIDE | {"silence_motion_ratio"}
    assert missing(row) == dict.fromkeys(gone, "no face was found")
    assert row.face_found == 0
    assert row.audio_corr > 0.99


def test_a_face_without_a_mouth_that_moves(plain, studio, tmp_path):
    """A photograph with sound has no sync metrics."""
    still = replace(plain, frames=plain.frames[:1] * len(plain.frames))
    row = measured(still.save(tmp_path / "still.mp4"), studio)

    gone = SYNC | {"silence_motion_ratio"}
    assert missing(row) == dict.fromkeys(gone, "the mouth does not move")
    assert row.frozen > 0.95


def test_a_single_frame(plain, studio, tmp_path):
    """A single frame has the metrics of size and sound."""
    row = measured(plain.select_frames([0]).save(tmp_path / "one.mp4"), studio)

    gone = TIME | SYNC | FACE | OUTSIDE | {"silence_motion_ratio"}
    assert missing(row) == dict.fromkeys(gone, "a single frame")
    assert (row.width, row.face_found) == (240, 1)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (16, 480), (1000, 4)])
def test_videos_of_unusual_sizes(size, plain, tmp_path):
    """Videos that are too small or too narrow for a face are measured."""
    width, height = size
    video = plain.map_frames(
        lambda frame: np.ascontiguousarray(np.resize(frame, (height, width, 3)))
    )

    row = ls.measure(video.save(tmp_path / "odd.mp4"))

    assert (row.width, row.height) == size
    assert missing(row)["sync_corr"] == "no face was found"


def test_too_short_to_compare(plain, studio, tmp_path):
    """One second of video has no sync metrics."""
    row = measured(plain.select_frames(range(25)).save(tmp_path / "short.mp4"), studio)

    assert "2 s are needed" in missing(row)["sync_corr"]


def test_an_unreliable_offset_is_missing(plain, tmp_path):
    """If the sound is noise, the offset is missing."""
    noise = np.random.default_rng(1).normal(0, 0.1, plain.sound.shape).astype(np.float32)
    row = ls.measure(replace(plain, sound=noise).save(tmp_path / "noise.mp4"))

    assert row.sync_reliable is False
    assert {"not reliable" in missing(row)[name] for name in OFFSETS} == {True}
    assert "it may be music or noise" in row.notes
    assert row.sync_conf < 0.33


def test_a_file_cut_in_its_middle(studio):
    """The first part is measured, and a note says where it breaks off."""
    video = studio.video().read_bytes()
    row = measured(video[: len(video) * 3 // 4], studio)

    assert 2 < row.duration_s < 4.5
    assert row.duration_delta_s < -0.5
    assert row.notes.startswith(f"breaks off at {row.duration_s:.1f} of 5.1 s; ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HTML, "not readable"),
        (b"\0" * 5000, "not readable"),
        ("cut within its first kilobyte", "not readable"),
        ("sound", "no picture"),
    ],
    ids=["HTML", "zeros", "cut", "sound"],
)
def test_a_file_that_is_no_video_is_a_row_of_nan(data, reason, studio):
    """All metrics are missing, with the reason."""
    if data == "sound":
        data = studio.said("en-emma")
    elif isinstance(data, str):
        data = studio.video().read_bytes()[:1000]

    row = measured(data, studio)

    reasons = missing(row)
    audible = LEVELS if reason == "no picture" else set()
    assert set(reasons) == set(NAMES) - {"sync_filters", "wer", "cer"} - audible
    assert all(reason in given for given in reasons.values())


def test_damage_in_the_middle(studio):
    """Packets that do not decode are skipped."""
    video = bytearray(studio.video().read_bytes())
    video[len(video) // 2 : len(video) // 2 + 2000] = HTML[:2000]

    row = measured(bytes(video), studio)

    assert row.duration_s > 4
    assert row.sync_reliable


@pytest.mark.parametrize("given", ["speech", "face"])
def test_speech_or_face_of_no_use(given, studio, tmp_path):
    """Only the metrics that need the unreadable file are missing."""
    (tmp_path / "page.html").write_bytes(HTML)
    row = ls.measure(studio.video(), **{given: tmp_path / "page.html"})

    column = {"speech": "audio_corr", "face": "upper_face_ncc"}[given]
    assert "not readable" in missing(row)[column]
    assert row.sync_reliable


def test_every_way_to_give_a_file(studio):
    """A path, a string, a `Video`, bytes and a file object give the same row."""
    path = studio.video()
    forms = [path, str(path), ls.Video(path), path.read_bytes(), io.BytesIO(path.read_bytes())]

    rows = [ls.measure(form) for form in forms]

    assert all(row.equals(rows[0]) for row in rows)


@pytest.mark.parametrize("source", ["nowhere.mp4", ".", "https://example.com/out.mp4"])
def test_a_source_that_is_no_local_file_is_an_error(source, studio):
    """A missing file, a folder or a URL is an error, as video, as speech and as face."""
    for args in ((source,), (studio.video(), source), (studio.video(), None, source)):
        with pytest.raises(ls.BadRequest):
            ls.measure(*args)


@pytest.mark.parametrize("form", ["path", "bytes"])
def test_an_empty_file_is_an_error(form, studio, tmp_path):
    """As video, as speech and as face; the error says so, and what to do."""
    (tmp_path / "empty.mp4").write_bytes(b"")
    empty = tmp_path / "empty.mp4" if form == "path" else b""

    for args in ((empty,), (studio.video(), empty), (studio.video(), None, empty)):
        with pytest.raises(ls.BadRequest, match="the file is empty; record, export or download"):
            ls.measure(*args)
