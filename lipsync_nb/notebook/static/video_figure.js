// One video with its length, its size and a link to download it.
import { h, setText } from "./dom.js";
import { findSource } from "./video_source.js";
import { bytes, clock } from "./text.js";

/** A figure that shows a video; `close()` frees it. */
export function videoFigure(video, key, ask, label) {
  const player = h("video", { controls: true, preload: "metadata", playsinline: true, "aria-label": label });
  const link = h("a", { class: "ls-button", download: video.name, hidden: true }, "Download");
  const note = h("span", { role: "status" });
  const figures = h("span");
  const caption = h("figcaption", {}, figures, link, note);
  const element = h("figure", { class: "ls-video" }, player, caption);
  let release = () => {};
  let closed = false;

  function show({ name, duration, size, poster }) {
    setText(figures, [name, duration && clock(duration), size && bytes(size)].filter(Boolean).join(" · "));
    if (poster) player.poster = poster;
  }

  async function load() {
    const progress = (part) => setText(note, `Loading ${Math.round(part * 100)} %`);
    try {
      const source = await findSource(video, key, ask, progress);
      if (closed) return source.release();
      release = source.release;
      player.src = link.href = source.url;
      link.hidden = false;
      setText(note, "");
    } catch (error) {
      setText(note, `The video cannot be loaded: ${error.message}`);
    }
  }

  show(video);
  load();
  return {
    element,
    show,
    close() {
      closed = true;
      player.removeAttribute("src");
      player.load();
      release();
    },
  };
}
