// A text that screen readers read out when it changes.
function render({ model, el }) {
  el.setAttribute("role", "status");
  const show = () => {
    el.className = `lsf-status lsf-${model.get("tone") || "plain"}`;
    el.textContent = model.get("text");
  };
  model.on("change", show);
  show();
  return () => model.off("change", show);
}

export default { render };
