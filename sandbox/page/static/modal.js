// The form that a bot may open over the page.

import { ask } from "./acting.js";
import { byId, el, fill } from "./dom.js";
import { field } from "./fields.js";
import { markdown } from "./markdown.js";
import { names } from "./state.js";

const dialog = byId("modal");

/** Open the modal of a reply; submitting it answers the interaction that it came from. */
export function openModal({ modal, opened }) {
  const fields = [];
  const parts = modal.components.map((part) => {
    if (part.type === 10) return el("div", { class: "content" }, markdown(part.content, names()));
    const inner = part.type === 18 ? part.component : part.components[0];
    const made = field(inner, part.type === 18 ? part.label : inner.label);
    fields.push(made);
    return labelled(part, inner, made);
  });
  const error = el("p", { class: "failed", role: "alert" });
  const submit = el("button", { class: "button primary", type: "submit", text: "Submit" });
  const close = () => dialog.close();
  const cancel = el("button", { class: "button plain", type: "button", text: "Cancel", on: { click: close } });
  const form = el("form", { method: "dialog", class: "modal-form" },
    el("h2", { id: "modal-title", text: modal.title }),
    el(
      "p",
      {
        class: "modal-note",
        text: "This form will be submitted to the bot. Do not share passwords or other sensitive information.",
      },
    ),
    el("div", { class: "modal-fields" }, parts), error,
    el("div", { class: "modal-buttons" }, cancel, submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const values = {};
    for (const each of fields) values[each.customId] = await each.read();
    const reply = await ask({ do: "submit", opened, values });
    submit.disabled = false;
    if (reply.ok) dialog.close();
    else fill(error, reply.error);
  });
  fill(dialog, form);
  dialog.showModal();
  form.querySelector("input, textarea, select")?.focus();
}

function labelled(part, inner, made) {
  const words = part.type === 18 ? part.label : inner.label;
  const isRequired = inner.required !== false && inner.type !== 23;
  const star = isRequired ? el("span", { class: "failed", "aria-hidden": "true", text: " *" }) : null;
  const id = `field-${inner.custom_id}`;
  const label = made.isGroup
    ? el("legend", { class: "field-label" }, words, star)
    : el("label", { class: "field-label", htmlFor: id }, words, star);
  made.node.id ||= id;
  return el(made.isGroup ? "fieldset" : "div", { class: "field" }, label,
    part.description ? el("p", { class: "muted small", text: part.description }) : null, made.node);
}
