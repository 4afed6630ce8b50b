// What a view knows of its kernel: its clock, and whether it is there.
import { h, setText } from "./dom.js";

const PATIENCE_MS = 4000; // then the reader is told that the view is not live

/**
 * Hears what the kernel says by itself. `hear` is called with each message that tells the time;
 * `notice` is an element to be put somewhere.
 */
export function live(model, kernel, hear) {
  const notice = h("p", { class: "ls-notice", role: "status", hidden: true });
  let [seen, at] = [model.get("saved").now, performance.now()];

  function heard(message) {
    if (message.now === undefined) return;
    [seen, at] = [message.now, performance.now()];
    notice.hidden = true;
    clearTimeout(late);
    hear(message);
  }

  const late = setTimeout(() => {
    const time = new Date(seen * 1000).toLocaleString();
    setText(notice, `As of ${time}. The kernel is busy, or was restarted: then run this cell again.`);
    notice.hidden = false;
  }, PATIENCE_MS);
  model.on("msg:custom", heard);
  kernel.ask({ op: "ready" });
  return {
    notice,
    now: () => seen + (performance.now() - at) / 1000,
    close() {
      clearTimeout(late);
      model.off("msg:custom", heard);
      kernel.tell({ op: "gone" });
      kernel.close();
    },
  };
}
