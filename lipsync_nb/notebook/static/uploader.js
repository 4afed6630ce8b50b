// Uploads a file of any size to the kernel, in parts. The kernel acknowledges each part.
import { h, setText } from "./dom.js";
import { bytes } from "./text.js";
import { openChannel } from "./channel.js";

const PART = 2 * 1024 * 1024; // servers take messages of up to 10 MiB
const WINDOW = 4; // parts sent without an answer: enough to use the whole bandwidth
const PATIENCE_MS = 5000; // after which the status says that the kernel does not answer

class Cancelled extends Error {}

function render({ model, el }) {
  const kernel = openChannel(model);
  const label = model.get("label");
  const dialog = h("input", { type: "file", hidden: true, accept: model.get("accept"), tabindex: -1, "aria-hidden": "true", onchange: () => choose(dialog.files) });
  const button = h("button", { type: "button", "aria-label": `Upload a file: ${label}`, onclick: () => dialog.click() }, "Upload a file");
  const invitation = h("span", { class: "lsf-quiet" }, "or drop one here");
  const bar = h("div", { class: "lsf-bar", role: "progressbar", "aria-label": `Upload: ${label}`, "aria-valuemin": 0, "aria-valuemax": 100 }, h("div"));
  const cancel = h("button", { type: "button", "aria-label": `Cancel the upload: ${label}`, onclick: () => current?.cancel() }, "Cancel");
  const progress = h("div", { class: "lsf-uploading", hidden: true }, bar, cancel);
  const status = h("span", { role: "status" });
  let current = null;

  el.classList.add("lsf-uploader");
  el.append(h("div", { class: "lsf-drop" }, dialog, button, invitation, status), progress);
  el.addEventListener("dragover", (event) => mark(event, true));
  el.addEventListener("dragleave", (event) => mark(event, false));
  el.addEventListener("drop", (event) => {
    mark(event, false);
    choose(event.dataTransfer.files);
  });

  function mark(event, over) {
    event.preventDefault();
    el.classList.toggle("lsf-over", over);
  }

  async function choose([file]) {
    if (!file) return;
    current?.cancel();
    dialog.value = "";
    const show = (part) => {
      const percent = Math.floor(part * 100);
      bar.setAttribute("aria-valuenow", percent);
      bar.firstChild.style.width = `${percent}%`;
      setText(status, `${file.name}: ${percent} % of ${bytes(file.size)}`);
    };
    const upload = new Upload(kernel, file, show, () => setText(status, `${file.name}: waiting for the kernel, which is busy or was restarted`));
    current = upload;
    progress.hidden = false;
    const result = await upload.run().then(
      (checked) => `✓ ${file.name}, ${bytes(file.size)}${checked ? "" : "; not verified, as this page is not secure"}`,
      (error) => `${file.name}: ${error instanceof Cancelled ? "cancelled" : error.message}`,
    );
    if (current !== upload) return; // another file was chosen meanwhile
    setText(status, result);
    if (document.activeElement === cancel) button.focus();
    progress.hidden = true;
  }

  return () => {
    current?.cancel();
    kernel.close();
  };
}

/** The upload of one file; `show` is called with 0 … 1, and `late` when the kernel does not answer. */
class Upload {
  constructor(kernel, file, show, late) {
    Object.assign(this, { kernel, file, show, late, id: crypto.getRandomValues(new Uint32Array(4)).join("-") });
    this.ended = new Promise((_, reject) => {
      this.end = reject;
    });
    this.ended.catch(() => {});
  }

  cancel() {
    this.end(new Cancelled());
  }

  /** Sends the file; resolves to whether its parts were verified by SHA-256. */
  async run() {
    try {
      await this.ask({ op: "start", name: this.file.name, size: this.file.size });
      await this.sendParts();
      await this.ask({ op: "end" });
      return Boolean(crypto.subtle);
    } catch (error) {
      this.kernel.tell({ op: "cancel", upload: this.id });
      throw error;
    }
  }

  async sendParts() {
    const answers = [];
    for (let offset = 0; offset < this.file.size; offset += PART) {
      const part = await this.file.slice(offset, offset + PART).arrayBuffer();
      const sha256 = crypto.subtle ? hex(await crypto.subtle.digest("SHA-256", part)) : null;
      if (answers.length === WINDOW) await this.answered(answers.shift());
      answers.push(this.kernel.ask({ op: "part", upload: this.id, offset, sha256 }, [part]));
    }
    for (const answer of answers) await this.answered(answer);
  }

  ask(question) {
    return this.answered(this.kernel.ask({ ...question, upload: this.id }));
  }

  async answered(asked) {
    const late = setTimeout(this.late, PATIENCE_MS);
    try {
      const answer = await Promise.race([asked, this.ended]);
      if (answer.error) throw new Error(answer.error);
      if (answer.received) this.show(answer.received / this.file.size);
    } finally {
      clearTimeout(late);
    }
  }
}

function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export default { render };
