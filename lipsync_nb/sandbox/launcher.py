"""Starting the sandbox as a separate process, or joining one that serves the home already."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from lipsync_nb.extras import require
from lipsync_nb.sandbox.server_process import ALREADY_RUNNING, STATE_FILE, is_alive

START_TIMEOUT_S = 30.0  # enough for a busy machine; otherwise a second is enough
END_TIMEOUT_S = 10.0
CHECK_EVERY_S = 0.02
LOG_FILE = "server.log"

if sys.platform == "win32":
    KILL_SIGNAL = signal.SIGTERM
else:
    KILL_SIGNAL = signal.SIGKILL

_with_own_home: set["Sandbox"] = set()


class Sandbox:
    """The five vendors on loopback, rendering real videos; no key is needed.

    Args:
        home: Folder of the state, shared by all who name it; None for a temporary one.
        port: The API's port; 0 for any. The storage host uses the next one, if it is free.
        pace: Factor for every artificial delay; 0 is as fast as possible.
        rates: Whether rate limits apply.
        idle_minutes: The server ends after so many minutes without a request, if no process
            that joined it is alive. On Windows, where this cannot be checked, it ends in any case.

    If a server serves the home already, it is joined, and ``port``, ``pace``, ``rates`` and
    ``idle_minutes`` have no effect.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        port: int = 0,
        pace: float = 1.0,
        rates: bool = True,
        idle_minutes: float = 15,
    ) -> None:
        require("sandbox", "the sandbox")
        self.home = Path(home or tempfile.mkdtemp(prefix="lipsync_nb-")).resolve()
        command = [f"--home={self.home}", f"--port={port}", f"--pace={pace}"]
        command += [f"--idle-minutes={idle_minutes}", *([] if rates else ["--no-rates"])]
        command += [] if home else ["--remove-home"]
        self._port, self._user = _joined(self.home, command)
        address = self._ask("GET", "hello")
        self.pid: int = address["pid"]
        self.base_urls: dict[str, str] = address["base_urls"]
        self.keys: dict[str, dict[str, str]] = address["keys"]
        self.media_url: str = address["media_url"]
        temporary = self.home if home is None else None
        self._end = weakref.finalize(self, _leave, self._port, self._user, self.pid, temporary)
        if home is not None:  # its server stays when the object and the interpreter end
            self._end.atexit = False
            _with_own_home.add(self)

    def faults(
        self, vendor: str, fault: str, *, step: str | None = None, times: int = 1, **settings: Any
    ) -> None:
        """Request a fault; ``lipsync_nb.sandbox.faults.kinds.KINDS`` lists them.

        Args:
            vendor: The vendor that has the fault.
            fault: Its kind.
            step: One of ``faults.kinds.STEPS``; None for the usual steps of the kind.
            times: How often.
            settings: The kind's settings.
        """
        body = {"vendor": vendor, "fault": fault, "step": step, "times": times}
        self._ask("POST", "faults", {**body, "settings": settings})

    def clear_faults(self) -> None:
        """Remove all faults. Stuck jobs stay stuck."""
        self._ask("POST", "clear_faults", {})

    def configure(self, vendor: str | None = None, **settings: Any) -> dict[str, Any]:
        """Set a vendor's ``credits``, or pace, rates, url_lifetime_s, token_lifetime_s.

        Returns:
            The settings as they are now.
        """
        return self._ask("POST", "configure", {"vendor": vendor, **settings})

    def stats(self, vendor: str | None = None) -> dict[str, Any]:
        """Counts for each vendor: requests, paid, jobs, leaks, callbacks, credits, and more."""
        stats = self._ask("GET", "stats")
        return stats if vendor is None else dict(stats[vendor])

    def jobs(self, vendor: str) -> list[dict[str, str]]:
        """A vendor's jobs as on its website: id, state and product, oldest first."""
        return list(self._ask("POST", "jobs", {"vendor": vendor})["jobs"])

    def close(self) -> None:
        """Leave. The server ends if nobody else has joined it. Closing twice has no effect."""
        self._end()
        _with_own_home.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, method: str, call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return ask(self._port, method, call, body)


def ask(port: int, method: str, call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Make an admin call; a ValueError has the sandbox's error message."""
    response = httpx.request(
        method,
        f"http://127.0.0.1:{port}/_sandbox/{call}",
        json=body,
        timeout=END_TIMEOUT_S,
        trust_env=False,
        verify=False,  # noqa: S501 -- plain HTTP; the certificates are not loaded for it
    )
    answer = dict(response.json())
    if not response.is_success:
        raise ValueError(answer["error"])
    return answer


def _joined(home: Path, command: list[str]) -> tuple[int, str]:
    """Join the home's server, and start one if there is none."""
    home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + START_TIMEOUT_S
    process = None
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, KeyError, httpx.HTTPError):
            return _join(home)
        if process is None or process.poll() == ALREADY_RUNNING:
            process = _start(home, command)
        elif process.poll() is not None:
            break
        time.sleep(CHECK_EVERY_S)
    raise RuntimeError(f"the sandbox did not start:\n{(home / LOG_FILE).read_text()}")


def _join(home: Path) -> tuple[int, str]:
    """Join the server in the home's state file; any error means that there is none."""
    state = json.loads((home / STATE_FILE).read_text())
    port = state["ports"][0]
    if ask(port, "GET", "hello")["home"] != str(home):
        raise ValueError("another home's server has this port now")
    return port, ask(port, "POST", "join", {"pid": os.getpid()})["user"]


def _start(home: Path, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a server that stays when this process ends."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # this very lipsync_nb
    env.pop("SSLKEYLOGFILE", None)  # a vendor would not know of it, and it may name no folder
    with (home / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own module, run by our own interpreter
            [sys.executable, "-m", "lipsync_nb.sandbox", f"--log={log.name}", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            start_new_session=True,
        )
    # Waiting for it avoids a zombie process and a warning.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _leave(port: int, user: str, pid: int, temporary: Path | None) -> None:
    """Leave the server, and wait for its end if this was the last user.

    A process is killed only if it has just answered: after its end, its id and its port may belong
    to other processes.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, httpx.HTTPError):
        left = ask(port, "POST", "leave", {"user": user})
        if left["last"] and left["pid"] == pid:
            _await_end(port, pid)
    if temporary is not None:
        shutil.rmtree(temporary, ignore_errors=True)


def _await_end(port: int, pid: int) -> None:
    """Wait until the server's process has ended; kill it if that takes too long."""
    deadline = time.monotonic() + END_TIMEOUT_S
    while _is_running(port, pid):
        if time.monotonic() > deadline:
            os.kill(pid, KILL_SIGNAL)
            return
        time.sleep(CHECK_EVERY_S)


def _is_running(port: int, pid: int) -> bool:
    """Whether the server's process exists; on Windows, whether the server answers."""
    if os.name != "nt":
        return is_alive(pid)
    try:
        ask(port, "GET", "hello")
    except (OSError, httpx.HTTPError):
        return False
    return True
