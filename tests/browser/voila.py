"""Voila: a notebook as a page of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser.lab import PATIENCE_S


@contextmanager
def voila(notebook: Path, home: Path, *options: str) -> Iterator[str]:
    """Serve a notebook with Voila; yield the page's address.

    Args:
        notebook: Which.
        home: For its settings and runtime files.
        options: Of the command line.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "voila", str(notebook), "--no-browser", "--Voila.ip=127.0.0.1"]
    command += [f"--port={port}", "--base_url=/user/demo/", *options]
    folders = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
    own = {f"JUPYTER_{key}_DIR": str(home / name) for key, name in folders.items()}
    own |= {"LIPSYNC_NB_HOME": str(home / "lipsync_nb")}
    with (home / "voila.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own})
    try:
        url = f"http://127.0.0.1:{port}/user/demo/"
        _await(process, f"{url}voila/static/", home / "voila.log")
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.request.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Voila did not start:\n{log.read_text(errors='replace')}")
