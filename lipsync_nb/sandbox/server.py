"""One process, one event loop, two loopback ports: the vendors' APIs and the storage host."""

import asyncio
import contextlib
import errno
import json
import logging
import os
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from lipsync_nb.sandbox.admin import Users
from lipsync_nb.sandbox.app import App
from lipsync_nb.sandbox.backend import Backend
from lipsync_nb.sandbox.faults.faulty_request import TRANSPORT
from lipsync_nb.sandbox.server_process import STATE_FILE
from lipsync_nb.sandbox.settings import SandboxSettings
from lipsync_nb.sandbox.vendors import VENDORS

LOOPBACK = "127.0.0.1"
LOCK_FILE = "server.lock"
KEEP_ALIVE_S = 75  # like nginx; a client keeps its connection between polls
CHECK_EVERY_S = 0.1  # how often the server checks whether it is still used
BACKLOG = 128  # connections that may wait to be accepted
GRACE_S = 1  # time for running requests at the end


@dataclass(frozen=True)
class Options:
    """How to run a sandbox.

    Args:
        home: Folder of the state.
        port: The API's port; 0 for the home's latest one or a free one.
        settings: Pace and rates.
        idle_minutes: The server ends after so many minutes without a request, a user or work.
        remove_home: Whether the home is deleted when the server ends.
        log: The file for its output; None for a terminal.
    """

    home: Path
    port: int = 0
    settings: SandboxSettings = field(default_factory=SandboxSettings)
    idle_minutes: float = 15.0
    remove_home: bool = False
    log: Path | None = None


class AlreadyRunning(RuntimeError):
    """Another server serves this home."""


class PortInUse(RuntimeError):
    """Another process uses the requested port."""


class Protocol(H11Protocol):
    """HTTP/1.1 with the connection in each request's scope, so that a fault can reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Add the transport to the scope of the app."""
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, TRANSPORT: transport}, receive, send)

        self.app = with_transport


class Server(uvicorn.Server):
    """A uvicorn server in which a signal ends the serving, not the process, which cleans up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop serving at SIGINT and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def serve(options: Options, ready: Callable[[dict[str, Any]], None]) -> None:
    """Serve a home until it is not used any more.

    Args:
        options: How to run.
        ready: Called with the answer to ``hello`` when both ports listen.

    Raises:
        AlreadyRunning: Another server serves this home.
        PortInUse: Another process uses the requested port.
    """
    options.home.mkdir(parents=True, exist_ok=True)
    lock = locked(options.home)
    try:
        asyncio.run(_serve(options, ready))
    finally:
        lock.close()
        if options.remove_home:
            shutil.rmtree(options.home, ignore_errors=True)


def locked(home: Path) -> sqlite3.Connection:
    """Lock the home. The lock is SQLite's, which ends with the process on every system."""
    connection = sqlite3.connect(home / LOCK_FILE, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        raise AlreadyRunning(f"another sandbox serves {home}") from None
    return connection


async def _serve(options: Options, ready: Callable[[dict[str, Any]], None]) -> None:
    api, storage = sockets(options)
    api_origin, storage_origin = (f"http://{LOOPBACK}:{s.getsockname()[1]}" for s in (api, storage))
    backend = Backend(options.home, storage_origin, options.settings, options.log)
    users = Users()
    address = address_of(options.home, api_origin, storage_origin, backend.keys)
    app = App(backend, users, address, storage.getsockname()[1])
    logging.basicConfig(level=logging.WARNING)
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Server(config)
    backend.start()
    watch = asyncio.create_task(end_when_unused(server, app, users, options.idle_minutes * 60))
    state = {"pid": os.getpid(), "ports": [api.getsockname()[1], storage.getsockname()[1]]}
    (options.home / STATE_FILE).write_text(json.dumps(state))
    ready(address)
    try:
        await server.serve(sockets=[api, storage])
    finally:
        watch.cancel()
        backend.close()


def sockets(options: Options) -> tuple[socket.socket, socket.socket]:
    """The listening sockets of the API and the storage host."""
    if options.port:
        wanted, fixed = (options.port, options.port + 1), True
    else:
        wanted, fixed = last_ports(options.home), False
    return listening(wanted[0], fixed=fixed), listening(wanted[1], fixed=False)


def last_ports(home: Path) -> tuple[int, int]:
    """The home's latest ports: if they are free, URLs of its jobs stay valid."""
    try:
        api, storage = json.loads((home / STATE_FILE).read_text())["ports"]
    except (OSError, ValueError, KeyError):
        return 0, 0
    return api, storage


def listening(port: int, *, fixed: bool) -> socket.socket:
    """A socket listening on the port, or on any free one unless the port is fixed."""
    # If the protocol is named, asyncio turns Nagle's algorithm off. Otherwise every answer is
    # 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        if fixed:
            listener.close()
            if error.errno == errno.EADDRINUSE:
                message = f"port {port} is in use; --port 0 takes a free one"
                raise PortInUse(message) from None
            raise
        listener.bind((LOOPBACK, 0))
    listener.listen(BACKLOG)
    return listener


def address_of(
    home: Path, api_origin: str, storage_origin: str, keys: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """The answer to ``hello``: where everything is."""
    return {
        "pid": os.getpid(),
        "home": str(home),
        "base_urls": {vendor.NAME: api_origin + vendor.BASE_PATH for vendor in VENDORS},
        "keys": {vendor.NAME: keys[vendor.NAME] for vendor in VENDORS},
        "media_url": f"{storage_origin}/media",
    }


async def end_when_unused(server: Server, app: App, users: Users, idle_s: float) -> None:
    """End the server when the last user has left, or has died and no request comes for long.

    A kernel that is idle is still a user, so its sandbox does not end.
    """
    used = time.monotonic()
    while not users.close_if_left():
        await asyncio.sleep(CHECK_EVERY_S)
        if users.is_any_alive or app.busy:
            used = time.monotonic()
        if time.monotonic() - max(used, app.last_request) > idle_s:
            break
    server.should_exit = True
