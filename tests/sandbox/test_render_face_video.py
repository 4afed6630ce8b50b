"""Clips made to say something else."""

import itertools
import struct

import numpy as np
import pytest
import skimage.data
from faces import clip, drawn, face_video, no_face, save, speech, wanderers_mouth, wandering
from measures import watch
from PIL import Image

from lipsync_nb.sandbox.render import BadMedia, NoFace, Style, render_face_video

SIZE = (320, 240)
SMALL = Style(height=240, crf=16)
CLIP_S = 1.6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    speech(folder / "said.wav", "Hello, my friend, how are you?")
    speech(folder / "short.wav", "Hi.")
    face_video(folder / "clip.mp4", CLIP_S, 25, SIZE)
    return folder


def source(time_s):
    """The clip's own picture at a time."""
    return wandering(skimage.data.astronaut(), time_s, SIZE).astype(int)


def unlike(frame, time_s):
    """How much the upper half of a frame differs from the clip's at a time."""
    return np.abs(frame[:110] - source(time_s)[:110]).mean()


def test_only_the_mouth_changes(folder, tmp_path):
    """Eyes, hair and background stay the clip's own; about the mouth it differs."""
    render_face_video(folder / "clip.mp4", folder / "said.wav", tmp_path / "out.mp4", SMALL)

    seen = watch(tmp_path / "out.mp4")
    frame = seen.frames[20].astype(int)
    x, y, width = wanderers_mouth(0.8, SIZE)
    rows, columns = slice(int(y), int(y + width / 2)), slice(int(x - width / 2), int(x + width / 2))
    assert unlike(frame, 0.8) < 4
    assert np.abs(frame - source(0.8))[rows, columns].mean() > 12


@pytest.mark.parametrize(("backway", "then_s"), [(True, CLIP_S - 0.4), (False, 0.4)])
def test_longer_speech_plays_the_clip_again(backway, then_s, folder, tmp_path):
    """When the clip has ended it runs backwards, or starts anew, as asked."""
    out = tmp_path / "out.mp4"
    render_face_video(folder / "clip.mp4", folder / "said.wav", out, SMALL, backway=backway)

    seen = watch(out)
    frame = seen.frames[round((CLIP_S + 0.4) * 25)].astype(int)
    likeness = {time_s: unlike(frame, time_s) for time_s in np.arange(0, CLIP_S, 0.2).round(1)}
    assert seen.video_s > CLIP_S + 0.4
    assert min(likeness, key=likeness.get) == pytest.approx(then_s, abs=0.05)


def test_a_longer_clip_is_cut_off(folder, tmp_path):
    """The video is as long as the speech."""
    render_face_video(folder / "clip.mp4", folder / "short.wav", tmp_path / "out.mp4", SMALL)

    seen = watch(tmp_path / "out.mp4")
    assert seen.video_s < CLIP_S
    assert abs(seen.video_s - seen.sound_s) <= 1 / 25


@pytest.mark.parametrize(
    ("size", "black_rows"), [((320, 240), 0), ((300, 240), 0), ((240, 426), 240)]
)
def test_the_size_is_exact(size, black_rows, folder, tmp_path):
    """A nearly fitting clip is cropped, another put between black bars."""
    rendered = render_face_video(
        folder / "clip.mp4", folder / "short.wav", tmp_path / "out.mp4", SMALL, size=size
    )

    frame = watch(tmp_path / "out.mp4").frames[3]
    assert (rendered.width, rendered.height) == size
    assert frame.shape == (size[1], size[0], 3)
    assert (frame.max(axis=(1, 2)) < 40).sum() == pytest.approx(black_rows, abs=12)


def test_the_mask_limits_the_change(folder, tmp_path):
    """Under a black mask nothing changes; under a white one the mouth does."""
    x, y, width = wanderers_mouth(0.4, SIZE)
    region = np.s_[int(y) : int(y + width / 2), int(x - width / 2) : int(x + width / 2)]
    changes = {}
    for name, light in (("black", 0), ("white", 255)):
        mask, out = (
            save(tmp_path / f"{name}.png", np.full((60, 80, 3), light, np.uint8)),
            tmp_path / "o.mp4",
        )
        render_face_video(folder / "clip.mp4", folder / "said.wav", out, SMALL, mouth_mask=mask)
        frames = watch(out).frames
        changes[name] = max(
            np.abs(frames[index].astype(int) - source(index / 25))[region].mean()
            for index in range(5, 20)
        )

    assert changes["black"] < 6
    assert changes["white"] > 15


def test_a_face_that_goes_is_let_go(folder, tmp_path):
    """Where the face has left the clip, the picture is left as it is."""
    save(tmp_path / "hills.png", np.asarray(Image.open(no_face(tmp_path / "a.png")).resize(SIZE)))
    hills = np.asarray(Image.open(tmp_path / "hills.png"))
    faces = (wandering(skimage.data.astronaut(), index / 25, SIZE) for index in range(20))
    clip(tmp_path / "clip.mp4", itertools.chain(faces, [hills] * 20), 25, SIZE)

    render_face_video(tmp_path / "clip.mp4", folder / "said.wav", tmp_path / "out.mp4", SMALL)

    frame = watch(tmp_path / "out.mp4").frames[36]
    assert np.abs(frame.astype(int) - hills).mean() < 4


def test_a_turned_clip_is_shown_upright(folder, tmp_path):
    """A phone's clip, stored lying on its side, gives an upright video."""
    lying = np.ascontiguousarray(np.rot90(drawn(1, 240)))
    path = clip(tmp_path / "clip.mp4", [lying] * 25, 25, (240, 240))
    turn_by_quarter(path)

    render_face_video(path, folder / "short.wav", tmp_path / "out.mp4", SMALL)

    frame = watch(tmp_path / "out.mp4").frames[0].astype(int)
    assert np.abs(frame - drawn(1, 240))[:110].mean() < 4


def turn_by_quarter(path):
    """Rewrite the MP4's display matrix: to be shown turned clockwise by a quarter."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    struct.pack_into(">9i", data, matrix, 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def test_nobody_in_the_clip_is_said(folder, tmp_path):
    """A clip of a landscape has no face to speak; no file is left."""
    hills = np.asarray(Image.open(no_face(tmp_path / "a.png", 240)))
    clip(tmp_path / "hills.mp4", [hills] * 30, 25, (240, 240))

    with pytest.raises(NoFace, match="no face found in the video"):
        render_face_video(tmp_path / "hills.mp4", folder / "said.wav", tmp_path / "o.mp4", SMALL)

    assert not (tmp_path / "o.mp4").exists()


def test_a_clip_without_pictures_is_refused(folder, tmp_path):
    """A sound is no clip."""
    with pytest.raises(BadMedia, match=r"said\.wav has no pictures"):
        render_face_video(folder / "said.wav", folder / "said.wav", tmp_path / "o.mp4", SMALL)


def test_the_same_clip_gives_the_same_pixels(folder, tmp_path):
    """Rendering is deterministic, to the byte."""
    for name in ("one.mp4", "two.mp4"):
        render_face_video(folder / "clip.mp4", folder / "short.wav", tmp_path / name, SMALL)

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
