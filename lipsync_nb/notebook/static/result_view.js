// A result: a video, an audio, a text, a voice or an avatar.
import { h } from "./dom.js";
import { mediaFigure } from "./media_figure.js";

/** Shows a result of any kind. `show` takes the same result with more known of it; `close()` frees it. */
export function resultView(result, key, ask, label) {
  if (["video", "audio"].includes(result.kind)) return mediaFigure(result, key, ask, label);
  const element = result.kind === "text" ? h("div", { class: "ls-text", role: "group", "aria-label": label }, result.text) : resource(result);
  return { element, show() {}, close() {} };
}

/** A voice or an avatar: its name, its vendor's id of it, and its preview. */
function resource({ kind, vendor, name, id, preview }) {
  const facts = h("p", {}, h("strong", {}, name || id), ` · ${kind} of ${vendor} · `, h("code", {}, id));
  return h("div", { class: "ls-resource" }, facts, preview && previewOf(preview, `Preview of ${kind} ${name || id}`));
}

function previewOf({ as, url }, label) {
  if (as === "image") return h("img", { src: url, alt: label, referrerpolicy: "no-referrer" });
  return h(as, { src: url, controls: true, preload: "none", "aria-label": label });
}
