"""A newcomer's first minutes, replayed: the README's first command, and its example."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from hosts import free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PATIENCE_S = 600
TAKEN = ("lipsync_nb", "notebooks", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml")


@pytest.fixture
def checkout(tmp_path):
    """A copy of what a newcomer gets, without anything that a run has left."""
    left = shutil.ignore_patterns("__pycache__", "*.jpg", "*.wav", "*.sqlite*", "lipsync_videos")
    for name in TAKEN:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=left)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def environment(checkout):
    """Nothing of this environment's."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME", "LIPSYNC_NB_HOME")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "HOME": str(checkout), "LIPSYNC_NB_HOME": str(checkout / "home")}


def block(mark):
    """Return the README's block of code with a mark."""
    (code,) = re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    return code.strip()


def run(python, code, folder, environment):
    """Run code as a script; return what it printed and the seconds it took."""
    began = time.monotonic()
    (folder / "pasted.py").write_text(code)
    command = [python, "pasted.py"]
    options = {"cwd": folder, "env": environment, "text": True, "timeout": PATIENCE_S}
    out = subprocess.check_output(command, **options)
    return out, time.monotonic() - began


def opened(command, port, folder, environment):
    """Run the first command until its server answers; return the seconds that took."""
    began = time.monotonic()
    headless = f"--no-browser --allow-root --port={port} --IdentityProvider.token= "
    command = command.replace("jupyter lab ", f"jupyter lab {headless}")
    log = folder / "lab.log"
    with log.open("wb") as out:
        lab = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        while not answers(port):
            assert lab.poll() is None, log.read_text()
            assert time.monotonic() < began + PATIENCE_S, log.read_text()
            time.sleep(0.2)
        return time.monotonic() - began
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait()


def answers(port):
    """Tell whether JupyterLab answers."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5).close()
    except OSError:
        return False
    return True


def cells_until(path, last):
    """Return a notebook's code up to the cell that has a word in it."""
    cells = [
        "".join(c["source"])
        for c in json.loads(path.read_text())["cells"]
        if c["cell_type"] == "code"
    ]
    end = next(number for number, cell in enumerate(cells) if last in cell)
    return "\n".join(cells[: end + 1])


@pytest.mark.campaign
def test_the_first_hour(checkout, environment, figure, whole):
    """JupyterLab opens, the nine lines make a video, and the sixth vendor makes one.

    A small run takes this environment for the one that the first command makes.
    """
    command, programs = block("command: open"), checkout / ".venv" / "bin"
    if not whole:
        programs = Path(sys.executable).parent
        command = command.rpartition("&& ")[2].replace(".venv/bin", str(programs))
        environment["PYTHONPATH"] = str(checkout)
    python = programs / "python"
    first = opened(command, free_port(), checkout, environment)
    video, second = run(python, block("block: example"), checkout, environment)
    sixth = cells_until(checkout / "notebooks" / "07_add_a_vendor.ipynb", "job.result()")
    sixth += "\nprint(job)\nclient.close()\nserver.close()"
    job, third = run(python, sixth, checkout / "notebooks", environment)
    took = (
        f"{first:.0f} s to JupyterLab, {second:.0f} s to a video, {third:.0f} s to a sixth vendor"
    )
    figure(f"a newcomer: {took}")

    assert (checkout / video.strip()).is_file()
    assert "parrot.Portrait: succeeded" in job
