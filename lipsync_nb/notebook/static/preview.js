// A medium: a small picture at once; a player, or what lies elsewhere, when it is asked for.
import { h } from "./dom.js";
import { findSource } from "./source.js";
import { wire } from "./wire.js";

function render({ model, el }) {
  const kernel = wire(model);
  const label = model.get("label");
  let shown = 0;
  let releases = [];

  function keep(blob) {
    const url = URL.createObjectURL(blob);
    releases.push(() => URL.revokeObjectURL(url));
    return url;
  }

  async function show() {
    const turn = ++shown;
    releases.forEach((release) => release());
    releases = [];
    const card = model.get("card");
    el.replaceChildren();
    if (!card.kind) return;
    el.append(h("span", { class: card.wrong ? "lsf-error" : "lsf-quiet", role: card.wrong ? "alert" : null }, said(card)));
    if (card.kind === "remote") el.append(asking(`Load a preview from ${card.text}`, () => elsewhere(card)));
    if (card.still) await showStill(card, turn);
    if (turn === shown && !card.wrong && ["video", "audio"].includes(card.kind)) el.append(asking("Play", () => play(card)));
  }

  async function showStill(card, turn) {
    const { buffers, error } = await kernel.ask({ op: "still" });
    if (error || turn !== shown) return;
    el.prepend(h("img", { src: keep(new Blob(buffers, { type: "image/jpeg" })), alt: `${label}: ${card.name}` }));
  }

  function asking(text, act) {
    return h("button", { type: "button", "aria-label": `${text}: ${label}`, onclick: (event) => act(event.target) }, text);
  }

  async function play(card) {
    const button = el.querySelector("button");
    const tell = (text) => button.replaceChildren(text);
    try {
      const loading = (part) => tell(`Loading ${Math.round(part * 100)} %`);
      const source = await findSource(card, "", kernel.ask, loading);
      releases.push(source.release);
      replaceBy(player(card.kind, source.url), button);
    } catch (error) {
      tell(error.message);
    }
  }

  function elsewhere(card) {
    const button = el.querySelector("button");
    if (card.as === "image") replaceBy(h("img", { src: card.url, alt: label, referrerpolicy: "no-referrer" }), button);
    else replaceBy(player(card.as === "audio" ? "audio" : "video", card.url), button);
  }

  function player(kind, url) {
    return h(kind, { src: url, controls: true, autoplay: true, "aria-label": label });
  }

  function replaceBy(node, button) {
    button.remove();
    el.querySelector("img")?.remove();
    el.prepend(node);
  }

  el.classList.add("lsf-preview");
  model.on("change:card", show);
  show();
  return () => {
    model.off("change:card", show);
    releases.forEach((release) => release());
    kernel.close();
  };
}

function said(card) {
  return card.kind === "remote" ? `At ${card.text}.` : card.text;
}

export default { render };
