// When a job is expected to be done: what the kernel has estimated, counted down here.
import { clock } from "./text.js";

const STEPS = [[20, 1], [120, 5], [600, 30], [3600, 60], [Infinity, 300]];
const ALMOST = 0.95;

/** An estimated time in words, rounded as in status.py: `1 min 30 s`, `2 h`. */
function brief(seconds) {
  const [, step] = STEPS.find(([below]) => seconds < below);
  const whole = Math.floor(seconds / step + 0.5) * step;
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]];
  return parts.filter(([number]) => number).map((part) => part.join(" ")).join(" ");
}

/**
 * A job's estimate: how long it still takes, in words and in the few signs of a table's cell; the range with its
 * reason; and how much is over, from 0 to 1, unless the vendor tells that. Null if there is none.
 */
export function estimate({ eta, status, progress }, now) {
  if (!eta) return null;
  const [since, at, soonest, latest, jobs, overdue] = eta;
  const [elapsed, left] = [Math.max(0, now - since), Math.max(0, at - now)];
  const late = overdue || now > Math.max(at, latest);
  const [words, signs] = late ? ["later than expected", "late"]
    : left < 1 ? ["any moment now", "soon"]
      : [`about ${brief(left)} left`, `≈ ${clock(left)}`];
  const known = progress !== null || !["queued", "running"].includes(status);
  return {
    at, words, signs,
    share: known ? null : late ? ALMOST : Math.min(ALMOST, elapsed / (elapsed + left || 1)),
    get range() {
      const [from, to] = [soonest, latest].map((moment) => new Date(moment * 1000).toLocaleTimeString());
      const reason = jobs ? `from ${jobs} job${jobs > 1 ? "s" : ""} of this kind` : "a guess, as no job of this kind has ended yet";
      return `Expected between ${from} and ${to} (80 %), ${reason}`;
    },
  };
}
