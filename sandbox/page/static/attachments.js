// Files of a message: pictures as pictures, everything else as a card with a link.

import { el } from "./dom.js";
import { covered, mediaSourceOr, size } from "./parts.js";
import { mediaSource } from "./state.js";

/** Draw the files that no embed shows. */
export function attachments(message) {
  const shown = JSON.stringify(message.embeds);
  const files = message.attachments.filter((each) => !shown.includes(each.url));
  return files.length ? el("div", { class: "attachments" }, files.map(attachment)) : null;
}

// What a bot uploads often carries no type of its own.
const isPicture = (file) => file.content_type?.startsWith("image/") || /\.(png|jpe?g|gif|webp)$/i.test(file.filename);

/** Draw one file. */
export function attachment(file) {
  const isSpoiler = file.filename.startsWith("SPOILER_");
  if (isPicture(file)) {
    return covered(mediaSourceOr(file.url, "attached-image", file.description ?? file.filename), isSpoiler);
  }
  return fileCard(file.url, file.filename, file.size, isSpoiler);
}

/** Draw a card with the name of a file and a link to it. */
export function fileCard(url, name, bytes, isSpoiler = false) {
  const source = mediaSource(url);
  const title = source ? el(
    "a",
    { class: "link", href: source, download: name, text: name },
  ) : el("span", { text: name });
  return covered(
    el(
      "div",
      { class: "file" },
      el("span", { class: "file-icon", "aria-hidden": "true", text: "📄" }),
      el("div", {}, title, bytes === undefined ? null : el("div", { class: "muted small", text: size(bytes) })),
    ),
    isSpoiler,
  );
}
