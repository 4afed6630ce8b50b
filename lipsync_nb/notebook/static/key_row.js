// The form for a vendor's keys. What is typed is sent as a message, and is in no widget's state.
import { h, isDisabled, setAttribute, setDisabled, setText } from "./dom.js";
import { openChannel } from "./channel.js";

function render({ model, el }) {
  const kernel = openChannel(model, (error) => isDisabled(connect) && refuse(error));
  const own = `lsf-${Math.random().toString(36).slice(2)}`;
  const first = model.get("card");
  const inputs = new Map();
  const state = h("span", { class: "lsf-badge" });
  const status = h("span", { role: "status" });
  const connect = h("button", { type: "button", class: "lsf-primary", "aria-label": `Connect ${first.title}`, onclick: send }, "Connect");
  const keep = h("input", { type: "checkbox" });
  const same = h("input", { type: "checkbox" });
  const others = h("span", {});
  const sameAccount = h("label", {}, same, " ", others);
  const address = row({ name: "base_url", label: "Base URL", variable: first.address.variable, secret: false });

  el.classList.add("lsf-vendor");
  setAttribute(el, "role", "group");
  setAttribute(el, "aria-label", first.title);
  el.append(
    h("div", { class: "lsf-vendor-head" }, h("strong", {}, first.title), state),
    h("div", { class: "lsf-vendor-keys" }, ...first.keys.map(row), address),
    h("div", { class: "lsf-vendor-foot" }, connect, first.keyring ? h("label", {}, keep, " Keep in the keyring") : null, sameAccount, status),
  );

  function row({ name, label, variable, secret }) {
    const id = `${own}-${name}`;
    const input = h("input", { id, type: secret ? "password" : "text", autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-note`, onkeydown: (event) => event.key === "Enter" && send() });
    const source = h("span", { class: "lsf-quiet", id: `${id}-note` });
    inputs.set(name, { input, source, variable });
    return h("div", { class: "lsf-vendor-key" }, h("label", { for: id }, label), input, source);
  }

  async function send() {
    const { base_url: base, ...keys } = Object.fromEntries([...inputs].map(([name, { input }]) => [name, input.value]));
    if (isDisabled(connect)) return;
    setDisabled(connect, true);
    const answer = await kernel.ask({ op: "connect", keys, base_url: base, keep: keep.checked, same_account: same.checked });
    if (answer.error) refuse(answer.error);
  }

  function refuse(error) {
    setText(status, error);
    setDisabled(connect, false);
  }

  function show() {
    const card = model.get("card");
    setText(state, card.connected ? "✓ connected" : "not connected");
    setAttribute(state, "data-connected", card.connected);
    for (const { name, source } of card.keys) setText(inputs.get(name).source, `${inputs.get(name).variable}: ${source}`);
    setText(inputs.get("base_url").source, card.address.needed ? `${card.address.variable}: required` : card.address.variable);
    inputs.get("base_url").input.placeholder = card.address.known;
    setText(others, `Same account, new key: continue its unfinished jobs (${card.others})`);
    sameAccount.hidden = !card.others;
    if (!card.others) same.checked = false;
    setText(status, card.message);
    setAttribute(status, "class", card.tone ? `lsf-${card.tone}` : null);
    setDisabled(connect, card.message !== "" && card.tone === "");
    if (card.tone === "good") for (const { input } of inputs.values()) input.value = "";
  }

  model.on("change:card", show);
  show();
  return () => {
    model.off("change:card", show);
    kernel.close();
  };
}

export default { render };
