"""An HTTP server on the library's own loop."""

import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from lipsync_nb import loop


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
