// Several videos side by side, or one over the other, that play as one.
import { h, keepingFocus } from "./dom.js";
import { flipping } from "./flipping.js";
import { ownKeys } from "./keys.js";
import { numberedPane } from "./numbered.js";
import { shapedBy } from "./pane.js";
import { together } from "./together.js";
import { playback } from "./playback.js";
import { wire } from "./wire.js";

const HELP = "Space plays and pauses, ← and → seek, a number turns that video's sound on, 0 mutes all";

function render({ model, el }) {
  const kernel = wire(model);
  const panes = model.get("panes").map((shown, index) =>
    numberedPane(shown, index, kernel.ask, () => hear(group.sound === index ? -1 : index), (part) => group.seek(part * group.duration())));
  const group = together(panes.map((one) => one.player), show);
  const controls = playback(group);
  const pair = panes.length > 1 ? flipping(panes, bringToFront) : null;
  const area = h("div", { class: "ls-panes" }, ...panes.map((one) => one.element));
  const root = h("section", {
    class: "ls ls-grid", tabindex: 0, "aria-label": `${panes.length} videos, played together`, "aria-description": HELP,
  }, area, controls.element, pair?.element, h("p", { class: "ls-help" }, HELP, pair ? ", X flips A and B." : "."));
  let front = -1;

  /** Lets a video be heard, -1 for none; where only one is seen, no other is heard. */
  function hear(index) {
    group.setSound(index < 0 || front < 0 ? index : front);
  }

  function bringToFront(index) {
    front = index;
    hear(group.sound);
  }

  function show() {
    panes.forEach((one, index) => one.show(index === group.sound, group.duration()));
    controls.show();
  }

  const keys = Object.fromEntries([-1, ...panes.keys()].slice(0, 10).map((index) => [index + 1, () => hear(index)]));
  if (pair) keys.x = () => keepingFocus(root, pair.flip);

  root.addEventListener("keydown", (event) => controls.press(event, keys));
  for (const { player } of panes) for (const event of ["loadedmetadata", "seeked"]) player.addEventListener(event, show);
  shapedBy(panes[0].player, root);
  const release = ownKeys(root);
  el.append(root);
  group.setSound(0);
  pair?.show();
  return () => {
    release();
    group.close();
    for (const one of panes) one.close();
    kernel.close();
  };
}

export default { render };
