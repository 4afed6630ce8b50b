// Several videos side by side, or one over the other, that play as one.
import { h, setAttribute, setText } from "./dom.js";
import { ownKeys } from "./keys.js";
import { pane } from "./pane.js";
import { clock } from "./text.js";
import { together } from "./together.js";
import { wire } from "./wire.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];
const STEP_S = 1; // how far an arrow key seeks
const HELP = "Space plays and pauses, ← and → seek, the numbers choose whose sound is heard, 0 is silence";

function render({ model, el }) {
  const kernel = wire(model);
  const panes = model.get("panes").map((shown, index) =>
    pane(shown, index, kernel.ask, () => hear(index), (part) => group.seek(part * group.duration())));
  const group = together(panes.map((one) => one.player), show);
  const controls = transport(group);
  const pair = panes.length > 1 ? flipping(panes, () => group.sound, (index) => group.setSound(index)) : null;
  const area = h("div", { class: "ls-panes" }, ...panes.map((one) => one.element));
  const root = h("section", {
    class: "ls ls-grid", tabindex: 0, "aria-label": `${panes.length} videos, played as one`, "aria-description": HELP,
  }, area, controls.element, pair?.element, h("p", { class: "ls-help" }, HELP, pair ? ", X flips A and B." : "."));

  function hear(index) {
    group.setSound(group.sound === index ? -1 : index);
  }

  function show() {
    panes.forEach((one, index) => one.show(index === group.sound, group.duration()));
    controls.show();
  }

  const keys = {
    " ": () => group.toggle(),
    ArrowLeft: () => group.seek(group.time - STEP_S),
    ArrowRight: () => group.seek(group.time + STEP_S),
    Home: () => group.seek(0),
    End: () => group.seek(group.duration()),
    x: () => pair?.flip(),
  };

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
    if (event.key === " " && event.target.closest("button")) return;
    const digit = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
    if (digit !== null && digit <= panes.length) group.setSound(digit - 1);
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });
  for (const { player } of panes) for (const event of ["loadedmetadata", "seeked"]) player.addEventListener(event, show);
  panes[0]?.player.addEventListener("resize", ({ target }) => {
    root.style.setProperty("--ls-aspect", target.videoWidth / target.videoHeight);
  });
  const release = ownKeys(root);
  el.append(root);
  group.setSound(0);
  return () => {
    release();
    group.close();
    for (const one of panes) one.close();
    kernel.close();
  };
}

/** Play, position, speed and loop. */
function transport(group) {
  const play = h("button", { type: "button", class: "ls-play", onclick: () => group.toggle() }, "▶ Play");
  const position = h("input", { type: "range", min: 0, step: 0.01, value: 0, "aria-label": "Position", oninput: () => group.seek(Number(position.value)) });
  const time = h("span", { class: "ls-time" });
  const speed = h("select", { "aria-label": "Speed", onchange: () => group.setSpeed(Number(speed.value)) }, ...SPEEDS.map((rate) => h("option", { value: rate, selected: rate === 1 }, `${rate} ×`)));
  const loop = h("input", { type: "checkbox", onchange: () => group.setLoop(loop.checked) });
  return {
    element: h("div", { class: "ls-transport", role: "group", "aria-label": "Playing" }, play, position, time, speed, h("label", {}, loop, " Loop")),
    show() {
      const whole = group.duration();
      const shown = `${group.time.toFixed(1)} of ${whole.toFixed(1)} s`;
      setText(play, group.playing ? "❚❚ Pause" : "▶ Play");
      setAttribute(position, "max", whole);
      position.value = group.time;
      setAttribute(position, "aria-valuetext", shown);
      setText(time, `${clock(group.time)} / ${clock(whole)}`);
    },
  };
}

/** Two of the videos in one place, to switch between; the sound switches with them. */
function flipping(panes, sound, setSound) {
  const choices = [0, 1].map((first, side) => h("select", { "aria-label": side ? "B" : "A", onchange: () => show() },
    ...panes.map((one, index) => h("option", { value: index, selected: index === first }, `${index + 1} ${one.label}`))));
  const over = h("button", { type: "button", "aria-pressed": "false", onclick: () => setOn(!on) }, "A/B in one place");
  const flip = h("button", { type: "button", onclick: () => turn() });
  const rest = h("span", { class: "ls-pair", hidden: true }, "A ", choices[0], " B ", choices[1], flip);
  let [on, side] = [false, 0];

  const chosen = () => choices.map((choice) => Number(choice.value));

  function show() {
    const front = chosen()[side];
    panes.forEach((one, index) => {
      setAttribute(one.element, "data-ab", on && (index === front ? "front" : chosen().includes(index) ? "back" : "away"));
    });
    setAttribute(over, "aria-pressed", String(on));
    setText(flip, `Flip to ${side ? "A" : "B"}`);
    rest.hidden = !on;
  }

  function setOn(next) {
    [on, side] = [next, 0];
    show();
  }

  function turn() {
    const heard = sound();
    side = 1 - side;
    if (chosen().includes(heard)) setSound(chosen()[side]);
    show();
  }

  show();
  return {
    element: h("div", { class: "ls-transport" }, over, rest),
    flip() {
      if (on) turn();
      else setOn(true);
    },
  };
}

export default { render };
