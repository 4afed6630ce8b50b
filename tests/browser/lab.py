"""JupyterLab in a real browser: a server of its own, notebooks made of cells, run and looked at."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import noto_cjk_sans_otc
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, expect
from playwright.sync_api import TimeoutError as Late

PATIENCE_S = 120
"""For what takes a second or two, on a machine that has much else to do."""
NUDGE_S = 10
"""Seconds after which ipykernel 7.0 to 7.3 gets another connection, again and again: until the next
one it may leave a request unread (its issue 1554)."""
RESET_S = 20
"""Seconds after which a kernel that does not answer is ended."""
LOOPBACK = {"127.0.0.1", "localhost", None}
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"

CHROMIUM = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers have little of it
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
"""The last line keeps every request on this machine, whoever makes it."""

SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}
"""No news, no saving unasked, every cell in the page at once; what is saved has all widgets."""

NOT_OURS = (
    re.compile(r"the server responded with a status of 404 .*(/api/workspaces|\.map)"),
    re.compile(r"Failed to load resource.*favicon"),
    re.compile(r"Canceled future for \w+_request message before replies were done"),
    re.compile(r"session_id=more"),
    re.compile(r"Kernel subshells are not supported"),
)
"""Errors of JupyterLab's own, of a notebook that is left while its kernel is at work, of a further
connection (`NUDGE_S`) to a kernel that has just ended, and of a comm that is closed before its
connection has the kernel's features (`requestDeleteSubshell` of @jupyterlab/services)."""


def chromium() -> str | None:
    """Return the browser's path, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def launched(playwright: Playwright, path: str, fonts: Path) -> Iterator[Browser]:
    """Start Chromium, with the Chinese font that the package brings."""
    folder = Path(noto_cjk_sans_otc.__file__).parent
    fonts.write_text(
        '<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf'
        f"</include><dir>{folder}</dir></fontconfig>"
    )
    environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM), env=environment)
    yield browser
    browser.close()


class Lab:
    """A JupyterLab server on a free port of loopback.

    Args:
        home: Its settings, kernels and runtime files, all fresh; also `LIPSYNC_NB_HOME`.
        root: The folder it serves.
        base_url: Where it lives, such as ``"/user/demo/"``.
        options: Further ones of the command line.
        python: The interpreter that runs it.
    """

    def __init__(
        self,
        home: Path,
        root: Path,
        *,
        base_url: str = "/",
        options: tuple[str, ...] = (),
        python: str = sys.executable,
    ) -> None:
        self.home, self.root, self._python = home, root, python
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}{base_url}".rstrip("/")
        self._log = home / "lab.log"
        root.mkdir(parents=True, exist_ok=True)
        self._settle()
        self._process = self._start(base_url, options)
        self._await_start()

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def write(self, name: str, *cells: str, kernel: str = "python3") -> str:
        """Write a notebook of code cells; return its path below the root."""
        notebook = nbformat.v4.new_notebook()
        notebook.metadata.kernelspec = {"name": kernel, "display_name": kernel}
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        path = self.root / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return f"{name}.ipynb"

    def add_kernel(self, name: str, folder: Path) -> None:
        """Offer a further kernel, for which a folder stands first on its ``PYTHONPATH``."""
        spec = self.home / "data" / "kernels" / name / "kernel.json"
        spec.parent.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        environment = {"PYTHONPATH": str(folder)}
        kind = {"argv": argv, "display_name": name, "language": "python", "env": environment}
        spec.write_text(json.dumps(kind))

    def log(self) -> str:
        """Return what the server has said."""
        return self._log.read_text(errors="replace")

    def kernels(self) -> list[dict[str, Any]]:
        """Return what the server says of each of its kernels."""
        with urllib.request.urlopen(f"{self.url}/api/kernels", timeout=PATIENCE_S) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def end_kernel(self, kernel_id: str) -> None:
        """End a kernel."""
        address = f"{self.url}/api/kernels/{kernel_id}"
        ended = urllib.request.Request(address, method="DELETE")
        urllib.request.urlopen(ended, timeout=PATIENCE_S).close()

    def end_kernels(self) -> None:
        """End all kernels."""
        for kernel in self.kernels():
            self.end_kernel(kernel["id"])

    def reset_kernels(self) -> dict[str, str]:
        """Empty all kernels for the next notebooks, and end those that are busy.

        Returns:
            The ids of the kernels that are left, by name.
        """
        left: dict[str, str] = {}
        for kernel in self.kernels():
            name, kernel_id = kernel["name"], kernel["id"]
            if name not in left and kernel["execution_state"] == "idle" and self._reset(kernel_id):
                left[name] = kernel_id
            else:
                self.end_kernel(kernel_id)
        return left

    def _reset(self, kernel_id: str) -> bool:
        client = BlockingKernelClient()
        client.load_connection_file(str(self.home / "runtime" / f"kernel-{kernel_id}.json"))
        client.start_channels(hb=False, stdin=False)
        try:
            reply = client.execute(_RESET, silent=True, reply=True, timeout=RESET_S)
        except TimeoutError:
            return False
        finally:
            client.stop_channels()
        return bool(reply["content"]["status"] == "ok")

    def close(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _settle(self) -> None:
        settings = self.home / "config" / "lab" / "user-settings"
        for plugin, values in SETTINGS.items():
            path = settings / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _start(self, base_url: str, options: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        folders = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
        own = {f"JUPYTER_{key}_DIR": str(self.home / name) for key, name in folders.items()}
        own |= {"IPYTHONDIR": str(self.home / "ipython")}
        own |= {"LIPSYNC_NB_HOME": str(self.home / "lipsync_nb")}
        command = [
            *(self._python, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={self._port}", f"--ServerApp.base_url={base_url}"),
            *("--IdentityProvider.token=", "--ServerApp.password="),
            f"--ServerApp.root_dir={self.root}",
            "--ServerApp.disable_check_xsrf=True",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *options,
        ]
        with self._log.open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own})

    def _await_start(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api/status", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.close()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log()}")


class Watch:
    """What went wrong in a page: its errors, and requests that would leave this machine."""

    def __init__(self, page: Page) -> None:
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self._note(f"page error: {error}"))
        page.on("console", self._said)
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _said(self, message: ConsoleMessage) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error":
            self._note(f"console: {text}")

    def _note(self, text: str) -> None:
        if not any(known.search(text) for known in NOT_OURS):
            self.wrong.append(text)

    def _asked(self, url: str) -> None:
        if urlsplit(url).hostname not in LOOPBACK:
            self.wrong.append(f"left the machine: {url}")


class Notebook:
    """A notebook open in JupyterLab.

    Attributes:
        page: The browser's page.
        path: Where it lies below the server's root.

    Args:
        page: The browser's page.
        url: The server's address.
        path: Where it lies below the server's root.
        kernel_id: A kernel that is there already; by default a new one is started.
    """

    def __init__(self, page: Page, url: str, path: str, kernel_id: str | None = None) -> None:
        self.page, self.path = page, path
        if page.url.startswith(url):  # JupyterLab is there: it need not be loaded again
            page.evaluate(_OPEN, [path, kernel_id])
        else:
            page.goto(f"{url}/doc/tree/{path}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE_S * 1000)
        page.evaluate(_SINCE)
        page.evaluate(_KEEP_AWAKE, NUDGE_S * 1000)
        page.wait_for_function(_READY, arg=unquote(path), timeout=PATIENCE_S * 1000)

    def run_all(self, *, wait: bool = True, patience_s: float = PATIENCE_S) -> None:
        """Run all cells.

        Args:
            wait: Until each has a number, or one has failed.
            patience_s: How long at most.

        Raises:
            AssertionError: One has failed, or they are not at their end in time.
        """
        self.command("notebook:run-all-cells")
        if wait:
            self._await_numbers(patience_s)
            failed = self.page.locator(_ERROR)
            assert not failed.count(), failed.first.inner_text()

    def _await_numbers(self, patience_s: float) -> None:
        try:
            self.page.wait_for_function(_ALL_NUMBERED, timeout=patience_s * 1000)
        except Late as late:
            raise AssertionError(f"not at the end: {self.page.evaluate(_SEEN)}") from late

    def output(self, cell: int) -> Locator:
        """Return where a cell shows what it made, cells from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def ask(self, expression: str) -> str:
        """Return the repr of an expression in the kernel."""
        found = self.page.evaluate(_ASK, expression)
        if found["status"] == "error":
            raise AssertionError(f"{expression}: {found['ename']}: {found['evalue']}")
        return str(found["data"]["text/plain"])

    def run(self, code: str) -> None:
        """Have the kernel run some code; returns at once."""
        self.page.evaluate(_RUN, code)

    def busy(self) -> bool:
        """Tell whether the kernel is at work on what it was last given to run."""
        return bool(self.page.evaluate(_BUSY))

    def await_busy(self) -> None:
        """Wait until it is; a kernel that has left the request unread reads it soon."""
        self.page.evaluate(_KEEP_AWAKE, 1000)
        self.page.wait_for_function(_BUSY, timeout=PATIENCE_S * 1000)
        self.page.evaluate(_KEEP_AWAKE, NUDGE_S * 1000)

    def command(self, name: str, **options: Any) -> None:
        """Have JupyterLab do one of its commands, without waiting for its end."""
        call = "([name, options]) => { window.jupyterapp.commands.execute(name, options); }"
        self.page.evaluate(call, [name, options])

    def restart(self) -> None:
        """Restart the kernel, and wait until it is there again."""
        self.page.evaluate(f"() => {_KERNEL}.restart()")
        self.page.wait_for_function(
            f"() => {_KERNEL}?.status === 'idle'", timeout=PATIENCE_S * 1000
        )

    def save(self) -> None:
        """Save it, with the state of its widgets."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def theme(self, name: str) -> None:
        """Change to ``"dark"`` or ``"light"``."""
        wanted = f"JupyterLab {name.title()}"
        self.command("apputils:change-theme", theme=wanted)
        is_light = str(name == "light").lower()
        expect(self.page.locator(f"body[data-jp-theme-light={is_light}]")).to_have_count(
            1, timeout=PATIENCE_S * 1000
        )
        splash = self.page.locator("#jupyterlab-splash")  # it covers the page, and fades
        expect(splash).to_have_count(0, timeout=PATIENCE_S * 1000)

    def shot(self, name: str, *, of: Locator | None = None) -> None:
        """Keep a picture of the page, or of a part of it, for people to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        (of or self.page).screenshot(path=str(SCREENSHOTS / f"{name}.png"))


def leave(page: Page) -> None:
    """Leave the notebook that is open in a page of JupyterLab."""
    page.evaluate(f"() => {{ clearInterval(window.awake); {_NOTEBOOK}?.dispose(); }}")


_NOTEBOOK = "window.jupyterapp?.shell.currentWidget"
_KERNEL = f"{_NOTEBOOK}?.sessionContext?.session?.kernel"
_OPEN = f"""async ([path, id]) => {{
    {_NOTEBOOK}?.dispose(); // one at a time
    await window.jupyterapp.serviceManager.kernelspecs.refreshSpecs();
    const kernel = id ? {{ id }} : undefined;
    await window.jupyterapp.commands.execute("docmanager:open", {{ path, kernel }});
}}"""
_RESET = """
import gc
import ipywidgets
import lipsync_nb
for client in [found for found in gc.get_objects() if isinstance(found, lipsync_nb.Client)]:
    client.close(wait=False)
ipywidgets.Widget.close_all()
get_ipython().reset(new_session=True)
"""
"""Closes all clients and widgets, and forgets all variables."""
_READY = f"path => {_NOTEBOOK}?.context?.path === path && {_KERNEL}?.status === 'idle'"
_SINCE = "() => window.jupyterapp.restored"
_ERROR = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
_ALL_NUMBERED = f"""() => {{
    if (document.querySelector("{_ERROR}")) return true;
    const cells = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")];
    const prompts = cells.map(c => c.querySelector(".jp-InputPrompt")?.textContent ?? "");
    return prompts.every(text => /\\[\\d+\\]/.test(text));
}}"""
_KEEP_AWAKE = f"""every => {{
    clearInterval(window.awake);
    window.awake = setInterval(() => {{
        const kernel = {_KERNEL};
        if (kernel?.connectionStatus !== "connected") return;
        if (!/^ipykernel-7\\.[0-3]\\./.test(kernel.name)) return;
        const api = `${{window.jupyterapp.serviceManager.serverSettings.wsUrl}}api/kernels`;
        const socket = new WebSocket(`${{api}}/${{kernel.id}}/channels?session_id=more`);
        socket.onopen = () => setTimeout(() => socket.close(), 1000);
    }}, every);
}}"""
_SEEN = f"""() => ({{
    prompts: [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(p => p.textContent),
    kernel: [{_KERNEL}?.status, {_KERNEL}?.connectionStatus],
    dialogs: [...document.querySelectorAll(".jp-Dialog")].map(dialog => dialog.innerText),
    ends: [...document.querySelectorAll(".jp-OutputArea-output")].slice(-2).map(o => o.innerText),
}})"""
_RUN = f"""code => {{
    const future = {_KERNEL}.requestExecute({{ code }});
    const ran = window.ran = {{ begun: false, ended: false }};
    future.onIOPub = message => {{ ran.begun ||= message.header.msg_type === "execute_input"; }};
    future.onReply = () => {{ ran.ended = true; }};
}}"""
_BUSY = "() => window.ran.begun && !window.ran.ended"
"""The kernel's own status tells nothing: a comm's message is answered beside what runs."""
_ASK = f"""async expression => {{
    const content = {{ code: "", silent: true, user_expressions: {{ asked: expression }} }};
    const reply = await {_KERNEL}.requestExecute(content).done;
    return reply.content.user_expressions.asked;
}}"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
