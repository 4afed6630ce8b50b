"""Media fields: paths that complete themselves, uploads, and a look at what is there."""

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import Samples
from notebook.tab import Tab
from PIL import Image
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.notebook import preview
from lipsync_nb.notebook.media_field import accepted, suffixes
from lipsync_nb.notebook.path_field import completions
from lipsync_nb.notebook.preview import Preview, describe

PICTURE, CLIP, SOUND = Takes(("image",)), Takes(("video",)), Takes(("audio",))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with some files."""
    for name in ("face.png", "face.mp4", "Farewell.WAV", ".hidden.png", "takes/one.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "takes", "expected"),
    [
        ("", PICTURE, ["face.png", "takes/"]),
        ("f", CLIP, ["face.mp4"]),
        ("F", SOUND, ["Farewell.WAV"]),
        ("f", SOUND, ["Farewell.WAV"]),
        ("takes/", PICTURE, ["takes/one.png"]),
        ("./ta", PICTURE, ["./takes/"]),
        (".h", PICTURE, [".hidden.png"]),
        ("f", Takes(("video",), ("mov",)), []),
        ("nowhere/", PICTURE, []),
        ("https://example.com/", PICTURE, []),
        ("\0", PICTURE, []),
    ],
)
def test_paths_that_suit_the_field_are_suggested(folder, typed, takes, expected):
    """And folders; hidden ones only if they are asked for."""
    assert folder.exists()
    assert completions(typed, suffixes(takes)) == expected


def test_paths_from_the_home_folder_are_suggested(folder, monkeypatch):
    """As the shell would."""
    monkeypatch.setenv("HOME", str(folder))

    assert completions("~/fa", suffixes(PICTURE)) == ["~/face.png"]


def test_the_file_dialog_shows_what_suits_the_field():
    """By MIME types and endings."""
    assert accepted(CLIP).startswith("video/*,")
    assert ".mp4" in accepted(CLIP)
    assert accepted(Takes(("audio",), ("wav",))) == "audio/wav,.wav"


@pytest.fixture
def tab() -> Iterator[Tab]:
    """The browser's end."""
    with Tab() as tab:
        yield tab


@pytest.fixture
def form(tmp_path: Path, tab: Tab, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A form that speaks to the tab."""
    assert tab
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    with ls.Client([], ledger=tmp_path / "jobs.sqlite") as client:
        yield client.form(ls.lingdong.Generate)


def test_suggestions_follow_what_is_typed(form, tab, folder):
    """Letter by letter."""
    assert folder.exists()

    tab.set(form.field("source").control, value="fa")

    assert form.field("source").control.options == ("face.mp4", "face.png")


def test_an_uploaded_file_is_the_fields_value(form, tab):
    """And is looked at."""
    field = form.field("audio")
    tab.ask(field.uploader, op="start", upload="u", name="speech.wav", size=4)
    question = {"op": "part", "upload": "u", "offset": 0, "sha256": None}
    tab.ask(field.uploader, buffers=[b"RIFF"], **question)
    tab.ask(field.uploader, op="end", upload="u")

    assert field.value.path.read_bytes() == b"RIFF"
    wait_until(lambda: field.preview and field.preview.card)


def test_a_file_of_a_wrong_type_is_reported_at_a_glance(form, samples):
    """Before it is submitted."""
    field = form.field("audio")

    field.control.value = str(samples.face)

    wait_until(lambda: field.preview and field.preview.card.get("wrong"))
    assert field.preview.card["text"] == "image/png is not audio"


def test_emptying_the_field_empties_the_preview(form, samples):
    """It follows the field."""
    field = form.field("source")
    field.control.value = str(samples.face)
    wait_until(lambda: field.preview and field.preview.card)

    field.control.value = ""

    wait_until(lambda: not field.preview.card)


def test_a_picture_is_shown_small(tab, samples: Samples):
    """As a JPEG that is sent when it is asked for, and is in no state."""
    shown = Preview("Face")
    shown.show(Media(samples.face), PICTURE)

    picture = Image.open(io.BytesIO(tab.ask(shown, op="still")["data"]))

    assert shown.card["kind"] == "image"
    assert shown.card["still"]
    assert picture.format == "JPEG"
    assert max(picture.size) <= 480
    assert len(str(shown.card)) < 500


def test_a_clip_shows_its_first_frame_and_its_length(tab, samples: Samples):
    """And can be played: the browser gets its place, and can have it in pieces."""
    shown = Preview("Clip")
    shown.show(Media(samples.clip), CLIP)

    piece = tab.ask(shown, op="blob", offset=100)

    assert shown.card["text"].startswith("mp4 · ")
    assert shown.card["text"].endswith(" · 0:01")
    assert shown.card["file"].endswith(samples.clip.name)
    assert piece["data"] == samples.clip.read_bytes()[100:]
    assert (piece["mime"], piece["total"]) == ("video/mp4", samples.clip.stat().st_size)
    assert tab.ask(shown, op="still")["data"].startswith(b"\xff\xd8")


def test_a_sound_shows_its_length(samples: Samples):
    """It has no picture."""
    card = describe(Media(samples.speech), SOUND)

    assert card["kind"] == "audio"
    assert not card["still"]
    assert card["text"].startswith("wav · ")


def test_what_is_too_large_is_not_brought_here(tab, samples: Samples, monkeypatch):
    """The server may have it all the same."""
    monkeypatch.setattr(preview, "LARGEST", 1000)
    shown = Preview("Clip")
    shown.show(Media(samples.clip), CLIP)

    assert "too large to preview" in tab.ask(shown, op="blob", offset=0)["error"]


@pytest.mark.parametrize(
    ("url", "takes", "kind"),
    [
        ("https://example.com/a.mp4?sig=1", Takes(("image", "video")), "video"),
        ("https://example.com/a", Takes(("image", "video")), "image"),
        ("https://example.com/a.MP3", SOUND, "audio"),
    ],
)
def test_of_a_url_nothing_is_asked(url, takes, kind):
    """Only its ending and its host are shown."""
    card = describe(Media(url), takes)

    assert (card["kind"], card["as"], card["text"]) == ("remote", kind, "example.com")


@pytest.mark.parametrize(
    ("content", "takes"), [(b"no picture at all", PICTURE), (b"\x89PNG\r\n\x1a\nbroken", PICTURE)]
)
def test_what_cannot_be_read_has_no_picture(tmp_path, content, takes):
    """It is described all the same."""
    path = tmp_path / "face.png"
    path.write_bytes(content)

    assert not describe(Media(path), takes)["still"]


def test_a_file_that_was_replaced_is_looked_at_anew(tmp_path):
    """Also if it has the time of the one before."""
    path = tmp_path / "face.png"
    Image.new("RGB", (64, 32)).save(path)
    before, stat = thumbnail(path), path.stat()
    Image.new("RGB", (64, 64)).save(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert before
    assert thumbnail(path) != before


def test_a_phones_clip_stands_upright(samples: Samples, tmp_path):
    """The file says that it is to be turned clockwise by a quarter, and its first frame is."""
    path = tmp_path / "turned.mp4"
    data = bytearray(samples.clip.read_bytes())
    matrix = data.index(b"tkhd") + 44
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)

    upright, lying = (Image.open(io.BytesIO(thumbnail(clip))) for clip in (path, samples.clip))

    turned = np.asarray(lying.rotate(-90, expand=True), float)
    assert np.abs(np.asarray(upright, float) - turned).mean() < 5


def test_what_is_not_there_is_reported(tmp_path):
    """With its path."""
    card = describe(Media(tmp_path / "gone.png"), PICTURE)

    assert card["wrong"]
    assert "gone.png" in card["text"]


def test_a_preview_of_nothing_answers_so(tab):
    """A page may ask late."""
    assert "nothing" in tab.ask(Preview("Face"), op="still")["error"]
