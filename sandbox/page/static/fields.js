// The inputs of a modal. Each is { customId, node, isGroup, read } with `read` giving what to send.

import { el } from "./dom.js";
import { offers } from "./menus.js";

const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** Make the input for one component of a modal. */
export function field(part, label) {
  const make = { 4: text, 19: files, 21: radio, 22: checks, 23: single }[part.type] ?? choice;
  return { customId: part.custom_id, isGroup: false, ...make(part, label) };
}

function text(part) {
  const isLong = part.style === 2;
  const node = el(isLong ? "textarea" : "input", {
    class: "input",
    value: part.value ?? "",
    placeholder: part.placeholder ?? undefined,
    minlength: part.min_length ?? undefined,
    maxlength: part.max_length ?? 4000,
    required: part.required !== false,
    rows: isLong ? 5 : undefined,
  });
  return { node, read: async () => node.value };
}

function choice(part) {
  const several = (part.max_values ?? 1) > 1;
  const all = offers(part);
  const node = el(
    "select",
    {
      class: "input menu",
      multiple: several,
      required: part.required !== false,
      size: several ? Math.min(6, all.length) : undefined,
    },
  );
  if (!several) node.append(el("option", { value: "", text: part.placeholder ?? "Make a selection" }));
  node.append(...all.map((each) => el(
    "option",
    { value: each.value, text: each.label, selected: each.isChosen },
  )));
  return { node, read: async () => [...node.selectedOptions].map((each) => each.value).filter(Boolean) };
}

function radio(part) {
  return group(part, "radio", (values) => values[0] ?? null);
}

function checks(part) {
  return group(part, "checkbox", (values) => values);
}

function group(part, type, shape) {
  const boxes = part.options.map((each) => el(
    "input",
    {
      type,
      name: part.custom_id,
      value: each.value,
      checked: Boolean(each.default),
      required: type === "radio" && part.required !== false,
    },
  ));
  const rows = part.options.map((each, at) => el(
    "label",
    { class: "menu-choice" },
    boxes[at],
    el(
      "span",
      {},
      each.label,
      each.description ? el("span", { class: "muted small block", text: each.description }) : null,
    ),
  ));
  return {
    node: el("div", { class: "choices" }, rows),
    isGroup: true,
    read: async () => shape(boxes.filter((each) => each.checked).map((each) => each.value)),
  };
}

function single(part) {
  const node = el("input", { type: "checkbox", checked: Boolean(part.default) });
  return { node, read: async () => node.checked };
}

function files(part) {
  const node = el(
    "input",
    { type: "file", class: "input", multiple: (part.max_values ?? 1) > 1, required: part.required !== false },
  );
  node.addEventListener("change", () => {
    const tooLarge = [...node.files].some((each) => each.size > MAX_FILE_BYTES);
    node.setCustomValidity(tooLarge ? "The demo takes files of up to 2 MB." : "");
  });
  return {
    node,
    read: () => Promise.all([...node.files].map(async (each) => ({
      name: each.name,
      base64: await base64(each),
    }))),
  };
}

/** Read a file as Base64. */
export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const each of bytes) binary += String.fromCharCode(each);
  return btoa(binary);
}
