"""What the mouth does in rendered videos: it opens with the voice, when it should."""

from pathlib import Path

import numpy as np
import pytest
from faces import drawn_face, face_video, portrait, speech, wanderers_mouth
from measures import darkness, sound_lag_ms, watch

from lipsync_nb.sandbox.render import Style, render_face_video, render_portrait
from lipsync_nb.sandbox.render.audio import Audio, read_audio
from lipsync_nb.sandbox.render.mouth_motion import ANTICIPATION_S, mouth_motion

SIZE = (320, 240)
LIPS_FIRST_MS = 1000 * ANTICIPATION_S
"""How much later than the lips the loudness comes in speech that is in sync."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lips")
    speech(folder / "said.wav")
    drawn_face(folder / "drawn.png", seed=1, size=240)
    portrait(folder / "photo.png")
    face_video(folder / "clip.mp4", seconds=5.2, size=SIZE)
    return folder


def drawn_mouth(_time_s: float) -> tuple[int, int, int, int]:
    return 100, 113, 140, 150


def photos_mouth(_time_s: float) -> tuple[int, int, int, int]:
    return 140, 95, 174, 118


def clips_mouth(time_s: float) -> tuple[int, int, int, int]:
    x, y, width = wanderers_mouth(time_s, SIZE)
    return (
        round(x - width / 2),
        round(y - 0.1 * width),
        round(x + width / 2),
        round(y + 0.5 * width),
    )


@pytest.mark.parametrize("offset_ms", [0, 80, -80, 160, -160, 400, -400])
def test_offsets_are_real(offset_ms, folder, tmp_path):
    """Measured from pixels and samples, the sound is as much later as was asked than natural."""
    style = Style(height=240, av_offset_ms=offset_ms)

    render_portrait(folder / "drawn.png", folder / "said.wav", tmp_path / "out.mp4", style)

    seen = watch(tmp_path / "out.mp4")
    lag_ms, fit = sound_lag_ms(seen, darkness(seen, drawn_mouth))
    assert lag_ms == pytest.approx(offset_ms + LIPS_FIRST_MS, abs=20)
    assert fit > 0.8


@pytest.mark.parametrize("offset_ms", [0, -160])
def test_a_photographs_mouth_follows_the_voice(offset_ms, folder, tmp_path):
    """A smiling photograph speaks as well as a drawing does."""
    style = Style(height=360, av_offset_ms=offset_ms)

    render_portrait(folder / "photo.png", folder / "said.wav", tmp_path / "out.mp4", style)

    seen = watch(tmp_path / "out.mp4")
    lag_ms, fit = sound_lag_ms(seen, darkness(seen, photos_mouth))
    assert lag_ms == pytest.approx(offset_ms + LIPS_FIRST_MS, abs=20)
    assert fit > 0.7


@pytest.mark.parametrize("offset_ms", [0, 160, -160])
def test_a_moving_mouth_follows_the_voice(offset_ms, folder, tmp_path):
    """In a clip whose face wanders and turns, the mouth speaks where the face is."""
    style = Style(height=SIZE[1], av_offset_ms=offset_ms)

    render_face_video(folder / "clip.mp4", folder / "said.wav", tmp_path / "out.mp4", style)

    seen = watch(tmp_path / "out.mp4")
    lag_ms, fit = sound_lag_ms(seen, darkness(seen, clips_mouth))
    assert lag_ms == pytest.approx(offset_ms + LIPS_FIRST_MS, abs=20)
    assert fit > 0.7


def test_silence_keeps_the_mouth_closed():
    """Digital silence, and faint noise, move nothing."""
    noise = np.random.default_rng(0).normal(0, 1e-4, (1, 96000)).astype(np.float32)

    for samples in (np.zeros((1, 96000), np.float32), noise):
        controls = mouth_motion(Audio(samples, 48000), 25, 50)

        assert controls.openness.max() < 0.02
        assert np.abs(controls.width).max() < 0.1


def test_the_mouth_rests_between_words(folder):
    """The mouth uses its whole range, and is closed before the first word and after the last."""
    sound = read_audio(folder / "said.wav").padded(0.5, 7)

    openness = mouth_motion(sound, 25, 175).openness

    assert openness[:10].max() < 0.02
    assert openness[-10:].max() < 0.02
    assert openness.max() > 0.8
    assert np.percentile(openness[15:130], 20) < 0.45


def test_hissing_nearly_closes_the_mouth():
    """A sound like s opens the mouth much less than a vowel as loud does."""
    times = np.arange(48000) / 48000
    vowel = sum(np.sin(2 * np.pi * 150 * n * times) / n for n in range(1, 12))
    noise = np.fft.rfft(np.random.default_rng(0).normal(0, 1, 48000))
    noise[:4000] = 0
    hiss = np.fft.irfft(noise)
    both = np.concatenate([vowel / vowel.std(), hiss / hiss.std()]) * 0.1

    openness = mouth_motion(Audio(both[None].astype(np.float32), 48000), 25, 50).openness

    assert openness[5:20].mean() > 3 * openness[30:45].mean()
