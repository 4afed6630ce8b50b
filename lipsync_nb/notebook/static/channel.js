// Sends questions to the kernel and receives their answers.
const GONE = "the kernel was restarted; run this cell again";

/**
 * Opens a channel to the kernel. Each question gets its own answer, which has an `error` if it failed.
 *
 * When the kernel is restarted, `onGone` is called with an error. Questions without an answer get
 * that error, then and when the view closes.
 */
export function openChannel(model, onGone = () => {}) {
  const view = Math.random().toString(36).slice(2);
  const waiting = new Map();
  let [asked, open] = [0, true];

  function receive(message, buffers) {
    const answer = waiting.get(message.to);
    waiting.delete(message.to);
    answer?.({ ...message, buffers });
  }

  function send(message, buffers) {
    try {
      model.send({ ...message, view }, undefined, buffers);
      return true;
    } catch {
      return false; // the connection is closed
    }
  }

  function end() {
    open = false;
    for (const answer of waiting.values()) answer({ error: GONE });
    waiting.clear();
  }

  function gone() {
    end();
    onGone(GONE);
  }

  model.on("msg:custom", receive);
  model.on("comm_live_update", gone);
  return {
    ask(question, buffers) {
      const from = `${view}-${++asked}`;
      if (!open || !send({ ...question, from }, buffers)) return Promise.resolve({ error: GONE });
      return new Promise((resolve) => waiting.set(from, resolve));
    },
    tell(message) {
      send(message);
    },
    close() {
      model.off("msg:custom", receive);
      model.off("comm_live_update", gone);
      end();
    },
  };
}
