// The chain of a job: the jobs whose results it uses, and theirs, in the order in which they are made.
import { h, setAttribute, setText } from "./dom.js";
import { showStatus, statusChip } from "./status.js";

/** The list of steps, of which the job itself is the last. `choose` is called with the id of a step that is pressed. */
export function chainSteps(choose) {
  const list = h("ol");
  const element = h("section", { class: "ls-chain", "aria-label": "How it is made", hidden: true }, list);
  let items = new Map();

  function show(steps) {
    element.hidden = !steps.length;
    const known = items;
    items = new Map(steps.map((step, index) => [step.id, known.get(step.id) ?? chainStep(step, index < steps.length - 1 && choose)]));
    steps.forEach((step, index) => items.get(step.id).show(step, index === steps.length - 1));
    const nodes = [...items.values()].map((item) => item.element);
    if (nodes.length !== list.children.length || nodes.some((node, index) => node !== list.children[index])) list.replaceChildren(...nodes);
  }

  return { element, show };
}

/** A step; its elements are kept, so that a button that has the focus keeps it. */
function chainStep({ id, name }, choose) {
  const chip = statusChip();
  const title = choose ? h("button", { type: "button", title: `Job ${id}`, onclick: () => choose(id) }, name) : h("strong", {}, name);
  const facts = h("span", { class: "ls-facts" });
  const element = h("li", {}, chip, title, facts);
  return {
    element,
    show({ status, makes, uses }, last) {
      showStatus(chip, status);
      setText(facts, [`makes ${makes.toLowerCase()}`, uses.length && `from ${uses.join(" and ")}`].filter(Boolean).join(", "));
      setAttribute(element, "aria-current", last && "step");
    },
  };
}
