"""Receives the callbacks of vendors, so that jobs are polled less often.

No vendor signs its callbacks. A callback therefore only triggers a poll; its body is not read.
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

from lipsync_nb import event_loop as loop
from lipsync_nb.errors import BadRequest
from lipsync_nb.http.local_server import MOST_HALF_OPEN, LocalServer, OneRequest

MOST_CONNECTIONS = MOST_HALF_OPEN + 100
"""Limit of parallel connections. Further connections get HTTP 503."""


class Receiver:
    """Listens for callbacks until it is closed.

    Args:
        on_callback: Called with the id of a job when its callback arrives, on the event loop.
        on_close: Called once, when the receiver is closed.
        host: Interface to listen on.
        port: Port to listen on; 0 chooses a free port.
        public_url: Base URL under which vendors reach it; by default the local address.

    Raises:
        BadRequest: The address cannot be used.

    Attributes:
        port: The port that it listens on.
        public_url: The base of all callback URLs.
    """

    def __init__(
        self,
        on_callback: Callable[[str], None],
        on_close: Callable[[], None],
        *,
        host: str,
        port: int,
        public_url: str | None,
    ) -> None:
        try:
            listening = socket.create_server((host, port))
        except OSError as error:
            raise BadRequest(f"cannot listen on {host}:{port}: {error.strerror}") from None
        self._on_callback = on_callback
        self._once = ExitStack()
        self._once.callback(on_close)
        self._secret = secrets.token_bytes(32)
        self.port: int = listening.getsockname()[1]
        self.public_url = (public_url or f"http://{host}:{self.port}").rstrip("/")
        self._server = LocalServer(
            listening,
            "/{job_id}/{token}",
            self._receive,
            methods=["POST"],
            limit_concurrency=MOST_CONNECTIONS,
            http=OneRequest,
            headers=[("Connection", "close")],
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
        """Return the callback URL of a job, with a secret token that only its vendor receives."""
        return f"{self.public_url}/{job_id}/{self._token(job_id)}"

    def close(self) -> None:
        """Stop listening. A second call does nothing."""
        loop.refuse_on_loop()
        self._once.close()
        self._server.close()

    def _token(self, job_id: str) -> str:
        return hmac.new(self._secret, job_id.encode(), hashlib.sha256).hexdigest()

    async def _receive(self, request: Request) -> Response:
        job_id, token = request.path_params["job_id"], request.path_params["token"]
        if not hmac.compare_digest(token.encode(), self._token(job_id).encode()):
            return Response(status_code=404)
        self._on_callback(job_id)
        return Response()
