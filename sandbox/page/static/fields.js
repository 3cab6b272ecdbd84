// The inputs of a modal. Each is { customId, node, input, isGroup, read, problem }: `input` takes the
// focus, `read` gives what to send, `problem` says what is wrong with it, if anything is.

import { el } from "./dom.js";
import { dropdown } from "./menus.js";
import { upload } from "./upload.js";

const REQUIRED = "This field is required.";
const MAX_TEXT = 4000;

/** Make the input for one component of a modal. */
export function field(part) {
  const make = { 4: text, 19: upload, 21: radio, 22: checks, 23: single }[part.type] ?? choice;
  const { problem = () => "", ...made } = make(part);
  return { customId: part.custom_id, isGroup: false, input: made.node, problem, ...made };
}

/** Whether a component of a modal must be filled in. */
export const isRequired = (part) => part.required !== false && part.type !== 23;

function text(part) {
  const isLong = part.style === 2;
  const { min_length: least = 0, max_length: most } = part;
  const input = el(isLong ? "textarea" : "input", {
    class: "input",
    value: part.value ?? "",
    placeholder: part.placeholder ?? undefined,
    maxlength: most ?? MAX_TEXT,
    rows: isLong ? 4 : undefined,
  });
  const count = el("span", { class: "count", "aria-hidden": "true" });
  const tell = () => (count.textContent = most ? `${input.value.length}/${most}` : "");
  input.addEventListener("input", tell);
  tell();
  const problem = () => {
    const { length } = input.value;
    if (!length) return isRequired(part) ? REQUIRED : "";
    return length < least ? `Must be between ${least} and ${most ?? MAX_TEXT} in length.` : "";
  };
  return { node: el("div", { class: "text-field" }, input, count), input, problem, read: async () => input.value };
}

function choice(part) {
  const least = isRequired(part) ? part.min_values ?? 1 : 0;
  const list = dropdown(part, { least: 0 });
  return {
    node: list.node,
    input: list.button,
    read: async () => list.values,
    problem: () => tooFew(list.values.length, least),
  };
}

function tooFew(count, least) {
  if (count >= least) return "";
  return least === 1 ? REQUIRED : `Choose at least ${least}.`;
}

function radio(part) {
  const least = isRequired(part) ? 1 : 0;
  return group(part, { type: "radio", least, most: Infinity, shape: (values) => values[0] ?? null });
}

function checks(part) {
  const least = isRequired(part) ? part.min_values ?? 1 : 0;
  return group(part, { type: "checkbox", least, most: part.max_values ?? Infinity, shape: (values) => values });
}

function group(part, { type, least, most, shape }) {
  const boxes = part.options.map((each) => el(
    "input",
    { type, name: part.custom_id, value: each.value, checked: Boolean(each.default) },
  ));
  const rows = part.options.map((each, at) => el(
    "label",
    { class: "choice" },
    boxes[at],
    el(
      "span",
      {},
      each.label,
      each.description ? el("span", { class: "muted small block", text: each.description }) : null,
    ),
  ));
  const picked = () => boxes.filter((each) => each.checked);
  const node = el("div", { class: "choices" }, rows);
  const limit = () => boxes.forEach((each) => (each.disabled = !each.checked && picked().length >= most));
  node.addEventListener("change", limit);
  limit();
  return {
    node,
    input: picked()[0] ?? boxes[0],
    isGroup: true,
    problem: () => tooFew(picked().length, least),
    read: async () => shape(picked().map((each) => each.value)),
  };
}

function single(part) {
  const node = el("input", { type: "checkbox", checked: Boolean(part.default) });
  return { node, read: async () => node.checked };
}
