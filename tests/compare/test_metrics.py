"""The computations behind the metrics, on signals with known results."""

import av
import numpy as np
import pytest

from lipsync_nb.compare.metrics.audio_match import match_audio, match_levels
from lipsync_nb.compare.metrics.compute import row_of
from lipsync_nb.compare.metrics.decode import RATE_HZ, AudioTrack, Missing, read_audio
from lipsync_nb.compare.metrics.speech_levels import HOP_S, band_levels, speech_level
from lipsync_nb.media import Media


def generator():
    """Return a random generator with the same seed for every test."""
    return np.random.default_rng(7)


def tone(hertz, seconds=1.0, level=0.5):
    """Return a sine tone."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def test_levels_are_decibels():
    """Half the amplitude is 6 dB less, and the step is at the right time."""
    level = speech_level(np.concatenate([tone(1000), tone(1000, level=0.25)]))

    assert len(level) * HOP_S == pytest.approx(2)
    assert level[10:40].mean() - level[60:90].mean() == pytest.approx(6.02, abs=0.05)
    middle = (level[10:40].mean() + level[60:90].mean()) / 2
    assert abs(np.argmax(level[10:] < middle) + 10 - 50) <= 1


def test_each_band_has_its_own_frequencies():
    """A tone in one of the six bands is loudest in that band."""
    tones = [tone(hertz) for hertz in (200, 500, 900, 1500, 2500, 4000)]
    loudest = band_levels(np.concatenate(tones)).reshape(6, 50, 6)[:, 10:40].mean(axis=1)

    assert [*loudest.argmax(axis=0)] == [0, 1, 2, 3, 4, 5]


def test_silence_has_no_level():
    """A sound that is only faint noise counts as silent."""
    with pytest.raises(Missing, match="silent"):
        speech_level(1e-6 * generator().normal(size=RATE_HZ).astype(np.float32))


def test_a_sound_that_begins_late_or_early():
    """A late sound is padded with silence, and an early one is cut."""
    sound = AudioTrack(tone(440), start_s=0.25)

    assert len(sound.since(0)) == 1.25 * RATE_HZ
    assert not sound.since(0)[: RATE_HZ // 4].any()
    assert np.array_equal(sound.since(0.5), sound.samples[RATE_HZ // 4 :])


def mp3(path, rate, layout):
    """Return two seconds of a tone as MP3."""
    samples = np.sin(np.arange(2 * rate) * 2 * np.pi * 440 / rate).astype(np.float32)
    channels = {"mono": 1, "stereo": 2}[layout]
    with av.open(str(path), "w") as out:
        track = out.add_stream("mp3", rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.stack([samples] * channels), "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        out.mux([*track.encode(frame), *track.encode(None)])
    return path.read_bytes()


def test_a_sound_whose_format_changes(tmp_path):
    """Both parts of a file that was joined from two formats are decoded."""
    both = mp3(tmp_path / "1.mp3", 44100, "stereo") + mp3(tmp_path / "2.mp3", 22050, "mono")

    sound = read_audio(Media(both))

    assert sound.duration_s == pytest.approx(4, abs=0.15)
    assert np.abs(sound.samples[-RATE_HZ:]).mean() > 0.4


@pytest.mark.parametrize("seconds", [4, 17, 40])
@pytest.mark.parametrize("late", [0, 7, -1600, 31999, -31999])
def test_a_speech_is_found_to_the_sample(seconds, late):
    """The lag is exact for lengths below, at and above the block size of 16 seconds."""
    speech = generator().normal(0, 0.1, seconds * RATE_HZ).astype(np.float32)
    sound = np.concatenate([np.zeros(max(0, late), np.float32), speech[max(0, -late) :]])

    found = match_audio(sound, speech)

    assert round(found.lag_s * RATE_HZ) == late
    assert found.corr == pytest.approx(1, abs=1e-6)


def test_an_inverted_speech_is_the_same_recording():
    """Its correlation is 1, since some encoders invert the polarity."""
    speech = generator().normal(0, 0.1, 2 * RATE_HZ).astype(np.float32)

    assert match_audio(-speech, speech).corr == pytest.approx(1)


def test_other_sound_is_not_the_speechs_recording():
    """Two sounds of independent noise do not match at any lag."""
    one, other = generator().normal(0, 0.1, (2, 5 * RATE_HZ)).astype(np.float32)

    assert not match_audio(one, other).own_recording


def test_levels_are_compared_whoever_speaks():
    """Two different noises with the same envelope have a high correlation of levels."""
    rng = generator()
    pace = np.repeat(rng.uniform(0.01, 1, 60), RATE_HZ // 10)
    one, other = pace * rng.normal(0, 0.1, (2, len(pace)))

    assert match_levels(one.astype(np.float32), other.astype(np.float32)) > 0.9


def test_notes_are_in_the_order_of_the_columns():
    """The notes have the order of the columns, not that in which the metrics were computed."""
    row = row_of({"sync_corr": Missing("too short"), "width": 640, "fps": Missing("one frame")}, "")

    assert row.notes == "fps: one frame; sync_corr: too short"
    assert row.width == 640
    assert np.isnan(row.fps)
