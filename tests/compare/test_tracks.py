"""The tracks of mouth and voice over time."""

import numpy as np
import pandas as pd
import pytest
from raw_video import RawVideo, repeated, replace

import lipsync_nb as ls
from lipsync_nb.compare.metrics.clip import Clip
from lipsync_nb.compare.metrics.compute import compute_tracks
from lipsync_nb.compare.metrics_cache import cached_tracks
from lipsync_nb.compare.tracks import Tracks, to_unit


def tracks(video, speech=None) -> Tracks:
    """Return the tracks of a video."""
    return compute_tracks(Clip(video, speech, None))


def test_mouth_and_voice_go_together(studio):
    """Each track has one value per frame. The mouth moves more while the voice is loud."""
    video = studio.video()
    found = tracks(video, studio.said("en-emma"))

    assert found.notes == {}
    assert found.times_s[0] == 0
    assert len(found.times_s) == round(ls.Video(video).duration_s * 25)
    assert found.mouth.shape == found.voice_db.shape == found.times_s.shape
    speaks, silent = found.voice_db > 25, found.voice_db < 12
    assert found.mouth[speaks].mean() > 1.3 * found.mouth[silent].mean()


def test_the_speech_is_the_voice_if_the_vendor_kept_it(studio):
    """The tracks ``voice_db`` and ``speech_db`` are nearly equal."""
    found = tracks(studio.video(), studio.said("en-emma"))

    both = np.isfinite(found.speech_db) & np.isfinite(found.voice_db)
    assert both.mean() > 0.95
    assert np.corrcoef(found.speech_db[both], found.voice_db[both])[0, 1] > 0.98


def test_motion_is_per_second(studio):
    """Videos with different frame rates have comparable tracks."""
    slow, fast = (np.median(tracks(studio.video(fps=fps)).mouth) for fps in (25, 50))

    assert slow == pytest.approx(fast, rel=0.5)


def test_what_is_missing_is_not_a_number(studio, tmp_path):
    """A missing track is NaN, with the reason in the notes. The times are there."""
    plain = RawVideo.of(studio.video())
    mute = replace(plain, sound=plain.sound[:0]).save(tmp_path / "mute.mp4")

    found = tracks(mute)

    reasons = {"voice_db": "no sound", "speech_db": "no speech was given", "offset_ms": "no sound"}
    assert found.notes == reasons
    assert np.isnan(found.voice_db).all()
    assert len(found.voice_db) == len(found.times_s) == len(plain.times)


def test_what_is_no_video_has_empty_tracks():
    """A file that is no video has empty tracks, with the reason in the notes."""
    found = tracks(b"<html></html>")

    assert len(found.times_s) == len(found.mouth) == 0
    assert "not readable" in found.notes["times_s"]


def test_a_drawn_track_fills_its_strip():
    """The highest values become 1, zeros stay 0, and NaN stays NaN."""
    lively = to_unit(np.linspace(0, 50, 101))

    assert lively.min() == 0
    assert (lively == 1).sum() == 3
    assert to_unit(np.array([9.0, 90.0]), 45).tolist() == [0.2, 1]
    assert to_unit(np.array([0.0, np.nan])).tolist() == pytest.approx([0, np.nan], nan_ok=True)
    assert np.isnan(to_unit(np.full(2, np.nan))).all()


def test_what_was_measured_is_not_looked_through_again(studio, home):
    """The tracks of a measured video are in the cache. A damaged file counts as missing."""
    video = studio.video()
    ls.measure_all([(video, studio.said("en-emma"))])
    (kept,) = home.rglob("*.npz")
    found, looked = cached_tracks(video), tracks(video)
    kept.write_bytes(kept.read_bytes()[:-9])
    spoilt = cached_tracks(video)

    for name in ("times_s", "mouth", "voice_db", "speech_db"):
        np.testing.assert_allclose(getattr(found, name), getattr(looked, name))
    assert found.notes == looked.notes
    assert len(spoilt.times_s) == 0
    assert spoilt.notes["mouth"] == "not measured"


def test_a_row_whose_tracks_are_lost_is_measured_again(studio, home):
    """The tracks are then in the cache again, for the players."""
    video = studio.video()
    before = ls.measure_all([video])
    for kept in home.rglob("*.npz"):
        kept.unlink()
    after = ls.measure_all([video])

    pd.testing.assert_frame_equal(before, after)
    assert len(cached_tracks(video).times_s) > 0


def test_the_offset_of_each_window(studio, tmp_path):
    """Within a window it is the same for all frames; where it is not reliable, it is missing."""
    found = tracks(repeated(studio.video(av_offset_ms=80), 3, tmp_path / "long.mp4"))

    first, second = (found.offset_ms[found.times_s // 5 == window] for window in (0, 1))
    assert np.ptp(first) == np.ptp(second) == 0
    assert (first[0], second[0]) == pytest.approx((80, 80), abs=20)
    assert len(found.offset_ms) == len(found.times_s)
