"""The workbench, as it is used in JupyterLab and in Voila."""

import shutil
from pathlib import Path

import pytest
from browser.accessibility import faint, unnamed, unreached
from browser.cells import BEGIN, SANDBOXED
from browser.conftest import OpenNotebook
from browser.lab import PATIENCE_S, SCREENSHOTS, Notebook, Watch
from browser.test_player_browser import plays
from browser.voila import voila
from conftest import Samples
from playwright.sync_api import Browser, Locator, expect

from lipsync_nb.sandbox import Sandbox

TUTORIAL = Path(__file__).parents[2] / "notebooks" / "00_workbench.ipynb"
VOILAS_OWN = "@fortawesome"
"""Icons, which Voila's template wants from a CDN; nothing here needs them."""
FOUR_JOBS = """
made = client.map([
    ls.lingdong.Generate(source="face.png", audio="speech.wav"),
    ls.yunai.AvatarVideo(avatar="face.png", audio="speech.wav"),
    ls.lipsync_studio.LipSyncImage(image="face.png", audio="speech.wav"),
    ls.chanjing.LipSync(
        video="face.mp4", audio="speech.wav", screen_width=320, screen_height=320),
])
client.gather(made)
"""


def bench_of(opened: Notebook) -> Locator:
    """The workbench of the last cell."""
    return opened.output(-1).locator(".lsw")


def fill(bench: Locator, label: str, text: str) -> None:
    """Type into a field."""
    bench.get_by_label(label, exact=True).filter(visible=True).click()
    bench.page.keyboard.type(text)


def test_from_a_form_to_the_video_without_a_mouse(
    notebook: OpenNotebook, sandbox: Sandbox, beside: Samples
) -> None:
    """Arrows choose a vendor's tab; its job is selected in the table, and its video plays."""
    assert beside.face.exists()
    opened = notebook(SANDBOXED.format(home=str(sandbox.home)), "client.workbench()")
    opened.run_all()
    bench, keys = bench_of(opened), opened.page.keyboard
    expect(bench.get_by_text("No jobs yet.")).to_be_visible()

    bench.get_by_role("tab", name="Lingdong").focus()
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(bench.get_by_role("tab", name="Yunai")).to_have_attribute("aria-selected", "true")
    fill(bench, "Avatar *", "face.png")
    fill(bench, "Audio *", "speech.wav")
    bench.get_by_role("button", name="Submit", exact=True).focus()
    keys.press("Enter")

    expect(bench.locator("tr[aria-selected=true] [data-status=succeeded]").first).to_be_visible()
    plays(bench.get_by_role("article").locator("video"))


def test_one_vendor_several_forms(notebook: OpenNotebook) -> None:
    """What is filled in stays when another form is looked at."""
    opened = notebook(BEGIN + "client = client_of(here)", "client.workbench()")
    opened.run_all()
    bench = bench_of(opened)

    bench.get_by_role("tab", name="lipsync.studio").click()
    fill(bench, "Video *", "face.mp4")
    bench.get_by_role("radio").nth(1).check()
    expect(bench.get_by_label("Image *", exact=True)).to_be_visible()
    bench.get_by_role("radio").first.check()

    expect(bench.get_by_label("Video *", exact=True)).to_have_value("face.mp4")


@pytest.mark.parametrize("width", [480, 1280, 1900])
def test_everyone_can_use_it(
    notebook: OpenNotebook, sandbox: Sandbox, beside: Samples, width: int
) -> None:
    """In both themes: every control has a name, every text stands out, Tab reaches everything."""
    assert beside.face.exists()
    begin = SANDBOXED.format(home=str(sandbox.home)) + FOUR_JOBS
    opened = notebook(begin, "bench = client.workbench(); bench", size=(width, 1700))
    opened.run_all()
    bench = bench_of(opened)
    bench.locator("tbody tr:not([hidden]):not(.ls-spacer)").last.click()
    expect(bench.get_by_role("article").locator("video")).to_have_js_property("readyState", 4)
    fill(bench, "Source *", "face.png")
    expect(bench.get_by_role("img", name="Source: face.png")).to_be_visible()
    assert bench.evaluate("bench => bench.scrollWidth - bench.clientWidth") <= 0

    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.page.mouse.move(0, 0)
        opened.shot(f"workbench-{theme}-{width}")
        assert unnamed(bench) == []
        assert faint(bench) == []
        assert unreached(bench) == []


@pytest.mark.parametrize("width", [480, 1280])
def test_the_keys_come_first(notebook: OpenNotebook, width: int) -> None:
    """As long as no vendor is connected; and the empty table says how to begin."""
    opened = notebook(BEGIN + "client = client_of(here)", "client.workbench()", size=(width, 1700))
    opened.run_all()
    bench = bench_of(opened)

    expect(bench.get_by_role("group", name="Chanjing")).to_be_visible()
    expect(bench.get_by_text("No vendor is connected yet")).to_be_visible()
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"workbench-empty-{theme}-{width}")
        assert unnamed(bench) == []
        assert faint(bench) == []
        assert unreached(bench) == []


def test_the_tutorial_in_voila(chrome: Browser, tmp_path: Path) -> None:
    """The same notebook is a page of its own; its video plays, and nothing is fetched for it."""
    folder = tmp_path / "root"
    folder.mkdir()
    shutil.copy(TUTORIAL, folder)
    allowed = "--VoilaConfiguration.file_allowlist=['.*\\.(mp4|jpg|wav)']"
    with voila(folder / TUTORIAL.name, tmp_path, allowed) as url:
        page = chrome.new_page(viewport={"width": 1280, "height": 2600})
        page.set_default_timeout(PATIENCE_S * 1000)
        watch = Watch(page)
        page.goto(url)
        bench = page.locator(".lsw")
        expect(bench.get_by_role("article").locator("video")).to_have_js_property("readyState", 4)
        for video in page.locator("video").all():
            plays(video)
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=str(SCREENSHOTS / "voila-workbench.png"))
        assert bench.get_by_role("tab").count() == 7
        page.close()

    assert [line for line in watch.wrong if VOILAS_OWN not in line] == []
