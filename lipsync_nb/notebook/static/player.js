// The player of a job, or of a video that belongs to none.
import { h } from "./dom.js";
import { jobCard } from "./card.js";
import { ownKeys } from "./keys.js";
import { live } from "./live.js";
import { videoFigure } from "./video.js";
import { wire } from "./wire.js";

function render({ model, el }) {
  const root = h("div", { class: "ls" });
  const kernel = wire(model);
  const release = ownKeys(root);
  const close = model.get("saved").card ? showJob(model, kernel, root) : showVideo(model, kernel, root);
  el.append(root);
  return () => {
    release();
    close();
  };
}

function showVideo(model, kernel, root) {
  const { video } = model.get("saved");
  const figure = videoFigure(video, "", kernel.ask, `Video ${video.name}`);
  root.append(figure.element);
  return () => {
    figure.close();
    kernel.close();
  };
}

function showJob(model, kernel, root) {
  const hear = (message) => message.card && card.show(message.card);
  const kernelLive = live(model, kernel, hear);
  const card = jobCard(kernel.ask, kernelLive.now);
  const read = () => card.show(model.get("saved").card);
  root.append(kernelLive.notice, card.element);
  read();
  model.on("change:saved", read);
  return () => {
    model.off("change:saved", read);
    card.close();
    kernelLive.close();
  };
}

export default { render };
