// The jobs of a table, by id: filtered, sorted and counted.
import { STATUSES, elapsed } from "./status.js";
import { cost } from "./text.js";

const SEARCHED = ["id", "vendor", "kind", "makes", "status", "vendor_id", "error", "title", "project", "words"];
const ORDER = Object.keys(STATUSES);

/** The rows; `now` is the kernel's clock in seconds. */
export function jobRows(now) {
  const byId = new Map();
  let [shown, place] = [[], new Map()];
  const view = { column: "created", down: true, text: "", status: null, project: null };

  const keys = {
    status: (job) => ORDER.indexOf(job.status),
    elapsed: (job) => elapsed(job, now()),
    left: (job) => job.eta && job.eta[1],
    cost: (job) => job.cost,
    progress: (job) => (job.status === "succeeded" ? 1 : job.progress),
  };

  function merge({ fields, rows }) {
    for (const row of rows) {
      const job = Object.fromEntries(fields.map((field, index) => [field, row[index]]));
      const known = byId.get(job.id);
      if (known && known.revision > job.revision) continue;
      job.searched = SEARCHED.map((field) => job[field] ?? "").join("\n").toLowerCase();
      byId.set(job.id, job);
    }
  }

  function matching() {
    const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
    const inProject = ({ project }) => view.project === null || (project ?? "") === view.project;
    return [...byId.values()].filter((job) => inProject(job) && words.every((word) => job.searched.includes(word)));
  }

  function arrange() {
    const found = matching();
    const key = keys[view.column] ?? ((job) => job[view.column]);
    const sorted = found.filter((job) => !view.status || job.status === view.status).map((job) => [key(job), job]);
    sorted.sort(([a, one], [b, other]) => compare(a, b, view.down) || compare(one.created, other.created, true));
    shown = sorted.map(([, job]) => job);
    place = new Map(shown.map((job, index) => [job.id, index]));
    return count(found);
  }

  return {
    view,
    merge,
    arrange,
    get: (id) => byId.get(id),
    at: (index) => shown[index],
    indexOf: (id) => place.get(id) ?? -1,
    get shown() {
      return shown.length;
    },
    get all() {
      return byId.size;
    },
    /** The names of all projects in order; the empty one, if some jobs have none, comes first. */
    projects: () => [...new Set([...byId.values()].map(({ project }) => project ?? ""))].sort(),
    costs: () => costsOf(shown),
    elapsed: () => shown.reduce((sum, job) => sum + (elapsed(job, now()) ?? 0), 0),
  };
}

/** Compares two values; unknown ones come last in both directions. */
function compare(a, b, down) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return (a < b) === down ? 1 : -1;
}

function count(jobs) {
  const counts = {};
  for (const { status } of jobs) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The costs of jobs, charged and estimated, by unit: `12 credits + ≈ 3 credits`. */
function costsOf(jobs) {
  const found = new Map();
  for (const job of jobs) {
    if (job.cost === null || !job.unit) continue;
    const key = `${job.unit} ${job.estimated}`;
    const sum = found.get(key) ?? { amount: 0, unit: job.unit, estimated: job.estimated };
    sum.amount += job.cost;
    found.set(key, sum);
  }
  return [...found.values()].map(({ amount, unit, estimated }) => cost(amount, unit, estimated)).join(" + ");
}
