"""Several videos as one, as they are seen, heard and steered in JupyterLab."""

import math
import statistics
from collections.abc import Callable, Iterator

import pytest
from browser.accessibility import faint, tab_stops, unnamed, unreached
from browser.cells import BEGIN
from browser.conftest import OpenNotebook
from browser.lab import Notebook
from playwright.sync_api import Locator, expect

SHOWN = (
    BEGIN
    + """
import math

def shown(count):
    clips = [f"clips/{n}.mp4" for n in range(count)]
    wave = [abs(math.sin(n / 3) * math.cos(n / 17)) for n in range(300)]
    mouth = [abs(math.sin(n / 9)) for n in range(120)]
    names = ["灵动", "Yunai", "lipsync.studio", "Xingyun", "Chanjing"][:count]
    figures = [f"{12 + n} credits · offset {40 * n} ms" for n in range(count)]
    return ls.grid(
        clips, labels=names, captions=figures, waveforms=[wave] * count, mouths=[mouth] * count
    )
"""
)

pytestmark = pytest.mark.usefixtures("clips")

MOST_DRIFT_MS = 80
MOST_DISTANCE_MS = 50
ATTEMPTS = 6

RECORD = """videos => {
    window.drifts = [];
    const look = () => {
        const times = [...videos].filter(v => !v.ended).map(v => v.currentTime);
        if (videos[0].paused) return;
        window.drifts.push(1000 * (Math.max(...times) - Math.min(...times)));
        requestAnimationFrame(look);
    };
    look();
}"""
TIMES = "videos => [...videos].map(video => video.currentTime)"
HEARD = "videos => [...videos].map(video => !video.muted)"


def open_grid(notebook: OpenNotebook, count: int) -> tuple[Notebook, Locator]:
    """A grid of so many videos, all of which can play."""
    opened = notebook(SHOWN, f"shown({count})")
    opened.run_all()
    grid = opened.output(1).locator(".ls-grid")
    expect(grid.locator("video")).to_have_count(count)
    for video in grid.locator("video").all():
        expect(video).to_have_js_property("readyState", 4)
    return opened, grid


def of_all(grid: Locator, script: str) -> list[float]:
    """What a script says of the videos."""
    found: list[float] = grid.locator("video").evaluate_all(script)
    return found


def until(grid: Locator, claim: str) -> None:
    """Wait until a claim is true of each video."""
    grid.page.wait_for_function(
        f"grid => [...grid.querySelectorAll('video')].every(v => {claim})",
        arg=grid.element_handle(),
    )


def drifts(opened: Notebook, grid: Locator) -> Iterator[float]:
    """Play three seconds until their drift is small: a busy machine drops frames.

    Yields:
        The milliseconds that 95 % of the frames stay below.
    """
    for _ in range(ATTEMPTS):
        grid.get_by_role("slider", name="Position").fill("0")
        until(grid, "v.currentTime > 0.5 && v.currentTime < 3 && !v.seeking")
        grid.locator("video").evaluate_all(RECORD)
        until(grid, "v.currentTime > 3.5")
        playing = opened.page.evaluate("window.drifts")
        drift = statistics.quantiles(playing, n=20)[-1] if len(playing) > 20 else math.inf
        yield drift
        if drift < MOST_DRIFT_MS:
            return


def distances(grid: Locator) -> Iterator[float]:
    """Seek while they play until they are close: one that a busy machine holds up catches up late.

    Yields:
        The milliseconds between the first and the last of them after the seek.
    """
    for _ in range(ATTEMPTS):
        grid.get_by_role("slider", name="Position").fill("5")
        until(grid, "v.currentTime >= 5 && !v.seeking")
        sought = of_all(grid, TIMES)
        yield (distance := 1000 * (max(sought) - min(sought)))
        if distance < MOST_DISTANCE_MS:
            return


@pytest.mark.parametrize("count", [2, 5])
def test_they_play_as_one(
    notebook: OpenNotebook, count: int, figure: Callable[[str], None]
) -> None:
    """Drift under 80 ms while playing, under 50 ms after a seek, also while playing on."""
    opened, grid = open_grid(notebook, count)

    grid.get_by_role("button", name="Play").click()
    drift = min(drifts(opened, grid))
    after = min(distances(grid))
    until(grid, "v.currentTime > 5.5")
    grid.get_by_role("button", name="Pause").click()
    until(grid, "v.paused")
    grid.get_by_role("slider", name="Position").fill("2")
    until(grid, "v.currentTime === 2 && !v.seeking")

    figure(f"grid of {count}: drift {drift:.0f} ms (95 % of frames), after a seek {after:.0f} ms")
    assert drift < MOST_DRIFT_MS
    assert after < MOST_DISTANCE_MS


def test_keys(notebook: OpenNotebook) -> None:
    """Space toggles, arrows seek, numbers choose the one sound, X flips."""
    opened, grid = open_grid(notebook, 3)
    keys = opened.page.keyboard
    assert of_all(grid, HEARD) == [True, False, False]

    grid.focus()
    keys.press(" ")
    until(grid, "!v.paused")
    keys.press(" ")
    until(grid, "v.paused")
    keys.press("Home")
    until(grid, "v.currentTime === 0 && !v.seeking")
    keys.press("ArrowRight")
    until(grid, "v.currentTime === 1 && !v.seeking")
    keys.press("3")
    assert of_all(grid, HEARD) == [False, False, True]
    keys.press("0")
    assert of_all(grid, HEARD) == [False, False, False]
    grid.locator("video").nth(1).click()
    assert of_all(grid, HEARD) == [False, True, False]
    expect(grid.get_by_role("button", name="Sound of Yunai")).to_have_attribute(
        "aria-pressed", "true"
    )
    keys.press("x")

    expect(grid.locator("[data-ab=front]")).to_have_count(1)
    assert opened.page.locator(".jp-Notebook .jp-CodeCell").count() == 2


def test_flipping(notebook: OpenNotebook) -> None:
    """Two in one place, one of them seen; the sound goes with what is seen."""
    opened, grid = open_grid(notebook, 3)
    grid.press("2")
    assert of_all(grid, HEARD) == [False, True, False]

    grid.get_by_role("button", name="A/B in one place").click()
    assert of_all(grid, HEARD) == [True, False, False]
    grid.get_by_label("B", exact=True).select_option(label="3 lipsync.studio")
    panes = grid.locator(".ls-pane")
    boxes = [panes.nth(n).bounding_box() for n in (0, 2)]
    assert boxes[0] == boxes[1]
    assert [panes.nth(n).get_attribute("data-ab") for n in range(3)] == ["front", "away", "back"]
    assert of_all(grid, HEARD) == [True, False, False]
    opened.shot("grid-ab", of=grid)
    heard = [name for stop in tab_stops(grid) if (name := stop.partition("Sound of ")[2])]
    assert heard == ["灵动"]
    grid.press("2")
    assert of_all(grid, HEARD) == [True, False, False]

    grid.get_by_role("button", name="Flip to B").click()

    assert [panes.nth(n).get_attribute("data-ab") for n in range(3)] == ["back", "away", "front"]
    assert of_all(grid, HEARD) == [False, False, True]
    grid.get_by_role("button", name="Sound of lipsync.studio").click()
    assert of_all(grid, HEARD) == [False, False, False]
    opened.page.keyboard.press("x")
    assert of_all(grid, HEARD) == [False, False, False]
    expect(grid).to_be_focused()
    grid.get_by_role("button", name="A/B in one place").click()
    expect(grid.locator("[data-ab], [inert]")).to_have_count(0)


def test_speed_loop_and_timeline(notebook: OpenNotebook) -> None:
    """All at one speed, again from the start, and to where the timeline is clicked."""
    _, grid = open_grid(notebook, 2)

    grid.get_by_label("Speed").select_option("2")
    grid.get_by_label("Loop").check()
    box = grid.locator(".ls-timeline").nth(1).bounding_box()
    assert box is not None
    grid.locator(".ls-timeline").nth(1).click(position={"x": box["width"] * 8 / 9, "y": 10})
    until(grid, "v.currentTime > 7.7 && !v.seeking")
    grid.get_by_role("button", name="Play").click()

    until(grid, "!v.paused && v.currentTime < 3")
    until(grid, "v.playbackRate > 1.4")


def test_the_shorter_one_waits(notebook: OpenNotebook) -> None:
    """At its end it stands still; the longer one goes on to the end; then all begin again."""
    _, grid = open_grid(notebook, 2)

    grid.get_by_role("slider", name="Position").fill("7.5")
    until(grid, "v.currentTime === 7.5 && !v.seeking")
    grid.get_by_role("button", name="Play").click()
    until(grid, "v.ended")
    expect(grid.get_by_role("button", name="Play")).to_be_visible()
    lengths = of_all(grid, TIMES)
    assert lengths[1] < lengths[0] - 0.5
    grid.get_by_role("button", name="Play").click()

    until(grid, "!v.paused && v.currentTime < 5")


@pytest.mark.parametrize("width", [1280, 480])
def test_everyone_can_use_it(notebook: OpenNotebook, width: int) -> None:
    """Every control has a name, every text stands out, Tab reaches everything."""
    opened = notebook(SHOWN, "shown(5)", size=(width, 2400))
    opened.run_all()
    grid = opened.output(1).locator(".ls")
    expect(grid.locator("video")).to_have_count(5)
    for video in grid.locator("video").all():
        expect(video).to_have_js_property("readyState", 4)
    grid.get_by_role("slider", name="Position").fill("3")
    until(grid, "v.currentTime === 3 && !v.seeking")

    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"grid-{theme}-{width}", of=opened.output(1))
        assert unnamed(grid) == []
        assert faint(grid) == []
        assert unreached(grid) == []
