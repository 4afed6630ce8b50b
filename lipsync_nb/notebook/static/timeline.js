// The timeline below a video: its speech level and its mouth motion.
import { h } from "./dom.js";

const HEIGHT = 44;

/**
 * A timeline; `wave` and `mouth` are lists of numbers from 0 to 1, evenly spaced in time, or null.
 * `seek` is called with the position of a click, from 0 to 1.
 */
export function timeline(label, wave, mouth, seek) {
  const shown = [wave && "speech level", mouth && "mouth motion"].filter(Boolean).join(" and ");
  const canvas = h("canvas", { role: "img", "aria-label": `${shown} of ${label}, over time` });
  const head = h("div", { class: "ls-head" });
  const element = h("div", { class: "ls-timeline", onclick: (event) => seek((event.clientX - element.getBoundingClientRect().left) / element.clientWidth) }, canvas, head);
  const watch = new ResizeObserver(draw);
  const theme = new MutationObserver(() => requestAnimationFrame(draw)); // after the layout has changed
  let part = 1;

  function draw() {
    const [width, density] = [element.clientWidth, devicePixelRatio || 1];
    if (!width) return;
    [canvas.width, canvas.height] = [width * density, HEIGHT * density];
    const paint = canvas.getContext("2d");
    const colours = getComputedStyle(element);
    paint.scale(density, density);
    if (wave) drawWave(paint, wave, width * part, colours.getPropertyValue("--ls-wave"));
    if (mouth) drawMouth(paint, mouth, width * part, colours.getPropertyValue("--ls-mouth"));
  }

  watch.observe(element);
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  return {
    element,
    /** Shows the video's position; both numbers are parts of the longest video's length. */
    show(position, length) {
      head.style.transform = `translateX(${position * element.clientWidth}px)`;
      if (length === part) return;
      part = length;
      draw();
    },
    close() {
      watch.disconnect();
      theme.disconnect();
    },
  };
}

function drawWave(paint, levels, width, colour) {
  const step = width / levels.length;
  paint.fillStyle = colour;
  levels.forEach((level, index) => {
    const height = Math.max(1, level * HEIGHT);
    paint.fillRect(index * step, (HEIGHT - height) / 2, Math.max(1, step * 0.8), height);
  });
}

function drawMouth(paint, levels, width, colour) {
  const step = width / Math.max(1, levels.length - 1);
  paint.strokeStyle = colour;
  paint.lineWidth = 1.5;
  paint.beginPath();
  levels.forEach((level, index) => paint.lineTo(index * step, HEIGHT - 2 - level * (HEIGHT - 4)));
  paint.stroke();
}
