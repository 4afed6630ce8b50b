"""The tools and the form for a table, as they are used in JupyterLab."""

import pytest
from browser.accessibility import faint, unnamed, unreached
from browser.cells import SANDBOXED
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
