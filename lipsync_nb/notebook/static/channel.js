// Questions to the kernel, and their answers.
const GONE = "the kernel was restarted; run this cell again";

/**
 * Asks the kernel; each question gets its own answer, with an `error` where it went wrong.
 *
 * `onGone` is called with that error when the kernel is restarted. A question that is still waiting
 * for its answer then, or when the view closes, gets it too.
 */
export function openChannel(model, onGone = () => {}) {
  const view = Math.random().toString(36).slice(2);
  const waiting = new Map();
  let [asked, open] = [0, true];

  function hear(message, buffers) {
    const answer = waiting.get(message.to);
    waiting.delete(message.to);
    answer?.({ ...message, buffers });
  }

  function send(message, buffers) {
    try {
      model.send({ ...message, view }, undefined, buffers);
      return true;
    } catch {
      return false; // the line is cut
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

  model.on("msg:custom", hear);
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
      model.off("msg:custom", hear);
      model.off("comm_live_update", gone);
      end();
    },
  };
}
