// A video or an audio with its length, its size and a link to download it; an audio with its subtitles.
import { h, setText } from "./dom.js";
import { findSource } from "./video_source.js";
import { bytes, clock } from "./text.js";

/** A figure that shows a file of the kind "video" or "audio"; `close()` frees it. */
export function mediaFigure(file, key, ask, label) {
  const { kind } = file;
  const player = h(kind, { controls: true, preload: "metadata", playsinline: kind === "video", "aria-label": label });
  const link = h("a", { class: "ls-button", download: file.name, hidden: true }, "Download");
  const note = h("span", { role: "status" });
  const figures = h("span");
  const caption = h("figcaption", {}, figures, link, note);
  const element = h("figure", { class: "ls-media" }, player, caption);
  let subtitles = null;
  let release = () => {};
  let closed = false;

  function show({ name, duration, size, poster, subtitles: parts = [] }) {
    subtitles ??= subtitleList(parts, player, element);
    setText(figures, [name, duration && clock(duration), size && bytes(size)].filter(Boolean).join(" · "));
    if (poster) player.poster = poster;
  }

  async function load() {
    const progress = (part) => setText(note, `Loading ${Math.round(part * 100)} %`);
    try {
      const source = await findSource(file, key, ask, progress);
      if (closed) return source.release();
      release = source.release;
      player.src = link.href = source.url;
      link.hidden = false;
      setText(note, "");
    } catch (error) {
      setText(note, `The ${kind} cannot be loaded: ${error.message}`);
    }
  }

  show(file);
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

/** Appends what is said when to a figure, folded; a press on a time plays from there. */
function subtitleList(subtitles, player, figure) {
  if (!subtitles.length) return null;
  const items = subtitles.map(([start, , text]) => {
    const time = `${clock(start)}.${Math.floor(start * 10) % 10}`;
    const from = h("button", { type: "button", "aria-label": `Play from ${time}`, onclick: () => playFrom(player, start) }, time);
    return h("li", {}, from, " ", text);
  });
  return figure.appendChild(h("details", { class: "ls-subtitles" }, h("summary", {}, "Subtitles"), h("ol", {}, ...items)));
}

function playFrom(player, start) {
  player.currentTime = start;
  player.play().catch(() => {}); // it is not loaded yet, or the browser wants a press on the player
}
