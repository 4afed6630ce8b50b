// What the checks of accessibility.py need to know of a page.

function describe(element) {
  // A row is named by its id, as the times in its text go on.
  const label = element.dataset.id ?? element.getAttribute("aria-label") ?? element.innerText ?? "";
  const place = [...document.querySelectorAll(element.tagName)].indexOf(element);
  return `${element.tagName.toLowerCase()} ${place} ${label}`.trim().slice(0, 60);
}

function seen(element) {
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

/** Puts the focus just before an element, so that Tab comes to its first stop. */
function focusBefore(root) {
  const before = document.createElement("span");
  before.tabIndex = -1;
  root.before(before);
  before.focus();
  before.addEventListener("blur", () => before.remove());
}

function focused(root) {
  const element = document.activeElement;
  return root.contains(element) ? describe(element) : null;
}

/** All that the Tab key should come to. */
function controls(root) {
  const wanted = "button, a[href], input, select, textarea, summary, video[controls], audio[controls], [tabindex='0']";
  return [...root.querySelectorAll(wanted)]
    .filter((element) => seen(element) && !element.disabled && element.tabIndex >= 0)
    .map(describe);
}

const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function rgba(colour) {
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

function over([r, g, b, a], back) {
  const [x, y, z] = [r, g, b].map((part, index) => part * a + back[index] * (1 - a));
  return [x, y, z, 1];
}

/** The colour behind an element's text. */
function behind(element) {
  if (!element) return [255, 255, 255, 1];
  const own = rgba(getComputedStyle(element).backgroundColor);
  return own[3] === 1 ? own : over(own, behind(element.parentElement));
}

function opacity(element) {
  return element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;
}

/** WCAG's relative luminance. */
function luminance(colour) {
  const [r, g, b] = colour
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(colour, element) {
  const back = behind(element);
  const [r, g, b, a] = rgba(colour);
  const lights = [luminance(over([r, g, b, a * opacity(element)], back)), luminance(back)];
  return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
}

/** The texts whose contrast is below the least. */
function faint(root, least) {
  const found = [];
  function look(element, colour, text) {
    const ratio = contrast(colour, element);
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${text.trim().slice(0, 40)} (${describe(element)})`);
  }
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { data, parentElement: element } = walk.currentNode;
    const idle = element.closest(":disabled, [aria-disabled=true], style, script");
    if (data.trim() && seen(element) && !idle) look(element, getComputedStyle(element).color, data);
  }
  for (const input of root.querySelectorAll("input, textarea")) {
    const text = input.value || input.placeholder;
    const style = getComputedStyle(input, input.value ? null : "::placeholder");
    if (text && seen(input) && !input.disabled) look(input, style.color, text);
  }
  return found;
}
