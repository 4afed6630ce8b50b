"""The filters and curves of the sync metrics, on signals with known results."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import lipsync_nb as ls
from lipsync_nb.compare.metrics.lag_curve import LAGS_S, LagMoments, peak
from lipsync_nb.compare.metrics.mouth import MouthTrack
from lipsync_nb.compare.metrics.speech_levels import HOP_S
from lipsync_nb.compare.metrics.sync import mouth_tracks
from lipsync_nb.compare.metrics.sync_features import mouth_signals, sound_signals, speech_rate
from lipsync_nb.compare.metrics.sync_filters import OWN, Filters, own_filters

STUDY = Path(__file__).with_name("study_curves.npz")
"""Signals of 8 s of each clip from which the filters were learned, and the curve that an
independent implementation of the method makes of them."""
CLIPS = (
    *("WDA_AlexandriaOcasioCortez_000", "WDA_KatieHill_000"),
    *("pose_source2", "uncrop_Obama"),
)
TIMES_S = np.arange(0, 24, HOP_S)
ONE = np.ones(1)


def noise():
    """Return four seconds of noise that gets louder and quieter ten times a second."""
    rng = np.random.default_rng(5)
    pace = np.repeat(rng.uniform(0.01, 1, 40), 1600)
    return (pace * rng.normal(0, 0.1, 64000)).astype(np.float32)


def wandering(shift_s=0.0):
    """Return a track that changes about as fast as speech, and never repeats, shape (n, 1)."""
    parts = [(1.3, 0.2), (2.1, 1.0), (3.7, 2.2), (4.9, 0.4)]
    waves = [np.sin(2 * np.pi * hertz * (TIMES_S - shift_s) + phase) for hertz, phase in parts]
    return np.sum(waves, axis=0)[:, None]


def moments(mouth, sound, start=0, *, seen=True):
    """Return the moments of two tracks; by default all of the mouth counts."""
    return LagMoments.of(mouth, sound, start, np.broadcast_to(seen, len(mouth)))


@pytest.mark.parametrize("clip", CLIPS)
def test_the_curve_is_that_of_the_study(clip):
    """For each clip from which the filters were learned, within 1e-6."""
    filters = own_filters()
    with np.load(STUDY) as study:
        tracks, signals, curve = (study[f"{clip}.{part}"] for part in ("mouth", "sound", "curve"))
    opening, darkness, change = tracks.astype(float).T
    times = np.arange(len(tracks)) * HOP_S
    mouth = MouthTrack(darkness, change, opening)
    mouth = mouth_signals(mouth_tracks(times, mouth, np.arange(len(tracks))))

    found = moments(filters.of_mouth(mouth), filters.of_sound(signals.astype(float)))

    assert np.abs(found.curve(filters.weights) - curve).max() < 1e-6


def test_the_signals_of_a_sound_are_those_of_the_study():
    """On noise, within 1e-6."""
    with np.load(STUDY) as study:
        assert np.abs(sound_signals(noise()) - study["noise.signals"]).max() < 1e-6


@pytest.mark.parametrize("late_s", [0, 0.013, 0.2, -0.31, 0.5])
def test_a_moved_track_is_found_between_the_hops(late_s):
    """The lag is found within 2 ms, a tenth of a hop."""
    lag_s, corr = peak(moments(wandering(), wandering(late_s)).curve(ONE))

    assert lag_s == pytest.approx(late_s, abs=0.002)
    assert corr > 0.97  # at the nearest hop


def test_a_part_is_compared_with_the_sound_around_it():
    """A mouth that begins later is compared with the sound from there on, and before."""
    begin = 300
    mouth = wandering()[begin : begin + 200]

    lag_s, _ = peak(moments(mouth, wandering(0.1), begin).curve(ONE))

    assert lag_s == pytest.approx(0.1, abs=0.002)


def test_what_is_not_seen_does_not_count():
    """Where there is no face, the mouth may do anything."""
    mouth, seen = wandering(), np.ones(len(TIMES_S), np.bool_)
    mouth[200:700], seen[200:700] = 30.0, False

    found = moments(mouth, wandering(0.1), seen=seen)

    assert peak(found.curve(ONE)) == pytest.approx(
        peak(moments(wandering(), wandering(0.1)).curve(ONE)), abs=0.01
    )
    assert found.seconds == pytest.approx(len(TIMES_S) * HOP_S - 10)


def test_a_constant_track_correlates_with_nothing():
    """The correlation with a constant track is 0, not an error."""
    assert np.abs(moments(0 * wandering(), wandering()).curve(ONE)).max() == 0


@pytest.mark.parametrize("late_s", [0.0, 0.12])
def test_the_interval_contains_the_lag(late_s):
    """It is narrow for a clean track, and wider for a noisy one."""
    noisy = wandering(late_s) + np.random.default_rng(1).normal(0, 3, (len(TIMES_S), 1))

    narrow = moments(wandering(), wandering(late_s)).intervals(ONE).lag_s
    wide = moments(wandering(), noisy).intervals(ONE).lag_s

    for low, high in (narrow, wide):
        assert low - 0.002 <= late_s <= high + 0.002
    assert np.ptp(wide) > np.ptp(narrow)
    assert np.ptp(narrow) < 0.01


@pytest.mark.parametrize("seconds", [5, 20])
def test_the_interval_of_the_correlation_contains_the_true_one(seconds, figure):
    """In at least 80 of 100 clips of noise whose true correlation is known."""
    true, inside = 0.6, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        both = cv2.GaussianBlur(rng.normal(size=(50 * seconds, 2)), (1, 33), 4)
        mouth, other = both.T[..., None]
        found = moments(mouth, true * mouth + np.sqrt(1 - true**2) * other)
        low, high = found.intervals(ONE).corr
        inside += low <= true <= high

    figure(f"true correlation in the 95 % interval of {seconds} s: {inside} of 100")
    assert inside >= 80


@pytest.mark.parametrize(("hertz", "kept"), [(0.05, 0), (3, 1), (20, 0)])
def test_what_changes_at_the_rate_of_speech_is_kept(hertz, kept):
    """Slow drifts and fast noise are removed, and nothing is moved in time."""
    track = np.sin(2 * np.pi * hertz * TIMES_S)

    left = speech_rate(track)

    assert np.abs(left - kept * track)[50:-50].max() < 0.15


def test_a_curve_that_rises_to_its_end_has_its_peak_there():
    """The peak is at the end of the curve, not beyond."""
    lag_s, _ = peak(LAGS_S**3)

    assert lag_s == pytest.approx(LAGS_S[-1], abs=HOP_S)


def test_filters_are_read_as_they_were_written(tmp_path):
    """With all digits that count for their version."""
    own_filters().write(tmp_path / "again.json", {"learned_by": "a test"})

    assert Filters.read(tmp_path / "again.json").version == own_filters().version


def test_filters_with_another_zero_have_another_version():
    """As they give other offsets."""
    assert replace(own_filters(), zero_ms=80.0).version != own_filters().version


def test_the_filters_tell_where_they_come_from():
    """Clips with their digests, the program, the versions and the date."""
    told = json.loads(OWN.read_text("utf-8"))

    assert sorted(clip["name"] for clip in told["clips"]) == [f"{clip}.mp4" for clip in CLIPS]
    assert all(len(clip["sha256"]) == 64 for clip in told["clips"])
    assert {"learned_by", "learned_at", "versions", "zero_ms", "zero_error_ms"} <= told.keys()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"mouth": 1}'], ids=repr)
def test_a_file_without_filters_is_refused(content, tmp_path, studio):
    """Before anything is measured."""
    (tmp_path / "filters.json").write_bytes(content)

    with pytest.raises(ls.BadRequest, match="has no filters"):
        ls.measure(studio.video(), filters=tmp_path / "filters.json")


def test_filters_of_another_shape_are_refused(tmp_path, studio):
    """The error names the shapes that are expected."""
    odd = replace(own_filters(), mouth=own_filters().mouth[:-1])
    odd.write(tmp_path / "filters.json", {})

    with pytest.raises(ls.BadRequest, match=r"must be \(44, n\) and \(110, n\)"):
        ls.measure(studio.video(), filters=tmp_path / "filters.json")


def test_filters_can_be_learned_from_other_clips(tmp_path, studio):
    """Twice the same, with a zero that is unknown; the clip's own offset is found with them."""
    clips = tmp_path / "clips"
    clips.mkdir()
    for number, voice in enumerate(("en-emma", "cmn-dawei")):
        clip = studio.video("photo", voice)
        (clips / f"{number}.mp4").write_bytes(clip.read_bytes())
    (clips / "no clip.txt").write_text("a note")

    def learned(name):
        command = [sys.executable, "-m", "lipsync_nb.compare.metrics.learn_filters", clips]
        done = subprocess.run(
            [*command, tmp_path / name], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "no clip.txt: left out" in done.stdout
        return tmp_path / name

    first, second = learned("1.json"), learned("2.json")
    plain, late = (
        ls.measure(studio.video(av_offset_ms=offset), filters=first) for offset in (0, 120)
    )

    assert Filters.read(first).version == Filters.read(second).version == plain.sync_filters
    assert plain.sync_filters != own_filters().version
    assert "zero unknown" in plain.notes
    assert late.av_offset_ms - plain.av_offset_ms == pytest.approx(120, abs=20)
