"""The browser's end of widgets: what a kernel sends is kept, and what a page would send is sent."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

import comm
from comm.base_comm import BaseComm


class TabComm(BaseComm):
    """One widget's line to the tab."""

    def __init__(self, tab: "Tab", **options: Any) -> None:
        self._tab = tab
        super().__init__(**options)

    def publish_msg(self, _: str, data: Any = None, buffers: Any = None, **__: Any) -> None:
        """Keep what was sent."""
        self._tab.took(self, data or {}, [bytes(part) for part in buffers or []])


class Tab(AbstractContextManager["Tab"]):
    """A page. Widgets made while it is open speak to it."""

    def __enter__(self) -> Self:
        self._before, comm.create_comm = comm.create_comm, self._open
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self.states: list[dict[str, Any]] = []
        self._asked = 0
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        comm.create_comm = self._before

    def _open(self, **options: Any) -> TabComm:
        return TabComm(self, **options)

    def took(self, _: TabComm, data: dict[str, Any], buffers: list[bytes]) -> None:
        """Note a message, or a change of state."""
        if data.get("method") == "custom":
            self.messages.append((data["content"], buffers))
        elif data.get("method") == "update":
            self.states.append(data["state"])

    def ask(self, widget: Any, *, buffers: Sequence[bytes] = (), **question: Any) -> dict[str, Any]:
        """Send a widget a question, and return its answer; a piece of a file is its ``data``."""
        self._asked += 1
        content = question | {"from": self._asked}
        self._send(widget, {"method": "custom", "content": content}, buffers)
        content, data = next(
            message for message in self.messages if message[0].get("to") == self._asked
        )
        return content | {"data": b"".join(data)}

    def set(self, widget: Any, **state: Any) -> None:
        """Change a widget's state, as its page would."""
        self._send(widget, {"method": "update", "state": state})

    def messages_with(self, key: str) -> list[dict[str, Any]]:
        """Return the messages that have something."""
        return [content for content, _ in list(self.messages) if key in content]

    def _send(self, widget: Any, data: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        parts = [memoryview(part) for part in buffers]
        widget.comm.handle_msg({"content": {"data": data}, "buffers": parts})
