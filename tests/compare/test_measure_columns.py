"""Each metric is what its column says."""

import cv2
import numpy as np
import pytest
from faces import HELLO, speech
from raw_video import RawVideo, replace

import lipsync_nb as ls
from lipsync_nb.compare.columns import COLUMNS, NAMES


@pytest.fixture(scope="module")
def plain(studio):
    return RawVideo.of(studio.video())


@pytest.fixture(scope="module")
def row(studio):
    return ls.measure(studio.video(), studio.said("en-emma"), studio.face("photo"))


def test_the_row_is_the_table_of_columns(row):
    """The row has the order of the columns, with the notes last, and the help defines each."""
    assert [*row.index] == [*NAMES, "notes"]
    assert all(f"- {column.name}" in ls.measure.__doc__ for column in COLUMNS)
    assert all(column.meaning.endswith(".") for column in COLUMNS)


def test_column_names_end_in_their_units():
    """The name of a column ends in its unit."""
    endings = {"s": "_s", "ms": "_ms", "dB": "_db", "MB": "_mb", "kbit/s": "_kbps"}
    endings |= {"LUFS": "_lufs"}
    for column in COLUMNS:
        if column.unit in endings:
            assert column.name.endswith(endings[column.unit])


def test_file_and_time(row, studio):
    """Size, rate and duration are those that were rendered."""
    video = studio.video()

    assert (row.width, row.height, row.fps, row.vfr) == (240, 240, pytest.approx(25), False)
    assert row.size_mb == video.stat().st_size / 1e6
    assert row.duration_s == pytest.approx(ls.Video(video).duration_s, abs=0.03)
    assert row.bitrate_kbps == pytest.approx(8000 * row.size_mb / row.duration_s)
    assert 0 <= row.duration_delta_s <= 1 / 25


@pytest.mark.parametrize("late_ms", [0, 150, -90])
def test_the_lag_of_the_sound(late_ms, plain, studio, tmp_path):
    """A shift of the speech in the sound is found."""
    sound = np.roll(plain.sound, round(late_ms / 1000 * plain.rate), axis=1)
    row = ls.measure(replace(plain, sound=sound).save(tmp_path / "out.mp4"), studio.said("en-emma"))

    assert row.audio_lag_ms == pytest.approx(late_ms, abs=1)
    assert row.audio_corr > 0.98
    assert row.av_offset_ms == pytest.approx(late_ms, abs=20)


@pytest.mark.parametrize("decibels", [20, 10, 0])
def test_noise_in_the_sound(decibels, plain, studio, tmp_path):
    """The ratio of speech to noise is the one that was mixed."""
    noise = np.random.default_rng(1).normal(0, 1, plain.sound.shape)
    noise = cv2.GaussianBlur(noise, (0, 0), 4, borderType=cv2.BORDER_REPLICATE)  # below 8 kHz
    noise *= np.sqrt((plain.sound**2).mean() / (noise**2).mean()) * 10 ** (-decibels / 20)
    sound = (plain.sound + noise).astype(np.float32)
    video = replace(plain, sound=sound).save(tmp_path / "out.mov", sound_codec="pcm_s16le")

    assert ls.measure(video, studio.said("en-emma")).audio_sisdr_db == pytest.approx(
        decibels, abs=0.6
    )


def test_another_voice_saying_the_same(studio, tmp_path):
    """The waveforms do not correlate, but the levels do."""
    other = speech(tmp_path / "other.wav", HELLO, "en-grace")
    foreign = studio.said("cmn-dawei")

    same, else_said = (ls.measure(studio.video(), said) for said in (other, foreign))

    assert same.audio_corr < 0.2
    assert "not the speech's own recording" in same.notes
    assert same.audio_mel_corr > 0.6
    assert else_said.audio_mel_corr < 0.4


def test_similarity(row, studio):
    """The similarity is high for the video's own face, and low for others."""
    others = [
        ls.measure(studio.video(), face=studio.face(face)).upper_face_ncc
        for face in ("drawn 0", "drawn 1")
    ]

    assert row.upper_face_ncc > 0.9
    assert max(others) < 0.7


def test_the_face_may_be_a_clip(row, studio):
    """A clip of the face gives about the same similarity as the picture."""
    again = ls.measure(studio.video(), face=studio.video("photo", "cmn-dawei"))

    assert again.upper_face_ncc == pytest.approx(row.upper_face_ncc, abs=0.05)


def test_a_blurred_mouth(plain, row, tmp_path):
    """A blurred mouth lowers ``sharp_mouth`` and not ``sharp_face``."""

    def smeared(frame):
        frame = frame.copy()
        frame[58:82, 86:124] = cv2.GaussianBlur(frame[58:82, 86:124], (0, 0), 3)
        return frame

    blurred = ls.measure(plain.map_frames(smeared).save(tmp_path / "soft.mp4", crf="12"))

    assert blurred.sharp_mouth < 0.6 * row.sharp_mouth
    assert blurred.sharp_face == pytest.approx(row.sharp_face, rel=0.3)


def test_a_mouth_that_moves_in_silence(plain, tmp_path):
    """The ratio is high for a mouth that moves in silence, and low for one that rests."""
    silence = np.zeros((1, 2 * plain.rate), np.float32)
    late = np.concatenate([silence, plain.sound], axis=1)
    waits = RawVideo(np.arange(177) / 25, plain.frames[:1] * 50 + plain.frames, late, plain.rate)
    quiet = plain.sound.copy()
    quiet[:, plain.rate : 3 * plain.rate] = 0

    resting = ls.measure(waits.save(tmp_path / "waits.mp4")).silence_motion_ratio
    busy = ls.measure(replace(plain, sound=quiet).save(tmp_path / "busy.mp4")).silence_motion_ratio

    assert resting < 0.35
    assert busy > 0.55


def test_frozen_frames(plain, tmp_path):
    """Two of five seconds are frozen."""
    frames = plain.frames[:50] + plain.frames[50:51] * 50 + plain.frames[100:]

    frozen = ls.measure(replace(plain, frames=frames).save(tmp_path / "frozen.mp4"))

    assert frozen.frozen == pytest.approx(50 / len(frames), abs=0.06)
