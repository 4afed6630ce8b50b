"""What a page is for those who do not see it, or see it badly: names, values, contrast, keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

NAMED = {
    *("button", "checkbox", "combobox", "grid", "image", "img", "link", "listbox", "meter"),
    *("option", "progressbar", "radio", "radiogroup", "searchbox", "slider", "spinbutton"),
    *("switch", "tab", "table", "textbox", "toggle button"),
    *("Audio", "audio", "Video", "video"),
}
"""Roles, as Chromium calls them, that are nothing without a name."""
LEAST_CONTRAST = 4.5
"""WCAG 2, level AA, for text of the usual size."""
MOST_STOPS = 300
"""Presses of the Tab key before a search for an end is given up."""
SCRIPT = (Path(__file__).parent / "accessibility.js").read_text("utf-8")


def unnamed(root: Locator) -> list[str]:
    """Return the controls below an element that the accessibility tree has no name for."""
    return [
        f"{role} {node.get('properties', '')}"
        for role, name, node in _nodes(root)
        if role in NAMED and not name.strip()
    ]


def names(root: Locator, role: str) -> list[str]:
    """Return the names of all that has a role, as the accessibility tree tells them."""
    return [name for found, name, _ in _nodes(root) if found == role]


def values(root: Locator, role: str) -> list[Any]:
    """Return the values of all that has a role; ``None`` for one that has none."""
    return [node.get("value", {}).get("value") for found, _, node in _nodes(root) if found == role]


def faint(root: Locator) -> list[str]:
    """Return the texts below an element whose contrast to what is behind them is too low."""
    found: list[str] = _ask(root, f"faint(root, {LEAST_CONTRAST})")
    return found


def tab_stops(root: Locator) -> list[str]:
    """Return what the Tab key reaches below an element, from its first stop on, in order."""
    page = root.page
    _ask(root, "focusBefore(root)")
    stops: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = _ask(root, "focused(root)")
        if stop is None:
            break
        stops.append(stop)
    return stops


def unreached(root: Locator) -> list[str]:
    """Return the controls that are seen below an element and that the Tab key does not reach.

    Rows of a grid are reached by the arrow keys; one of them is a stop.
    """
    reached = set(tab_stops(root))
    wanted: list[str] = _ask(root, "controls(root)")
    return [control for control in wanted if control not in reached]


def _nodes(root: Locator) -> Iterator[tuple[str, str, dict[str, Any]]]:
    session = root.page.context.new_cdp_session(root.page)
    root.evaluate("element => element.setAttribute('data-looked-at', '')")
    document = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    query = {"nodeId": document, "selector": "[data-looked-at]"}
    node = session.send("DOM.querySelector", query)["nodeId"]
    for found in session.send("Accessibility.queryAXTree", {"nodeId": node})["nodes"]:
        if not found.get("ignored"):
            name = found.get("name", {}).get("value", "")
            yield found.get("role", {}).get("value", ""), name, found
    root.evaluate("element => element.removeAttribute('data-looked-at')")
    session.detach()


def _ask(root: Locator, call: str) -> Any:
    return root.evaluate(f"root => {{ {SCRIPT}\nreturn {call}; }}")
