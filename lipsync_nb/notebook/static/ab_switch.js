// Shows two of several videos in the same place, to switch between them.
import { h, setAttribute, setText } from "./dom.js";

/** The controls; `changed` is called with the index of the video in front, or -1 when all are side by side. */
export function abSwitch(panes, changed) {
  const choices = [0, 1].map((first, side) => h("select", { "aria-label": side ? "B" : "A", onchange: () => show() },
    ...panes.map((one, index) => h("option", { value: index, selected: index === first }, `${index + 1} ${one.label}`))));
  const over = h("button", { type: "button", "aria-pressed": "false", onclick: () => setOn(!on) }, "A/B in one place");
  const flip = h("button", { type: "button", onclick: () => turn() });
  const rest = h("span", { class: "ls-pair", hidden: true }, "A ", choices[0], " B ", choices[1], flip);
  let [on, side] = [false, 0];

  function show() {
    const pair = choices.map((choice) => Number(choice.value));
    const front = on ? pair[side] : -1;
    panes.forEach(({ element }, index) => {
      setAttribute(element, "data-ab", on && (index === front ? "front" : pair.includes(index) ? "back" : "away"));
      element.inert = on && index !== front;
    });
    setAttribute(over, "aria-pressed", String(on));
    setText(flip, `Flip to ${side ? "A" : "B"}`);
    rest.hidden = !on;
    changed(front);
  }

  function setOn(next) {
    [on, side] = [next, 0];
    show();
  }

  function turn() {
    side = 1 - side;
    show();
  }

  return {
    element: h("div", { class: "ls-transport" }, over, rest),
    show,
    flip() {
      if (on) turn();
      else setOn(true);
    },
  };
}
