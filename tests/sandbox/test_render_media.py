"""What goes into the renderer: lengths, posters, and media that are broken, empty or odd."""

import shutil
import wave
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from faces import drawn_face, face_video, no_face, portrait, speech
from measures import darkness, watch
from PIL import Image

from lipsync_nb.sandbox.render import (
    BadMedia,
    Style,
    duration_s,
    is_picture,
    poster,
    render_portrait,
)

SMALL = Style(height=240)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    speech(folder / "said.wav", "Hello, my old friend.")
    drawn_face(folder / "face.png", size=240)
    face_video(folder / "clip.mp4", 1.2, 25, (160, 120))
    return folder


def tape(path, samples, rate=16000):
    """Samples (±1) as a WAV file."""
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, rate, 0, "NONE", ""))
        wav.writeframes((np.asarray(samples) * 32767).astype("<i2").tobytes())
    return path


def test_lengths_are_exact(folder, tmp_path):
    """A sound's length is that of its samples, a clip's that of its frames."""
    assert duration_s(tape(tmp_path / "a.wav", np.zeros(24000))) == pytest.approx(1.5, abs=1e-3)
    assert duration_s(folder / "clip.mp4") == pytest.approx(1.2, abs=1e-3)


def test_a_clip_with_sound_is_as_long_as_its_sound(folder, tmp_path):
    """Of a clip with both, the sound counts."""
    rendered = render_portrait(folder / "face.png", folder / "said.wav", tmp_path / "o.mp4", SMALL)

    assert duration_s(tmp_path / "o.mp4") == pytest.approx(rendered.duration_s, abs=0.06)


@pytest.mark.parametrize(
    "content", [b"", b"nothing that could be heard", b"RIFF\x24\x08\x00\x00WAVE"]
)
def test_unreadable_media_have_no_length(content, tmp_path):
    """Empty and foreign files are refused by name."""
    (tmp_path / "odd.wav").write_bytes(content)

    with pytest.raises(BadMedia, match=r"odd\.wav"):
        duration_s(tmp_path / "odd.wav")


def test_a_still_picture_has_no_length(folder):
    """A picture does not last."""
    with pytest.raises(BadMedia, match=r"face\.png is a still picture"):
        duration_s(folder / "face.png")


def test_a_missing_file_is_refused(tmp_path):
    """So is a file that does not exist."""
    with pytest.raises(BadMedia, match=r"gone\.wav cannot be read"):
        duration_s(tmp_path / "gone.wav")


def test_pictures_are_distinguished_from_clips(folder, tmp_path):
    """What is a picture is decided by its content, not its name."""
    shutil.copy(folder / "face.png", tmp_path / "face.mp4")

    assert is_picture(tmp_path / "face.mp4")
    assert not is_picture(folder / "clip.mp4")
    assert not is_picture(folder / "said.wav")


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(100)], ids=["empty", "6 ms"])
def test_too_short_speech_is_refused(samples, folder, tmp_path):
    """A speech shorter than a frame or two is none."""
    said = tape(tmp_path / "short.wav", samples)

    with pytest.raises(BadMedia, match=r"short\.wav has no sound"):
        render_portrait(folder / "face.png", said, tmp_path / "out.mp4", SMALL)


def test_a_clip_without_sound_is_no_speech(folder, tmp_path):
    """A silent film cannot be spoken."""
    with pytest.raises(BadMedia, match=r"clip\.mp4 has no sound"):
        render_portrait(folder / "face.png", folder / "clip.mp4", tmp_path / "out.mp4", SMALL)


def test_silence_keeps_the_mouth_shut(folder, tmp_path):
    """A silent speech gives a video of its length with the mouth closed."""
    said = tape(tmp_path / "silence.wav", np.zeros(16000))

    render_portrait(folder / "face.png", said, tmp_path / "out.mp4", SMALL)

    seen = watch(tmp_path / "out.mp4")
    assert seen.video_s == pytest.approx(1, abs=0.04)
    assert darkness(seen, lambda _: (98, 112, 142, 150)).max() < 0.01


def test_truncated_speech_is_spoken_up_to_the_break(folder, tmp_path):
    """Half a WAV file gives half the speech."""
    whole = (folder / "said.wav").read_bytes()
    (tmp_path / "half.wav").write_bytes(whole[: len(whole) // 2])

    rendered = render_portrait(
        folder / "face.png", tmp_path / "half.wav", tmp_path / "o.mp4", SMALL
    )

    assert rendered.duration_s == pytest.approx(duration_s(folder / "said.wav") / 2, abs=0.05)


def test_a_clip_cut_off_before_its_index_is_refused(folder, tmp_path):
    """Half an MP4, its index missing, cannot be read."""
    whole = (folder / "clip.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadMedia, match=r"half\.mp4"):
        duration_s(tmp_path / "half.mp4")


def test_posters_show_the_video(folder, tmp_path):
    """The poster is a JPEG of a frame, not of the first one."""
    poster(folder / "clip.mp4", tmp_path / "poster.jpg")

    with Image.open(tmp_path / "poster.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (160, 120))
        shown = np.asarray(picture).astype(int)
    assert shown.std() > 20


def test_sounds_have_no_poster(folder, tmp_path):
    """There is nothing to see in a sound."""
    with pytest.raises(BadMedia, match="has no pictures"):
        poster(folder / "said.wav", tmp_path / "poster.jpg")


def test_rendering_runs_in_workers(folder, tmp_path):
    """A worker process renders, and refuses, as the main one does."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        face, said = folder / "face.png", folder / "said.wav"
        done = pool.submit(render_portrait, face, said, tmp_path / "out.mp4", SMALL).result(60)
        hills = no_face(tmp_path / "hills.png")
        refused = pool.submit(render_portrait, hills, said, tmp_path / "no.mp4", SMALL)

        assert refused.exception(60).args == ("no face found in the picture",)

    assert done.height == 240


def test_large_pictures_are_taken(folder, tmp_path):
    """A picture of 12 megapixels speaks like a small one."""
    with Image.open(portrait(tmp_path / "photo.png")) as photo:
        photo.resize((3464, 3464)).save(tmp_path / "large.jpg")

    out = tmp_path / "out.mp4"
    rendered = render_portrait(tmp_path / "large.jpg", folder / "said.wav", out, SMALL)

    assert (rendered.width, rendered.height) == (240, 240)
