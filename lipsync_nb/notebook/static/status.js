// Shows a job's status: a word, a sign and a colour.
import { h, setAttribute, setText } from "./dom.js";
import { estimate } from "./estimate.js";

/** Each status with its sign, in the order in which the table sorts them. */
export const STATUSES = {
  waiting: "○",
  submitting: "↑",
  queued: "⋯",
  running: "▶",
  succeeded: "✓",
  failed: "✕",
  cancelled: "−",
  abandoned: "⊘",
  expired: "⊗",
  unknown: "?",
};
const ENDED = new Set(["succeeded", "failed", "cancelled", "abandoned", "expired"]);

/** Whether a job is running: it has not ended, and is not lost. */
function isRunning(job) {
  return !ENDED.has(job.status) && !job.lost;
}

/** Seconds from a job's submission to its end or to `now`; null if it is lost. */
export function elapsed(job, now) {
  if (job.finished === null && !isRunning(job)) return null;
  return Math.max(0, (job.finished ?? now) - job.created);
}

/** An empty chip, for `showStatus`. */
export function statusChip() {
  return h("span", { class: "ls-chip" }, h("span", { "aria-hidden": "true", class: "ls-sign" }), h("span"));
}

/** Shows a status in its chip. */
export function showStatus(chip, status) {
  setAttribute(chip, "data-status", status);
  setText(chip.firstChild, STATUSES[status] ?? "?");
  setText(chip.lastChild, status);
}

/** An empty progress bar, for `showProgress`. */
export function progressBar(label) {
  const bar = { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": label };
  return h("span", { class: "ls-progress" }, h("span", { class: "ls-bar", ...bar }, h("span")), h("span", { class: "ls-percent", "aria-hidden": "true" }));
}

/** Shows a job's progress. A bar that is filled by an estimate is striped and has no number; one without either is animated. */
export function showProgress(element, job, label, now) {
  const [bar, text] = element.children;
  const expected = estimate(job, now);
  const share = expected?.share ?? null;
  const ended = job.status === "succeeded" ? 1 : job.progress;
  const percent = ended === null ? null : Math.round(ended * 100);
  const running = isRunning(job);
  element.hidden = job.status === "waiting" || (!running && percent === null);
  setAttribute(bar, "aria-label", label);
  setAttribute(bar, "aria-valuenow", percent);
  setAttribute(bar, "aria-valuetext", `${percent === null ? job.status : `${percent} %`}${expected ? `, ${expected.words}` : ""}`);
  setAttribute(bar, "data-moving", running && percent === null && share === null);
  setAttribute(bar, "data-estimated", share !== null);
  setAttribute(bar, "data-status", job.status);
  const width = share === null ? percent : 100 * share;
  bar.firstChild.style.width = width === null ? "" : `${width}%`;
  setText(text, percent === null ? "" : `${percent} %`);
}
