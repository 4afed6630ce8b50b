// A video with its name, and a button that turns on its sound.
import { h, setAttribute } from "./dom.js";

/** A pane; `listen` is called when the user turns on its sound. `sign` is put before the name, `more` below the video. */
export function videoPane(name, listen, sign = null, ...more) {
  const player = h("video", { preload: "auto", playsinline: true, "aria-label": name, onclick: listen });
  const sound = h("button", { type: "button", class: "ls-sound", title: "Hear this one", "aria-label": `Sound of ${name}`, onclick: listen }, "♪");
  const head = h("div", { class: "ls-pane-head" }, sign, h("strong", {}, name), sound);
  player.preservesPitch = true;
  player.muted = true;
  return {
    element: h("figure", { class: "ls-pane" }, head, player, ...more),
    player,
    show: (audible) => setAttribute(sound, "aria-pressed", String(audible)),
    close() {
      player.removeAttribute("src");
      player.load();
    },
  };
}

/** Gives all panes the aspect ratio of one video. */
export function useAspectOf(player, root) {
  player.addEventListener("resize", () => root.style.setProperty("--ls-aspect", player.videoWidth / player.videoHeight));
}
