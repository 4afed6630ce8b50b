// The player of a job, or of a file without a job.
import { h } from "./dom.js";
import { jobCard } from "./card.js";
import { suppressShortcuts } from "./shortcuts.js";
import { liveChannel } from "./live_channel.js";
import { mediaFigure } from "./media_figure.js";
import { openChannel } from "./channel.js";

function render({ model, el }) {
  const root = h("div", { class: "ls" });
  const release = suppressShortcuts(root);
  const close = model.get("saved").card ? showJob(model, root) : showFile(model, root);
  el.append(root);
  return () => {
    release();
    close();
  };
}

function showFile(model, root) {
  const kernel = openChannel(model);
  const { file } = model.get("saved");
  const figure = mediaFigure(file, "", kernel.ask, `${file.kind === "audio" ? "Audio" : "Video"} ${file.name}`);
  root.append(figure.element);
  return () => {
    figure.close();
    kernel.close();
  };
}

function showJob(model, root) {
  const kernel = liveChannel(model, (message) => message.card && card.show(message.card));
  const card = jobCard(kernel.ask, kernel.now);
  const read = () => card.show(model.get("saved").card);
  root.append(kernel.notice, card.element);
  read();
  model.on("change:saved", read);
  return () => {
    model.off("change:saved", read);
    card.close();
    kernel.close();
  };
}

export default { render };
