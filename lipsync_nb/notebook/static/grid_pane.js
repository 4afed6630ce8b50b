// A video of a grid, with its number, caption and timeline.
import { h, setText } from "./dom.js";
import { videoPane } from "./video_pane.js";
import { findSource } from "./video_source.js";
import { timeline } from "./timeline.js";

/** A pane of a grid; `listen` is called when the user turns on its sound, `seek` with a position from 0 to 1. */
export function gridPane(shown, index, ask, listen, seek) {
  const { label, caption, video, wave, mouth } = shown;
  const number = h("span", { class: "ls-number-key", "aria-hidden": "true" }, String(index + 1));
  const note = h("span", { role: "status" });
  const track = wave || mouth ? timeline(label, wave, mouth, seek) : null;
  const own = videoPane(label, listen, number, track?.element, h("figcaption", {}, caption, note));
  let [closed, release] = [false, () => {}];

  async function load() {
    try {
      const source = await findSource(video, index, ask, (part) => setText(note, ` Loading ${Math.round(part * 100)} %`));
      if (closed) return source.release();
      release = source.release;
      own.player.src = source.url;
      setText(note, "");
    } catch (error) {
      setText(note, ` The video cannot be loaded: ${error.message}`);
    }
  }

  load();
  return {
    ...own,
    label,
    show(audible, whole) {
      own.show(audible);
      track?.show(whole ? own.player.currentTime / whole : 0, whole ? (own.player.duration || whole) / whole : 1);
    },
    close() {
      closed = true;
      track?.close();
      own.close();
      release();
    },
  };
}
