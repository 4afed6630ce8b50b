// A channel that also receives messages, with the kernel's clock and a notice when it does not answer.
import { h, setText } from "./dom.js";
import { openChannel } from "./channel.js";

const PATIENCE_MS = 4000; // after which the notice says that the view is not live

/**
 * Opens a channel on which the kernel also sends messages by itself. `receive` is called with each
 * message that has the time. The caller places the element `notice`. The clock stops when the kernel is restarted.
 */
export function liveChannel(model, receive) {
  const kernel = openChannel(model, gone);
  const notice = h("p", { class: "ls-notice", role: "status", hidden: true });
  let [seen, at, stopped] = [model.get("saved").now, performance.now(), false];

  function now() {
    return stopped ? seen : seen + (performance.now() - at) / 1000;
  }

  function onMessage(message) {
    if (message.now === undefined) return;
    [seen, at] = [message.now, performance.now()];
    notice.hidden = true;
    clearTimeout(late);
    receive(message);
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
  model.on("msg:custom", onMessage);
  kernel.ask({ op: "ready" });
  return {
    ask: kernel.ask,
    notice,
    now,
    close() {
      clearTimeout(late);
      model.off("msg:custom", onMessage);
      kernel.tell({ op: "gone" });
      kernel.close();
    },
  };
}
