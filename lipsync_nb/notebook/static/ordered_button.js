// A button whose press reaches the kernel after all that was typed before.
import { h, setText } from "./dom.js";
import { wire } from "./wire.js";

function render({ model, el }) {
  const kernel = wire(model);
  const button = h("button", { type: "button", class: "lsf-primary", onclick: press }, model.get("description"));
  const note = h("span", { class: "lsf-bad", role: "status" });
  let pressed = false;

  /** Edits may be held back until the kernel has answered: the press follows them, as a second question. */
  async function press() {
    pressed = true;
    show();
    await kernel.ask({ op: "hear" });
    const { error } = await kernel.ask({ op: "press" });
    setText(note, error ?? "");
    release();
  }

  function release() {
    pressed = false;
    show();
  }

  function show() {
    button.disabled = pressed || model.get("disabled");
    setText(button, model.get("description"));
  }

  model.on("change", show);
  model.on("comm_live_update", release); // the kernel was restarted: nobody will answer
  show();
  el.append(button, note);
  return () => {
    model.off("change", show);
    model.off("comm_live_update", release);
    kernel.close();
  };
}

export default { render };
