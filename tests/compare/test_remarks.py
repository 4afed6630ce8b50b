"""What confuses a measurement is noticed, told in ``notes``, and does no harm."""

import re

import av
import cv2
import numpy as np
import pytest
from faces import no_face
from PIL import Image
from raw_video import RawVideo, after, music, repeated, replace

import lipsync_nb as ls


@pytest.fixture(scope="module")
def plain(studio):
    return RawVideo.of(studio.video())


@pytest.fixture(scope="module")
def late(studio):
    """Another face and voice, 120 ms late."""
    return RawVideo.of(studio.video("drawn 1", "cmn-dawei", av_offset_ms=120))


def beside(left, right):
    """Return two videos side by side, with the sound of the right one."""
    pairs = zip(left.frames, right.frames, strict=False)
    frames = [np.concatenate(pair, axis=1) for pair in pairs]
    return replace(right, frames=frames, times=right.times[: len(frames)])


def test_a_good_video_has_no_remarks(studio):
    """The first note is the reason of a missing metric: it is too short for a drift."""
    row = ls.measure(studio.video(), studio.said("en-emma"), studio.face("photo"))

    assert row.notes.startswith("drift_ms_per_min: 1 window of 5 s with a reliable offset")


def test_two_shots_with_offsets_of_their_own(plain, late, tmp_path):
    """Each has its own; the clip has none."""
    row = ls.measure(after(plain, late).save(tmp_path / "joined.mp4"))

    told = re.match(r"2 shots; (\S+) ms in 0.0–5.0 s, (\S+) ms in 5.1–11.6 s; ", row.notes)
    assert [*map(float, told.groups())] == pytest.approx([0, 120], abs=20)
    assert "av_offset_ms: the offset changes, from " in row.notes
    assert (row.av_offset_min_ms, row.av_offset_max_ms) == pytest.approx((0, 120), abs=20)
    assert not row.sync_reliable


def test_shots_with_the_same_offset(plain, studio, tmp_path):
    """The clip has this offset."""
    other = RawVideo.of(studio.video("drawn 1", "cmn-dawei"))
    row = ls.measure(after(plain, other).save(tmp_path / "joined.mp4"))

    assert "2 shots; " in row.notes
    assert row.sync_reliable
    assert row.av_offset_ms == pytest.approx(0, abs=20)


def test_a_flash_is_no_cut(plain, tmp_path):
    """Two bright frames do not divide a shot."""
    frames = [*plain.frames]
    frames[60:62] = [np.full_like(frame, 250) for frame in frames[60:62]]

    row = ls.measure(replace(plain, frames=frames).save(tmp_path / "flash.mp4"))

    assert "shots" not in row.notes


@pytest.mark.parametrize("speaks", ["left", "right"])
def test_of_two_faces_the_one_that_speaks_is_measured(speaks, plain, late, tmp_path):
    """The other one speaks, too, but says something else."""
    pair = beside(plain, late) if speaks == "right" else beside(late, plain)
    if speaks == "left":
        pair = replace(beside(late, plain), sound=late.sound)

    row = ls.measure(pair.save(tmp_path / "two.mp4"))

    assert row.notes.startswith("2 faces; the one that matches the sound best is measured")
    assert row.sync_reliable
    assert row.av_offset_ms == pytest.approx(120, abs=20)


def test_a_still_face_beside_the_result(plain, tmp_path):
    """The result is measured, although the other face is as large."""
    still = replace(plain, frames=plain.frames[:1] * len(plain.frames))

    row = ls.measure(beside(still, plain).save(tmp_path / "panel.mp4"))

    assert row.notes.startswith("2 faces; ")
    assert row.av_offset_ms == pytest.approx(0, abs=20)


def test_a_still_face_beside_foreign_speech(plain, studio, tmp_path):
    """Two faces make no offset reliable that is none."""
    still = replace(plain, frames=plain.frames[:1] * len(plain.frames))
    foreign = RawVideo.of(studio.video("photo", "en-james", 1)).sound

    row = ls.measure(replace(beside(still, plain), sound=foreign).save(tmp_path / "panel.mp4"))

    assert not row.sync_reliable


def test_frames_without_a_face_do_not_count(plain, tmp_path):
    """After five seconds the face leaves; the sound goes on."""
    hills = np.array(Image.open(no_face(tmp_path / "hills.png", 240)))
    gone = replace(plain, frames=[hills] * len(plain.frames))

    row = ls.measure(after(plain, gone).save(tmp_path / "gone.mp4"))

    assert "no face in 5.1–10.2 s" in row.notes
    assert row.sync_reliable
    assert row.av_offset_ms == pytest.approx(0, abs=20)


def test_a_covered_face_does_not_count(plain, tmp_path):
    """The camera stays, and the face is away for a while."""
    long = after(plain, plain)
    frames = [*long.frames]
    for at in range(100, 180):
        frames[at] = cv2.GaussianBlur(frames[at], (0, 0), 40)

    row = ls.measure(replace(long, frames=frames).save(tmp_path / "away.mp4"))

    assert "no face in " in row.notes
    assert row.sync_reliable
    assert row.av_offset_ms == pytest.approx(0, abs=25)


def test_a_silent_first_sound_track(studio, tmp_path):
    """The audible one is taken, and told."""
    row = ls.measure(with_silent_track(studio.video(), tmp_path / "two.mp4"))

    assert row.notes.startswith("sound track 2 of 2; ")
    assert row.sync_reliable


def with_silent_track(video, path):
    """Copy a video, with a silent sound track before its own."""
    with av.open(str(video)) as source, av.open(str(path), "w") as out:
        pictures, sound = source.streams.video[0], source.streams.audio[0]
        shown = out.add_stream_from_template(pictures)
        hush = out.add_stream("aac", rate=sound.rate, layout="mono")
        heard = out.add_stream_from_template(sound)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = shown if packet.stream.type == "video" else heard
                out.mux(packet)
        for at in range(0, 5 * sound.rate, 1024):
            silence = np.zeros((1, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
            frame.sample_rate, frame.pts = sound.rate, at
            out.mux(hush.encode(frame))
        out.mux(hush.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_download_that_broke_off(suffix, studio, tmp_path):
    """The index comes first, so that the file can be played up to where it ends."""
    video = repeated(studio.video(), 2, tmp_path / "long.mp4")
    whole = fast_start(video, tmp_path / f"whole{suffix}").read_bytes()

    row = ls.measure(whole[: len(whole) * 6 // 10])

    assert row.notes.startswith(f"breaks off at {row.duration_s:.1f} of 10.")
    assert row.sync_reliable


def fast_start(video, path):
    """Copy a video, with its index at the beginning."""
    with av.open(str(video)) as source:
        options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
        with av.open(str(path), "w", options=options) as out:
            tracks = {track: out.add_stream_from_template(track) for track in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = tracks[packet.stream]
                    out.mux(packet)
    return path


def test_music_alone(plain, tmp_path):
    """No offset, and the reason may be the music."""
    sound = music(plain.sound.shape[1], plain.rate)[None]

    row = ls.measure(replace(plain, sound=sound).save(tmp_path / "music.mp4"))

    assert not row.sync_reliable
    assert "it may be music or noise" in row.notes


@pytest.mark.parametrize("excess_s", [-1.0, 1.5])
def test_sound_of_another_length_than_the_picture(excess_s, plain, tmp_path):
    """Its excess is told without a given speech."""
    samples = round((len(plain.times) / 25 + excess_s) * plain.rate)
    sound = np.resize(plain.sound, (1, samples))

    row = ls.measure(replace(plain, sound=sound).save(tmp_path / "longer.mp4"))

    assert row.sound_excess_s == pytest.approx(excess_s, abs=0.05)


def stretched(video, ms_per_min, path):
    """Return a video whose sound is slower, so that it gets later."""
    at = np.arange(video.sound.shape[1]) / (1 + ms_per_min / 60_000)
    sound = np.interp(at, np.arange(video.sound.shape[1]), video.sound[0])[None]
    return replace(video, sound=sound.astype(np.float32)).save(path)


def test_drift(studio, tmp_path):
    """How much the offset changes in a minute; if that is much, there is no single offset."""
    video = RawVideo.of(repeated(studio.video(), 8, tmp_path / "long.mp4"))
    own = ls.measure(stretched(video, 0, tmp_path / "0.mp4"))  # repeating adds some

    for ms_per_min in (-200, 100, 900):
        row = ls.measure(stretched(video, ms_per_min, tmp_path / "drift.mp4"))
        found = row.drift_ms_per_min - own.drift_ms_per_min
        assert found == pytest.approx(ms_per_min, abs=0.05 * abs(ms_per_min) + 15)

    assert own.sync_reliable
    assert abs(own.drift_ms_per_min) < 100
    assert "av_offset_ms: the offset changes, from " in row.notes
    assert not row.sync_reliable
