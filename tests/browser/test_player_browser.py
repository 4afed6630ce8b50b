"""Players, as they are seen in JupyterLab and Voila: videos that play wherever they lie."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.accessibility import faint, unnamed, unreached, values
from browser.cells import BEGIN, CLIP, held
from browser.conftest import OpenNotebook, OpenPage
from browser.kernels import KERNELS
from browser.lab import PATIENCE_S, SCREENSHOTS, Lab, Notebook
from browser.voila import voila
from faces import portrait, speech
from hosts import Host, says
from playwright.sync_api import Browser, Locator, expect

from lipsync_nb.sandbox import Sandbox

ENOUGH_DATA = 3
"""``readyState`` HAVE_FUTURE_DATA: it can play."""


def plays(video: Locator) -> None:
    """The video runs: its time goes on."""
    video.page.wait_for_function(
        f"video => video.readyState >= {ENOUGH_DATA}", arg=video.element_handle()
    )
    video.evaluate("video => { video.muted = true; return video.play(); }")
    video.page.wait_for_function(
        "video => video.currentTime > 0.2 && !video.error", arg=video.element_handle()
    )


def source(video: Locator) -> str:
    """Where the browser has the video from."""
    return str(video.evaluate("video => video.currentSrc"))


@pytest.mark.parametrize(("busy", "kernel"), [(False, "python3"), *((True, k) for k in KERNELS)])
def test_a_job_is_seen_to_its_end(
    notebook: OpenNotebook, sandbox: Sandbox, tmp_path: Path, *, busy: bool, kernel: str
) -> None:
    """From queued to succeeded, at least five percentages; then its video plays."""
    sandbox.configure(pace=1)  # polls see it often
    face, said = portrait(tmp_path / "face.png"), speech(tmp_path / "speech.wav")
    go_on = tmp_path / "go on"
    sandbox.faults("chanjing", "latency", step="prepare", times=2, seconds=4)  # the view is first
    opened = notebook(
        BEGIN
        + "from lipsync_nb.sandbox import Sandbox\n"
        + f"sandbox = Sandbox(Path({str(sandbox.home)!r}))\n"
        + "client = ls.Client.sandbox(sandbox, ledger=here / 'jobs.sqlite', results=here)\n"
        + f"clip = ls.still_video({str(face)!r}, 4.0, here / 'face.mp4')\n"
        + f"request = ls.chanjing.LipSync(video=clip, audio={str(said)!r})",
        "job = client.submit(request); job",
        held(go_on) if busy else "1",
        kernel=kernel,
    )
    opened.run_all(wait=False)
    card = opened.output(1).get_by_role("article")
    expect(card).to_be_visible()
    watch(card)

    expect(card.locator(".ls-chip")).to_have_attribute("data-status", "succeeded")
    plays(card.locator("video"))
    go_on.touch()

    seen = opened.page.evaluate("window.seen")
    assert [status for status in seen["statuses"] if status != "submitting"] == [
        "queued",
        "running",
        "succeeded",
    ]
    assert len(seen["percentages"]) >= 5
    assert seen["whileBusy"] >= 5 or not busy
    expect(card.get_by_role("link", name="Download")).to_be_visible()


def watch(card: Locator) -> None:
    """From now on the page notes the statuses and percentages that the card shows."""
    card.evaluate(
        """card => {
            window.seen = { statuses: [], percentages: [], whileBusy: 0 };
            const note = (list, value) => {
                if (value === null || value === undefined || list.includes(value)) return false;
                return list.push(value);
            };
            const look = () => {
                if (!card.isConnected) return;
                note(window.seen.statuses, card.querySelector(".ls-chip").dataset.status);
                const bar = card.querySelector("[role=progressbar]");
                const fresh = note(window.seen.percentages, bar.getAttribute("aria-valuenow"));
                const prompts = [...document.querySelectorAll(".jp-InputPrompt")];
                window.seen.whileBusy += fresh && prompts.some(p => p.textContent.includes("*"));
            };
            look();
            const changes = { subtree: true, attributes: true, childList: true };
            new MutationObserver(look).observe(card, changes);
        }"""
    )


DONE = (
    BEGIN
    + CLIP
    + "import shutil, tempfile\n"
    + "client = client_of(here, made_up(1, status='succeeded', path=str(clip('a b#1'))))\n"
    + "job = client.job(made_up(1).id)\n"
    + "outside = shutil.copy(job.video, tempfile.mkdtemp())"
)
SHOWN = (
    "job",
    "table = client.table(); table.selected = job; table",
    "ls.grid([job, job.video])",
    "ls.Video(Path(outside))",
    "ls.grid([outside])",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab as Binder has it: below a base URL."""
    home = tmp_path_factory.mktemp("demo")
    lab = Lab(home, home / "root", base_url="/user/demo/")
    yield lab
    lab.close()


def test_videos_play_below_a_base_url(demo: Lab, page: OpenPage) -> None:
    """Under /user/demo/, the notebook in a folder with a space, the server has the videos."""
    path = demo.write("my notebooks/shown 1", DONE, *SHOWN)
    opened = Notebook(page(), demo.url, path.replace(" ", "%20"))
    opened.run_all()
    videos = [opened.output(cell).locator("video").first for cell in range(1, 6)]
    for video in videos:
        plays(video)

    sources = [source(video).removeprefix(demo.url) for video in videos]
    for found in sources[:3]:
        assert found.startswith("/files/my%20notebooks/made-"), found
        assert "/a%20b%231.mp4" in found
    assert [found[:5] for found in sources[3:]] == ["blob:", "blob:"]


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "not-allowed"])
def test_videos_play_in_voila(chrome: Browser, lab: Lab, tmp_path: Path, *, allowed: bool) -> None:
    """By the server if its allow-list has them, else through the kernel."""
    folder = tmp_path / "root"
    folder.mkdir()
    notebook = lab.root / lab.write("for voila", DONE, *SHOWN)
    moved = notebook.rename(folder / "shown.ipynb")
    options = ["--VoilaConfiguration.file_allowlist=['.*\\.mp4']"] if allowed else []
    with voila(moved, tmp_path, *options) as url:
        page = chrome.new_page(viewport={"width": 1280, "height": 2400})
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(url)
        expect(page.locator("video")).to_have_count(6)
        for video in page.locator("video").all():
            plays(video)
        sources = [source(video) for video in page.locator("video").all()]
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=str(SCREENSHOTS / f"voila-{allowed}.png"))
        page.close()

    begin = f"{url}voila/files/made-" if allowed else "blob:"
    assert all(found.startswith(begin) for found in sources[:4]), sources
    assert all(found.startswith("blob:") for found in sources[4:]), sources


def test_a_saved_notebook_shows_the_video_without_a_kernel(notebook: OpenNotebook) -> None:
    """What was finished when it was shown needs no widget."""
    opened = notebook(DONE, "job")
    opened.run_all()
    opened.save()
    opened.page.wait_for_timeout(1000)
    opened.restart()

    opened.page.reload()

    plays(opened.output(1).locator("video"))


FAILED = """
texts = ["<img src=x onerror=alert(1)> 余额不足", "timed out"]
client = client_of(here,
    made_up(4, status="failed", error=texts[0], error_type="OutOfCredit"),
    made_up(6, status="unknown", vendor_id=None, error=texts[1], error_type="Unreachable"),
    made_up(8, status="running", progress=0.4, created_at=time.time()),
    made_up(10, status="queued", created_at=time.time(), sent_at=time.time()))
"""


@pytest.mark.parametrize("width", [1280, 480])
def test_everyone_can_use_it(notebook: OpenNotebook, width: int) -> None:
    """Errors say what to do, nothing a vendor says is markup; names, contrast, keys."""
    jobs = [f"client.job(made_up({number}).id)" for number in (4, 6, 8, 10)]
    opened = notebook(BEGIN + FAILED, *jobs, "client", DONE + "\njob", size=(width, 2000))
    opened.run_all()
    cards = [opened.output(cell).locator(".ls") for cell in range(1, 5)]
    expect(cards[3].get_by_role("article")).to_be_visible()

    expect(cards[0].get_by_text("top up the account at Yunai 云AI")).to_be_visible()
    expect(cards[0].get_by_text("<img src=x")).to_be_visible()
    expect(cards[1].get_by_role("textbox", name="The vendor's id of the job")).to_be_visible()
    assert values(cards[2], "progressbar") == [40]
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"player-{theme}-{width}")
        for card in cards:
            assert unnamed(card) == []
            assert faint(card) == []
            assert unreached(card) == []


def test_a_lost_job_is_attached_in_its_card(notebook: OpenNotebook) -> None:
    """The vendor's id is typed, the job goes on; and the error, if any, is said there."""
    with Host(says({"data": {"web_work_status": 100}})) as host:
        opened = notebook(
            BEGIN
            + "client = client_of(here, made_up(6, status='unknown', vendor_id=None,"
            + " vendor='yunai', kind='AvatarVideo'))\n"
            + f"client.connect(ls.Yunai('key', base_url={host.url!r}))",
            "client.job(made_up(6).id)",
        )
        opened.run_all()
        card = opened.output(1).locator(".ls")

        card.get_by_role("textbox").fill("77")
        card.get_by_role("button", name="Attach").click()
        expect(card.locator(".ls-chip")).to_have_attribute("data-status", "running")

        expect(card.get_by_role("article")).to_be_focused()  # its pressed button is gone
        assert opened.ask("client.job(made_up(6).id).vendor_id") == "'77'"


EXPECTED = """
begun = time.time()
ended = [made_up(number, vendor="lingdong", kind="Generate", status="succeeded",
                 accepted_at=begun - 900, finished_at=begun - 900 + 80 + number % 5)
         for number in range(100, 112)]
client = client_of(here, *ended,
    made_up(3, status="running", progress=None, created_at=begun, accepted_at=begun - 40),
    made_up(1, status="running", progress=0.4, created_at=begun, accepted_at=begun))
"""


def test_what_is_expected_is_counted_down(notebook: OpenNotebook) -> None:
    """In the card, in its bar, and in the row; an estimate is told from what a vendor reports."""
    opened = notebook(
        BEGIN + EXPECTED,
        "client.job(made_up(3).id)",
        "client.job(made_up(1).id)",
        "table = client.table(); table.selected = client.job(made_up(3).id); table",
    )
    opened.run_all()
    [card, guess, table] = [opened.output(cell).locator(".ls") for cell in (1, 2, 3)]
    left = card.locator(".ls-left")
    expect(left).to_have_text(re.compile(r"^about (\d|1\d|2[05]|3[05]|4[05]) ?s left$"))
    before = left.inner_text()
    bar = card.get_by_role("progressbar")

    expect(bar).to_have_attribute("data-estimated", "")
    assert bar.get_attribute("aria-valuenow") is None
    assert re.fullmatch("running, about .* left", bar.get_attribute("aria-valuetext") or "")
    assert "12 jobs of this kind" in (left.get_attribute("title") or "")
    expect(guess.locator(".ls-left")).to_have_attribute("title", re.compile("a guess, as no job"))
    assert values(guess, "progressbar") == [40]
    row = table.locator("tr[data-id=job0000000000003]")
    expect(row.locator("[data-column=left]")).to_have_text(re.compile("^≈ 0:"))
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"expected-{theme}")
        for shown in (card, guess, table):
            assert unnamed(shown) == []
            assert faint(shown) == []
    expect(left).not_to_have_text(before)
    expect(left).to_have_text("any moment now", timeout=60_000)
    expect(row.locator("[data-column=left]")).to_have_text("soon")
