"""The tools and the form for a table, as they are used in JupyterLab."""

import re

import pytest
from browser.accessibility import faint, unnamed, unreached
from browser.cells import BEGIN, SANDBOXED
from browser.conftest import OpenNotebook
from browser.test_player_browser import plays
from browser.test_workbench_browser import bench_of, fill
from conftest import Samples
from playwright.sync_api import expect

from lipsync_nb.sandbox import Sandbox


def test_two_clips_become_one_that_plays(
    notebook: OpenNotebook, sandbox: Sandbox, beside: Samples
) -> None:
    """In the workbench's last tab, without a mouse: the path is named, and its video plays."""
    assert beside.clip.exists()
    opened = notebook(SANDBOXED.format(home=str(sandbox.home)), "client.workbench()")
    opened.run_all()
    bench, keys = bench_of(opened), opened.page.keyboard

    bench.get_by_role("tab", name="Edit").click()
    bench.get_by_role("radio", name="Join videos").check()
    bench.get_by_role("button", name="Add video").click()
    videos = bench.get_by_label("Video *", exact=True)
    expect(videos).to_have_count(2)
    for video in videos.all():
        video.click()
        keys.type("face.mp4")
    fill(bench, "Result", "joined.mp4")
    bench.get_by_role("button", name="Join", exact=True).focus()
    keys.press("Enter")

    expect(bench.get_by_text("Made: joined.mp4")).to_be_visible()
    bench.get_by_role("button", name="Play: joined.mp4").click()
    plays(bench.locator(".lsf-results video"))


TABLE = """
from pathlib import Path
Path("rows.csv").write_text(
    "id,source,audio,comment\\n"
    "a,face.png,speech.wav,one\\nb,face.mp4,speech.wav,two\\nc,face.png,speech.wav,three\\n"
)
"""


def test_a_table_is_checked_and_submitted(
    notebook: OpenNotebook, sandbox: Sandbox, beside: Samples
) -> None:
    """The plan is shown, the button names the price, and the table has the state of its rows."""
    assert beside.clip.exists()
    begin = SANDBOXED.format(home=str(sandbox.home)) + TABLE
    opened = notebook(begin, "form = client.batch_form(); form")
    opened.run_all()
    form, keys = opened.output(1).locator(".lsf"), opened.page.keyboard

    form.get_by_label("Table *", exact=True).click()
    keys.type("rows.csv")
    form.get_by_label("Request", exact=True).select_option("Lingdong 灵动数智人 · Generate")
    form.get_by_role("button", name="Check", exact=True).focus()
    keys.press("Enter")
    expect(form.get_by_text("the same request as row 2")).to_be_visible()
    submit = form.get_by_role("button", name="Submit 2 new jobs")
    expect(submit).to_contain_text("credits")
    opened.shot("batch-checked")
    submit.focus()
    keys.press("Enter")

    expect(form.get_by_text("Rows: 3 succeeded")).to_be_visible()
    expect(form.get_by_role("link", name="rows.csv")).to_be_visible()
    assert "succeeded" in opened.ask("form.batch.wait() and Path('rows.csv').read_text()")
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.page.mouse.move(0, 0)
        opened.shot(f"batch-{theme}")
        assert unnamed(form) == []
        assert faint(form) == []
        assert unreached(form) == []


def test_a_long_speech_in_a_form(notebook: OpenNotebook, sandbox: Sandbox, beside: Samples) -> None:
    """Ticked, with a number: the parts go on, and the joined video plays."""
    assert beside.clip.exists()
    say = "from faces import speech\nspeech(Path('long.wav'), 'One is here. Two is there. ' * 2)"
    begin = BEGIN + SANDBOXED.format(home=str(sandbox.home)) + say
    opened = notebook(begin, "form = client.form(ls.lingdong.Generate); form")
    opened.run_all()
    form, keys = opened.output(1).locator(".lsf"), opened.page.keyboard

    for label, text in {"Source *": "face.mp4", "Audio *": "long.wav"}.items():
        form.get_by_label(label, exact=True).click()
        keys.type(text)
    form.get_by_label("Split a long speech").check()
    form.get_by_label("Longest part (s, ≥ 1) *").click()
    keys.type("4")
    form.get_by_label("Show the Python for this").check()
    form.get_by_role("button", name="Submit", exact=True).focus()
    keys.press("Enter")

    expect(form.get_by_text("Joined: ")).to_be_visible()
    form.get_by_role("button", name=re.compile("Play: .*joined")).click()
    plays(form.locator(".lsf-results video"))
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.page.mouse.move(0, 0)
        opened.shot(f"long-speech-{theme}")
        assert unnamed(form) == []
        assert faint(form) == []
        assert unreached(form) == []


@pytest.mark.parametrize("width", [480, 1280])
def test_everyone_can_use_the_tools(notebook: OpenNotebook, sandbox: Sandbox, width: int) -> None:
    """In both themes: every control has a name, every text stands out, Tab reaches everything."""
    begin = SANDBOXED.format(home=str(sandbox.home))
    opened = notebook(begin, "tools = client.tools(); tools", size=(width, 1700))
    opened.run_all()
    tools = opened.output(1).locator(".lsw")
    headings = tools.get_by_role("radio").count()

    for number in range(headings):
        tools.get_by_role("radio").nth(number).check()
        expect(tools.locator(".lsf-heading").first).to_be_visible()
        for theme in ("light", "dark"):
            opened.theme(theme)
            opened.page.mouse.move(0, 0)
            opened.shot(f"tools-{number}-{theme}-{width}")
            assert unnamed(tools) == []
            assert faint(tools) == []
            assert unreached(tools) == []
        assert tools.evaluate("tools => tools.scrollWidth - tools.clientWidth") <= 0
