// Keys pressed in a widget are the widget's.
import { setAttribute } from "./dom.js";

/**
 * Lets JupyterLab's one-letter commands rest (D D deletes a cell) while an element of ours has the
 * focus; those with Ctrl go on. Returns a function that ends it.
 *
 * Lab listens at the document, before any element, and asks the focused one for an attribute.
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
