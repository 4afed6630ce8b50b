"""The sandbox's cloned voices."""

import numpy as np
import pytest

from lipsync_nb.sandbox.render.audio import read_audio
from lipsync_nb.sandbox.render.likeness import median_pitch_hz, voice_like
from lipsync_nb.sandbox.render.media import BadMedia
from lipsync_nb.sandbox.render.speech import VOICES, find_voice, speak

TEXT = "The rain in Spain falls mainly on the plain."


def pitch_of(path):
    audio = read_audio(path)
    return median_pitch_hz(audio.mono, audio.rate)


@pytest.mark.parametrize("pitch", [0.8, 1.0, 1.25])
@pytest.mark.parametrize("voice", ["en-emma", "en-james"])
def test_a_cloned_voice_is_as_high_as_its_sample(voice, pitch, tmp_path):
    """Within a sixth, as the voice that speaks like it may be another one."""
    speak(TEXT, tmp_path / "sample.wav", voice=voice, pitch=pitch)

    like = voice_like(tmp_path / "sample.wav", "en")
    speak(TEXT, tmp_path / "clone.wav", voice=like.voice, pitch=like.pitch)

    assert pitch_of(tmp_path / "clone.wav") == pytest.approx(
        pitch_of(tmp_path / "sample.wav"), rel=1 / 6
    )
    assert voice_like(tmp_path / "sample.wav", "en") == like


@pytest.mark.parametrize("language", ["en", "zh", ""])
def test_a_cloned_voice_speaks_the_language_that_is_asked_for(language, tmp_path):
    """Mandarin if none is; its Mandarin reads both scripts."""
    speak(TEXT, tmp_path / "sample.wav", voice="en-emma")

    voice = find_voice(voice_like(tmp_path / "sample.wav", language).voice)

    assert voice.language == ("en" if language == "en" else "cmn")


def test_samples_of_several_voices_are_told_apart(tmp_path):
    """Those of eight voices make at least six that differ in timbre or pitch."""
    made = set()
    for voice in VOICES:
        speak(TEXT, tmp_path / f"{voice.id}.wav", voice=voice.id)
        made.add(voice_like(tmp_path / f"{voice.id}.wav"))

    assert len(made) >= 6


def test_noise_has_no_pitch():
    """So its clone speaks in the middle between women and men."""
    noise = np.random.default_rng(0).normal(0, 0.1, 48000).astype(np.float32)

    assert median_pitch_hz(noise, 48000) == 0.0


def test_a_sample_that_is_no_sound_is_bad_media(tmp_path):
    """And no crash."""
    (tmp_path / "sample.wav").write_bytes(b"RIFF....")

    with pytest.raises(BadMedia):
        voice_like(tmp_path / "sample.wav")
