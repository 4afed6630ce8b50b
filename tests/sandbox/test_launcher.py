"""The sandbox's process: how it starts, is shared, ends, and what it remembers."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from hosts import free_port
from waiting import PATIENCE_S, wait_until

from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.launcher import _leave
from lipsync_nb.sandbox.store import Store
from lipsync_nb.vendors import VENDORS

EXPORTED = [
    variable
    for vendor in VENDORS.values()
    for variable in (vendor.base_url_variable(), *vendor.variables.values())
]
"""What the command prints below two lines of prose: what the client looks for."""


def children(pid: int) -> list[int]:
    """Processes a process has started."""
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def gone(pid: int) -> bool:
    """Whether a process has ended, be it unburied."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def generate(sandbox: Sandbox, media: Any, **data: str) -> str:
    headers = {"X-API-Key": sandbox.keys["lingdong"]["api_key"]}
    files = {"source": media.picture.read_bytes(), "audio": media.speech.read_bytes()}
    url = f"{sandbox.base_urls['lingdong']}/generate"
    body = {"type": "image", **data}
    answer = httpx.post(url, headers=headers, files=files, data=body, timeout=PATIENCE_S)
    return str(answer.json()["task_id"])


def task(sandbox: Sandbox, task_id: str) -> dict[str, Any]:
    headers = {"X-API-Key": sandbox.keys["lingdong"]["api_key"]}
    url = f"{sandbox.base_urls['lingdong']}/task/{task_id}"
    return dict(httpx.get(url, headers=headers, timeout=PATIENCE_S).json())


def test_it_starts_soon_and_leaves_nothing(figure):
    """A passing home is gone with its processes."""
    began = time.monotonic()
    sandbox = Sandbox()
    figure(f"a sandbox starts in {time.monotonic() - began:.1f} s")
    workers = wait_until(lambda: children(sandbox.pid), lambda pids: len(pids) > 1)
    sandbox.close()

    assert not sandbox.home.exists()
    assert gone(sandbox.pid)
    assert (
        wait_until(lambda: [pid for pid in workers if not gone(pid)], lambda left: not left) == []
    )


def test_closing_twice_is_harmless(sandbox):
    """The second close does nothing."""
    again = Sandbox(sandbox.home)
    again.close()
    again.close()

    assert sandbox.stats("yunai")


@pytest.mark.parametrize("setting", [{"paces": 1}, {"pace": "fast"}])
def test_a_wrong_setting_is_refused(sandbox, setting):
    """A ValueError names it."""
    with pytest.raises(ValueError, match="pace"):
        sandbox.configure(**setting)


def test_a_home_is_shared(tmp_path):
    """Whoever names the same home joins the same server; it ends when the last has left."""
    first, second = Sandbox(tmp_path / "home"), Sandbox(tmp_path / "home")

    assert (first.pid, first.base_urls, first.keys) == (second.pid, second.base_urls, second.keys)

    first.close()
    assert second.stats("yunai")["requests"] == 0

    second.close()
    assert gone(second.pid)


def test_two_processes_start_one_server(tmp_path):
    """Started at the same moment, both join the one that was quicker."""
    program = (
        "import sys, pathlib; from lipsync_nb.sandbox import Sandbox\n"
        "sandbox = Sandbox(pathlib.Path(sys.argv[1])); print(sandbox.pid, flush=True)\n"
        "sys.stdin.read(); sandbox.close()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        pids = {int(process.stdout.readline()) for process in (one, two)}
        one.communicate()
        two.communicate()

    assert len(pids) == 1
    assert gone(pids.pop())


def test_a_restarted_sandbox_remembers(tmp_path, media):
    """Keys, balances, ports and finished jobs are those of before; their videos too."""
    with Sandbox(tmp_path, pace=0, port=free_port()) as first:
        task_id = generate(first, media)
        wait_until(lambda: task(first, task_id), lambda t: t["status"] == "completed")
        credits_left = first.stats("lingdong")["credits"]
    with Sandbox(tmp_path, pace=0) as second:
        again = task(second, task_id)

        assert second.pid != first.pid
        assert (second.keys, second.base_urls) == (first.keys, first.base_urls)
        assert second.stats("lingdong")["credits"] == credits_left
        assert again["status"] == "completed"


def test_a_home_of_another_version_is_used(tmp_path, media):
    """It has a vendor less and a vendor more, and a job in another form: none ends the server."""
    with Sandbox(tmp_path, pace=0) as first:
        task_id = generate(first, media)
        wait_until(lambda: task(first, task_id), lambda t: t["status"] == "completed")
    store = Store(tmp_path / "sandbox.sqlite")
    [job] = store.all("job")
    older = {name: value for name, value in job.items() if not name.startswith("outcome")}
    store.put("job", f"lingdong/{task_id}", older | {"fate": "", "fate_reason": ""})
    file = {
        "id": "f",
        "service": "lip_sync_video",
        "name": "a.mp4",
        "key": "k",
        "mime": "video/mp4",
    }
    store.put("file", "f", file | {"own_failure": ""})
    store.put("job", "other/1", job | {"vendor": "other", "id": "1", "state": "queued"})
    store.put("job", "lingdong/2", {"vendor": "lingdong", "id": "2", "film": {}})
    keys = store.get("setting", "keys")
    del keys["yunai"]
    store.put("setting", "keys", keys | {"other": {}})
    store.close()

    with Sandbox(tmp_path, pace=0) as second:
        assert task(second, task_id)["status"] == "completed"
        assert second.keys["lingdong"] == first.keys["lingdong"]
        assert second.keys["yunai"].keys() == first.keys["yunai"].keys()


def test_a_killed_sandbox_takes_up_its_jobs(tmp_path, media):
    """Jobs under way when the server was killed are rendered again; its workers die with it."""
    first = Sandbox(tmp_path)
    task_id = generate(first, media)
    wait_until(lambda: task(first, task_id), lambda t: t["status"] == "processing")
    workers = wait_until(lambda: children(first.pid), lambda pids: len(pids) > 1)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(
        lambda: [pid for pid in (first.pid, *workers) if not gone(pid)], lambda left: not left
    )
    with Sandbox(tmp_path, pace=0) as second:
        done = wait_until(lambda: task(second, task_id), lambda t: t["status"] == "completed")
    first.close()

    assert done["task_id"] == task_id


def test_it_ends_when_nobody_asks():
    """After its idle minutes, whoever started it: a killed test leaves nothing for long."""
    program = (
        "import sys, pathlib; from lipsync_nb.sandbox import Sandbox\n"
        "sandbox = Sandbox(idle_minutes=0.04)\n"
        "print(sandbox.pid, sandbox.home, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        pid, home = starter.stdout.readline().split()
        starter.kill()
        starter.communicate()

    wait_until(lambda: gone(int(pid)) and not Path(home.decode()).exists(), bool)


def test_a_quiet_user_keeps_it():
    """Its idle minutes count once nobody who joined it is alive: lunch is not the end."""
    with Sandbox(idle_minutes=0.04) as sandbox:
        time.sleep(4)

        assert sandbox.stats("yunai")["requests"] == 0


def test_nobody_else_is_ended():
    """A process that has a gone server's number by now lives on."""
    with subprocess.Popen(["sleep", "60"]) as stranger:
        _leave(9, "gone", stranger.pid, None)
        time.sleep(0.5)
        lives = stranger.poll() is None
        stranger.kill()

    assert lives


def test_a_stranger_does_not_end_it(tmp_path):
    """Who joined the server that had its port before takes no leave of this one."""
    command = [sys.executable, "-m", "lipsync_nb.sandbox", "--home", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        lines = [server.stdout.readline() for _ in range(2 + len(EXPORTED))]
        port = int(lines[2].split(":")[2].split("/")[0])
        _leave(port, "gone", server.pid, None)
        time.sleep(0.5)
        runs = server.poll() is None
        server.kill()
        server.communicate()

    assert runs


def test_a_dead_user_does_not_end_it(tmp_path):
    """A kernel that died finds its server again."""
    program = (
        "import os, sys, pathlib; from lipsync_nb.sandbox import Sandbox\n"
        "print(Sandbox(pathlib.Path(sys.argv[1])).pid, flush=True); os._exit(1)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)
    time.sleep(0.5)

    with Sandbox(tmp_path) as sandbox:
        assert sandbox.pid == int(done.stdout)


def test_a_named_home_outlives_its_interpreter(tmp_path):
    """Without close, the server of a named home goes on; that of a passing one does not."""
    program = (
        "import sys, pathlib; from lipsync_nb.sandbox import Sandbox\n"
        "named, passing = Sandbox(pathlib.Path(sys.argv[1])), Sandbox()\n"
        "print(named.pid, passing.pid, flush=True)"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=True)
    named, passing = map(int, done.stdout.split())

    assert done.stderr == b""
    assert gone(passing)
    assert not gone(named)
    with Sandbox(tmp_path) as sandbox:
        assert sandbox.pid == named


def test_a_start_that_fails_says_why(tmp_path):
    """A port in use is reported in the server's own words."""
    with Sandbox(tmp_path / "one") as one:
        port = int(one.base_urls["yunai"].rpartition(":")[2])
        with pytest.raises(RuntimeError, match=f"port {port} is in use"):
            Sandbox(tmp_path / "two", port=port)


def test_the_command_says_that_a_port_is_taken(tmp_path):
    """In one line that tells what to do, with exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = ["--home", str(tmp_path), "--port", str(port)]
        command = [sys.executable, "-m", "lipsync_nb.sandbox", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stderr == f"port {port} is in use; --port 0 takes a free one\n"
    assert done.returncode == 1


def test_the_command_prints_exports(tmp_path):
    """``python -m lipsync_nb.sandbox`` prints base URLs and keys for a shell; Ctrl-C ends it.

    They have the names by which the client looks for them.
    """
    command = [sys.executable, "-m", "lipsync_nb.sandbox", "--home", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        lines = [server.stdout.readline().strip() for _ in range(2 + len(EXPORTED))]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        server.send_signal(signal.SIGINT)
        server.communicate()

    names = [line.removeprefix("export ").partition("=")[0] for line in lines[2:]]
    assert names == EXPORTED
    assert server.returncode == 0
    assert (second.returncode, "another sandbox serves" in second.stderr) == (3, True)


def test_polls_are_answered_while_it_renders(tmp_path, media, figure):
    """With a long film being rendered, polls do not wait for it (19 of 20).

    A poll that waited would take a good part of the time that the film takes.
    """
    with Sandbox(tmp_path, pace=0) as sandbox:
        sandbox.faults("lingdong", "latency", step="download", seconds=0)
        headers = {"X-API-Key": sandbox.keys["lingdong"]["api_key"]}
        files = {"source": media.picture.read_bytes(), "audio": media.long_speech.read_bytes()}
        base_url = sandbox.base_urls["lingdong"]
        with httpx.Client(headers=headers, timeout=PATIENCE_S) as client:
            began = time.monotonic()
            answer = client.post(f"{base_url}/generate", files=files, data={"type": "image"})
            url = f"{base_url}/task/{answer.json()['task_id']}"
            times = []
            while (state := polled(client, url, times)) == "processing" or len(times) < 20:
                time.sleep(0.02)
                assert state != "failed"
            rendering = time.monotonic() - began

    times.sort()
    slow = times[int(len(times) * 0.95)]
    figure(f"while a video is rendered, 19 of 20 polls are answered within {1000 * slow:.0f} ms")
    assert slow < rendering / 10


def polled(client: httpx.Client, url: str, times: list[float]) -> str:
    began = time.monotonic()
    state = str(client.get(url).json()["status"])
    times.append(time.monotonic() - began)
    return state


def test_nothing_else_of_the_package_is_imported():
    """Only `extras` and `decode`: client and sandbox must not agree because they share code."""
    folder = Path(sys.modules["lipsync_nb.sandbox"].__file__).parent
    imports = [
        line.split()[1]
        for path in folder.rglob("*.py")
        for line in map(str.strip, path.read_text().splitlines())
        if line.startswith(("from lipsync_nb", "import lipsync_nb"))
    ]

    assert imports
    own = ("lipsync_nb.sandbox", "lipsync_nb.extras", "lipsync_nb.decode")
    assert all(name.startswith(own) for name in imports)


def test_its_jobs_are_listed(sandbox, media):
    """As on the vendor's website: where a user looks a lost job up."""
    task_id = generate(sandbox, media)
    wait_until(lambda: task(sandbox, task_id), lambda t: t["status"] == "completed")

    row = {"id": task_id, "state": "done", "product": "lip_sync"}
    assert row in sandbox.jobs("lingdong")
    assert task_id not in [job["id"] for job in sandbox.jobs("yunai")]
