"""Pictures made to speak."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from faces import drawn, drawn_face, no_face, portrait, save, speech, two_faces
from measures import darkness, watch
from PIL import Image

from lipsync_nb.sandbox.render import (
    BadMedia,
    NoFace,
    Style,
    render_dialogue,
    render_portrait,
)
from lipsync_nb.sandbox.render.face_detection import find_faces, locate_mouth, one_thread
from lipsync_nb.sandbox.render.media import read_picture

SMALL = Style(height=240)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    return speech(tmp_path_factory.mktemp("said") / "said.wav", "Hello, my old friend.")


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    return drawn_face(tmp_path_factory.mktemp("face") / "face.png", size=360)


@pytest.mark.parametrize("seed", range(10))
def test_mouths_are_found(seed):
    """In drawn faces of all skins, hairs and backgrounds the mouth is found to a few percent."""
    size = 480
    noise = np.random.default_rng(seed).normal(0, 4, (size, size, 3))
    pixels = np.clip(drawn(seed, size) + noise, 0, 255).astype(np.uint8)

    face = find_faces(pixels)[0]
    mouth = locate_mouth(pixels, face)

    assert mouth.x == pytest.approx(size / 2, abs=0.04 * face.size)
    assert mouth.y == pytest.approx((1.9 + 0.76) / 5.2 * size, abs=0.04 * face.size)
    assert 0.8 < mouth.width / (0.66 / 5.2 * size) < 1.25
    assert not mouth.smiles


def test_threads_find_the_same_faces():
    """Pictures of several sizes, searched at the same time, give what each gives alone."""
    pictures = [drawn(seed, size) for seed, size in enumerate((160, 240, 480, 640))] * 8

    with one_thread(), ThreadPoolExecutor(4) as pool:
        alone = [find_faces(pixels) for pixels in pictures]
        together = list(pool.map(find_faces, pictures))

    assert together == alone


def test_a_smile_is_known_by_its_teeth(tmp_path):
    """In the photograph the mouth is found below the teeth that it shows."""
    pixels = read_picture(portrait(tmp_path / "photo.png"))

    mouth = locate_mouth(pixels, find_faces(pixels)[0])

    assert mouth.smiles
    assert (mouth.x, mouth.y) == pytest.approx((223, 149), abs=3)
    assert mouth.width == pytest.approx(40, abs=5)


@pytest.mark.parametrize(("height", "fps"), [(240, 25), (301, 30), (360, 12)])
def test_size_and_rate_are_as_asked(height, fps, face, said, tmp_path):
    """The video has the height and frame rate of its style, and the picture's shape."""
    rendered = render_portrait(face, said, tmp_path / "out.mp4", Style(height=height, fps=fps))

    seen = watch(tmp_path / "out.mp4")
    even_height = round(height / 2) * 2
    assert seen.frames[0].shape == (even_height, even_height, 3)
    assert np.allclose(np.diff(seen.times), 1 / fps, atol=1e-3)
    assert (rendered.height, rendered.width, rendered.fps) == (even_height, even_height, fps)
    assert rendered.duration_s == pytest.approx(len(seen.frames) / fps)


def test_the_shape_of_the_picture_is_kept(face, said, tmp_path):
    """A wide picture gives a wide video, its width even."""
    wide = np.pad(np.asarray(Image.open(face)), ((0, 0), (101, 100), (0, 0)), mode="edge")
    save(tmp_path / "wide.png", wide)

    rendered = render_portrait(tmp_path / "wide.png", said, tmp_path / "out.mp4", SMALL)

    assert (rendered.width, rendered.height) == (374, 240)


def test_the_same_input_gives_the_same_pixels(face, said, tmp_path):
    """Rendering is deterministic, to the byte."""
    for name in ("one.mp4", "two.mp4"):
        render_portrait(face, said, tmp_path / name, SMALL)

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_the_head_lives(face, said, tmp_path):
    """No two frames in a row are the same, and the picture's corners stay where they are."""
    render_portrait(face, said, tmp_path / "out.mp4", Style(height=240, crf=12))

    frames = [frame.astype(int) for frame in watch(tmp_path / "out.mp4").frames]
    moved = [np.abs(a - b).mean() for a, b in itertools.pairwise(frames)]
    assert min(moved) > 0.02
    assert all(np.abs(frame[:8, :8] - frames[0][:8, :8]).mean() < 3 for frame in frames)


def test_a_watermark_is_seen(face, said, tmp_path):
    """The watermark changes the lower left corner, and nothing else."""
    render_portrait(face, said, tmp_path / "plain.mp4", SMALL)
    render_portrait(face, said, tmp_path / "marked.mp4", Style(height=240, watermark="测试 TEST"))

    plain, marked = (
        watch(tmp_path / name).frames[5].astype(int) for name in ("plain.mp4", "marked.mp4")
    )
    changed = np.abs(plain - marked).max(axis=2)
    assert changed[215:, :80].max() > 80
    assert changed[:200].mean() < 3


def test_nobody_in_the_picture_is_said(said, tmp_path):
    """A landscape has no face to speak; no file is left."""
    with pytest.raises(NoFace, match="no face found in the picture"):
        render_portrait(no_face(tmp_path / "a.png"), said, tmp_path / "out.mp4", SMALL)

    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_broken_pictures_are_refused(content, said, tmp_path):
    """What is not a picture, or only its beginning, is refused by name."""
    (tmp_path / "broken.png").write_bytes(content)

    with pytest.raises(BadMedia, match=r"broken\.png is not a readable picture"):
        render_portrait(tmp_path / "broken.png", said, tmp_path / "out.mp4", SMALL)


def test_a_truncated_picture_is_refused(face, said, tmp_path):
    """Half a picture is none."""
    (tmp_path / "half.png").write_bytes(face.read_bytes()[: face.stat().st_size // 2])

    with pytest.raises(BadMedia, match=r"half\.png is not a readable picture"):
        render_portrait(tmp_path / "half.png", said, tmp_path / "out.mp4", SMALL)


def test_pictures_of_other_kinds_are_taken(face, said, tmp_path):
    """Gray, transparent, palette and turned pictures speak like others."""
    with Image.open(face) as large:
        picture = large.resize((240, 240))
        turned = Image.Exif()
        turned[0x0112] = 6
        picture.convert("L").save(tmp_path / "gray.jpg")
        picture.convert("RGBA").save(tmp_path / "clear.webp")
        picture.convert("P").save(tmp_path / "few.gif")
        picture.rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=turned)

    for name in ("gray.jpg", "clear.webp", "few.gif", "turned.jpg"):
        rendered = render_portrait(tmp_path / name, said, tmp_path / "out.mp4", SMALL)

        assert rendered.height == 240


def test_progress_is_reported_and_can_stop_the_work(face, said, tmp_path):
    """Progress rises from 0 to 1; what it raises ends the work and removes the file."""
    shares: list[float] = []
    render_portrait(face, said, tmp_path / "out.mp4", SMALL, progress=shares.append)

    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) <= 101

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_portrait(face, said, tmp_path / "stopped.mp4", SMALL, progress=stop)
    assert not (tmp_path / "stopped.mp4").exists()


def left_mouth(_time_s: float) -> tuple[int, int, int, int]:
    return 98, 112, 142, 150


def right_mouth(_time_s: float) -> tuple[int, int, int, int]:
    return 338, 112, 382, 150


@pytest.mark.parametrize(("order", "first"), [("left_right", "left"), ("right_left", "right")])
def test_two_faces_take_turns(order, first, said, tmp_path):
    """Each face speaks its own part, and is silent during the other's."""
    picture = two_faces(tmp_path / "two.png")

    render_dialogue(picture, said, said, tmp_path / "out.mp4", SMALL, order=order)

    seen = watch(tmp_path / "out.mp4")
    half = len(seen.frames) // 2
    left, right = (darkness(seen, box) for box in (left_mouth, right_mouth))
    speaking, listening = (left, right) if first == "left" else (right, left)
    assert np.ptp(speaking[:half]) > 5 * np.ptp(listening[: half - 2])
    assert np.ptp(listening[half:]) > 5 * np.ptp(speaking[half + 3 :])


def test_two_faces_speak_at_once(said, tmp_path):
    """Meanwhile means: both mouths move from the start, each with its own speech."""
    other = speech(tmp_path / "other.wav", "再见，我的朋友，路上小心。", "cmn-dawei")
    picture = two_faces(tmp_path / "two.png")

    render_dialogue(picture, said, other, tmp_path / "out.mp4", SMALL, order="meanwhile")

    seen = watch(tmp_path / "out.mp4")
    left, right = (darkness(seen, box)[:40] for box in (left_mouth, right_mouth))
    assert min(np.ptp(left), np.ptp(right)) > 0.03
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.9


def test_one_face_speaks_both_parts(face, said, tmp_path):
    """With a single face in the picture, it speaks throughout."""
    render_dialogue(face, said, said, tmp_path / "out.mp4", SMALL, order="left_right")

    seen = watch(tmp_path / "out.mp4")
    half = len(seen.frames) // 2
    dark = darkness(seen, left_mouth)
    assert min(np.ptp(dark[:half]), np.ptp(dark[half:])) > 0.03


def test_unknown_orders_are_refused(face, said, tmp_path):
    """An order that does not exist is refused by name."""
    with pytest.raises(ValueError, match="unknown order 'sideways'"):
        render_dialogue(face, said, said, tmp_path / "out.mp4", SMALL, order="sideways")
