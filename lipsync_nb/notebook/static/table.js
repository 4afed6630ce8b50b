// The live table of jobs, with the selected job's card below it.
import { h } from "./dom.js";
import { jobCard } from "./card.js";
import { suppressShortcuts } from "./shortcuts.js";
import { liveChannel } from "./live_channel.js";
import { jobRows } from "./table_rows.js";
import { cost } from "./text.js";
import { filters, sums } from "./toolbar.js";
import { virtualTable } from "./virtual_table.js";

function render({ model, el }) {
  const kernel = liveChannel(model, receive);
  const rows = jobRows(kernel.now);
  const table = virtualTable(rows, kernel.now, choose, sort);
  const toolbar = filters(rows.view, filter);
  const totals = sums();
  const card = jobCard(kernel.ask, kernel.now, choose);
  const nothing = noJobs(model.get("example"));
  const noMatch = h("p", { class: "ls-empty" }, "No jobs match the filters. ", h("button", { type: "button", onclick: toolbar.clear }, "Clear the filters"));
  const place = h("div", { hidden: true }, card.element);
  const root = h("section", { class: "ls ls-table", "aria-label": "Jobs" },
    toolbar.element, kernel.notice, table.element, nothing, noMatch, totals.element, totals.spoken, place);
  let planned = 0;

  function receive(message) {
    if (message.fields) rows.merge(message);
    if (message.card?.id === model.get("chosen")) showCard(message.card);
    plan();
  }

  function plan() {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      arrange();
    });
  }

  function arrange() {
    const counts = rows.arrange();
    toolbar.show(counts, rows.projects());
    totals.show(rows, counts, Math.max(0, model.get("saved").count - rows.all));
    showEmpty();
    table.plan();
  }

  function showEmpty() {
    for (const part of [toolbar, totals]) part.element.hidden = !rows.all;
    table.element.hidden = !rows.shown;
    nothing.hidden = Boolean(rows.all);
    noMatch.hidden = !rows.all || Boolean(rows.shown);
  }

  function filter(change) {
    Object.assign(rows.view, change);
    table.element.scrollTop = 0;
    arrange();
  }

  function sort(column) {
    rows.view.down = rows.view.column === column && !rows.view.down;
    rows.view.column = column;
    table.sorted();
    arrange();
  }

  function choose(id) {
    model.set("chosen", id);
    model.save_changes();
  }

  /** Shows what the row has of the job at once; the kernel sends the rest when it is free. */
  function showChosen() {
    const id = model.get("chosen");
    const job = rows.get(id);
    table.mark(id);
    place.hidden = !job;
    if (!job) return;
    showCard(cardOf(job));
    if (rows.indexOf(id) >= 0) table.go(rows.indexOf(id), false);
  }

  function showCard(shown) {
    place.hidden = false;
    card.show(shown);
  }

  function read() {
    rows.merge(model.get("saved"));
    plan();
  }

  root.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      toolbar.text.focus();
    } else if (event.target === toolbar.text && event.key === "ArrowDown") {
      event.preventDefault();
      table.go(0);
    }
  });
  const ticking = setInterval(() => {
    table.plan();
    totals.tick(rows);
  }, 1000);
  const release = suppressShortcuts(root);
  el.append(root);
  read();
  table.sorted();
  arrange();
  showChosen();
  model.on("change:chosen", showChosen);
  model.on("change:saved", read);
  return () => {
    clearInterval(ticking);
    release();
    cancelAnimationFrame(planned);
    model.off("change:chosen", showChosen);
    model.off("change:saved", read);
    for (const part of [table, totals, card, kernel]) part.close();
  };
}

/** The card of a job as far as its row has it. */
function cardOf(job) {
  return {
    ...job,
    title: job.vendor, remedy: null, request: [], said: [], details: null, buttons: [], vendor_status: null,
    cost: job.cost === null ? null : cost(job.cost, job.unit ?? "", job.estimated),
    result: job.file && { kind: job.makes.toLowerCase(), file: job.file, name: job.file.split("/").at(-1), size: null, duration: null, poster: null },
    chain: [], waits: null,
  };
}

function noJobs(example) {
  if (!example) return h("p", { class: "ls-empty" }, "No jobs yet. Fill in a form and press Submit: its job shows up here.");
  const code = h("pre", {}, h("code", {}, example));
  return h("div", { class: "ls-empty" }, h("p", {}, "No jobs yet. Submit one:"), code, h("p", {}, "or fill in a form: ", h("code", {}, "client.workbench()")));
}

export default { render };
