"""An HTTP server on the library's own loop."""

import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from lipsync_nb import loop


class LocalServer:
    """Answers requests until it is closed.

    Args:
        listening: The socket it listens on.
        path: The one route it has, in Starlette's notation.
        endpoint: What answers.
        methods: The HTTP methods it is asked with.
        options: Further ones of uvicorn's.
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
        """Stop; a second time does nothing.

        Raises:
            RuntimeError: Called on the library's loop, where it would wait for ever.
        """
        loop.refuse_on_loop()
        self._server.should_exit = True
        loop.wait(self._serving)
