// A view's line to its kernel, with the kernel's clock, and a notice when the kernel is silent.
import { h, setText } from "./dom.js";
import { openChannel } from "./channel.js";

const PATIENCE_MS = 4000; // then the view says that it is not live

/**
 * Hears what the kernel says by itself. `hear` is called with each message that carries the time;
 * `notice` is an element to be put somewhere. The clock stops with the kernel.
 */
export function liveChannel(model, hear) {
  const kernel = openChannel(model, gone);
  const notice = h("p", { class: "ls-notice", role: "status", hidden: true });
  let [seen, at, stopped] = [model.get("saved").now, performance.now(), false];

  function now() {
    return stopped ? seen : seen + (performance.now() - at) / 1000;
  }

  function heard(message) {
    if (message.now === undefined) return;
    [seen, at] = [message.now, performance.now()];
    notice.hidden = true;
    clearTimeout(late);
    hear(message);
  }

  function say(why) {
    clearTimeout(late);
    setText(notice, `As of ${new Date(seen * 1000).toLocaleString()}. ${why}`);
    notice.hidden = false;
  }

  function gone() {
    [seen, stopped] = [now(), true];
    say("The kernel was restarted: run this cell again.");
  }

  const late = setTimeout(() => say("The kernel is busy or was restarted; if it was restarted, run this cell again."), PATIENCE_MS);
  model.on("msg:custom", heard);
  kernel.ask({ op: "ready" });
  return {
    ask: kernel.ask,
    notice,
    now,
    close() {
      clearTimeout(late);
      model.off("msg:custom", heard);
      kernel.tell({ op: "gone" });
      kernel.close();
    },
  };
}
