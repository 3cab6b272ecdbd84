// The form that a bot may open over the page.

import { ask } from "./acting.js";
import { byId, el, fill } from "./dom.js";
import { field, isRequired } from "./fields.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { names, state } from "./state.js";

const LABEL = 18;
const TEXT = 10;
const CHECKBOX = 23;

const dialog = byId("modal");

/** Open the modal of a reply; submitting it answers the interaction that it came from. */
export function openModal({ modal, opened }) {
  const fields = [];
  const parts = modal.components.map((part) => {
    if (part.type === TEXT) return el("div", { class: "content" }, markdown(part.content, names()));
    const made = labelled(part, part.type === LABEL ? part.component : part.components[0]);
    fields.push(made);
    return made.frame;
  });
  const error = el("p", { class: "modal-error failed", role: "alert" });
  const submit = el("button", { class: "button primary", type: "submit", text: "Submit" });
  const cancel = el("button", { class: "button plain", type: "button", text: "Cancel", on: { click: close } });
  const form = el("form", { class: "modal-form", novalidate: true },
    head(modal.title),
    el("div", { class: "modal-fields" }, note(), parts),
    el("div", { class: "modal-foot" }, error, cancel, submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    if (submit.getAttribute("aria-busy") || !areRight(fields)) return;
    submit.setAttribute("aria-busy", "true");
    const values = {};
    for (const each of fields) values[each.customId] = await each.read();
    const reply = await ask({ do: "submit", opened, values });
    submit.removeAttribute("aria-busy");
    if (!form.isConnected || !dialog.open) return;
    if (!reply.ok) error.textContent = reply.error;
    else if (reply.modal) openModal(reply);
    else close();
  });
  fill(dialog, form);
  if (!dialog.open) dialog.showModal();
  (fields[0]?.input ?? submit).focus();
}

function close() {
  dialog.close();
}

// Chromium gives the focus back without the cursor, so that typing would go nowhere.
dialog.addEventListener("close", () => {
  const before = document.activeElement;
  before?.blur();
  before?.focus({ preventScroll: true });
});

function head(title) {
  return el(
    "header",
    { class: "modal-head" },
    el("span", { class: "avatar bot small-avatar", "aria-hidden": "true", text: state.bot.name.slice(0, 1) }),
    el("h2", { id: "modal-title", text: title }),
    el("button", { class: "icon-button", type: "button", "aria-label": "Close", on: { click: close } }, icon("close")),
  );
}

function note() {
  const words = `This form will be submitted to ${state.bot.name}. `
    + "Do not share passwords or other sensitive information.";
  return el("p", { class: "modal-note" }, icon("warning"), el("span", { text: words }));
}

/** Show what is wrong with each field and go to the first; tells whether nothing is. */
function areRight(fields) {
  const wrong = fields.filter((each) => each.complain());
  wrong[0]?.input.focus();
  return !wrong.length;
}

function labelled(part, inner) {
  const made = field(inner);
  const id = `field-${inner.custom_id}`;
  const words = part.type === LABEL ? part.label : inner.label;
  const star = isRequired(inner) ? el("span", { class: "failed", "aria-hidden": "true", text: " *" }) : null;
  const label = made.isGroup
    ? el("legend", { class: "field-label" }, words, star)
    : el("label", { class: "field-label", htmlFor: id }, words, star);
  if (!made.isGroup) made.input.id = id;
  made.input.removeAttribute("aria-label");
  const about = part.description ? el("p", { class: "muted small", text: part.description }) : null;
  const problem = el("p", { class: "failed small field-problem", role: "alert", id: `${id}-problem` });
  made.input.setAttribute("aria-describedby", problem.id);
  const isCheck = inner.type === CHECKBOX;
  const frame = el(made.isGroup ? "fieldset" : "div", { class: isCheck ? "field check" : "field" },
    isCheck ? [made.node, el("div", {}, label, about)] : [label, about, made.node], problem);
  const complain = () => {
    problem.textContent = made.problem();
    frame.classList.toggle("wrong", Boolean(problem.textContent));
    made.input.setAttribute("aria-invalid", String(Boolean(problem.textContent)));
    return problem.textContent;
  };
  for (const kind of ["input", "change"]) {
    frame.addEventListener(kind, () => frame.classList.contains("wrong") && complain());
  }
  return { ...made, frame, complain };
}
