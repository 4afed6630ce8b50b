// Several videos that play together, side by side or two in the same place.
import { h, keepingFocus } from "./dom.js";
import { abSwitch } from "./ab_switch.js";
import { suppressShortcuts } from "./shortcuts.js";
import { gridPane } from "./grid_pane.js";
import { useAspectOf } from "./video_pane.js";
import { syncedPlayback } from "./synced_playback.js";
import { playbackControls } from "./playback_controls.js";
import { openChannel } from "./channel.js";

const HELP = "Space plays and pauses, ← and → seek, a number turns that video's sound on, 0 mutes all";

function render({ model, el }) {
  const kernel = openChannel(model);
  const panes = model.get("panes").map((shown, index) =>
    gridPane(shown, index, kernel.ask, () => listen(group.sound === index ? -1 : index), (part) => group.seek(part * group.duration())));
  const group = syncedPlayback(panes.map((one) => one.player), show);
  const controls = playbackControls(group);
  const pair = panes.length > 1 ? abSwitch(panes, bringToFront) : null;
  const area = h("div", { class: "ls-panes" }, ...panes.map((one) => one.element));
  const root = h("section", {
    class: "ls ls-grid", tabindex: 0, "aria-label": `${panes.length} videos, played together`, "aria-description": HELP,
  }, area, controls.element, pair?.element, h("p", { class: "ls-help" }, HELP, pair ? ", X flips A and B." : "."));
  let front = -1;

  /** Turns on the sound of one video, or of none if -1. Of two in the same place, only the one in front has sound. */
  function listen(index) {
    group.setSound(index < 0 || front < 0 ? index : front);
  }

  function bringToFront(index) {
    front = index;
    listen(group.sound);
  }

  function show() {
    panes.forEach((one, index) => one.show(index === group.sound, group.duration()));
    controls.show();
  }

  const keys = Object.fromEntries([-1, ...panes.keys()].slice(0, 10).map((index) => [index + 1, () => listen(index)]));
  if (pair) keys.x = () => keepingFocus(root, pair.flip);

  root.addEventListener("keydown", (event) => controls.press(event, keys));
  for (const { player } of panes) for (const event of ["loadedmetadata", "seeked"]) player.addEventListener(event, show);
  useAspectOf(panes[0].player, root);
  const release = suppressShortcuts(root);
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
