// A video with its name, and the button that lets it be heard.
import { h, setAttribute } from "./dom.js";

/** A pane; `hear` is called when the user wants to hear it. `sign` stands before the name, `more` below the video. */
export function videoPane(name, hear, sign = null, ...more) {
  const player = h("video", { preload: "auto", playsinline: true, "aria-label": name, onclick: hear });
  const sound = h("button", { type: "button", class: "ls-sound", title: "Hear this one", "aria-label": `Sound of ${name}`, onclick: hear }, "♪");
  const head = h("div", { class: "ls-pane-head" }, sign, h("strong", {}, name), sound);
  player.preservesPitch = true;
  player.muted = true;
  return {
    element: h("figure", { class: "ls-pane" }, head, player, ...more),
    player,
    show: (heard) => setAttribute(sound, "aria-pressed", String(heard)),
    close() {
      player.removeAttribute("src");
      player.load();
    },
  };
}

/** Gives all panes the shape of one video. */
export function useAspectOf(player, root) {
  player.addEventListener("resize", () => root.style.setProperty("--ls-aspect", player.videoWidth / player.videoHeight));
}
