"""The Binder, replayed without Docker: its pins, its postBuild, its address, its memory."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from browser.conftest import OpenPage
from browser.lab import PATIENCE_S, Lab, Notebook, Watch
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]
TAKEN = ("binder", "lipsync_nb", "notebooks")
FILES = ("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml")
LEFT = shutil.ignore_patterns("__pycache__", "*.jpg", "*.wav", "*.sqlite*", "lipsync_videos")
BINDERS_PYTHON = tuple(
    map(int, (ROOT / "binder/runtime.txt").read_text().removeprefix("python-").split("."))
)
[VOILA] = re.findall(
    r"<<'JSON'\n(.*?)^JSON$", (ROOT / "binder/postBuild").read_text(), re.DOTALL | re.MULTILINE
)
"""What `postBuild` sets for Voila."""
MOST_BYTES = 2 << 30
"""What Binder gives."""
LOOK_S = 0.5
VOILAS_OWN = re.compile("@fortawesome|mathjax")
"""What Voila's template wants from elsewhere; nothing here needs it."""


class Memory:
    """What a process and all that it has started take, at most.

    Args:
        pid: The process.
        home: What names the processes that have left it.
    """

    def __init__(self, pid: int, home: Path) -> None:
        self.peak = 0
        self._root, self._home = psutil.Process(pid), str(home)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            self.peak = max(self.peak, sum(map(taken, self._processes())))

    def _processes(self) -> set[psutil.Process]:
        named = psutil.process_iter(["cmdline"])
        ours = [one for one in named if self._home in " ".join(one.info["cmdline"] or ())]
        return {process for one in [self._root, *ours] for process in family(one)}


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and all that it has started; none if it has ended."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def taken(process: psutil.Process) -> int:
    """Return a process's share of the memory in bytes; 0 if it has ended."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, *, whole: bool) -> Path:
    """A checkout with an environment of its own, as repo2docker would build it.

    A small run has no such environment: it takes the one that the tests have.
    """
    folder = tmp_path_factory.mktemp("binder") / "repository"
    folder.mkdir()
    for name in TAKEN:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    if not whole:
        return folder
    venv = folder.parent / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    where = {**os.environ, "PATH": f"{venv / 'bin'}:{os.environ['PATH']}", "PIP_NO_COMPILE": "1"}
    install = [venv / "bin" / "pip", "install", "--quiet", "-r", "binder/requirements.txt"]
    for command in (install, [folder / "binder" / "postBuild"]):
        subprocess.run(command, cwd=folder, env=where, check=True)
    return folder


@pytest.fixture
def hub(built: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> Iterator[Lab]:
    """JupyterLab of that environment, below a base URL as Binder's."""
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    python, home = built.parent / "venv" / "bin" / "python", built.parent / "home"
    if not whole:
        python = Path(sys.executable)
        monkeypatch.setenv("PYTHONPATH", str(built))
        settings = home / "config" / "voila.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(VOILA)
    lab = Lab(home, built, base_url="/user/x/", python=str(python))
    yield lab
    lab.close()


@pytest.mark.campaign
@pytest.mark.skipif(
    sys.version_info[:2] < BINDERS_PYTHON, reason="the pins are for Binder's Python"
)
@pytest.mark.timeout(1500)  # it installs everything anew
def test_the_binder_opens_the_workbench(
    hub: Lab, page: OpenPage, chrome: Browser, figure: Callable[[str], None]
) -> None:
    """Both badges' addresses show it; it runs from its pins alone, in 2 GB, and warns of keys."""
    badges = re.findall(r"urlpath=([^)&]+)", (ROOT / "README.md").read_text())
    in_lab, in_voila = (path for path in badges)
    memory = Memory(hub.pid, hub.home)

    opened = Notebook(page(), hub.url, in_lab.removeprefix("lab/tree/"))
    opened.run_all()
    assert opened.ask("job.result(120).duration_s > 0.5") == "True"
    alert = opened.page.locator("[role=alert]", has_text="never a real key")
    expect(alert.first).to_be_attached()
    opened.shot("binder-lab")

    voila = chrome.new_page()
    voila.set_default_timeout(PATIENCE_S * 1000)
    watch = Watch(voila)
    voila.goto(f"{hub.url}/{in_voila}")
    expect(voila.get_by_role("heading", name="The workbench").first).to_be_visible()
    video = voila.locator(".lsw").get_by_role("article").locator("video")
    expect(video).to_have_js_property("readyState", 4)
    voila.close()
    memory.close()

    figure(f"binder: {memory.peak / 1e6:,.0f} MB at most")
    assert memory.peak < MOST_BYTES
    assert [line for line in watch.wrong if not VOILAS_OWN.search(line)] == []
