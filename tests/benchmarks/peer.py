"""A server that costs as little as can be, in a process of its own: answers, files, and a sink.

``/looks`` tells how often a job was asked for, itself included.
"""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

BUFFER = 1 << 20
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
JOB = b'{"id": "job-1", "model": "lipsync", "status": "processing", "task_id": "job-1"}'


@contextmanager
def running() -> Iterator[str]:
    """Run the server; give its URL."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _answer(body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


_submitted, _looks = count(1), count()


def _job(target: str) -> bytes:
    if target.endswith("/looks"):
        return str(next(_looks)).encode()
    if "/jobs/" in target:
        next(_looks)
        name = target.rpartition("/")[2]
    else:
        name = f"job-{next(_submitted)}"
    return JOB.replace(b"job-1", name.encode())


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = memoryview(bytearray(BUFFER))
    with connection, suppress(OSError):
        while size := connection.recv_into(room):
            head, _, body = bytes(room[:size]).partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            left = int(length.group(1)) - len(body) if length else 0
            while left > 0:
                left -= connection.recv_into(room)
            target = head.split(b" ", 2)[1].decode()
            if target.startswith("/file/"):
                _send(connection, int(target.rpartition("/")[2]))
            else:
                connection.sendall(_answer(_job(target)))


def _send(connection: socket.socket, size: int) -> None:
    connection.sendall(_answer(b"", size))
    piece = memoryview(bytes(BUFFER))
    for start in range(0, size, BUFFER):
        connection.sendall(piece[: min(BUFFER, size - start)])


def main() -> None:
    """Serve until killed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
