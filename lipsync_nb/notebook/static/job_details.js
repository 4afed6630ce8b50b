// What the user says of a job: its project, title and notes, which can be changed.
import { h, isDisabled, setAttribute, setDisabled, setText } from "./dom.js";

const FIELDS = { project: "Project", title: "Title", notes: "Notes" };

/** The fields with what is said of a job, folded. `ask` sends a question to the kernel. */
export function jobDetails(ask) {
  const inputs = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, name === "notes" ? h("textarea", { rows: 2 }) : h("input", { type: "text" })]));
  const rows = Object.entries(inputs).map(([name, input]) => h("label", {}, FIELDS[name], input));
  const save = h("button", { type: "button", onclick: send }, "Save");
  const status = h("span", { role: "status", class: "ls-message" });
  const element = h("details", { class: "ls-described", hidden: true }, h("summary", {}, "Project, title and notes"), ...rows, h("div", { class: "ls-buttons" }, save, status));
  let [job, kept] = [null, {}];

  element.addEventListener("input", () => setText(status, ""));

  async function send() {
    if (isDisabled(save)) return;
    const said = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
    const id = job.id;
    setDisabled(save, true);
    const reply = await ask({ op: "describe", job: id, ...said });
    setDisabled(save, false);
    if (job.id !== id) return;
    if (!reply.error) kept = said;
    setText(status, reply.error ?? reply.done);
    setAttribute(status, "data-wrong", Boolean(reply.error));
  }

  /**
   * Shows what is said of a job. What the user has changed and not saved yet stays. A card without
   * details, such as the one that a row has, changes nothing if it is of the same job.
   */
  function show(next) {
    const another = job?.id !== next.id;
    job = next;
    if (!another && !job.details) return;
    if (another) {
      setText(status, "");
      element.open = false;
    }
    element.hidden = !job.details;
    for (const [name, input] of Object.entries(inputs)) {
      if (another || input.value === (kept[name] ?? "")) input.value = job.details?.[name] ?? "";
    }
    kept = job.details ?? {};
  }

  return { element, show };
}
