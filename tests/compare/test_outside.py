"""What is outside the mouth, against the face that was given, with errors of known size."""

import cv2
import numpy as np
import pytest
from PIL import Image
from raw_video import RawVideo, replace
from skimage.metrics import structural_similarity

import lipsync_nb as ls
from lipsync_nb.compare.metrics.ssim import ssim_map
from lipsync_nb.sandbox.render import Style, render_face_video

COLUMNS = ["psnr_outside_db", "ssim_outside", "background_change"]
LUMA = 219 / 255
"""Steps of luma in a clip for one step of grey."""

WAYS = np.round(20 * np.sin(np.arange(75) / 12)).astype(int)
"""How far to the right the face of the clip is in each frame, pixels."""


def generator():
    """Return a random generator with the same seed for every test."""
    return np.random.default_rng(7)


def noisy(frame, rng, deviation=10):
    """Return a frame with the same noise in all colours."""
    noise = rng.normal(0, deviation, frame.shape[:2])[..., None]
    return np.clip(frame + noise, 0, 255).round().astype(np.uint8)


def exact(video, path):
    """Encode a video without losses."""
    return video.save(path, qp="0")


def compared(result, face):
    """Measure a result against its face."""
    row = ls.measure(result, face=face)
    return row[COLUMNS].astype(float), row.notes


@pytest.fixture(scope="module")
def moving(studio):
    """Three seconds of a face that moves sideways, in grey levels that have room for noise."""
    plain = RawVideo.of(studio.video()).select_frames(range(75))
    frames = [
        np.roll(frame // 2 + 64, way, axis=1) for frame, way in zip(plain.frames, WAYS, strict=True)
    ]
    return replace(plain, frames=frames)


@pytest.fixture(scope="module")
def clip(moving, tmp_path_factory):
    """The same as a file."""
    return exact(moving, tmp_path_factory.mktemp("clip") / "face.mp4")


def test_a_clip_equals_itself(clip):
    """There is no error, and the ratio ends at 60 dB."""
    found, _ = compared(clip, clip)

    assert found.tolist() == pytest.approx([60, 1, 0], abs=1e-6)


@pytest.mark.parametrize("deviation", [3, 10])
def test_noise_of_known_variance(deviation, moving, clip, tmp_path):
    """The ratio is that of the noise's variance, in luma."""
    rng = generator()
    result = moving.map_frames(lambda frame: noisy(frame, rng, deviation))
    found, _ = compared(exact(result, tmp_path / "noisy.mp4"), clip)

    expected = 20 * np.log10(255 / (deviation * LUMA))
    assert found.psnr_outside_db == pytest.approx(expected, abs=0.3)
    pairs = [
        [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) * LUMA + 16 for one in (ours, theirs)]
        for ours, theirs in zip(result.frames[::25], moving.frames[::25], strict=True)
    ]
    options = {"gaussian_weights": True, "use_sample_covariance": False, "data_range": 255}
    similar = np.mean([structural_similarity(*pair, **options) for pair in pairs])
    assert found.ssim_outside == pytest.approx(similar, abs=0.02)


def test_similarities_are_those_of_scikit_image():
    """Each pixel has the same structural similarity, except at the edges."""
    rng = generator()
    one = cv2.GaussianBlur(rng.integers(0, 255, (90, 120)).astype(np.uint8), (9, 9), 2)
    other = noisy(one[..., None], rng)[..., 0]
    options = {"gaussian_weights": True, "use_sample_covariance": False, "data_range": 255}
    _, expected = structural_similarity(one, other, full=True, **options)

    inner = (slice(5, -5), slice(5, -5))
    assert ssim_map(one, other)[inner] == pytest.approx(expected[inner], abs=1e-3)


def test_the_mouth_may_be_any(moving, clip, tmp_path):
    """A patch over the mouth is no error; the same patch elsewhere is one."""

    def patched(top):
        frames = [frame.copy() for frame in moving.frames]
        for frame, way in zip(frames, WAYS, strict=True):
            frame[top : top + 20, 90 + way : 120 + way] = 128
        return exact(replace(moving, frames=frames), tmp_path / f"{top}.mp4")

    (mouth, _), (body, _) = (compared(patched(top), clip) for top in (60, 200))

    assert mouth.psnr_outside_db > 55
    assert body.psnr_outside_db < 45


ORDERS = {
    "as it is": range(75),
    "repeated": [*range(75), *range(40)],
    "back and forth": [*range(75), *range(74, -1, -1), *range(30)],
    "begun in its middle": [*range(30, 75), *range(30)],
    "half the frame rate": range(0, 75, 2),
    "twice the frame rate": [at // 2 for at in range(150)],
    "with frames lost": [*range(20), *range(33, 75)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_frames_are_found_in_any_order(order, moving, clip, tmp_path):
    """However the vendor plays the clip, each frame is compared with its own."""
    rng, order = generator(), [*ORDERS[order]]
    frames = [noisy(moving.frames[at], rng) for at in order]
    result = replace(moving, times=np.arange(len(order)) / 25, frames=frames)

    found, _ = compared(exact(result, tmp_path / "played.mp4"), clip)

    assert found.psnr_outside_db == pytest.approx(20 * np.log10(255 / (10 * LUMA)), abs=0.3)
    assert found.background_change < 1.5


@pytest.mark.parametrize("backway", [True, False])
def test_a_short_clip_that_a_vendor_plays_several_times(backway, moving, studio, tmp_path):
    """A lip-synced clip, longer than its face, differs outside the mouth as encoding makes it."""
    face = moving.select_frames(range(40)).save(tmp_path / "face.mp4", crf="18")
    said, results = studio.said("en-james"), [tmp_path / "good.mp4", tmp_path / "poor.mp4"]
    for result, crf in zip(results, (20, 40), strict=True):
        render_face_video(face, said, result, Style(height=240, crf=crf), backway=backway)

    (good, _), (poor, _) = (compared(result, face) for result in results)

    assert good.psnr_outside_db > 36
    assert good.psnr_outside_db > poor.psnr_outside_db + 5
    assert good.ssim_outside > poor.ssim_outside


@pytest.mark.parametrize("side", [120, 480])
def test_another_size(side, moving, clip, tmp_path):
    """The larger one is brought to the size of the smaller one."""
    method = cv2.INTER_AREA if side < 240 else cv2.INTER_CUBIC
    result = moving.map_frames(lambda frame: cv2.resize(frame, (side, side), interpolation=method))

    found, _ = compared(exact(result, tmp_path / "other.mp4"), clip)

    assert found.psnr_outside_db > 38
    assert found.ssim_outside > 0.97


def test_luma_of_the_full_range(moving, clip, tmp_path):
    """A clip with luma from 0 to 255 shows the same as one with luma from 16 to 235."""
    full = moving.save(tmp_path / "full.mp4", qp="0", pix_fmt="yuvj420p")

    found, _ = compared(clip, full)

    assert found.psnr_outside_db > 50


def test_a_background_that_flickers(moving, clip, tmp_path):
    """What changes from frame to frame, and does not in the clip, is found in its size."""
    frames = [frame + np.uint8(6 * (at % 2)) for at, frame in enumerate(moving.frames)]
    result = replace(moving, frames=frames)

    found, _ = compared(exact(result, tmp_path / "flicker.mp4"), clip)

    assert found.background_change == pytest.approx(6 * LUMA, abs=0.3)


@pytest.fixture(scope="module")
def still(studio):
    """Two seconds of a picture in which nothing moves, with the picture."""
    with Image.open(studio.face("photo")) as picture:
        pixels = np.asarray(picture.convert("RGB")) // 2 + 64
    frames, silence = [pixels] * 50, np.zeros((0, 0), np.float32)
    return RawVideo(np.arange(50) / 25, frames, silence, 16_000), Image.fromarray(pixels)


@pytest.fixture
def picture(still, tmp_path):
    """The picture as a file."""
    still[1].save(tmp_path / "face.png")
    return tmp_path / "face.png"


def test_a_picture_whose_head_rests(still, picture, tmp_path):
    """It is compared as a clip of one frame. Pictures have the full range of luma, clips not."""
    rng = generator()
    same, _ = compared(exact(still[0], tmp_path / "same.mp4"), picture)
    noise = still[0].map_frames(lambda frame: noisy(frame, rng))
    found, _ = compared(exact(noise, tmp_path / "noise.mp4"), picture)

    assert same.psnr_outside_db > 50
    assert same.background_change == 0
    assert found.psnr_outside_db == pytest.approx(20 * np.log10(255 / (10 * LUMA)), abs=0.3)


def test_a_picture_whose_head_moves(still, picture, tmp_path):
    """Nothing tells what is beside a moved head; the background is looked at all the same."""
    frames = [
        np.roll(frame, way, axis=0) for frame, way in zip(still[0].frames, WAYS, strict=False)
    ]
    found, notes = compared(exact(replace(still[0], frames=frames), tmp_path / "m.mp4"), picture)

    reason = "the face is elsewhere than in the face given"
    assert f"psnr_outside_db: {reason}" in notes
    assert f"ssim_outside: {reason}" in notes
    assert found[:2].isna().all()
    assert found.background_change > 0.5


@pytest.fixture(params=["picture", "clip"])
def source(request, still, moving):
    """A result, the face it was made from, and whether this is a picture."""
    is_picture = request.param == "picture"
    face = request.getfixturevalue(request.param)
    return (still[0] if is_picture else moving), face, is_picture


def test_a_frame_that_was_cropped(source, tmp_path):
    """Another shape, or the face in another place, has nothing to be compared with."""
    video, face, is_picture = source
    side = video.frames[0].shape[0]
    narrow = video.map_frames(lambda frame: np.ascontiguousarray(frame[:, side // 8 : -side // 8]))
    close = video.map_frames(
        lambda frame: cv2.resize(frame[: side * 3 // 4, : side * 3 // 4], (side, side))
    )

    reasons = []
    for name, result in (("narrow", narrow), ("close", close)):
        found, notes = compared(exact(result, tmp_path / f"{name}.mp4"), face)
        assert np.isnan(found.psnr_outside_db)
        assert np.isfinite(found.background_change) == is_picture
        reasons.append(notes.partition("psnr_outside_db: ")[2].partition(";")[0])

    assert "px are not the shape of the face given" in reasons[0]
    assert "cropped" in reasons[1]


def test_a_face_that_leaves_no_background(studio):
    """Where a face fills the frame, there is no background."""
    found, notes = compared(studio.video("drawn 0"), studio.video("drawn 0"))

    assert "background_change: less than 10 % of the frame is background" in notes
    assert found.psnr_outside_db == 60


def test_without_a_face_there_is_nothing_to_compare(studio, clip, tmp_path):
    """The reasons name what is missing: a face in the result, or the face given."""
    (tmp_path / "page.html").write_text("<html>" * 99)
    hills = tmp_path / "hills.mp4"
    exact(RawVideo.of(studio.video()).map_frames(lambda frame: frame * 0 + 99), hills)

    reasons = [
        compared(hills, clip)[1],
        compared(clip, tmp_path / "page.html")[1],
        compared(clip, None)[1],
    ]

    for name in COLUMNS:
        assert f"{name}: no face was found" in reasons[0]
        assert f"{name}: not readable" in reasons[1]
        assert f"{name}: no face was given" in reasons[2]
