"""One reader for clips: the track that is shown, upright, not mirrored, with square pixels."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image
from skimage import data
from unusual_media import film, set_matrix

import lipsync_nb as ls
from lipsync_nb.compare.metrics.decode import luma_frames
from lipsync_nb.errors import BadRequest
from lipsync_nb.media import Media
from lipsync_nb.media.probe import frame_size
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.sandbox.render.media import poster

SHOWN = np.full((48, 64, 3), 255, np.uint8)
"""What is to be seen: white, with a black corner at the upper left and a grey one below it."""
SHOWN[:24, :32], SHOWN[24:, :32] = 0, 128
MATRICES = {
    "upright": ((1, 0, 0, 1), SHOWN),
    "90": ((0, 1, -1, 0), np.rot90(SHOWN)),
    "180": ((-1, 0, 0, -1), np.rot90(SHOWN, 2)),
    "270": ((0, -1, 1, 0), np.rot90(SHOWN, 3)),
    "mirrored": ((-1, 0, 0, 1), SHOWN[:, ::-1]),
    "upside down": ((1, 0, 0, -1), SHOWN[::-1]),
    "transposed": ((0, 1, 1, 0), SHOWN.swapaxes(0, 1)),
    "transverse": ((0, -1, -1, 0), np.rot90(SHOWN, 2).swapaxes(0, 1)),
}
"""The matrices a, b, c, d (x' = a x + c y, y' = b x + d y), and what is stored with each."""
SMALL, LARGE = np.zeros((48, 64, 3), np.uint8), np.full((96, 128, 3), 255, np.uint8)


def assert_seen(path, tmp_path, expected, within=6):
    """Each part of the package sees what is expected, but for the noise of its codec."""
    poster(path, tmp_path / "poster.jpg")
    luma = next(iter(luma_frames(Media(path))))[1].astype(int)
    grey = ((luma - 16) * 255 / 219).clip(0, 255)  # from the range of videos
    seen = {
        "thumbnail": np.asarray(Image.open(io.BytesIO(thumbnail(path)))),
        "sandbox": np.asarray(Image.open(tmp_path / "poster.jpg")),
        "metrics": np.repeat(grey[..., None], 3, axis=2),
    }
    assert frame_size(path) == expected.shape[1::-1]
    for name, pixels in seen.items():
        assert pixels.shape == expected.shape, name
        assert np.abs(pixels.astype(int) - expected).mean() < within, name


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_a_clip_is_upright_and_not_mirrored(tmp_path, name, ending):
    """As the matrix in its container says; one with a negative determinant mirrors."""
    matrix, stored = MATRICES[name]
    path = film(tmp_path / f"clip.{ending}", [np.ascontiguousarray(stored)])

    assert_seen(set_matrix(path, *matrix), tmp_path, SHOWN)


def test_a_mirrored_face_is_measured_as_it_is_shown(tmp_path):
    """A clip of a front camera looks like the face that it shows."""
    face = np.ascontiguousarray(data.astronaut()[::2, ::2])
    Image.fromarray(face).save(tmp_path / "face.png")
    mirrored = film(tmp_path / "clip.mp4", [np.ascontiguousarray(face[:, ::-1])], frames=[10])
    set_matrix(mirrored, -1, 0, 0, 1)

    assert ls.measure(mirrored, face=tmp_path / "face.png")["upper_face_ncc"] > 0.9


@pytest.mark.parametrize(
    ("name", "container"), [("a.mp4", None), ("a.mov", None), ("a.mkv", None), ("a.ts", "mpegts")]
)
@pytest.mark.parametrize("first", ["small", "large"])
def test_the_largest_track_is_shown(tmp_path, name, container, first):
    """A preview may come first, and is then marked as the default track."""
    pictures = [SMALL, LARGE] if first == "small" else [LARGE, SMALL]
    path = film(tmp_path / name, pictures, container)

    assert_seen(path, tmp_path, LARGE)


def test_a_cover_of_one_frame_is_passed_over(tmp_path):
    """Although it is larger than the clip, and a track like any other."""
    path = film(tmp_path / "clip.mp4", [LARGE, SMALL], frames=[1, 50])

    assert_seen(path, tmp_path, SMALL)


def test_an_attached_picture_is_passed_over(tmp_path):
    """As the covers of films are marked."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        cover, shown = out.add_stream("mjpeg", rate=1), out.add_stream("libx264", rate=25)
        cover.width, cover.height, cover.pix_fmt = 600, 600, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic.value
        shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame(600, 600, "yuvj420p")
        frame.pts = 0
        out.mux([*cover.encode(frame), *cover.encode(None)])
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(SMALL, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(shown.encode(frame))
        out.mux(shown.encode(None))

    assert_seen(path, tmp_path, SMALL)


@pytest.mark.parametrize(
    ("name", "container"), [("a.mp4", None), ("a.mkv", None), ("a.ts", "mpegts")]
)
@pytest.mark.parametrize(
    ("aspect", "size"), [((4, 3), (85, 48)), ((8, 9), (57, 48)), ((2, 1), (128, 48))]
)
def test_pixels_are_square(tmp_path, name, container, aspect, size):
    """Camcorders store 1440 pixels for 1920."""
    path = film(tmp_path / name, [SHOWN], container, aspect=Fraction(*aspect))
    expected = np.asarray(Image.fromarray(SHOWN).resize(size, Image.Resampling.BICUBIC))

    assert_seen(path, tmp_path, expected, within=8)


def test_an_aspect_that_cannot_be_true_is_not_believed(tmp_path):
    """Some programs write nonsense."""
    path = film(tmp_path / "clip.mkv", [SHOWN], aspect=Fraction(100, 1))

    assert_seen(path, tmp_path, SHOWN)


def test_a_turned_clip_has_its_own_pixels_turned(tmp_path):
    """First the pixels are stretched, then turned."""
    stored = np.ascontiguousarray(np.rot90(SHOWN))
    path = film(tmp_path / "clip.mp4", [stored], aspect=Fraction(4, 3))

    assert frame_size(set_matrix(path, 0, 1, -1, 0)) == (64, 64)


def test_a_sound_has_no_size(tmp_path):
    """The error says what is missing."""
    path = film(tmp_path / "clip.mp4", [], sound=True)

    with pytest.raises(BadRequest, match="it has no pictures"):
        frame_size(path)
