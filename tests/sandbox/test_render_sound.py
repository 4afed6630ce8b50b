"""What is heard in rendered videos: the speech as it was sent, from time zero."""

from pathlib import Path

import av
import numpy as np
import pytest
from faces import drawn_face, speech
from measures import delay_ms, hear, watch

from lipsync_nb.sandbox.render import Style, render_dialogue, render_portrait

FORMATS = [
    ("wav", "pcm_s16le", 8000, "mono"),
    ("wav", "pcm_s16le", 11025, "stereo"),
    ("wav", "pcm_s16le", 48000, "stereo"),
    ("mp3", "libmp3lame", 44100, "stereo"),
    ("mp3", "libmp3lame", 24000, "mono"),
    ("mp4", "aac", 32000, "mono"),
]


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    return drawn_face(tmp_path_factory.mktemp("face") / "face.png", size=240)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    return speech(tmp_path_factory.mktemp("said") / "said.wav", "Say it again, and say it well.")


def converted(source: Path, path: Path, codec: str, rate: int, layout: str) -> Path:
    """The same speech in another format."""
    with av.open(str(source)) as wav, av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        form = "s16" if codec.startswith("pcm") else "fltp"
        resampler = av.AudioResampler(form, layout, rate)
        frames = [piece for frame in wav.decode(audio=0) for piece in resampler.resample(frame)]
        written = 0
        for frame in [*frames, *resampler.resample(None)]:
            frame.pts, written = written, written + frame.samples
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_sound_keeps_its_place(form, face, said, tmp_path):
    """The sound lies within 1 ms of the input's, and lasts as long as the pictures, to a frame."""
    ending, codec, rate, layout = form
    sent = converted(said, tmp_path / f"sent.{ending}", codec, rate, layout)

    rendered = render_portrait(face, sent, tmp_path / "out.mp4", Style(height=240))

    seen = watch(tmp_path / "out.mp4")
    heard = hear(sent, seen.rate)
    assert seen.sound_start_s == 0
    assert abs(delay_ms(seen.sound.mean(axis=0), heard, seen.rate)) <= 1
    assert np.corrcoef(seen.sound.mean(axis=0)[: len(heard)], heard)[0, 1] > 0.95
    assert abs(seen.video_s - seen.sound_s) <= 1 / 25
    assert seen.video_s == pytest.approx(rendered.duration_s)
    assert len(seen.sound) == (1 if layout == "mono" else 2)


@pytest.mark.parametrize("offset_ms", [-200, 200])
def test_an_offset_leaves_the_sound_alone(offset_ms, face, said, tmp_path):
    """An A/V offset moves the mouth, not the sound."""
    render_portrait(face, said, tmp_path / "out.mp4", Style(height=240, av_offset_ms=offset_ms))

    seen = watch(tmp_path / "out.mp4")
    assert abs(delay_ms(seen.sound[0], hear(said, seen.rate), seen.rate)) <= 1


def test_volume_scales_the_sound(face, said, tmp_path):
    """Volume 25 gives a quarter of the amplitude."""
    render_portrait(face, said, tmp_path / "out.mp4", Style(height=240, volume=25))

    seen = watch(tmp_path / "out.mp4")
    assert seen.sound.std() / hear(said, seen.rate).std() == pytest.approx(0.25, rel=0.05)


@pytest.mark.parametrize(
    ("order", "left_at_s", "right_at_s"),
    [("meanwhile", 0, 0), ("left_right", 0, 2), ("right_left", 1.5, 0)],
)
def test_dialogues_order_their_speeches(order, left_at_s, right_at_s, face, tmp_path):
    """Both speeches are heard, at once or one after the other."""
    left, right = tone(tmp_path / "l.wav", 300, 2.0), tone(tmp_path / "r.wav", 700, 1.5)

    render_dialogue(face, left, right, tmp_path / "out.mp4", Style(height=240), order=order)

    seen = watch(tmp_path / "out.mp4")
    assert heard_from_to(seen, 300) == pytest.approx((left_at_s, left_at_s + 2.0), abs=0.06)
    assert heard_from_to(seen, 700) == pytest.approx((right_at_s, right_at_s + 1.5), abs=0.06)
    assert seen.video_s == pytest.approx(2.0 if order == "meanwhile" else 3.5, abs=0.05)


def tone(path: Path, hertz: int, seconds: float) -> Path:
    """A sine as a WAV file."""
    times = np.arange(round(seconds * 16000)) / 16000
    samples = (8000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def heard_from_to(seen, hertz: int) -> tuple[float, float]:
    """From when to when a tone is to be heard, in seconds."""
    mono, length = seen.sound.mean(axis=0), seen.rate // 50
    wave = np.exp(-2j * np.pi * hertz * np.arange(length) / seen.rate)
    loud = [abs(mono[i : i + length] @ wave) for i in range(0, len(mono) - length, length)]
    on = np.flatnonzero(np.array(loud) > max(loud) / 2)
    return on[0] * 0.02, (on[-1] + 1) * 0.02
