// Elements, and changes to them.

/** An element; `on…` attributes are listeners, false and null ones are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttribute(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets an attribute if it differs, takes it away if the value is false or null. */
export function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}

/** Sets an element's text if it differs: what is not touched is not painted. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Marks a button as out of use for now. It keeps the focus, which a disabled one loses to the page. */
export function setDisabled(button, idle) {
  setAttribute(button, "aria-disabled", idle && "true");
}

/** Whether a button is out of use for now. */
export function isDisabled(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Makes a change; if it takes the focused element out of reach, the focus goes to `root`. */
export function keepingFocus(root, change) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (focused && (!focused.checkVisibility() || focused.closest("[inert]"))) root.focus();
}
