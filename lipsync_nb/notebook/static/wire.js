// Questions to the kernel, and their answers.
const GONE = "the kernel was restarted; run this cell again";

/** Asks the kernel; each question gets its own answer, with an `error` where it went wrong. */
export function wire(model) {
  const own = Math.random().toString(36).slice(2);
  const waiting = new Map();
  let asked = 0;

  function hear(message, buffers) {
    const answer = waiting.get(message.to);
    waiting.delete(message.to);
    answer?.({ ...message, buffers });
  }

  function send(message, buffers) {
    try {
      model.send(message, undefined, buffers);
      return true;
    } catch {
      return false; // the line is cut
    }
  }

  model.on("msg:custom", hear);
  return {
    ask(question, buffers) {
      const from = `${own}-${++asked}`;
      if (!send({ ...question, from }, buffers)) return Promise.resolve({ error: GONE });
      return new Promise((resolve) => waiting.set(from, resolve));
    },
    tell(message) {
      send(message);
    },
    close() {
      model.off("msg:custom", hear);
    },
  };
}
