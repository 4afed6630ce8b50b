// The columns of the table of jobs: the text of each cell, and how it is drawn.
import { h, setAttribute, setText } from "./dom.js";
import { estimate } from "./estimate.js";
import { elapsed, progressBar, showProgress, showStatus, statusChip } from "./status.js";
import { clock, cost } from "./text.js";

const plain = { make: () => document.createTextNode(""), draw: (node, text) => { node.data = text; } };

function text(field) {
  return { ...plain, content: (job) => job[field] ?? "" };
}

/** The columns in order. `content` returns what a cell shows; the cell is redrawn when that changes. */
export const COLUMNS = [
  {
    name: "status", title: "Status",
    content: (job) => job.status, make: statusChip, draw: showStatus,
  },
  { name: "vendor", title: "Vendor", ...text("vendor") },
  {
    name: "kind", title: "Kind", ...plain,
    content: (job) => (job.title ? `${job.title} · ${job.kind}` : job.kind),
    draw: (node, named) => {
      node.data = named;
      setAttribute(node.parentNode, "title", named);
    },
  },
  { name: "makes", title: "Makes", ...text("makes") },
  {
    name: "progress", title: "Progress",
    content: (job, now) => `${job.status} ${job.progress} ${job.vendor_id} ${estimate(job, now)?.words}`, make: () => progressBar(""),
    draw: (node, _, job, now) => showProgress(node, job, `Progress of job ${job.id}`, now),
  },
  {
    name: "cost", title: "Cost", ...plain, number: true,
    content: (job) => (job.cost === null ? "–" : cost(job.cost, job.unit ?? "", job.estimated)),
  },
  { name: "elapsed", title: "Elapsed", ...plain, number: true, content: (job, now) => clock(elapsed(job, now)) },
  {
    name: "left", title: "Left", ...plain, number: true,
    content: (job, now) => estimate(job, now)?.signs ?? "",
    draw: (node, signs, job, now) => {
      node.data = signs;
      setAttribute(node.parentNode, "title", estimate(job, now)?.range);
    },
  },
  { name: "created", title: "Submitted", ...plain, content: (job) => moment(job.created) },
  { name: "id", title: "Job", ...text("id") },
  {
    name: "error", title: "Note", ...text("error"),
    draw: (node, note) => {
      node.data = note;
      setAttribute(node.parentNode, "title", note ? `${note} – select the job to read all of it and what to do` : null);
    },
  },
  {
    name: "verdict", title: "Verdict", ...text("verdict"),
    draw: (node, verdict) => {
      node.data = verdict.split(":")[0];
      setAttribute(node.parentNode, "title", verdict || null);
    },
  },
];

/** An empty row, for `fillRow`. */
export function emptyRow() {
  const cells = COLUMNS.map((column) => h("td", { "data-column": column.name, class: column.number ? "ls-number" : null }, column.make()));
  return h("tr", { tabindex: -1, hidden: true }, ...cells);
}

/** Shows a job in a row; only changed cells are redrawn. */
export function fillRow(row, job, now) {
  const same = row.dataset.id === job.id;
  COLUMNS.forEach((column, index) => {
    const cell = row.cells[index];
    const content = column.content(job, now);
    if (same && cell.content === content) return;
    cell.content = content;
    column.draw(cell.firstChild, content, job, now);
  });
  row.dataset.id = job.id;
}

/** A time as `14:03:22`, or as `2026-01-31 14:03` if it is on another day. */
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
