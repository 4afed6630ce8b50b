// A table of any length in which only the visible rows exist, with keyboard navigation.
import { h, setAttribute } from "./dom.js";
import { COLUMNS, emptyRow, fillRow, headCell, markSort } from "./columns.js";

const ROW_PX = 30; // as in table.css
const IN_SIGHT = 14;

/**
 * The table. `rows` are those of table_rows.js, and `now` is the kernel's clock. `choose` is called
 * with the id of the job that the user selects, and `sort` with a column's name.
 */
export function virtualTable(rows, now, choose, sort) {
  const heads = COLUMNS.map((column) => headCell(column, sort));
  const pool = Array.from({ length: IN_SIGHT + 2 }, emptyRow);
  const [above, below] = [spacer(), spacer()];
  const body = h("tbody", {}, above, ...pool, below);
  const table = h("table", { role: "grid", "aria-label": "Jobs", "aria-colcount": COLUMNS.length },
    h("thead", {}, h("tr", { "aria-rowindex": 1 }, ...heads)), body);
  const element = h("div", { class: "ls-scroll", tabindex: -1 }, table);
  let [active, chosen, planned] = [null, null, 0];

  function paint() {
    const count = rows.shown;
    const most = Math.max(0, count - pool.length);
    const first = Math.min(most, Math.max(0, Math.floor(element.scrollTop / ROW_PX)));
    const focused = body.contains(document.activeElement);
    const stop = inSight(rows.indexOf(active), first) ? active : rows.at(first)?.id;
    above.style.height = `${first * ROW_PX}px`;
    below.style.height = `${Math.max(0, count - first - pool.length) * ROW_PX}px`;
    setAttribute(table, "aria-rowcount", count + 1);
    pool.forEach((row, index) => paintRow(row, first + index, stop));
    if (focused) keepFocus();
  }

  function paintRow(row, index, stop) {
    const job = rows.at(index);
    row.hidden = !job;
    if (!job) return;
    fillRow(row, job, now());
    setAttribute(row, "aria-rowindex", index + 2);
    setAttribute(row, "aria-selected", String(job.id === chosen));
    row.tabIndex = job.id === stop ? 0 : -1;
  }

  function inSight(index, first) {
    return index >= first && index < first + pool.length;
  }

  /** Keeps the focus on its job, as rows are reused for other jobs when the table scrolls. */
  function keepFocus() {
    if (document.activeElement.dataset?.id === active) return;
    const row = pool.find((other) => !other.hidden && other.dataset.id === active);
    (row ?? element).focus({ preventScroll: true });
  }

  function plan() {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      paint();
    });
  }

  /** Scrolls to a job, and focuses it. */
  function go(index, focus = true) {
    const job = rows.at(Math.max(0, Math.min(index, rows.shown - 1)));
    if (!job) return;
    active = job.id;
    const top = rows.indexOf(active) * ROW_PX;
    const room = element.clientHeight - element.querySelector("thead").offsetHeight - ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
    paint();
    if (focus) pool.find((row) => row.dataset.id === active)?.focus({ preventScroll: true });
  }

  function pick(id) {
    active = id;
    choose(id);
  }

  const page = IN_SIGHT - 1;
  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };

  element.addEventListener("keydown", (event) => {
    if (event.target.closest("thead") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) go(rows.indexOf(active) + moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && active) pick(active);
    else return;
    event.preventDefault();
  });
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row?.dataset.id) pick(row.dataset.id);
  });
  body.addEventListener("focusin", (event) => {
    active = event.target.closest("tr")?.dataset.id ?? active;
  });
  element.addEventListener("scroll", plan);
  return {
    element,
    plan,
    go,
    mark(id) {
      chosen = id;
      plan();
    },
    sorted: () => markSort(heads, rows.view),
    close: () => cancelAnimationFrame(planned),
  };
}

function spacer() {
  return h("tr", { "aria-hidden": "true", class: "ls-spacer" });
}
