"""The events of Dask's scheduler, for all that listens to them through one client.

A client has one handler per topic, and a second one replaces the first. So the calls that run on a
client share a handler, which also calls the user's own.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

Event: TypeAlias = tuple[float, Any]
"""When it was, in seconds since 1970 by the scheduler's clock, and what it was."""
Listener: TypeAlias = Callable[[Event], Any]

TOPIC = "all"
"""The events of Dask's scheduler; those of removed workers name the tasks that they had."""
_lock = Lock()


class SharedHandler:
    """The handler of a client that passes events to all listeners, and to the handler before it.

    Args:
        before: The handler that the client had, if any.
    """

    def __init__(self, before: Listener | None) -> None:
        self.before = before
        self.listeners: list[Listener] = []

    def __call__(self, event: Event) -> Any:
        """Pass an event on; return what the handler before returns, which Dask may await."""
        for listener in list(self.listeners):
            listener(event)
        return None if self.before is None else self.before(event)


def listen(client: Any, listener: Listener) -> Callable[[], None]:
    """Call a listener with each event, on the client's loop; return what ends that."""
    with _lock:
        handler = _handlers(client).get(TOPIC)
        if not isinstance(handler, SharedHandler):
            handler = SharedHandler(handler)
        if not handler.listeners:
            client.subscribe_topic(TOPIC, handler)
        handler.listeners.append(listener)
    return lambda: _leave(client, handler, listener)


def _leave(client: Any, handler: SharedHandler, listener: Listener) -> None:
    """Remove a listener; with the last one, give the client back the handler that it had.

    If it had none, the shared one stays without listeners: Dask logs an error for an event that is
    under way when there is no handler any more.
    """
    with _lock:
        handler.listeners.remove(listener)
        if handler.listeners or _handlers(client).get(TOPIC) is not handler:
            return  # others listen, or the user has set another handler meanwhile
        if handler.before is not None:
            _handlers(client)[TOPIC] = handler.before
        elif client.status == "running":
            client.unsubscribe_topic(TOPIC)


def _handlers(client: Any) -> dict[str, Any]:
    """Return a client's handlers by topic; Dask has no public way to read them."""
    handlers: dict[str, Any] = client._event_handlers  # noqa: SLF001 - see above
    return handlers
