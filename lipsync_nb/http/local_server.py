"""An HTTP server on the library's own loop."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from lipsync_nb import event_loop as loop

HEADER_SECONDS = 5.0
"""Seconds within which a request's headers must come."""
MOST_HALF_OPEN = 600
"""Connections that may wait for headers; with one more, the oldest is closed. There are so many
that a caller has time to send its headers. Jupyter lets a kernel open thousands of files."""


class OneRequest(H11Protocol):
    """A connection for one request, which must send its headers soon.

    Otherwise connections that send nothing would keep others from being served.

    Attributes:
        opened_at: When it was opened, by the loop's clock.
    """

    opened_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close this connection after a while, or the oldest one, if no headers have come."""
        super().connection_made(transport)
        self.opened_at = self.loop.time()
        self.loop.call_later(HEADER_SECONDS, self.close_half_open)
        connections = self.server_state.connections
        waiting = [c for c in connections if isinstance(c, OneRequest) and c.is_half_open]
        if len(waiting) > MOST_HALF_OPEN:
            min(waiting, key=lambda connection: connection.opened_at).close_half_open()

    @property
    def is_half_open(self) -> bool:
        """Whether it is open, and no headers have come."""
        return self.cycle is None and not self.transport.is_closing()

    def close_half_open(self) -> None:
        """Close the connection if no headers have come."""
        if self.is_half_open:
            self.transport.close()


class LocalServer:
    """A server with one route.

    Args:
        listening: The listening socket.
        path: The route, in Starlette's notation.
        endpoint: The function that answers requests.
        methods: The HTTP methods of the route.
        options: Further options of uvicorn.
    """

    def __init__(
        self,
        listening: socket.socket,
        path: str,
        endpoint: Callable[..., Any],
        methods: list[str],
        **options: Any,
    ) -> None:
        config = uvicorn.Config(
            Starlette(routes=[Route(path, endpoint, methods=methods)]),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
            **options,
        )
        self._server = uvicorn.Server(config)
        self._serving = loop.spawn(self._server.serve([listening]))

    def close(self) -> None:
        """Stop the server; a second call does nothing.

        Raises:
            RuntimeError: Called on the library's loop, where waiting would deadlock.
        """
        loop.refuse_on_loop()
        self._server.should_exit = True
        loop.wait(self._serving)
