// The controls of videos that play together: play, position, speed and loop, by mouse and by keyboard.
import { h, setAttribute, setText } from "./dom.js";
import { clock } from "./text.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];
const STEP_S = 1; // how far an arrow key seeks

/** The controls of a group of videos from synced_playback.js. */
export function playbackControls(group) {
  const play = h("button", { type: "button", class: "ls-play", onclick: () => group.toggle() }, "▶ Play");
  const position = h("input", { type: "range", min: 0, step: 0.01, value: 0, "aria-label": "Position", oninput: () => group.seek(Number(position.value)) });
  const time = h("span", { class: "ls-time" });
  const speed = h("select", { "aria-label": "Speed", onchange: () => group.setSpeed(Number(speed.value)) }, ...SPEEDS.map((rate) => h("option", { value: rate, selected: rate === 1 }, `${rate} ×`)));
  const loop = h("input", { type: "checkbox", onchange: () => group.setLoop(loop.checked) });
  const keys = {
    " ": () => group.toggle(),
    ArrowLeft: () => group.seek(group.time - STEP_S),
    ArrowRight: () => group.seek(group.time + STEP_S),
    Home: () => group.seek(0),
    End: () => group.seek(group.duration()),
  };
  return {
    element: h("div", { class: "ls-transport", role: "group", "aria-label": "Playback" }, play, position, time, speed, h("label", {}, loop, " Loop")),
    show() {
      const whole = group.duration();
      setText(play, group.playing ? "❚❚ Pause" : "▶ Play");
      setAttribute(position, "max", whole);
      position.value = group.time;
      setAttribute(position, "aria-valuetext", `${group.time.toFixed(1)} of ${whole.toFixed(1)} s`);
      setText(time, `${clock(group.time)} / ${clock(whole)}`);
    },
    /** Does what a pressed key is for; `more` has the keys of the surrounding widget. */
    press(event, more) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
      const act = keys[event.key] ?? more[event.key.toLowerCase()];
      if (!act) return;
      act();
      event.preventDefault();
    },
  };
}

/** Whether the focused control uses a key itself. */
function isTaken({ key, target }) {
  if (key === " ") return Boolean(target.closest("button, select, input[type=checkbox]"));
  return Boolean(target.closest("select") || (target.closest("input") && key.length > 1));
}
