"""The live table, as it is seen and used in JupyterLab."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.accessibility import faint, names, unnamed, unreached, values
from browser.cells import BEGIN, CLIP, held
from browser.conftest import OpenNotebook
from browser.kernels import KERNELS
from browser.lab import PATIENCE_S, Notebook
from playwright.sync_api import Locator, WebSocket, expect
from waiting import wait_until

TABLE = BEGIN + "client = client_of(here, *map(made_up, range(40)))\ntable = client.table(); table"


def shown(opened: Notebook, cell: int) -> Locator:
    """The widget of a cell."""
    return opened.output(cell).locator(".ls")


def rows(output: Locator) -> Locator:
    """The rows that are there."""
    return output.locator("tbody tr:not([hidden]):not(.ls-spacer)")


def first_ids(output: Locator, count: int = 5) -> list[str]:
    """The jobs of the first rows."""
    return [rows(output).nth(n).get_attribute("data-id") or "" for n in range(count)]


def collected(opened: Notebook, output: Locator, cell: str) -> None:
    """From now on the page notes each text that a column's first cell shows."""
    output.locator(f"tbody tr:not(.ls-spacer) [data-column={cell}]").first.evaluate(
        """cell => {
            window.seen = new Set();
            new MutationObserver(() => window.seen.add(cell.innerText))
                .observe(cell, { childList: true, subtree: true, characterData: true });
        }"""
    )
    assert opened.page.evaluate("window.seen.size") == 0


WORK = """
def work():
    for step in range(1, 21):
        change(client, 2, status="running", progress=step / 20)
        time.sleep(0.3)
    change(client, 2, status="failed", error="no face", finished_at=time.time())
"""


@pytest.mark.campaign(small=lambda kernel, busy: kernel == KERNELS[-1])  # noqa: ARG005
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "blocked"])
def test_progress_is_seen(
    notebook: OpenNotebook, kernel: str, tmp_path: Path, *, busy: bool
) -> None:
    """While the kernel is idle, and while a cell blocks it: percentages, then the end."""
    opened = notebook(
        BEGIN
        + WORK
        + "client = client_of(here, made_up(2, status='queued', created_at=time.time()))",
        "client.table()",
        "1",
        kernel=kernel,
    )
    opened.run_all()
    table = shown(opened, 1)
    expect(rows(table)).to_have_count(1)
    collected(opened, table, "progress")

    work = "threading.Thread(target=work).start()"
    opened.run(f"{work}\n{held(tmp_path / 'go on')}" if busy else work)
    if busy:
        opened.await_busy()
    expect(rows(table).locator("[data-status=failed]").first).to_be_visible()

    assert opened.busy() is busy
    assert len(opened.page.evaluate("[...window.seen]")) >= 5


def test_a_table_shown_to_a_busy_kernel_has_rows(notebook: OpenNotebook, tmp_path: Path) -> None:
    """With "Run All", the next cell may block before the table's page has asked for anything.

    Rows are there at once; if the kernel is silent for long, that is said.
    """
    go_on = tmp_path / "go on"
    opened = notebook(TABLE, held(go_on))

    opened.run_all(wait=False)

    expect(rows(shown(opened, 0)).first).to_be_visible()
    expect(shown(opened, 0).get_by_text("The kernel is busy")).to_be_visible()
    go_on.touch()
    expect(shown(opened, 0).get_by_text("The kernel is busy")).to_be_hidden()


def test_five_thousand_rows(notebook: OpenNotebook, figure: Callable[[str], None]) -> None:
    """20 changes: long tasks under 100 ms, a message under 10 kB; sort, scroll, selection kept."""
    opened = notebook(
        BEGIN + "client = client_of(here)\ncrowd(client, 5000)",
        "table = client.table(); table",
        "def refresh(step):\n"
        "    for n in range(4000, 4020):\n"
        "        record = made_up(n, status='running', progress=step / 100, revision=step)\n"
        "        client.records.learn(record)",
    )
    frames = watched(opened)
    opened.run_all()
    output = shown(opened, 1)
    expect(output.get_by_text("5000 jobs", exact=True)).to_be_visible()
    output.get_by_role("button", name="Cost").click()
    output.locator(".ls-scroll").evaluate("element => { element.scrollTop = 60000; }")
    expect(rows(output).first).to_have_attribute("aria-rowindex", "2002")
    rows(output).nth(3).click()
    wait_until(lambda: opened.ask("table.selected is not None") == "True")
    before = (first_ids(output), scroll(output), opened.ask("table.selected.id"))

    long_tasks = [refreshed(opened, step, frames) for step in range(1, 6)]

    after = (first_ids(output), scroll(output), opened.ask("table.selected.id"))
    assert before == after
    assert output.get_by_role("columnheader", name="Cost").get_attribute("aria-sort") == "ascending"
    sizes = [size for size in frames if size > 1000]
    best = min(long_tasks)
    figure(f"5,000 rows, 20 changed: long tasks {best:.0f} ms, messages {max(sizes) / 1e3:.1f} kB")
    assert best < 100
    assert sizes
    assert max(sizes) < 10_000


def watched(opened: Notebook) -> list[int]:
    """The sizes of the messages from the kernel that carry rows, from the next page load on."""
    sizes: list[int] = []

    def took(frame: str | bytes) -> None:
        data = frame.encode() if isinstance(frame, str) else frame
        if b'"comm_msg"' in data and b'"revision"' in data:
            sizes.append(len(data))

    def opens(socket: WebSocket) -> None:
        socket.on("framereceived", took)

    opened.page.on("websocket", opens)
    opened.page.reload()
    opened.page.wait_for_selector(".jp-Notebook .jp-Cell")
    opened.page.wait_for_function(f"() => {_IDLE}")
    return sizes


def refreshed(opened: Notebook, step: int, frames: list[int]) -> float:
    """Change 20 rows; return the milliseconds of the browser's long tasks until it shows them."""
    frames.clear()
    opened.page.evaluate(_WATCH_LONG_TASKS)
    opened.run(f"refresh({step})")
    until = time.monotonic() + PATIENCE_S
    while not frames:
        assert time.monotonic() < until, "no rows have come"
        opened.page.wait_for_timeout(100)
    opened.page.wait_for_timeout(1500)
    return float(opened.page.evaluate("window.longTasks.reduce((sum, task) => sum + task, 0)"))


def scroll(output: Locator) -> float:
    """Where the table is scrolled to."""
    return float(output.locator(".ls-scroll").evaluate("element => element.scrollTop"))


def test_one_of_two_views_may_go(notebook: OpenNotebook) -> None:
    """The table's other view stays live."""
    opened = notebook(
        BEGIN + "client = client_of(here, made_up(2, status='running'))",
        "table = client.table(); table",
        "table",
    )
    opened.run_all()
    for cell in (1, 2):
        expect(rows(shown(opened, cell))).to_have_count(1)
    assert opened.ask("len(table._views)") == "2"

    opened.command("notebook:clear-cell-output")
    expect(shown(opened, 2)).to_have_count(0)
    assert opened.ask("len(table._views)") == "1"
    opened.run("change(client, 2, progress=0.9)")

    expect(shown(opened, 1).locator("td [aria-valuenow='90']")).to_be_visible()


def test_sorting(notebook: OpenNotebook) -> None:
    """Each head sorts, a second press turns it round, and the column says so."""
    opened = notebook(TABLE, size=(1500, 1600))  # every column has its place
    opened.run_all()
    output = shown(opened, 0)
    expect(rows(output).first).to_have_attribute("data-id", "job0000000000039")
    assert first_ids(output, 2) == ["job0000000000039", "job0000000000038"]

    for name, least, most in [
        ("Submitted", 0, 39),
        ("Job", 0, 39),
        ("Cost", 21, 39),
        ("Vendor", 38, 36),
        ("Status", 35, 34),
    ]:
        head = output.get_by_role("columnheader", name=name)
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "ascending")
        expect(rows(output).first).to_have_attribute("data-id", f"job{least:013}")
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "descending")
        expect(rows(output).first).to_have_attribute("data-id", f"job{most:013}")
    assert output.locator("[aria-sort]").count() == 1


def test_a_verdict_is_shown_in_short(notebook: OpenNotebook) -> None:
    """Its reasons are in the tip; the table can be sorted by it."""
    opened = notebook(TABLE)
    opened.run_all()
    output = shown(opened, 0)

    opened.run("change(client, 39, verdict='warn: the sound is 160 ms late')")

    cell = rows(output).first.locator("[data-column=verdict]")
    expect(cell).to_have_text("warn")
    expect(cell).to_have_attribute("title", "warn: the sound is 160 ms late")
    head = output.get_by_role("columnheader", name="Verdict").get_by_role("button")
    head.click()
    head.click()
    expect(rows(output).first).to_have_attribute("data-id", "job0000000000039")


def test_filters(notebook: OpenNotebook) -> None:
    """By words and by status; the sums follow; what leaves nothing says so."""
    opened = notebook(TABLE)
    opened.run_all()
    output = shown(opened, 0)

    output.get_by_role("searchbox").fill("yunai avatar")
    expect(output.get_by_text("10 of 40 jobs")).to_be_visible()
    output.get_by_role("button", name="failed").click()
    expect(rows(output)).to_have_count(2)
    expect(output.get_by_role("grid")).to_have_attribute("aria-rowcount", "3")
    output.get_by_role("searchbox").fill("nobody")
    expect(output.get_by_text("No jobs match the filters.")).to_be_visible()
    output.get_by_role("button", name="Clear the filters").click()
    expect(output.get_by_text("40 jobs", exact=True)).to_be_visible()
    expect(output.get_by_text("Cost: 200 credits + ≈ 100 beans")).to_be_visible()


def test_keys(notebook: OpenNotebook) -> None:
    """From the filter to the last row and its card, without a mouse; Lab's own keys rest."""
    opened = notebook(TABLE, "1")
    opened.run_all()
    output, keys = shown(opened, 0), opened.page.keyboard
    rows(output).nth(2).click()

    keys.press("/")
    expect(output.get_by_role("searchbox")).to_be_focused()
    keys.press("ArrowDown")
    expect(rows(output).first).to_be_focused()
    keys.press("End")
    expect(output.locator("tr:focus")).to_have_attribute("data-id", "job0000000000000")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(output.locator("tr[aria-selected=true]")).to_have_attribute(
        "data-id", "job0000000000001"
    )
    expect(output.get_by_role("article", name="Job job0000000000001")).to_be_visible()
    keys.press("Home")
    keys.press(" ")
    expect(output.get_by_role("article", name="Job job0000000000039")).to_be_visible()
    for key in "ddxab":
        keys.press(key)

    assert opened.page.locator(".jp-Notebook .jp-CodeCell").count() == 2
    wait_until(lambda: opened.ask("table.selected.id") == "'job0000000000039'")


def test_selecting_shows_the_video(notebook: OpenNotebook) -> None:
    """A finished job's card plays its video."""
    opened = notebook(
        BEGIN
        + CLIP
        + "client = client_of(here, made_up(1, status='succeeded', path=str(clip('a'))))",
        "client.table()",
    )
    opened.run_all()
    output = shown(opened, 1)

    rows(output).first.click()

    video = output.locator("video")
    expect(video).to_have_js_property("readyState", 4)
    expect(output.get_by_role("link", name="Download")).to_have_attribute("download", "a.mp4")
    expect(output.get_by_text("a.mp4 · 0:04 · ")).to_be_visible()


RESUBMIT = """
client = client_of(here)
client.vendors["yunai"] = ls.Yunai("key", base_url="http://127.0.0.1:9")
request = ls.yunai.AvatarVideo(avatar="https://127.0.0.1:9/a.png", audio="https://127.0.0.1:9/a.wav")
job = client.submit(request)
job.exception(60)
table = client.table(); table
"""


def test_submitting_again_asks_first(notebook: OpenNotebook) -> None:
    """It may cost again: only after a second press there is a new job, and it is selected."""
    opened = notebook(BEGIN + RESUBMIT)
    opened.run_all()
    output = shown(opened, 0)
    rows(output).first.click()

    output.get_by_role("button", name="Resubmit…").click()
    expect(output.get_by_text("Submit this again? It may cost as much again.")).to_be_visible()
    expect(output.get_by_role("button", name="No", exact=True)).to_be_focused()
    opened.page.keyboard.press("Enter")
    assert opened.ask("len(client.jobs)") == "1"

    output.get_by_role("button", name="Resubmit…").click()
    output.get_by_role("button", name="Yes, submit again").click()
    expect(rows(output)).to_have_count(2)
    expect(output.locator("tr[aria-selected=true]")).to_have_attribute("aria-rowindex", "2")

    wait_until(lambda: opened.ask("table.selected.id != job.id") == "True")


def test_the_page_may_be_loaded_anew(notebook: OpenNotebook) -> None:
    """The kernel has all: rows and selection are there again."""
    opened = notebook(TABLE)
    opened.run_all()
    rows(shown(opened, 0)).nth(3).click()
    expect(shown(opened, 0).get_by_role("article", name="Job job0000000000036")).to_be_visible()
    opened.save()
    opened.page.wait_for_timeout(1000)

    opened.page.reload()

    expect(shown(opened, 0).get_by_text("40 jobs", exact=True)).to_be_visible()
    expect(shown(opened, 0).get_by_role("article", name="Job job0000000000036")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 480])
def test_everyone_can_use_it(notebook: OpenNotebook, width: int) -> None:
    """Every control has a name, every text stands out, Tab reaches everything."""
    opened = notebook(TABLE, "client_of(here / 'empty').table()", size=(width, 1400))
    opened.run_all()
    output = shown(opened, 0)
    rows(output).first.click()
    expect(output.get_by_role("article")).to_be_visible()
    output.get_by_role("button", name="Resubmit…").click()
    output.get_by_role("group").get_by_text("Details").click()
    opened.page.mouse.move(0, 0)

    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"table-{theme}-{width}")
        for part in (output, shown(opened, 1)):
            assert unnamed(part) == []
            assert faint(part) == []
            assert unreached(part) == []
    assert "Progress of job job0000000000037" in names(output, "progressbar")
    assert values(output, "progressbar").count(37) == 2
    expect(output.get_by_role("status").filter(has_text="6 running")).to_have_count(1)


_KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
_IDLE = f"{_KERNEL}?.status === 'idle'"
_WATCH_LONG_TASKS = """() => {
    window.longTasks = [];
    window.watcher?.disconnect();
    window.watcher = new PerformanceObserver(list =>
        window.longTasks.push(...list.getEntries().map(entry => entry.duration)));
    window.watcher.observe({ entryTypes: ["longtask"] });
}"""
