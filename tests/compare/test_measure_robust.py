"""The offset is found in all kinds of videos from vendors, editors and phones."""

import struct

import cv2
import numpy as np
import pytest
from peak_memory import peak_of
from raw_video import RawVideo, music, repeated, replace

import lipsync_nb as ls

OFFSET_MS = 120
"""The offset of every video here, milliseconds."""
NEAR_MS = 20


@pytest.fixture(scope="module")
def plain(studio):
    return RawVideo.of(studio.video(av_offset_ms=OFFSET_MS))


def found(video, near=NEAR_MS):
    """Measure a video, and check that its offset is found."""
    row = ls.measure(video)
    assert row.sync_reliable, row.notes
    assert row.av_offset_ms == pytest.approx(OFFSET_MS, abs=near)
    assert row.face_found > 0.9
    return row


@pytest.mark.campaign(small=lambda fps: fps in {15, 60})
@pytest.mark.parametrize("fps", [15, 24, 30, 60])
def test_frame_rates(fps, studio):
    """The offset is found at 15 to 60 frames per second."""
    row = found(studio.video(av_offset_ms=OFFSET_MS, fps=fps))

    assert row.fps == pytest.approx(fps)
    assert not row.vfr


def test_few_frames_per_second(studio, tmp_path):
    """At 10 frames per second, a longer video is needed, and half a frame is uncertain."""
    video = studio.video(av_offset_ms=OFFSET_MS, fps=10)

    row = found(repeated(video, 3, tmp_path / "long.mp4"), near=50)

    assert "only 10 frames per second, which makes offsets uncertain by ± 50 ms" in row.notes
    assert row.av_offset_low_ms <= row.av_offset_ms - 50
    assert row.av_offset_high_ms >= row.av_offset_ms + 50


@pytest.mark.campaign(small=lambda height: height in {240, 1080})
@pytest.mark.parametrize("height", [240, 480, 720, 1080])
def test_sizes(height, studio):
    """The offset is found at 240 to 1080 pixels."""
    row = found(studio.video(av_offset_ms=OFFSET_MS, height=height))

    assert row.height == height


def test_a_coarse_encoding(studio):
    """The offset is found in a video with strong compression."""
    found(studio.video(av_offset_ms=OFFSET_MS, height=480, crf=40))


def test_a_varying_frame_rate(studio, tmp_path):
    """Presentation times are used, not frame numbers and a rate."""
    fast = RawVideo.of(studio.video(av_offset_ms=OFFSET_MS, fps=60))
    steps = np.random.default_rng(1).integers(1, 5, len(fast.times))
    kept = np.cumsum(steps) - steps[0]

    row = found(fast.select_frames(kept[kept < len(fast.times)]).save(tmp_path / "vfr.mp4"))

    assert row.vfr


def test_dropped_frames(plain, tmp_path):
    """A fifth of the frames is missing."""
    kept = np.flatnonzero(np.random.default_rng(2).random(len(plain.times)) > 0.2)

    row = found(plain.select_frames([0, *kept[1:]]).save(tmp_path / "dropped.mp4"))

    assert row.vfr


def test_repeated_frames(plain, tmp_path):
    """A fifth of the frames repeats the one before."""
    again = np.random.default_rng(3).random(len(plain.times)) < 0.2
    frames = [plain.frames[max(0, at - int(again[at]))] for at in range(len(plain.times))]

    found(replace(plain, frames=frames).save(tmp_path / "repeated.mp4"))


def test_hevc_and_mp3(plain, tmp_path):
    """HEVC pictures and MP3 sound are decoded."""
    quiet = {"x265-params": "log-level=none"}

    found(plain.save(tmp_path / "new.mp4", codec="libx265", sound_codec="mp3", **quiet))


def test_vp8_and_opus(plain, tmp_path):
    """VP8 pictures and Opus sound in a WebM file are decoded."""
    coded = {"codec": "libvpx", "sound_codec": "libopus", "sound_rate": 48000}

    found(plain.save(tmp_path / "clip.webm", **coded, deadline="realtime"))


def test_a_portrait_frame(plain, tmp_path):
    """A frame with black bars on all sides is measured."""

    def padded(frame):
        return cv2.copyMakeBorder(frame, 200, 200, 20, 20, cv2.BORDER_CONSTANT)

    row = found(plain.map_frames(padded).save(tmp_path / "portrait.mp4"))

    assert (row.width, row.height) == (280, 640)


@pytest.mark.campaign(small=lambda clockwise: clockwise == 90)
@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_a_phone_held_sideways(clockwise, plain, tmp_path):
    """The rotation in the file is applied."""

    def stored(frame):
        return np.ascontiguousarray(np.rot90(np.pad(frame, TOP_AND_BOTTOM), clockwise // 90))

    video = plain.map_frames(stored).save(tmp_path / "sideways.mp4")
    video.write_bytes(turned(video.read_bytes(), clockwise))

    row = found(video)

    assert (row.width, row.height) == (240, 320)


TOP_AND_BOTTOM = ((40, 40), (0, 0), (0, 0))


def turned(mp4, clockwise):
    """Write a rotation into the matrix of the first track."""
    one, cos, sin = 1 << 16, *{90: (0, 1), 180: (-1, 0), 270: (0, -1)}[clockwise]
    plain, turn = (
        struct.pack(">9i", *(one * part for part in (a, b, 0, -b, a, 0, 0, 0)), 1 << 30)
        for a, b in ((1, 0), (cos, sin))
    )
    at = mp4.index(plain, mp4.index(b"tkhd"))
    return mp4[:at] + turn + mp4[at + len(turn) :]


def test_music(plain, tmp_path, studio):
    """The offset is found with music that is 5 dB quieter than the speech."""
    said = plain.sound[0]
    level = np.sqrt(np.mean(said**2)) * 10 ** (-5 / 20)
    mixed = said + level * music(len(said), plain.rate)

    video = replace(plain, sound=mixed[None]).save(tmp_path / "music.mp4")

    found(video)
    row = ls.measure(video, studio.said("en-emma"))
    assert row.audio_sisdr_db == pytest.approx(5, abs=0.5)
    assert row.audio_lag_ms == pytest.approx(0, abs=1)


def test_leading_silence(plain, tmp_path, studio):
    """The speech is found after a second and a half of silence."""
    wait = 1.5
    frames = [plain.frames[0]] * round(wait * 25) + plain.frames
    silence = np.zeros((1, round(wait * plain.rate)), np.float32)
    sound = np.concatenate([silence, plain.sound], axis=1)
    video = RawVideo(np.arange(len(frames)) / 25, frames, sound, plain.rate).save(
        tmp_path / "late.mp4"
    )

    found(video, near=25)  # the still beginning biases the offset by about 20 ms
    row = ls.measure(video, studio.said("en-emma"))
    assert row.audio_lag_ms == pytest.approx(1500, abs=1)
    assert row.duration_delta_s == pytest.approx(1.5, abs=0.05)


@pytest.mark.campaign(small=lambda rate, layout: rate in {8000, 44100})  # noqa: ARG005
@pytest.mark.parametrize(
    ("rate", "layout"),
    [(8000, "mono"), (16000, "mono"), (22050, "stereo"), (44100, "stereo"), (48000, "mono")],
)
def test_sound_formats(rate, layout, plain, tmp_path):
    """The offset is found at all usual sample rates, mono and stereo."""
    found(plain.save(tmp_path / "sound.mp4", sound_rate=rate, layout=layout))


def test_pictures_that_begin_late(plain, tmp_path):
    """The start time of the track counts; here it is half a second."""
    video = replace(plain, times=plain.times + 0.5).save(tmp_path / "late.mp4")

    assert ls.measure(video).av_offset_ms == pytest.approx(OFFSET_MS - 500, abs=NEAR_MS)


@pytest.mark.campaign
def test_ten_minutes(studio, tmp_path, figure, whole):
    """A long video is measured as precisely as a short one, in less than 1 GB.

    A small run measures two minutes.
    """
    seconds = 600 if whole else 120
    video = studio.video(av_offset_ms=OFFSET_MS, fps=10)
    video = repeated(video, round(seconds / ls.Video(video).duration_s), tmp_path / "long.mp4")
    program = f"""
import lipsync_nb as ls
row = ls.measure({str(video)!r})
print(row.duration_s, row.av_offset_ms)
"""

    printed, mb = peak_of(program)
    figure(f"measuring {seconds} s: {mb:.0f} MB at most")

    duration_s, offset_ms = map(float, printed.split())
    assert duration_s == pytest.approx(seconds, abs=5)
    assert offset_ms == pytest.approx(OFFSET_MS, abs=NEAR_MS)
    assert mb < 1000
