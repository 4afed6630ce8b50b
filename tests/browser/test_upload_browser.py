"""Uploads from a real browser, with the server's settings as they are."""

import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.cells import held
from browser.conftest import OpenNotebook
from browser.lab import Lab, Notebook
from playwright.sync_api import Locator, expect

MB = 1_000_000
BEGIN = """
import tempfile
from pathlib import Path
import lipsync_nb as ls
client = ls.Client([], ledger=Path(tempfile.mkdtemp()) / "jobs.sqlite")
"""
FORM = "form = client.form(ls.lingdong.Generate); form"

NOTE_PERCENTAGES = """bar => {
    window.percentages = [];
    const note = () => window.percentages.push(bar.getAttribute("aria-valuenow"));
    new MutationObserver(note).observe(bar, { attributes: true });
}"""

NOTE_WHAT_IS_SHOWN = """field => {
    window.shown = [];
    const bar = field.querySelector("[role=progressbar]");
    const note = () => { if (bar.checkVisibility()) window.shown.push(field.innerText); };
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(note).observe(field, all);
}"""
"""While the progress bar is visible."""

MakeFile = Callable[[str, int], Path]


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Make a file whose parts all differ."""

    def make(name: str, megabytes: int) -> Path:
        path = tmp_path / name
        with path.open("wb") as file:
            for number in range(megabytes):
                file.write(hashlib.sha256(str(number).encode()).digest() * (MB // 32))
        return path

    return make


@pytest.fixture
def opened(lab: Lab, notebook: OpenNotebook) -> Notebook:
    """A notebook with a form; what kernels of earlier tests left half received is gone."""
    for part in parts(lab):
        part.unlink()
    opened = notebook(BEGIN, FORM)
    opened.run_all()
    return opened


def field(opened: Notebook, label: str) -> Locator:
    """Return a media field of the form."""
    box = opened.page.get_by_role("combobox", name=label)
    return opened.output(1).locator(".lsf-field").filter(has=box)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parts(lab: Lab) -> list[Path]:
    """Return what unfinished uploads have left."""
    return list((lab.home / "lipsync_nb" / "uploads").glob("*.part"))


@pytest.mark.parametrize("megabytes", [12, 110])
def test_a_file_of_any_size_arrives_as_it_was(opened, make_file, lab, figure, megabytes):
    """By its SHA-256; the way there is seen in per cent."""
    path = make_file("my clip.mp4", megabytes)
    source = field(opened, "Source *")
    source.get_by_role("progressbar", include_hidden=True).evaluate(NOTE_PERCENTAGES)

    began = time.monotonic()
    source.locator("input[type=file]").set_input_files(path)
    done = source.get_by_text(f"✓ my clip.mp4, {megabytes}.0 MB")
    expect(done).to_be_visible()
    seconds = time.monotonic() - began
    figure(f"upload of {megabytes} MB: {seconds:.1f} s")

    kept = Path(source.get_by_role("combobox").input_value())
    assert kept.name == f"{sha256(path)}.mp4"
    assert sha256(kept) == sha256(path)
    percentages = set(opened.page.evaluate("window.percentages"))
    assert len(percentages) >= 5
    assert "100" in percentages
    assert parts(lab) == []
    kept.unlink()


def test_an_upload_can_be_cancelled(opened, make_file, lab):
    """By a button; nothing of it stays, and another can follow."""
    source = field(opened, "Source *")

    source.locator("input[type=file]").set_input_files(make_file("long.mp4", 400))
    expect(source.get_by_role("progressbar")).to_be_visible()
    source.get_by_role("button", name="Cancel the upload: Source").click()

    expect(source.get_by_text("long.mp4: cancelled")).to_be_visible()
    expect(source.get_by_role("progressbar")).to_be_hidden()
    assert opened.ask("form.field('source').value") == "None"
    assert parts(lab) == []
    source.locator("input[type=file]").set_input_files(make_file("short.mp4", 1))
    expect(source.get_by_text("✓ short.mp4")).to_be_visible()


def test_another_file_takes_the_place_of_one_under_way(opened, make_file):
    """Its progress is shown, and the field gets it."""
    source = field(opened, "Source *")
    source.locator("input[type=file]").set_input_files(make_file("long.mp4", 400))
    expect(source.get_by_role("progressbar")).to_be_visible()

    source.evaluate(NOTE_WHAT_IS_SHOWN)
    source.locator("input[type=file]").set_input_files(make_file("other.mp4", 60))

    expect(source.get_by_text("✓ other.mp4")).to_be_visible()
    shown = opened.page.evaluate("window.shown")
    assert any(re.search(r"other\.mp4: \d+ %", text) for text in shown)


def test_two_files_at_once(opened, make_file):
    """Each to its own field."""
    one, other = make_file("face.mp4", 20), make_file("speech.wav", 10)

    field(opened, "Source *").locator("input[type=file]").set_input_files(one)
    field(opened, "Audio *").locator("input[type=file]").set_input_files(other)

    expect(field(opened, "Source *").get_by_text("✓ face.mp4")).to_be_visible()
    expect(field(opened, "Audio *").get_by_text("✓ speech.wav")).to_be_visible()
    shown = field(opened, "Audio *").get_by_role("combobox").input_value()
    assert Path(shown).name == f"{sha256(other)}.wav"


DROP = """async zone => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(3000000)], "dropped.wav"));
    const options = { dataTransfer: data, bubbles: true, cancelable: true };
    for (const type of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(type, options));
}"""


def test_a_file_can_be_dropped(opened):
    """Where the field says so."""
    audio = field(opened, "Audio *")

    audio.locator(".lsf-uploader").evaluate(DROP)

    expect(audio.get_by_text("✓ dropped.wav, 3.0 MB")).to_be_visible()


def test_what_is_too_large_is_reported_before_it_is_sent(notebook, make_file):
    """With the vendor's limit."""
    opened = notebook(BEGIN, "form = client.form(ls.yunai.AvatarVideo); form")
    opened.run_all()
    avatar = field(opened, "Avatar *")

    avatar.locator("input[type=file]").set_input_files(make_file("huge.mp4", 101))

    expect(avatar.get_by_text("huge.mp4 has 101.0 MB; the limit is 100 MB")).to_be_visible()


def test_a_busy_kernel_is_waited_for(opened, make_file, tmp_path):
    """The user sees the error; then the upload goes on."""
    source, go_on = field(opened, "Source *"), tmp_path / "go on"

    opened.run(held(go_on))
    source.locator("input[type=file]").set_input_files(make_file("face.mp4", 12))
    expect(source.get_by_text("face.mp4: waiting for the kernel")).to_be_visible()
    go_on.touch()

    expect(source.get_by_text("✓ face.mp4")).to_be_visible()


def test_a_restarted_kernel_is_reported(opened, make_file):
    """In the middle of an upload."""
    source = field(opened, "Source *")
    source.locator("input[type=file]").set_input_files(make_file("face.mp4", 400))
    expect(source.get_by_role("progressbar")).to_be_visible()

    opened.restart()

    expect(source.get_by_text("restarted")).to_be_visible()


def test_the_bytes_are_in_no_notebook(opened, make_file, lab):
    """Saved with its widgets' state."""
    path = make_file("face.mp4", 1)
    source = field(opened, "Source *")
    source.locator("input[type=file]").set_input_files(path)
    expect(source.get_by_text("✓ face.mp4")).to_be_visible()

    opened.save()

    saved = (lab.root / opened.path).read_text()
    assert "widget-state" in json.dumps(json.loads(saved)["metadata"])
    assert path.read_bytes()[:12].hex() not in saved
    assert len(saved) < 300_000
