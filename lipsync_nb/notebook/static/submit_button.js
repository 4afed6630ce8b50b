// A button whose press reaches the kernel after all that was typed before.
import { h, isDisabled, setDisabled, setText } from "./dom.js";
import { openChannel } from "./channel.js";

function render({ model, el }) {
  const kernel = openChannel(model);
  const button = h("button", { type: "button", class: "lsf-primary", onclick: press }, model.get("description"));
  const note = h("span", { class: "lsf-bad", role: "status" });
  let pressed = false;

  /** The browser may send edits only after the kernel has answered: the press is sent after them, as a second question. */
  async function press() {
    if (isDisabled(button)) return;
    pressed = true;
    show();
    await kernel.ask({ op: "sync" });
    const { error } = await kernel.ask({ op: "press" });
    setText(note, error ?? "");
    pressed = false;
    show();
  }

  function show() {
    setDisabled(button, pressed || model.get("disabled"));
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
