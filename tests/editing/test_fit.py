"""Clips in another size."""

import cv2
import numpy as np
import pytest
import skimage.data
from edited_clips import frames, heard, of_pictures, plain, tags_of, tone
from faces import face_video
from media_files import made

import lipsync_nb as ls
from lipsync_nb.checks.faces import look_for_faces
from lipsync_nb.files import LocalFile

BLUE = (40, 90, 160)


@pytest.mark.parametrize("how", ["crop", "pad"])
@pytest.mark.parametrize("size", [(180, 320), (320, 180), (200, 200), (640, 480)])
def test_the_size_is_the_one_that_is_asked_for(size, how, tmp_path):
    """In any shape, and picture and sound are as long as before."""
    source = plain(tmp_path / "a.mp4")

    video = ls.fit(source, *size, how=how)

    pictures = frames(video)
    assert {picture.shape[:2] for picture in pictures} == {(size[1], size[0])}
    assert len(pictures) == 50
    assert heard(video) == heard(source)
    assert video.path.name == f"a-{size[0]}x{size[1]}.mp4"


def test_a_crop_keeps_the_whole_head(tmp_path):
    """At all times the face is in the portrait, with its hair, though it wanders aside."""
    square = face_video(tmp_path / "a.mp4", 3, 25, (960, 540))
    wide = [np.pad(picture, ((0, 0), (0, 700), (0, 0)), "edge") for picture in frames(square)]
    source = of_pictures(tmp_path / "wide.mp4", wide, None)

    video = ls.fit(source, 406, 540)

    seen = look_for_faces(LocalFile.of(video.path)).frames
    assert all(sight.faces for sight in seen)
    assert not any(sight.faces[0].is_cut(sight.size) for sight in seen)
    assert all(sight.faces[0].y > 0.1 * sight.faces[0].side for sight in seen)


def test_nothing_is_distorted(tmp_path):
    """A circle stays a circle, cropped and padded."""
    picture = np.full((360, 640, 3), BLUE, np.uint8)
    cv2.circle(picture, (320, 180), 100, (255, 255, 255), -1)
    source = of_pictures(tmp_path / "a.mp4", [picture] * 10, tone(0.4))

    for how in ("crop", "pad"):
        found = frames(ls.fit(source, 360, 640, how=how, fill="black"))[5].min(axis=2) > 200

        where = np.argwhere(found)
        height, width = where.max(axis=0) - where.min(axis=0)
        assert width == pytest.approx(height, abs=3)


def test_a_border_has_the_colour_that_is_given(tmp_path):
    """And the picture in the middle has its own, in the same colour space."""
    source = plain(tmp_path / "a.mp4", (320, 180))

    picture = frames(ls.fit(source, 180, 320, how="pad", fill="#c04020"))[10].astype(int)

    assert picture[10, 90] == pytest.approx((0xC0, 0x40, 0x20), abs=6)
    assert picture[160, 90] == pytest.approx(BLUE, abs=6)
    assert picture[310, 90] == pytest.approx((0xC0, 0x40, 0x20), abs=6)


def test_a_border_of_blur_has_the_pictures_colours_and_no_detail(tmp_path):
    """Its rows vary slowly."""
    photograph = cv2.resize(skimage.data.astronaut(), (640, 360))
    source = of_pictures(tmp_path / "a.mp4", [photograph] * 5, None)

    picture = frames(ls.fit(source, 360, 640, how="pad"))[2].astype(int)

    border = picture[:200]
    assert np.abs(np.diff(border, axis=1)).mean() < 2
    assert border.std() > 10


def test_a_picture_is_taken_as_border(tmp_path):
    """By its path; it covers the frame."""
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:] = (30, 200, 60)
    cv2.imwrite(str(tmp_path / "border.png"), picture)

    source = plain(tmp_path / "a.mp4", (320, 180))

    video = ls.fit(source, 180, 320, how="pad", fill=tmp_path / "border.png")

    found = frames(video)[10].astype(int)

    assert found[10, 90] == pytest.approx((60, 200, 30), abs=6)


def test_tags_are_kept_and_a_drawn_label_is_drawn_again(tmp_path):
    """In the corner of the new frame, as high as the new size asks for."""
    source = plain(tmp_path / "a.mp4", (640, 360), tags={"title": "t"})
    labelled = ls.label_ai(source, producer="x", show="always")

    video = ls.fit(labelled, 360, 640, how="pad", fill="black")

    corner = frames(video)[40][:120, :360].min(axis=2) > 180
    where = np.argwhere(corner)
    assert where.max(axis=0)[0] - where.min(axis=0)[0] + 1 >= 0.05 * 360 - 1
    assert tags_of(video)["title"] == "t"
    assert ls.ai_label(video) == ls.ai_label(labelled)


def test_a_label_that_stays_readable_is_not_drawn_twice(tmp_path):
    """It moves with the picture, by a border and by a crop; cut off, it is drawn again."""
    labelled = ls.label_ai(plain(tmp_path / "a.mp4", (640, 360), 0.4), producer="x")
    (left, right), _ = label_at(labelled)
    alone = np.argwhere(is_white(frames(labelled)[5])).shape[0]

    padded = ls.fit(labelled, 960, 360, how="pad", fill="black")
    cropped = ls.fit(padded, 720, 360, how="crop")
    again = ls.fit(cropped, 360, 360, how="crop")

    assert label_at(padded)[0] == pytest.approx((left + 160, right + 160), abs=3)
    assert label_at(cropped)[0] == pytest.approx((left + 40, right + 40), abs=3)
    assert label_at(again)[0][0] == pytest.approx(0.05 * 360, abs=8)
    for video in (padded, cropped, again):
        assert np.argwhere(is_white(frames(video)[5])).shape[0] == pytest.approx(alone, rel=0.1)


def is_white(picture):
    """Where the letters are: shape (height, width)."""
    return picture.min(axis=2) > 180


def label_at(video):
    """From where to where letters are, in pixels across and down."""
    where = np.argwhere(is_white(frames(video)[5]))
    (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0)
    return (left, right), (top, bottom)


def test_a_crop_behind_subtitles_is_told(tmp_path, capsys):
    """As it may cut them off; a border cuts nothing, and is not told."""
    source = ls.burn_in(plain(tmp_path / "a.mp4", seconds=0.4), [ls.Subtitle(0, 1, "hi")])

    ls.fit(source, 240, 320, how="pad")
    assert "subtitles" not in capsys.readouterr().err
    ls.fit(source, 180, 240)
    assert "fit first" in capsys.readouterr().err


def test_what_the_user_must_know_is_told(tmp_path, capsys):
    """No face, and enlargement."""
    ls.fit(plain(tmp_path / "a.mp4", seconds=0.4), 640, 1280)

    told = capsys.readouterr().err
    assert "no face is found" in told
    assert "enlarged by" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width": 1081}, "1080 or 1082"),
        ({"width": 0}, "from 64 to 4096"),
        ({"height": "1920"}, "from 64 to 4096"),
        ({"height": True}, "from 64 to 4096"),
        ({"how": "stretch"}, "'crop' or 'pad'"),
        ({"fill": "no colour"}, "'blur', a colour"),
        ({"fill": 5}, "'blur', a colour"),
        ({"path": "SOURCE"}, "so that nothing is lost"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(arguments, words, tmp_path):
    """And no file is left behind."""
    source = plain(tmp_path / "a.mp4", seconds=0.2)
    arguments = {name: source if value == "SOURCE" else value for name, value in arguments.items()}

    with pytest.raises(ls.BadRequest, match=words):
        ls.fit(source, **{"width": 120, "height": 160, "how": "pad", **arguments})

    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_what_is_no_clip_is_named_once(tmp_path):
    """The error says what it is, and what to give."""
    with pytest.raises(ls.BadRequest) as caught:
        ls.fit(made(tmp_path, "wav"), 100, 100, how="pad")

    assert str(caught.value).count("made.wav") == 1
    assert "give a clip" in str(caught.value)
