// The columns of the table of jobs: what a cell says, and how it is drawn.
import { h, setAttribute, setText } from "./dom.js";
import { elapsed, progressBar, showProgress, showStatus, statusChip } from "./status.js";
import { clock, cost } from "./text.js";

const plain = { make: () => document.createTextNode(""), draw: (node, text) => { node.data = text; } };

function text(field) {
  return { ...plain, says: (job) => job[field] ?? "" };
}

/** In their order. `says` gives what a cell shows; it is redrawn when that changes. */
export const COLUMNS = [
  {
    name: "status", title: "Status",
    says: (job) => job.status, make: statusChip, draw: showStatus,
  },
  { name: "vendor", title: "Vendor", ...text("vendor") },
  { name: "kind", title: "Kind", ...text("kind") },
  {
    name: "progress", title: "Progress",
    says: (job) => `${job.status} ${job.progress} ${job.vendor_id}`, make: () => progressBar(""),
    draw: (node, _, job) => showProgress(node, job, `Progress of job ${job.id}`),
  },
  {
    name: "cost", title: "Cost", ...plain, number: true,
    says: (job) => (job.cost === null ? "–" : cost(job.cost, job.unit ?? "", job.estimated)),
  },
  { name: "elapsed", title: "Elapsed", ...plain, number: true, says: (job, now) => clock(elapsed(job, now)) },
  { name: "created", title: "Submitted", ...plain, says: (job) => moment(job.created) },
  { name: "id", title: "Job", ...text("id") },
  {
    name: "error", title: "Note", ...text("error"),
    draw: (node, note) => {
      node.data = note;
      setAttribute(node.parentNode, "title", note ? `${note} – select the job to read it all and what to do` : null);
    },
  },
];

/** An empty row, to be filled by `fillRow`. */
export function emptyRow() {
  const cells = COLUMNS.map((column) => h("td", { "data-column": column.name, class: column.number ? "ls-number" : null }, column.make()));
  return h("tr", { tabindex: -1, hidden: true }, ...cells);
}

/** Shows a job in a row; only what has changed is drawn. */
export function fillRow(row, job, now) {
  const same = row.dataset.id === job.id;
  COLUMNS.forEach((column, index) => {
    const cell = row.cells[index];
    const says = column.says(job, now);
    if (same && cell.says === says) return;
    cell.says = says;
    column.draw(cell.firstChild, says, job);
  });
  row.dataset.id = job.id;
}

/** A time as `14:03:22`, or as `2026-01-31 14:03` if it is another day's. */
function moment(seconds) {
  const date = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date().toDateString()) return `${time}:${two(date.getSeconds())}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** A column's head: a button that sorts. */
export function headCell(column, sort) {
  const sign = h("span", { class: "ls-sort", "aria-hidden": "true" });
  const button = h("button", { type: "button", onclick: () => sort(column.name) }, h("span", {}, column.title), sign);
  return h("th", { scope: "col", "data-column": column.name, class: column.number ? "ls-number" : null }, button);
}

/** Shows by which column the table is sorted. */
export function markSort(cells, { column, down }) {
  for (const cell of cells) {
    const mine = cell.dataset.column === column;
    setAttribute(cell, "aria-sort", mine ? (down ? "descending" : "ascending") : null);
    setText(cell.querySelector(".ls-sort"), mine ? (down ? "▼" : "▲") : "");
  }
}
