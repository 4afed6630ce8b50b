// The filters above the table, and the sums below it.
import { h, setAttribute, setText } from "./dom.js";
import { STATUSES } from "./status.js";
import { clock } from "./text.js";

const SPOKEN_MS = 3000; // the shortest time between two announcements of the counts

const [ALL, NONE] = ["All projects", "No project"];

/**
 * A text filter, a list of the projects if there are several, and a button per status with its count.
 * `changed` is called with the filters.
 */
export function filters(view, changed) {
  const text = h("input", {
    type: "search", placeholder: "Filter jobs  ( / )", "aria-label": "Filter jobs by any word",
    oninput: () => changed({ text: text.value }),
  });
  const chips = ["", ...Object.keys(STATUSES)].map((status) => h("button", {
    type: "button", class: "ls-filter", "data-status": status, "aria-pressed": "false",
    onclick: () => changed({ status: status && view.status !== status ? status : null }),
  }));
  const project = h("select", { "aria-label": "Filter jobs by project", hidden: true, onchange: () => changed({ project: names[project.selectedIndex] ?? null }) });
  let names = [];

  function showProjects(found) {
    const next = [null, ...found];
    project.hidden = found.length < 2 && view.project === null;
    if (next.length === names.length && next.every((name, index) => name === names[index])) return;
    names = next;
    project.replaceChildren(...names.map((name) => h("option", {}, name === null ? ALL : name || NONE)));
    project.selectedIndex = Math.max(0, names.indexOf(view.project));
  }

  const element = h("div", { class: "ls-toolbar" }, text, project, h("div", { role: "group", "aria-label": "Filter jobs by status", class: "ls-filters" }, ...chips));
  return {
    element,
    text,
    clear() {
      text.value = "";
      project.selectedIndex = 0;
      changed({ text: "", status: null, project: null });
      text.focus();
    },
    /** Shows how many jobs there are of each status, and which projects there are. */
    show(counts, projects) {
      showProjects(projects);
      const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
      for (const chip of chips) {
        const { status } = chip.dataset;
        const count = status ? (counts[status] ?? 0) : all;
        setText(chip, status ? `${STATUSES[status]} ${count} ${status}` : `${count} in all`);
        setAttribute(chip, "aria-pressed", String((view.status ?? "") === status));
        chip.hidden = status !== "" && !count && view.status !== status;
      }
    },
  };
}

/** The sums below the table, and the counts for screen readers. */
export function sums() {
  const [number, costs, time] = [h("span"), h("span"), h("span")];
  const spoken = h("p", { role: "status", "aria-live": "polite", class: "ls-spoken" });
  const element = h("p", { class: "ls-sums" }, number, costs, time);
  let [words, timer] = ["", 0];

  function speak(counts) {
    const next = Object.entries(counts).map(([status, count]) => `${count} ${status}`).join(", ");
    if (next === words) return;
    words = next;
    timer ||= setTimeout(() => {
      timer = 0;
      setText(spoken, `Jobs: ${words || "none"}`);
    }, SPOKEN_MS);
  }

  return {
    element,
    spoken,
    show(rows, counts, missing) {
      const rest = missing ? `, the newest of ${rows.all + missing}` : "";
      const jobs = rows.all === 1 ? "job" : "jobs";
      setText(number, `${rows.shown === rows.all ? "" : `${rows.shown} of `}${rows.all} ${jobs}${rest}`);
      setText(costs, `Cost: ${rows.costs() || "–"}`);
      this.tick(rows);
      speak(counts);
    },
    tick: (rows) => setText(time, `Elapsed: ${clock(rows.elapsed())}`),
    close: () => clearTimeout(timer),
  };
}
