// Files that a person gives: chosen or dropped, listed with their sizes, taken back.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { size } from "./parts.js";

const MAX_FILE_BYTES = 2 * 1024 * 1024;
const MAX_TOTAL_BYTES = 5 * 1024 * 1024;

/** Say why `files` cannot be sent through the demo; an empty text when they can. */
export function tooLarge(files) {
  if (files.some((each) => each.size > MAX_FILE_BYTES)) return "The demo takes files of up to 2 MB.";
  const total = files.reduce((sum, each) => sum + each.size, 0);
  return total > MAX_TOTAL_BYTES ? "The demo takes up to 5 MB at once." : "";
}

/** Write a file as { name, base64 }. */
export async function encoded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const each of bytes) binary += String.fromCharCode(each);
  return { name: file.name, base64: btoa(binary) };
}

/** Make the input of a modal that takes files. */
export function upload(part) {
  const most = part.max_values ?? 1;
  const least = part.required === false ? 0 : part.min_values ?? 1;
  const list = el("ul", { class: "picked-files" });
  const input = el("input", { type: "file", class: "file-input", multiple: most > 1 });
  const zone = el(
    "label",
    { class: "drop-zone" },
    input,
    icon("upload", "icon drop-sign"),
    el("span", {}, "Drop files here or ", el("span", { class: "link", text: "browse" })),
    el("span", { class: "muted small", text: `Up to ${most === 1 ? "1 file" : `${most} files`} of 2 MB` }),
  );
  let files = [];
  const draw = () => {
    fill(list, files.map((each) => fileRow(each, () => keep(files.filter((other) => other !== each)))));
    zone.hidden = files.length >= most;
  };
  const keep = (wanted) => {
    files = wanted.slice(-most);
    draw();
    list.dispatchEvent(new Event("change", { bubbles: true }));
  };
  input.addEventListener("change", () => {
    const more = [...input.files];
    input.value = "";
    keep([...files, ...more]);
  });
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    keep([...files, ...event.dataTransfer.files]);
  });
  return {
    node: el("div", { class: "upload" }, list, zone),
    input,
    problem: () => {
      if (files.length < least) return least === 1 ? "A file is required." : `Give at least ${least} files.`;
      return tooLarge(files);
    },
    read: () => Promise.all(files.map(encoded)),
  };
}

function fileRow(file, remove) {
  return el(
    "li",
    { class: "picked-file" },
    el("span", { class: "file-icon", "aria-hidden": "true", text: "📄" }),
    el("span", { class: "picked-name" },
      el("bdi", { text: file.name }),
      el("span", { class: "muted small block", text: size(file.size) })),
    el(
      "button",
      { class: "icon-button", type: "button", "aria-label": `Remove ${file.name}`, on: { click: remove } },
      icon("close"),
    ),
  );
}
