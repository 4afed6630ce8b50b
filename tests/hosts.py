"""A real HTTP server on loopback that answers whatever a test says, and notes what arrived."""

import json
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

PATIENCE = 30.0
"""Seconds for what takes none, on a machine that has much else to do."""
STRANGERS = (b"", b"\xff")
"""How what is no request begins: one that has gone, and a kernel's ZeroMQ that has lost its peer,
whose port this now is."""
PROBE = re.compile(rb"[A-Z]+ [^ ]*(/0|[?&](task_)?id=0|/user_duration) ")
"""How the free call begins that is sent before the first paid one."""
NO_LINGER = struct.pack("ii", 1, 0)
"""With it, closing a socket resets its connection."""


@dataclass(frozen=True)
class Arrival:
    """One request, as it arrived.

    Attributes:
        method: Empty if nothing was read of it.
        target: The path with its query.
        headers: By their names in lower case.
        body: What came of it.
        at: When, by the monotonic clock.
    """

    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is done with a request.

    Attributes:
        pieces: What is sent; may be endless.
        pause: Seconds before each piece.
        reads: How much of the request is read before.
        end: What becomes of the connection.
    """

    pieces: Callable[[], Iterable[bytes]] = tuple
    pause: float = 0.0
    reads: Literal["all", "head", "nothing"] = "all"
    end: Literal["keep", "close", "reset", "stall"] = "keep"


Script = Reply | Callable[[Arrival], Reply]


def raw(*pieces: bytes, **options: Any) -> Reply:
    """Send just these bytes."""
    return Reply(lambda: pieces, **options)


def head(status: int = 200, **headers: object) -> bytes:
    """Return the head of an answer; ``_`` in a header's name stands for ``-``."""
    lines = [f"HTTP/1.1 {status} Whatever"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(body: bytes = b"", status: int = 200, **headers: object) -> Reply:
    """Send a whole answer."""
    headers = {"Content_Length": len(body)} | headers
    return raw(head(status, **headers) + body)


def says(payload: Any, status: int = 200, **headers: object) -> Reply:
    """Send JSON."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    return answer(body, status, Content_Type="application/json", **headers)


RESET = Reply(end="reset")
"""Read the request, then reset the connection."""
STALL = Reply(end="stall")
"""Read the request, then say nothing."""


NO_SUCH_JOB = says({"error": "no such job"}, 404)


class Host:
    """A server. Each request meets the next of its replies; the last one is repeated.

    Args:
        replies: In their order; a function chooses one by what arrived.
        address: Where to listen.
        port: At which port; 0 for any.
        probe: The reply to the free call that precedes the first paid one, which meets none of the
            replies. ``None`` if it meets them as all other requests do.

    Attributes:
        arrived: What met the replies.
        probes: The free calls that met `probe`.
    """

    def __init__(
        self,
        *replies: Script,
        address: str = "127.0.0.1",
        port: int = 0,
        probe: Script | None = NO_SUCH_JOB,
    ) -> None:
        self.arrived: list[Arrival] = []
        self.probes: list[Arrival] = []
        self._probe = probe
        self.connections = 0
        self._replies = list(replies)
        self._lock = threading.Lock()
        self._over = threading.Event()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family, backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{f'[{address}]' if ':' in address else address}:{self.port}"
        self._sockets: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for open_socket in list(self._sockets):
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._sockets.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file, suppress(OSError):
            while connection.recv(1, socket.MSG_PEEK) not in STRANGERS:
                if not self._exchange(connection, file):
                    return

    def _exchange(self, connection: socket.socket, file: Any) -> bool:
        probing = self._probe is not None and PROBE.match(connection.recv(1 << 16, socket.MSG_PEEK))
        script = self._probe if probing else self._next()
        assert script is not None
        reads = script.reads if isinstance(script, Reply) else "all"
        arrival = _read(connection, file, reads)
        (self.probes if probing else self.arrived).append(arrival)
        reply = script if isinstance(script, Reply) else script(arrival)
        for piece in reply.pieces():
            if self._over.wait(reply.pause) and reply.pause:
                return False
            connection.sendall(piece)
        if reply.end == "stall":
            self._over.wait()
        if reply.end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        return reply.end == "keep"

    def _next(self) -> Script:
        with self._lock:
            return self._replies[0] if len(self._replies) == 1 else self._replies.pop(0)


def _read(connection: socket.socket, file: Any, reads: str) -> Arrival:
    if reads == "nothing":
        return Arrival()
    method, target, _ = file.readline().decode().split(" ", 2)
    headers = {}
    while line := file.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if reads == "all" and "expect" in headers:  # it waits before it sends its body
        connection.sendall(head(100))
    body = _body(file, headers) if reads == "all" else b""
    return Arrival(method, target, headers, body)


def _body(file: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return bytes(file.read(int(headers.get("content-length", 0))))
    body = b""
    while size := int(file.readline(), 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return body


def free_port() -> int:
    """Return a port at which nobody listens, and which no system gives out by itself."""
    while True:
        port = random.randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
