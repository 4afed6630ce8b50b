// A job's card: its status, its result, its error with what to do, its chain, and its buttons.
import { chainSteps } from "./chain_steps.js";
import { h, isDisabled, keepingFocus, setAttribute, setDisabled, setText } from "./dom.js";
import { estimate } from "./estimate.js";
import { jobDetails } from "./job_details.js";
import { resultView } from "./result_view.js";
import { elapsed, progressBar, showProgress, showStatus, statusChip } from "./status.js";
import { clock } from "./text.js";

const BUTTONS = { cancel: "Cancel", attach: "Attach", resubmit: "Resubmit…", abandon: "Abandon", fetch: "Fetch it again" };

/**
 * A job's card. `ask` sends a question to the kernel, `now` is its clock in seconds. `choose`, if it is
 * given, shows another job: one of the chain that is pressed, or the new one after a job was submitted again.
 */
export function jobCard(ask, now, choose = null) {
  const chip = statusChip();
  const [name, facts, left] = [h("strong"), h("span", { class: "ls-facts" }), h("span", { class: "ls-facts ls-left" })];
  const progress = progressBar("Progress");
  const [error, remedy] = [h("p", { class: "ls-error" }), h("p", { class: "ls-remedy" })];
  const problem = h("div", { class: "ls-problem", role: "group", "aria-label": "What went wrong" }, error, remedy);
  const place = h("div");
  const details = h("dl");
  const described = jobDetails(ask);
  const more = h("details", {}, h("summary", {}, "Details"), details);
  const actions = jobActions(ask, choose ?? (() => {}), more);
  const chain = chainSteps(choose);
  const header = h("header", {}, chip, name, facts, left);
  const element = h("article", { class: "ls-card", tabindex: -1 }, header, progress, problem, place, chain.element, actions.element, described.element, more);
  let [job, result] = [null, null];

  function show(next) {
    job = next;
    setAttribute(element, "aria-label", `Job ${job.id}`);
    setText(name, title(job));
    showStatus(chip, job.status);
    problem.hidden = !job.error && !job.remedy;
    setText(error, job.error ?? "");
    setText(remedy, job.remedy ? `What to do: ${job.remedy}.` : "");
    showFacts();
    showResult();
    chain.show(job.chain);
    actions.show(job);
    described.show(job);
    details.replaceChildren(...factsOf(job).flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]));
  }

  function showResult() {
    const known = job.result && `${job.id} ${job.result.file ?? JSON.stringify(job.result)}`;
    if (result && result.known === known) return result.show(job.result);
    result?.close();
    result = job.result && { ...resultView(job.result, job.id, ask, `${job.makes} of ${title(job)}`), known };
    place.hidden = !result;
    place.replaceChildren(...(result ? [result.element] : []));
  }

  function showFacts() {
    if (!job) return;
    const time = elapsed(job, now());
    const doing = job.fetching ? `fetching the ${job.makes.toLowerCase()}` : job.waits;
    setText(facts, [job.cost, time === null ? null : clock(time), doing].filter(Boolean).join(" · "));
    const expected = estimate(job, now());
    setText(left, expected?.words ?? "");
    setAttribute(left, "title", expected?.range);
    showProgress(progress, job, `Progress of job ${job.id}`, now());
    progress.hidden ||= job.status === "succeeded";
  }

  const ticking = setInterval(showFacts, 1000);
  return {
    element,
    show: (next) => keepingFocus(element, () => show(next)),
    close() {
      clearInterval(ticking);
      result?.close();
    },
  };
}

function title(job) {
  const called = Object.fromEntries(job.said).title;
  return `${job.title} ${job.kind}${called ? ` · ${called}` : ""}`;
}

function factsOf(job) {
  const facts = [["job", job.id], ["makes", job.makes], ["vendor's id", job.vendor_id], ["vendor's status", job.vendor_status]];
  const submitted = ["submitted", new Date(job.created * 1000).toLocaleString()];
  return [...facts, submitted, ["estimate", estimate(job, 0)?.range], ...job.said, ...job.request].filter(([, text]) => text);
}

/**
 * The buttons of a job. Submitting again needs a confirmation, as it costs. Attaching a job that
 * goes on, to correct its id, is among its details (`more`).
 */
function jobActions(ask, follow, more) {
  const status = h("p", { role: "status", class: "ls-message" });
  const number = h("input", { type: "text", "aria-label": "The vendor's id of the job", placeholder: "the vendor's id" });
  const buttons = Object.entries(BUTTONS).map(([op, text]) => h("button", { type: "button", "data-op": op, onclick: () => press(op) }, text));
  const yes = h("button", { type: "button", onclick: () => answer(true) }, "Yes, submit again");
  const no = h("button", { type: "button", onclick: () => answer(false) }, "No");
  const question = h("span");
  const confirmation = h("div", { class: "ls-confirm", role: "group", "aria-label": "Submit again?", hidden: true }, question, yes, no);
  const attaching = h("div", { class: "ls-buttons" }, number, buttons.find((button) => button.dataset.op === "attach"));
  const others = buttons.filter((button) => button.dataset.op !== "attach");
  const row = h("div", { class: "ls-buttons" }, attaching, ...others);
  const element = h("div", {}, row, confirmation, status);
  let job = null;

  confirmation.addEventListener("keydown", (event) => event.key === "Escape" && answer(false));

  function press(op) {
    if (buttons.some(isDisabled)) return;
    if (op !== "resubmit") return act(op);
    setText(question, `Submit this again? It may cost ${job.cost ?? "as much"} again.`);
    confirmation.hidden = false;
    no.focus();
  }

  function answer(again) {
    confirmation.hidden = true;
    buttons.find((button) => button.dataset.op === "resubmit").focus();
    if (again) act("resubmit");
  }

  async function act(op) {
    disable(true);
    say("");
    const reply = await ask({ op, job: job.id, vendor_id: number.value });
    disable(false);
    say(reply.error ?? reply.done, Boolean(reply.error));
    if (reply.job && reply.job !== job.id) follow(reply.job);
  }

  function disable(on) {
    for (const button of buttons) setDisabled(button, on);
  }

  function say(text, wrong = false) {
    setText(status, text);
    setAttribute(status, "data-wrong", wrong);
  }

  return {
    element,
    show(next) {
      if (job && job.id !== next.id) {
        say("");
        confirmation.hidden = true;
      }
      job = next;
      for (const button of buttons) button.hidden = !job.buttons.includes(button.dataset.op);
      attaching.hidden = !job.buttons.includes("attach");
      const folded = !job.lost && job.status !== "abandoned";
      const place = folded ? more : row;
      if (attaching.parentNode !== place) folded ? more.append(attaching) : row.prepend(attaching);
      row.hidden = !job.buttons.some((op) => op !== "attach" || !folded);
      confirmation.hidden ||= !job.buttons.includes("resubmit");
    },
  };
}
