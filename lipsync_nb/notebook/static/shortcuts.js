// Keeps JupyterLab's shortcuts from keys that are pressed in a widget.
import { setAttribute } from "./dom.js";

/**
 * Turns off JupyterLab's one-letter shortcuts (D D deletes a cell) while an element in `root` has
 * the focus. Those with Ctrl still work. Returns a function that turns them on again.
 *
 * Lab listens at the document, before any element, and checks an attribute of the focused one.
 */
export function suppressShortcuts(root) {
  function mark(event) {
    if (!root.contains(event.target)) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    setAttribute(event.target, "data-lm-suppress-shortcuts", plain && "true");
  }

  window.addEventListener("keydown", mark, true);
  return () => window.removeEventListener("keydown", mark, true);
}
