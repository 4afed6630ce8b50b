"""A button whose press reaches the kernel after all that was typed before it."""

from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.panel import Answer, Panel


class OrderedButton(Panel):
    """A button for actions that cost money.

    While the kernel handles earlier edits, a browser holds back later ones, but not the click of a
    plain button, which would then submit half a text.

    Args:
        description: The words on the button.
        traits: The widget's.
    """

    _esm = module("ordered_button")
    description = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)

    def __init__(self, description: str, **traits: Any) -> None:
        self._listeners: list[Callable[[OrderedButton], object]] = []
        super().__init__(description=description, **traits)

    def on_click(self, listener: Callable[["OrderedButton"], object]) -> None:
        """Call a function with the button whenever it is pressed."""
        self._listeners.append(listener)

    def click(self) -> None:
        """Press the button, as the browser does: call the listeners."""
        for listener in self._listeners:
            listener(self)

    def twins(self) -> dict[str, str]:
        """Return the button's words as text."""
        return {"text/plain": f"<Button: {self.description}>"}

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer both questions of a press; see ``static/ordered_button.js``.

        The browser first asks ``"hear"``: once that is answered, the kernel has taken in what was
        typed before. Then it asks ``"press"``, which calls the listeners.
        """
        if question["op"] == "press" and not self.disabled:
            self.click()
        return {}, []
