"""Receives vendors' callbacks, so that finished jobs need not be polled for all the time.

No vendor signs its callbacks, so a callback only triggers a poll: its body is not read.
"""

import hashlib
import hmac
import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb import loop
from lipsync_nb.errors import BadRequest
from lipsync_nb.http.local_server import LocalServer

MOST_CONNECTIONS = 100
"""Concurrent connections; further ones are answered with HTTP 503."""


class Receiver:
    """Listens for the vendors' callbacks until it is closed.

    Args:
        heard: Called with a job's id when a callback comes, on the library's event loop.
        closed: Called once, when the receiver is closed.
        host: Interface to listen on.
        port: Port to listen on; 0 picks a free one.
        public_url: Base URL at which vendors reach it; by default the local address.

    Raises:
        BadRequest: The address cannot be listened on.

    Attributes:
        port: The port it listens on.
        public_url: What callback URLs begin with.
    """

    def __init__(
        self,
        heard: Callable[[str], None],
        closed: Callable[[], None],
        *,
        host: str,
        port: int,
        public_url: str | None,
    ) -> None:
        try:
            listening = socket.create_server((host, port))
        except OSError as error:
            raise BadRequest(f"cannot listen on {host}:{port}: {error.strerror}") from None
        self._heard = heard
        self._once = ExitStack()
        self._once.callback(closed)
        self._secret = secrets.token_bytes(32)
        self.port: int = listening.getsockname()[1]
        self.public_url = (public_url or f"http://{host}:{self.port}").rstrip("/")
        self._server = LocalServer(
            listening,
            "/{job_id}/{token}",
            self._receive,
            methods=["POST"],
            limit_concurrency=MOST_CONNECTIONS,
        )

    def __repr__(self) -> str:
        return f"<Receiver at {self.public_url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def url(self, job_id: str) -> str:
        """Return a job's callback URL, whose secret token only its vendor is given."""
        return f"{self.public_url}/{job_id}/{self._token(job_id)}"

    def close(self) -> None:
        """Stop listening; a second time does nothing."""
        loop.refuse_on_loop()
        self._once.close()
        self._server.close()

    def _token(self, job_id: str) -> str:
        return hmac.new(self._secret, job_id.encode(), hashlib.sha256).hexdigest()

    async def _receive(self, request: Request) -> Response:
        job_id, token = request.path_params["job_id"], request.path_params["token"]
        if not hmac.compare_digest(token.encode(), self._token(job_id).encode()):
            return Response(status_code=404)
        self._heard(job_id)
        return Response()
