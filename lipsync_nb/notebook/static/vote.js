// A blind vote: two videos without names side by side, and the question which is better.
import { h, isDisabled, setDisabled, setText } from "./dom.js";
import { suppressShortcuts } from "./shortcuts.js";
import { useAspectOf, videoPane } from "./video_pane.js";
import { fromKernel } from "./video_source.js";
import { syncedPlayback } from "./synced_playback.js";
import { playbackControls } from "./playback_controls.js";
import { openChannel } from "./channel.js";

const SIDES = ["left", "right"];
const NAMES = ["A", "B"];
const CHOICES = [
  ["left", "A is better", "1"],
  ["equal", "Equal", "="],
  ["right", "B is better", "2"],
  ["skip", "Skip", "S"],
];
const KEYS = { 1: "left", a: "left", 2: "right", b: "right", "=": "equal", e: "equal", s: "skip" };
const HELP = "Space plays and pauses, ← and → seek, X switches the sound, 1 or 2 votes for A or B, = if they are equal, S skips.";

function render({ model, el }) {
  const kernel = openChannel(model);
  const sides = NAMES.map((name, index) => namelessPane(name, () => group.setSound(index)));
  const group = syncedPlayback(sides.map((one) => one.player), show);
  const controls = playbackControls(group);
  const buttons = CHOICES.map(([choice, label, key]) =>
    h("button", { type: "button", class: "ls-choice", "data-choice": choice, onclick: () => choose(choice) }, label, h("kbd", { "aria-hidden": "true" }, key)));
  const bar = h("progress", { "aria-label": "Pairs seen" });
  const status = h("span", { role: "status" });
  const ask = h("div", { class: "ls-ask" },
    h("p", { class: "ls-question" }, "Which one speaks more naturally?"),
    h("div", { class: "ls-panes" }, ...sides.map((one) => one.element)),
    controls.element,
    h("div", { class: "ls-choices", role: "group", "aria-label": "Your choice" }, ...buttons),
    h("p", { class: "ls-help" }, HELP));
  const root = h("section", { class: "ls ls-grid ls-vote", tabindex: 0, "aria-label": "A blind vote on pairs of videos", "aria-description": HELP },
    h("div", { class: "ls-seen" }, bar, status), ask);
  let [shown, closed] = [null, false];

  function show() {
    controls.show();
    sides.forEach((one, index) => one.show(index === group.sound));
  }

  async function update() {
    const { round, of, volumes } = model.get("state");
    bar.max = Math.max(1, of);
    bar.value = round;
    ask.hidden = round >= of;
    allow("skip");
    group.pause();
    if (ask.hidden) return setText(status, of ? `All ${of} pairs seen. Thank you.` : "There are no pairs to vote on.");
    setText(status, `Pair ${round + 1} of ${of}`);
    shown = round;
    try {
      await Promise.all(sides.map((one, index) => one.load(kernel.ask, `${round}-${SIDES[index]}`, volumes[index])));
    } catch (error) {
      if (shown === round) setText(status, `The videos cannot be loaded: ${error.message}`);
      return;
    }
    if (closed || shown !== round) return;
    group.setSound(0);
    allow(...CHOICES.map(([choice]) => choice));
  }

  function allow(...choices) {
    for (const button of buttons) setDisabled(button, !choices.includes(button.dataset.choice));
  }

  async function choose(choice) {
    const before = buttons.filter((button) => !isDisabled(button)).map((button) => button.dataset.choice);
    if (!before.includes(choice)) return;
    allow();
    const { error } = await kernel.ask({ op: "choose", round: shown, choice });
    if (error) {
      setText(status, error);
      allow(...before);
    }
    root.focus();
  }

  const keys = Object.fromEntries(Object.entries(KEYS).map(([key, choice]) => [key, () => choose(choice)]));
  keys.x = () => group.setSound(1 - Math.max(0, group.sound));
  root.addEventListener("keydown", (event) => !ask.hidden && controls.press(event, keys));
  for (const { player } of sides) for (const event of ["loadedmetadata", "seeked"]) player.addEventListener(event, show);
  useAspectOf(sides[0].player, root);
  const release = suppressShortcuts(root);
  model.on("change:state", update);
  el.append(root);
  update();
  return () => {
    closed = true;
    model.off("change:state", update);
    release();
    group.close();
    for (const one of sides) one.close();
    kernel.close();
  };
}

/** One of the two panes. Its video comes from the kernel, as a URL would name the vendor. */
function namelessPane(name, listen) {
  const own = videoPane(name, listen);
  const { player } = own;
  let [address, wanted] = [null, null];

  function release() {
    if (address) URL.revokeObjectURL(address);
    address = null;
  }

  return {
    ...own,
    async load(ask, key, volume) {
      wanted = key;
      player.removeAttribute("src");
      const blob = await fromKernel(key, ask, () => {});
      if (wanted !== key) return;
      release();
      address = URL.createObjectURL(blob);
      const seen = new Promise((resolve, reject) => {
        player.addEventListener("loadeddata", resolve, { once: true });
        player.addEventListener("error", () => reject(new Error("the browser cannot play it")), { once: true });
      });
      player.volume = volume;
      player.src = address;
      await seen;
    },
    close() {
      wanted = null;
      own.close();
      release();
    },
  };
}

export default { render };
