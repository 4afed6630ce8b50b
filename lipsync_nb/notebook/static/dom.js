// Creates and changes elements.

/** Creates an element; `on…` attributes are listeners, and those that are false or null are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttribute(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets an attribute if it differs; removes it if the value is false or null. */
export function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}

/** Sets an element's text if it differs, as setting it causes a repaint. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Disables or enables a button. It keeps the focus, which the `disabled` attribute would move to the page. */
export function setDisabled(button, disabled) {
  setAttribute(button, "aria-disabled", disabled && "true");
}

/** Whether a button is disabled. */
export function isDisabled(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Makes a change; if it hides the focused element, the focus moves to `root`. */
export function keepingFocus(root, change) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (focused && (!focused.checkVisibility() || focused.closest("[inert]"))) root.focus();
}
