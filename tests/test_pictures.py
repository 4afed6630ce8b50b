"""One reader for pictures: upright, with 8 bits, on white, whatever program or camera made them."""

import io
import struct

import av
import numpy as np
import pytest
from PIL import Image
from skimage import data

import lipsync_nb as ls
from lipsync_nb.errors import BadRequest
from lipsync_nb.media.picture import upright
from lipsync_nb.media.probe import frame_size
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.sandbox.render.media import read_picture

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a picture is stored, by its EXIF orientation."""
RAMP = np.linspace(0, 1, 96 * 64).reshape(64, 96)
"""Grey from black to white."""


@pytest.fixture
def corner():
    """A white picture of 96 × 64 whose upper left quarter is red."""
    picture = Image.new("RGB", (96, 64), "white")
    picture.paste("red", (0, 0, 48, 32))
    return picture


def seen(path, tmp_path):
    """Return what each part of the package sees of a picture, as RGB arrays."""
    with av.open(str(ls.still_video(path, 0.04, tmp_path / "still.mp4"))) as clip:
        still = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    small = np.asarray(Image.open(io.BytesIO(thumbnail(path))))
    return {"still": still, "thumbnail": small, "sandbox": read_picture(path)}


def assert_seen(path, tmp_path, expected, within=12):
    """Each part of the package sees what is expected, but for the noise of its codec."""
    for name, pixels in seen(path, tmp_path).items():
        assert pixels.shape == expected.shape, name
        assert np.abs(pixels.astype(int) - expected).mean() < within, name
    assert frame_size(path) == expected.shape[1::-1]


def as_grey(shares):
    """Return shares of white as an RGB array."""
    return np.repeat((255 * shares).round().astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_picture_is_upright_and_not_mirrored(tmp_path, corner, orientation, ending):
    """By its EXIF orientation, of which front cameras write the mirrored ones."""
    path, turn = tmp_path / f"face.{ending}", TURNS[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    (corner if turn is None else corner.transpose(turn)).save(path, exif=exif)

    assert_seen(path, tmp_path, np.asarray(corner))


@pytest.mark.parametrize("orientation", [2, 5, 7])
def test_a_mirrored_face_is_measured_as_it_is_shown(tmp_path, orientation):
    """A video of the upright face looks like it."""
    face = Image.fromarray(data.astronaut())
    face.save(tmp_path / "face.png")
    exif = Image.Exif()
    exif[0x0112] = orientation
    face.transpose(TURNS[orientation]).save(tmp_path / "mirrored.jpg", exif=exif, quality=95)
    video = ls.still_video(tmp_path / "face.png", 0.4, tmp_path / "still.mp4")

    row = ls.measure(video, face=tmp_path / "mirrored.jpg")

    assert row["upper_face_ncc"] > 0.9


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("16.png", (RAMP * 65535).astype(np.uint16)),
        ("16.tif", (RAMP * 65535).astype(np.uint16)),
        ("big-endian.tif", (RAMP * 65535).astype(">u2")),
        ("32.tif", (RAMP * (2**31 - 1)).astype(np.int32)),
        ("32-of-16.tif", (RAMP * 65535).astype(np.int32)),
        ("float.tif", RAMP.astype(np.float32)),
        ("float-of-8.tif", (RAMP * 255).astype(np.float32)),
        ("float-of-16.tif", (RAMP * 65535).astype(np.float32)),
        ("float-nan.tif", np.where(RAMP == 0, np.nan, RAMP).astype(np.float32)),
        ("float-inf.tif", np.where(RAMP == 0, -np.inf, RAMP).astype(np.float32)),
    ],
)
def test_greys_are_scaled_to_8_bits(tmp_path, name, pixels):
    """Scanners and image editors save 16 bits, and science floating-point numbers."""
    Image.fromarray(pixels).save(tmp_path / name)

    assert_seen(tmp_path / name, tmp_path, as_grey(RAMP), within=4)


def test_highlights_stay_white(tmp_path):
    """A few numbers over 1 do not darken the picture."""
    bright = np.where(RAMP > 0.99, 40.0, RAMP).astype(np.float32)
    Image.fromarray(bright).save(tmp_path / "sun.tif")

    assert_seen(tmp_path / "sun.tif", tmp_path, as_grey(np.where(RAMP > 0.99, 1, RAMP)), within=4)


@pytest.mark.parametrize(("codec", "ending", "kind"), [
    ("png", "png", "rgb48be"), ("png", "png", "rgba64be"), ("png", "png", "gray16be"),
    ("tiff", "tif", "rgb48le"), ("tiff", "tif", "rgba64le"), ("tiff", "tif", "gray16le"),
])  # fmt: skip
def test_colours_of_16_bits_are_scaled(tmp_path, codec, ending, kind):
    """As FFmpeg and image editors write them."""
    path, grey = tmp_path / f"deep.{ending}", (RAMP * 65535).astype(np.uint16)
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as out:
        stream = out.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 96, 64, kind
        frame = av.VideoFrame.from_ndarray(grey, "gray16le").reformat(format=kind)
        frame.pts = 0
        out.mux([*stream.encode(frame), *stream.encode(None)])

    assert_seen(path, tmp_path, as_grey(RAMP), within=4)


def clear(mode):
    """Return a picture whose left half is hidden green, and whose right half is navy."""
    picture = Image.new("RGBA", (96, 64), (0, 255, 0, 0))
    picture.paste((0, 0, 128, 255), (48, 0, 96, 64))
    return picture.convert(mode)


def with_palette(alpha):
    """Return a picture with a palette, whose first colour is hidden green."""
    picture = Image.new("P", (96, 64), 0)
    picture.putpalette([0, 255, 0, 0, 0, 128])
    picture.paste(1, (48, 0, 96, 64))
    picture.info["transparency"] = alpha
    return picture


def with_key(mode, hidden, shown):
    """Return a picture one of whose colours is transparent."""
    picture = Image.new(mode, (96, 64), hidden)
    picture.paste(shown, (48, 0, 96, 64))
    picture.info["transparency"] = hidden
    return picture


CLEAR = {
    "rgba.png": lambda path: clear("RGBA").save(path),
    "rgba.webp": lambda path: clear("RGBA").save(path, lossless=True, exact=True),
    "rgba.tif": lambda path: clear("RGBA").save(path),
    "la.png": lambda path: clear("LA").save(path),
    "palette-index.png": lambda path: with_palette(0).save(path, transparency=0),
    "palette-bytes.png": lambda path: with_palette(b"\0\xff").save(path, transparency=b"\0\xff"),
    "palette.gif": lambda path: with_palette(0).save(path, transparency=0),
    "key.png": lambda path: with_key("RGB", (0, 255, 0), (0, 0, 128)).save(
        path, transparency=(0, 255, 0)
    ),
    "grey-key.png": lambda path: with_key("L", 149, 14).save(path, transparency=149),
}


@pytest.mark.parametrize("name", CLEAR)
def test_what_is_transparent_is_white(tmp_path, name):
    """Else colours that nobody ever saw would come into the clip that is sent."""
    CLEAR[name](tmp_path / name)
    navy = (14, 14, 14) if name in {"la.png", "grey-key.png"} else (0, 0, 128)
    expected = np.full((64, 96, 3), 255, np.uint8)
    expected[:, 48:] = navy

    assert_seen(tmp_path / name, tmp_path, expected, within=6)


def test_premultiplied_alpha_is_undone(tmp_path):
    """As TIFF's associated alpha: half red is light red on white."""
    path = tmp_path / "half.tif"
    Image.fromarray(np.full((64, 96, 4), (128, 0, 0, 128), np.uint8)).save(path)
    tag = struct.pack("<HHI", 338, 3, 1)  # ExtraSamples: 2 is alpha, 1 is associated alpha
    path.write_bytes(path.read_bytes().replace(tag + b"\2", tag + b"\1"))

    assert_seen(path, tmp_path, np.full((64, 96, 3), (255, 127, 127), np.uint8), within=6)


def test_print_colours_are_seen(tmp_path, corner):
    """Programs write the inks of a JPEG inverted, as Adobe's do."""
    path = tmp_path / "print.jpg"
    corner.convert("CMYK").save(path, quality=95)
    assert b"\xff\xee\0\x0eAdobe" in path.read_bytes()

    assert_seen(path, tmp_path, np.asarray(corner))


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_of_an_animation_the_first_frame_is_seen(tmp_path, corner, ending):
    """As a still picture; also by the metrics."""
    path = tmp_path / f"moving.{ending}"
    others = [Image.new("RGB", corner.size, colour) for colour in ("green", "blue")]
    corner.save(path, save_all=True, append_images=others, duration=100)

    assert_seen(path, tmp_path, np.asarray(corner))
    assert "fps: a single frame" in ls.measure(path)["notes"]


def test_of_a_stereo_picture_the_first_is_seen(tmp_path, corner):
    """Some cameras write two pictures in one JPEG file (MPO)."""
    path = tmp_path / "both.mpo"
    corner.save(path, "MPO", save_all=True, append_images=[Image.new("RGB", corner.size)])

    assert_seen(path, tmp_path, np.asarray(corner))


def test_a_picture_of_a_telephone_is_seen(tmp_path, corner):
    """AVIF, which Pillow or FFmpeg decodes."""
    path = tmp_path / "face.avif"
    try:
        corner.save(path)
    except (KeyError, ValueError):
        pytest.skip("this Pillow writes no AVIF")

    assert np.abs(np.asarray(upright(path)).astype(int) - np.asarray(corner)).mean() < 12


def test_a_damaged_picture_of_a_telephone_is_refused_with_the_reason(tmp_path):
    """Its reader raises errors of its own."""
    path = tmp_path / "face.avif"
    try:
        Image.fromarray(data.astronaut()).save(path)
    except (KeyError, ValueError):
        pytest.skip("this Pillow writes no AVIF")
    head, box, pixels = path.read_bytes().partition(b"mdat")
    path.write_bytes(head + box + bytes(len(pixels)))

    with pytest.raises(BadRequest, match=r"face\.avif: not readable as a picture"):
        ls.still_video(path, 0.04)
    assert thumbnail(path) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html></html>", "it is of no known type"),
        (b"%PDF-1.7" + bytes(99), "it is application/pdf"),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(99), "save the picture as JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "not readable as a picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(tmp_path, content, reason):
    """The error names the file."""
    path = tmp_path / "face.jpg"
    path.write_bytes(content)

    with pytest.raises(BadRequest, match=rf"face\.jpg: .*{reason}"):
        ls.still_video(path, 0.04)
