// The player of a job, or of a video that belongs to none.
import { h } from "./dom.js";
import { jobCard } from "./card.js";
import { ownKeys } from "./keys.js";
import { live } from "./live.js";
import { videoFigure } from "./video.js";
import { wire } from "./wire.js";

function render({ model, el }) {
  const root = h("div", { class: "ls" });
  const release = ownKeys(root);
  const close = model.get("saved").card ? showJob(model, root) : showVideo(model, root);
  el.append(root);
  return () => {
    release();
    close();
  };
}

function showVideo(model, root) {
  const kernel = wire(model);
  const { video } = model.get("saved");
  const figure = videoFigure(video, "", kernel.ask, `Video ${video.name}`);
  root.append(figure.element);
  return () => {
    figure.close();
    kernel.close();
  };
}

function showJob(model, root) {
  const kernel = live(model, (message) => message.card && card.show(message.card));
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
