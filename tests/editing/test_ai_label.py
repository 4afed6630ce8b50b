"""Labels of AI, in metadata and in the picture."""

import json

import numpy as np
import pytest
from edited_clips import frames, heard, plain, tags_of
from media_files import made

import lipsync_nb as ls
from lipsync_nb.media.remux import copy_with_tags

BLUE = (40, 90, 160)
VENDORS = {"Label": "1", "ContentProducer": "a vendor", "ProduceID": "7", "Other": "kept"}


def drawn(picture: np.ndarray) -> np.ndarray:
    """Where a picture of one colour has something else: shape (height, width)."""
    return np.abs(picture.astype(int) - BLUE).max(axis=2) > 60


def test_the_implicit_label_is_json_in_a_field_named_aigc(tmp_path):
    """With the names of GB 45438-2025, annex E, and nothing is encoded."""
    source = plain(tmp_path / "a.mp4", tags={"title": "t"})

    video = ls.label_ai(source, producer="001191ABC", produce_id="42", show=None)

    assert json.loads(tags_of(video)["AIGC"]) == {
        "Label": "1",
        "ContentProducer": "001191ABC",
        "ProduceID": "42",
        "ReservedCode1": "",
        "ContentPropagator": "001191ABC",
        "PropagateID": "42",
        "ReservedCode2": "",
    }
    assert tags_of(video)["title"] == "t"
    assert heard(video) == heard(source)
    assert all(map(np.array_equal, frames(video), frames(source)))


@pytest.mark.parametrize("size", [(320, 240), (1080, 1920), (1280, 720)])
@pytest.mark.parametrize("text", ["AI生成", "人工智能合成"])
def test_the_explicit_label_is_high_and_long_enough(size, text, tmp_path):
    """Its letters have 5 % of the shorter side, and it is shown from the first frame for 3 s."""
    source = plain(tmp_path / "a.mp4", size, 3.2)

    pictures = frames(ls.label_ai(source, producer="x", text=text))

    shown = [bool(drawn(picture).any()) for picture in pictures]
    assert shown == [True] * 75 + [False] * 5
    white = pictures[0].min(axis=2) > 180
    rows = np.flatnonzero(white.any(axis=1))
    assert rows[-1] - rows[0] + 1 >= 0.05 * min(size) - 1
    assert rows[-1] < size[1] / 2


@pytest.mark.parametrize("position", ["top left", "top right", "bottom left", "bottom right"])
def test_the_label_is_in_the_corner_that_is_chosen(position, tmp_path):
    """Always, if it is to be shown always."""
    source = plain(tmp_path / "a.mp4", seconds=3.2)

    video = ls.label_ai(source, producer="x", show="always", position=position)

    rows, columns = np.argwhere(drawn(frames(video)[-1])).mean(axis=0) / (240, 320)
    assert (rows < 0.5) == position.startswith("top")
    assert (columns < 0.5) == position.endswith("left")


def test_a_label_is_kept_by_subtitles_and_by_another_size(tmp_path):
    """As it is, and it is there once."""
    labelled = ls.label_ai(plain(tmp_path / "a.mp4"), producer="x")

    video = ls.fit(ls.burn_in(labelled, [ls.Subtitle(0, 1, "hi")]), 240, 320, how="pad")

    assert ls.ai_label(video) == ls.ai_label(labelled)
    assert video.path.read_bytes().count(b"ContentProducer") == 1


@pytest.mark.parametrize(
    "tags",
    [
        {"AIGC": json.dumps(VENDORS)},
        {"aigc": json.dumps({"AIGC": VENDORS})},
        {"comment": json.dumps({"AIGC": VENDORS})},
        {"description": json.dumps({"aigc": json.dumps(VENDORS)})},
        {"comment": "made by us " + json.dumps({"AIGC": VENDORS})},
    ],
)
def test_labels_of_vendors_are_found(tags, tmp_path):
    """In any case, wrapped or not, and in comments and descriptions."""
    found = ls.ai_label(plain(tmp_path / "a.mp4", tags=tags))

    assert found == ls.AiLabel("1", "a vendor", "7")


def test_a_labelled_clip_gets_a_propagator_and_keeps_its_producer(tmp_path):
    """What the vendor has written stays, names that are not known included."""
    source = plain(tmp_path / "a.mp4", tags={"aigc": json.dumps({"AIGC": VENDORS})})

    video = ls.label_ai(source, producer="me", produce_id="9", show=None)

    new = {"ContentPropagator": "me", "PropagateID": "9"}
    assert json.loads(tags_of(video)["aigc"]) == {"AIGC": {**VENDORS, **new}}
    assert "AIGC" not in tags_of(video)


def test_a_label_that_was_passed_on_is_not_overwritten(tmp_path):
    """Nor one that cannot be changed safely; the error says why."""
    passed_on = {**VENDORS, "ContentPropagator": "somebody"}
    source = plain(tmp_path / "a.mp4", tags={"AIGC": json.dumps(passed_on)})
    in_a_text = plain(tmp_path / "b.mp4", tags={"comment": f"x {json.dumps({'AIGC': VENDORS})}"})

    with pytest.raises(ls.BadRequest, match="passed on by somebody"):
        ls.label_ai(source, producer="me", show=None)
    with pytest.raises(ls.BadRequest, match="comment contains a label"):
        ls.label_ai(in_a_text, producer="me", show=None)


def test_labelling_twice_changes_nothing_in_the_metadata(tmp_path):
    """With the same producer and number."""
    once = ls.label_ai(plain(tmp_path / "a.mp4"), producer="x", produce_id="1", show=None)

    twice = ls.label_ai(once, producer="x", produce_id="1", show=None)

    assert ls.ai_label(twice) == ls.ai_label(once)


def test_a_new_comment_does_not_remove_a_label_in_the_old_one(tmp_path):
    """It stays behind the new text."""
    source = plain(tmp_path / "a.mp4", tags={"comment": json.dumps({"AIGC": VENDORS})})

    copy_with_tags(source, tmp_path / "b.mp4", {"comment": "made by me"})

    assert tags_of(tmp_path / "b.mp4")["comment"].startswith("made by me\n")
    assert ls.ai_label(tmp_path / "b.mp4") == ls.AiLabel("1", "a vendor", "7")


def test_a_clip_without_a_label_has_none(tmp_path):
    """Whatever its comment says."""
    assert ls.ai_label(plain(tmp_path / "a.mp4", tags={"comment": "about AIGC"})) is None


def test_other_containers_become_mp4(tmp_path):
    """Where tags cannot be written without encoding."""
    video = ls.label_ai(made(tmp_path, "webm"), producer="x", show=None)

    assert video.path.suffix == ".mp4"
    assert ls.ai_label(video).producer == "x"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"producer": ""}, "producer="),
        ({"producer": "a\nb"}, "producer="),
        ({"producer": "x" * 201}, "at most 200"),
        ({"produce_id": " "}, "produce_id="),
        ({"text": "made by a machine"}, "must contain"),
        ({"text": "AI"}, "must contain"),
        ({"text": "AI生成" * 20}, "shorten it"),
        ({"show": "end"}, "'start', 'always' or None"),
        ({"position": "middle"}, "top left"),
        ({"path": "SOURCE"}, "so that nothing is lost"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(arguments, words, tmp_path):
    """And no file is left behind."""
    source = plain(tmp_path / "a.mp4", seconds=0.2)
    arguments = {name: source if value == "SOURCE" else value for name, value in arguments.items()}

    with pytest.raises(ls.BadRequest, match=words):
        ls.label_ai(source, **{"producer": "x", **arguments})

    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
