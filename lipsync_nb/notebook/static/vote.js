// Two videos side by side, nameless, and the question which is better.
import { h, setAttribute, setText } from "./dom.js";
import { ownKeys } from "./keys.js";
import { fromKernel } from "./source.js";
import { clock } from "./text.js";
import { together } from "./together.js";
import { wire } from "./wire.js";

const SIDES = ["left", "right"];
const NAMES = ["A", "B"];
const CHOICES = [
  ["left", "A is better", "1"],
  ["equal", "Equal", "="],
  ["right", "B is better", "2"],
  ["skip", "Skip", "S"],
];
const KEYS = { 1: "left", a: "left", 2: "right", b: "right", "=": "equal", e: "equal", s: "skip" };
const HELP = "Space plays and pauses, X switches the sound, 1 or 2 prefers A or B, = finds them equal, S skips.";

function render({ model, el }) {
  const kernel = wire(model);
  const sides = NAMES.map((name, index) => side(name, () => group.setSound(index)));
  const group = together(sides.map((one) => one.player), show);
  const play = h("button", { type: "button", class: "ls-play", onclick: () => group.toggle() }, "▶ Play");
  const position = h("input", { type: "range", min: 0, step: 0.01, value: 0, "aria-label": "Position", oninput: () => group.seek(Number(position.value)) });
  const time = h("span", { class: "ls-time" });
  const buttons = CHOICES.map(([choice, label, key]) =>
    h("button", { type: "button", class: "ls-choice", "data-choice": choice, onclick: () => choose(choice) }, label, h("kbd", { "aria-hidden": "true" }, key)));
  const bar = h("progress", { "aria-label": "Pairs seen" });
  const said = h("span", { role: "status" });
  const ask = h("div", { class: "ls-ask" },
    h("p", { class: "ls-question" }, "Which one speaks more naturally?"),
    h("div", { class: "ls-panes" }, ...sides.map((one) => one.element)),
    h("div", { class: "ls-transport", role: "group", "aria-label": "Playing" }, play, position, time),
    h("div", { class: "ls-choices", role: "group", "aria-label": "Your choice" }, ...buttons),
    h("p", { class: "ls-help" }, HELP));
  const root = h("section", { class: "ls ls-grid ls-vote", tabindex: 0, "aria-label": "A blind vote on pairs of videos", "aria-description": HELP },
    h("div", { class: "ls-seen" }, bar, said), ask);
  let [shown, ready, closed] = [null, false, false];

  function show() {
    const whole = group.duration();
    setText(play, group.playing ? "❚❚ Pause" : "▶ Play");
    setAttribute(position, "max", whole);
    position.value = group.time;
    setText(time, `${clock(group.time)} / ${clock(whole)}`);
    sides.forEach((one, index) => one.show(index === group.sound));
  }

  async function update() {
    const { round, of, volumes } = model.get("state");
    bar.max = Math.max(1, of);
    bar.value = round;
    ask.hidden = round >= of;
    setReady(false);
    group.pause();
    if (ask.hidden) return setText(said, of ? `All ${of} pairs seen. Thank you.` : "No pair is left to be seen.");
    setText(said, `Pair ${round + 1} of ${of}`);
    shown = round;
    try {
      await Promise.all(sides.map((one, index) => one.load(kernel.ask, `${round}-${SIDES[index]}`, volumes[index])));
    } catch (error) {
      return setText(said, `The videos cannot be loaded: ${error.message}`);
    }
    if (closed || shown !== round) return;
    group.setSound(0);
    setReady(true);
  }

  function setReady(next) {
    ready = next;
    for (const button of buttons) button.disabled = !ready && button.dataset.choice !== "skip";
  }

  async function choose(choice) {
    if (!ready && choice !== "skip") return;
    setReady(false);
    const { error } = await kernel.ask({ op: "choose", round: shown, choice });
    if (error) {
      setText(said, error);
      setReady(true);
    }
    root.focus();
  }

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || ask.hidden) return;
    if (event.key === " " && event.target.closest("button")) return;
    const key = event.key.toLowerCase();
    if (KEYS[key]) choose(KEYS[key]);
    else if (key === " ") group.toggle();
    else if (key === "x") group.setSound(1 - Math.max(0, group.sound));
    else return;
    event.preventDefault();
  });
  for (const { player } of sides) for (const event of ["loadedmetadata", "seeked"]) player.addEventListener(event, show);
  const release = ownKeys(root);
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

/** One of the two: a video that came from the kernel, so that no address tells whose it is. */
function side(name, hear) {
  const player = h("video", { preload: "auto", playsinline: true, "aria-label": `Video ${name}`, onclick: hear });
  const sound = h("button", { type: "button", class: "ls-sound", "aria-label": `Sound of ${name}`, onclick: hear }, "♪");
  const element = h("figure", { class: "ls-pane" }, h("div", { class: "ls-pane-head" }, h("strong", {}, name), sound), player);
  let [address, wanted] = [null, null];
  player.preservesPitch = true;
  player.muted = true;

  function release() {
    if (address) URL.revokeObjectURL(address);
    address = null;
  }

  return {
    element,
    player,
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
    show(sounding) {
      setAttribute(sound, "aria-pressed", String(sounding));
    },
    close() {
      wanted = null;
      player.removeAttribute("src");
      player.load();
      release();
    },
  };
}

export default { render };
