// The preview of a medium: a small picture at once, and a player or a file from another server on demand.
import { h, isDisabled, setDisabled } from "./dom.js";
import { findSource } from "./video_source.js";
import { openChannel } from "./channel.js";

function render({ model, el }) {
  const kernel = openChannel(model);
  const label = model.get("label");
  let shown = 0;
  let releases = [];

  function keep(blob) {
    const url = URL.createObjectURL(blob);
    releases.push(() => URL.revokeObjectURL(url));
    return url;
  }

  /** Releases what the previous card used, and cancels its unfinished work. */
  function clear() {
    releases.forEach((release) => release());
    releases = [];
    return ++shown;
  }

  async function show() {
    const turn = clear();
    const card = model.get("card");
    el.replaceChildren();
    if (!card.kind) return;
    el.append(h("span", { class: card.wrong ? "lsf-error" : "lsf-quiet", role: card.wrong ? "alert" : null }, describe(card)));
    if (card.kind === "remote") el.append(asking(`Load a preview from ${card.text}`, (button) => elsewhere(card, button)));
    if (card.still) await showStill(card, turn);
    if (turn === shown && !card.wrong && ["video", "audio"].includes(card.kind)) el.append(asking("Play", (button) => play(card, button)));
  }

  async function showStill(card, turn) {
    const { buffers, error } = await kernel.ask({ op: "still" });
    if (error || turn !== shown) return;
    el.prepend(h("img", { src: keep(new Blob(buffers, { type: "image/jpeg" })), alt: `${label}: ${card.name}` }));
  }

  function asking(text, act) {
    return h("button", { type: "button", "aria-label": `${text}: ${label}`, onclick: ({ currentTarget }) => act(currentTarget) }, text);
  }

  async function play(card, button) {
    if (isDisabled(button)) return;
    setDisabled(button, true);
    const turn = shown;
    const tell = (text) => button.replaceChildren(text);
    try {
      const source = await findSource(card, "", kernel.ask, (part) => tell(`Loading ${Math.round(part * 100)} %`));
      if (turn !== shown) return source.release();
      releases.push(source.release);
      replaceBy(player(card.kind, source.url), button);
    } catch (error) {
      tell(error.message);
      setDisabled(button, false);
    }
  }

  function elsewhere(card, button) {
    if (card.as === "image") replaceBy(h("img", { src: card.url, alt: label, tabindex: -1, referrerpolicy: "no-referrer" }), button);
    else replaceBy(player(card.as === "audio" ? "audio" : "video", card.url), button);
  }

  function player(kind, url) {
    return h(kind, { src: url, controls: true, autoplay: true, "aria-label": label });
  }

  function replaceBy(node, button) {
    const focused = document.activeElement === button;
    button.remove();
    el.querySelector("img")?.remove();
    el.prepend(node);
    if (focused) node.focus();
  }

  el.classList.add("lsf-preview");
  model.on("change:card", show);
  show();
  return () => {
    model.off("change:card", show);
    clear();
    kernel.close();
  };
}

function describe(card) {
  return card.kind === "remote" ? `At ${card.text}.` : card.text;
}

export default { render };
