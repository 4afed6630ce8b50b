// A button whose press reaches the kernel after all that was typed before.
import { h, isIdle, setIdle, setText } from "./dom.js";
import { wire } from "./wire.js";

function render({ model, el }) {
  const kernel = wire(model);
  const button = h("button", { type: "button", class: "lsf-primary", onclick: press }, model.get("description"));
  const note = h("span", { class: "lsf-bad", role: "status" });
  let pressed = false;

  /** Edits may be held back until the kernel has answered: the press follows them, as a second question. */
  async function press() {
    if (isIdle(button)) return;
    pressed = true;
    show();
    await kernel.ask({ op: "hear" });
    const { error } = await kernel.ask({ op: "press" });
    setText(note, error ?? "");
    pressed = false;
    show();
  }

  function show() {
    setIdle(button, pressed || model.get("disabled"));
    setText(button, model.get("description"));
  }

  model.on("change", show);
  show();
  el.append(button, note);
  return () => {
    model.off("change", show);
    kernel.close();
  };
}

export default { render };
