// One of several videos: its picture, its strip, and the button that lets it be heard.
import { h, setAttribute, setText } from "./dom.js";
import { findSource } from "./source.js";
import { strip } from "./strip.js";

/** A pane; `hear` is called when the user wants to hear it, `seek` with a part of the whole. */
export function pane(shown, index, ask, hear, seek) {
  const { label, caption, video, wave, mouth } = shown;
  const player = h("video", { preload: "auto", playsinline: true, "aria-label": label, onclick: hear });
  const sound = h("button", { type: "button", class: "ls-sound", title: `Hear this one (key ${index + 1})`, "aria-label": `Sound of ${label}`, onclick: hear }, "♪");
  const note = h("span", { role: "status" });
  const head = h("div", { class: "ls-pane-head" }, h("span", { class: "ls-number-key", "aria-hidden": "true" }, String(index + 1)), h("strong", {}, label), sound);
  const track = wave || mouth ? strip(label, wave, mouth, seek) : null;
  const element = h("figure", { class: "ls-pane" }, head, player, track?.element, h("figcaption", {}, caption, note));
  let [closed, release] = [false, () => {}];
  player.preservesPitch = true;
  player.muted = true;

  async function load() {
    try {
      const source = await findSource(video, index, ask, (part) => setText(note, ` Loading ${Math.round(part * 100)} %`));
      if (closed) return source.release();
      release = source.release;
      player.src = source.url;
      setText(note, "");
    } catch (error) {
      setText(note, ` The video cannot be loaded: ${error.message}`);
    }
  }

  load();
  return {
    element,
    player,
    label,
    show(sounding, whole) {
      setAttribute(sound, "aria-pressed", String(sounding));
      track?.show(whole ? player.currentTime / whole : 0, whole ? (player.duration || whole) / whole : 1);
    },
    close() {
      closed = true;
      track?.close();
      player.removeAttribute("src");
      player.load();
      release();
    },
  };
}
