"""Loudness and clipping of sounds with a known loudness and known clipped samples."""

import wave
from fractions import Fraction

import av
import numpy as np
import pytest

import lipsync_nb as ls
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.sound_levels import loudness_lufs, sound_levels
from lipsync_nb.media import Media

RATE = 48_000


def tone(seconds, decibels, hertz=1000, channels=2):
    """Return a sine with peaks at so many decibels of full scale, shape (channels, n)."""
    times = np.arange(round(seconds * RATE)) / RATE
    sine = 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * times)
    return np.tile(sine, (channels, 1)).astype(np.float32)


def written(path, samples, codec="flac", rate=RATE):
    """Write a sound, by default without losses."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(samples)]
    with av.open(str(path), "w") as out:
        track = out.add_stream(codec, rate=rate, layout=layout)
        whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        whole.sample_rate, whole.pts, whole.time_base = rate, 0, Fraction(1, rate)
        cut = av.AudioResampler(track.format.name, layout, rate, track.frame_size or 4096)
        for frame in [*cut.resample(whole), *cut.resample(None)]:
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return Media(path)


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(20, -23)], -23),
        ([(20, -33)], -33),
        ([(10, -36), (60, -23), (10, -36)], -23),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),
        ([(20, -26), (20.1, -20), (20, -26)], -23),
    ],
)
def test_the_sounds_of_the_european_broadcasting_union(parts, lufs, tmp_path):
    """Cases 1 to 5 of EBU Tech 3341 are within its tolerance of 0.1 LU."""
    sound = np.concatenate([tone(*part) for part in parts], axis=1)

    assert loudness_lufs(written(tmp_path / "tone.mka", sound)) == pytest.approx(lufs, abs=0.1)


def test_surround_sound(tmp_path):
    """Case 6 of EBU Tech 3341: the channels weigh as ITU-R BS.1770 has them."""
    levels = np.array([-28, -28, -24, -200, -30, -30])[:, None] + 23
    sound = (tone(20, -23, channels=6) * 10 ** (levels / 20)).astype(np.float32)

    assert loudness_lufs(written(tmp_path / "tone.mka", sound)) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100])
def test_one_channel_at_any_rate_is_as_loud_as_two(rate, tmp_path):
    """One channel counts as played by two speakers, at the file's own rate."""
    times = np.arange(10 * rate) / rate
    sine = (0.1 * np.sin(2 * np.pi * 1000 * times)).astype(np.float32)[None]

    found = [
        loudness_lufs(written(tmp_path / f"{count}.mka", np.tile(sine, (count, 1)), rate=rate))
        for count in (1, 2)
    ]

    assert found == pytest.approx([-20, -20], abs=0.1)


def test_low_tones_weigh_less(tmp_path):
    """The K-weighting takes 50 Hz down by some decibels, and raises 5 kHz."""
    low, middle, high = (
        loudness_lufs(written(tmp_path / f"{hertz}.mka", tone(5, -20, hertz)))
        for hertz in (50, 1000, 5000)
    )

    assert low < middle - 3
    assert high > middle + 2


def test_the_loudness_of_a_video(studio, tmp_path):
    """A video's loudness is that of its speech, and halving it takes 6 LU."""
    row = ls.measure(studio.video())
    speech = loudness_lufs(Media(studio.said("en-emma")))
    with av.open(str(studio.said("en-emma"))) as file:
        (rate,) = {file.streams.audio[0].rate}
        samples = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
    half = (np.concatenate(samples) / 2**16).astype(np.float32)[None]
    halved = loudness_lufs(written(tmp_path / "half.mka", half, rate=rate))

    assert row.loudness_lufs == pytest.approx(speech, abs=0.3)
    assert speech - halved == pytest.approx(6.02, abs=0.1)


def test_the_share_of_clipped_samples_is_known(tmp_path):
    """Runs of full scale in the worst channel count; single samples and others do not."""
    sound = 0.3 * tone(5, 0)
    clips = sound.copy()
    for run in range(120):
        begin = 1_000 + 2_000 * run
        clips[0, begin : begin + 20] = 1 if run % 2 else -1
        clips[1, begin : begin + 10] = 1
        clips[0, begin + 100] = clips[0, begin + 103] = 1

    assert sound_levels(written(tmp_path / "clean.mka", sound), 1).clipped == 0
    found = sound_levels(written(tmp_path / "clips.mka", clips), 1).clipped
    assert found == 120 * 20 / (5 * RATE)


def test_a_run_over_two_frames_is_one(tmp_path):
    """The frames of a codec do not part a run."""
    sound = np.zeros((1, 3 * 4096), np.float32)
    sound[0, 4094:4098] = 1

    assert sound_levels(written(tmp_path / "run.mka", sound), 1).clipped == 4 / sound.size


def test_clipped_speech_in_a_video(studio, tmp_path):
    """AAC moves the clipped samples, of which most are found; the speech itself has almost none."""
    with av.open(str(studio.said("en-emma"))) as file:
        (rate,) = {file.streams.audio[0].rate}
        samples = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
    said = (np.concatenate(samples) / 2**15).astype(np.float32)[None]
    loud = np.clip(4 * said / np.abs(said).max(), -1, 1)
    share = float(np.mean(np.abs(loud) == 1))

    found = sound_levels(written(tmp_path / "loud.mp4", loud, "aac", rate), 1).clipped

    assert 0.6 * share < found < 1.4 * share
    assert sound_levels(written(tmp_path / "as is.mp4", said, "aac", rate), 1).clipped < 0.0005


def test_a_sound_of_many_channels(tmp_path):
    """A WAV of eleven channels without names is measured; the worst one tells what is clipped."""
    samples = np.zeros((RATE, 11), np.int16)
    samples[:100, 10] = 2**15 - 1
    with wave.open(str(tmp_path / "many.wav"), "wb") as file:
        file.setparams((11, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())

    assert sound_levels(Media(tmp_path / "many.wav"), 1).clipped == 100 / RATE


def test_a_short_sound_has_no_loudness(tmp_path):
    """Less than the 0.4 s of a window is too short; 0.4 s suffice."""
    short, long = (
        written(tmp_path / f"{seconds}.mka", tone(seconds, -23)) for seconds in (0.3, 0.4)
    )

    with pytest.raises(Missing, match=r"less than 0\.4 s"):
        loudness_lufs(short)
    assert loudness_lufs(long) == pytest.approx(-23, abs=0.1)


def test_silence_has_no_loudness(tmp_path):
    """Sound below the gate of -70 LUFS is silent."""
    with pytest.raises(Missing, match="silent"):
        loudness_lufs(written(tmp_path / "quiet.mka", tone(2, -80)))
