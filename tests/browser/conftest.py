"""A JupyterLab and a browser for the tests that want them."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from browser.clips import talking
from browser.kernels import KERNELS, install
from browser.lab import PATIENCE_S, SCREENSHOTS, Lab, Notebook, Watch, chromium, launched, leave
from conftest import Samples
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PageError

from lipsync_nb.sandbox import Sandbox

WIDE = (1280, 1600)
"""Pixels of a page, unless a test wants others."""
PACE = 0.5
"""The sandbox's, unless a test wants another."""

FAILED = pytest.StashKey[bool]()

OpenPage = Callable[..., Page]
OpenNotebook = Callable[..., Notebook]


class Desk:
    """A page for many notebooks.

    Args:
        chrome: Where it is opened, when it is first wanted.

    Attributes:
        contexts: Of the page that is there, if there is one.
    """

    def __init__(self, chrome: Browser) -> None:
        self._chrome = chrome
        self.contexts: list[BrowserContext] = []

    def page(self, size: tuple[int, int] = WIDE) -> Page:
        """Return the page, in a size."""
        if not self.contexts:
            self.contexts = [self._chrome.new_context()]
            self.contexts[0].set_default_timeout(PATIENCE_S * 1000)
            self._watch = Watch(self.contexts[0].new_page())
        [page] = self.contexts[0].pages
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.mouse.move(0, 0)
        return page

    def leave(self) -> list[str]:
        """Leave the notebook that is open; return what went wrong in the page."""
        if not self.contexts:
            return []
        leave(self.contexts[0].pages[0])
        found, self._watch.wrong = self._watch.wrong, []
        return found

    def clear(self) -> None:
        """Throw the page away."""
        for context in self.contexts:
            context.close()
        self.contexts = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder; without a browser they are skipped, but not in CI."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    without = pytest.mark.skip(reason="no Chromium found; install one to run these")
    for item in here:
        item.add_marker(pytest.mark.browser)
        if chromium() is None and not os.environ.get("CI"):
            item.add_marker(without)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep a picture of each page of a test that fails."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        contexts = [context for context, _ in item.funcargs.get("pages", ())]
        contexts += item.funcargs["desk"].contexts if "desk" in item.funcargs else []
        for number, page in enumerate(page for context in contexts for page in context.pages):
            SCREENSHOTS.mkdir(exist_ok=True)
            with suppress(PageError):  # a page that crashed has no picture
                page.screenshot(path=SCREENSHOTS / f"failed-{item.name}-{number}.png")
    return report


@pytest.fixture(scope="module")
def paced() -> Iterator[Sandbox]:
    """A sandbox that takes its time, so that progress is seen; idle ones end by themselves."""
    with Sandbox(pace=PACE, rates=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(paced: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, left without faults and at its pace."""
    yield paced
    paced.clear_faults()
    paced.configure(pace=PACE)


@pytest.fixture
def beside(lab: Lab, samples: Samples) -> Samples:
    """Return media that lie beside the notebooks."""
    copies = (shutil.copy(path, lab.root) for path in (samples.face, samples.speech, samples.clip))
    return Samples(*map(Path, copies))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab."""
    home = tmp_path_factory.mktemp("lab")
    lab = Lab(home, home / "root")
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def clips(lab: Lab) -> None:
    """Clips with sound beside the notebooks: five of nine seconds, the second of eight."""
    folder = lab.root / "clips"
    folder.mkdir()
    for number in range(5):
        talking(folder / f"{number}.mp4", 8 if number == 1 else 9)


@pytest.fixture(scope="session")
def provide(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Return what fetches a kernel of `KERNELS` when it is first wanted."""

    @cache
    def fetch(name: str) -> None:
        try:
            version = name.removeprefix("ipykernel-")
            folder = install(version, tmp_path_factory.mktemp("kernels") / version)
        except CalledProcessError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no {name}: {error}")
        lab.add_kernel(name, folder)

    return fetch


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser. It ends with its module, as its loop would be in the way of other tests' loops."""
    path = chromium()
    assert path is not None, "CI needs a Chromium"
    expect.set_options(timeout=PATIENCE_S * 1000)
    fonts = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    with sync_playwright() as playwright, launched(playwright, path, fonts) as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(chrome: Browser) -> Iterator[Desk]:
    """Where notebooks are opened one after the other: to load JupyterLab takes its time."""
    desk = Desk(chrome)
    yield desk
    desk.clear()


@pytest.fixture
def pages() -> Iterator[list[tuple[BrowserContext, Watch]]]:
    """The pages a test has opened; any error in one fails the test."""
    opened: list[tuple[BrowserContext, Watch]] = []
    yield opened
    for context, _ in opened:
        context.close()
    wrong = [line for _, watch in opened for line in watch.wrong]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def page(chrome: Browser, pages: list[tuple[BrowserContext, Watch]]) -> OpenPage:
    """Return an opener of pages of their own."""

    def open_page(size: tuple[int, int] = WIDE, **options: object) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = chrome.new_context(viewport=viewport, **options)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        pages.append((context, Watch(page)))
        return page

    return open_page


@pytest.fixture
def sheet(desk: Desk, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Return what gives the desk's page in a size; any error in it fails the test."""
    yield desk.page
    wrong = desk.leave()
    if wrong or request.node.stash.get(FAILED, False):
        desk.clear()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def no_kernels_left(lab: Lab) -> Iterator[None]:
    """Begin without a kernel, and end all when the pages are gone."""
    lab.end_kernels()
    yield
    lab.end_kernels()


@pytest.fixture
def kernels(lab: Lab) -> dict[str, str]:
    """The kernels of earlier notebooks, emptied, by name: to start one takes seconds."""
    return lab.reset_kernels()


@pytest.fixture
def notebook(
    lab: Lab,
    provide: Callable[[str], None],
    kernels: dict[str, str],
    sheet: OpenPage,
    request: pytest.FixtureRequest,
) -> OpenNotebook:
    """Return an opener of new notebooks, one at a time: their cells, and the kernel's name."""
    name = request.node.name.replace("[", "-").replace("]", "")
    counted = iter(range(100))

    def open_notebook(
        *cells: str, kernel: str = "python3", size: tuple[int, int] = WIDE
    ) -> Notebook:
        if kernel in KERNELS:
            provide(kernel)
        path = lab.write(f"{name}-{next(counted)}", *cells, kernel=kernel)
        return Notebook(sheet(size), lab.url, path, kernels.pop(kernel, None))

    return open_notebook
