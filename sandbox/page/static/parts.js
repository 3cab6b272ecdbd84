// Pieces that embeds, attachments and components share.

import { el } from "./dom.js";
import { mediaSource } from "./state.js";

export { colour, el, link } from "./dom.js";

/** Show a picture of the demo's own; one from elsewhere is not loaded, and says so. */
export function mediaSourceOr(url, className, words = "") {
  if (!url) return null;
  const source = mediaSource(url);
  if (!source) return className === "embed-icon" ? null : el(
    "span",
    {
      class: `${className} no-picture`,
      title: "The demo loads nothing from the internet.",
      text: "picture from the internet",
    },
  );
  const image = el("img", { class: className, src: source, alt: words, loading: "lazy" });
  image.addEventListener(
    "error",
    () => image.replaceWith(el("span", { class: `${className} no-picture`, text: "picture not available" })),
  );
  return image;
}

/** Write a size for people. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** Hide something until it is pressed. */
export function covered(node, isCovered) {
  if (!isCovered) return node;
  const cover = el(
    "button",
    {
      class: "cover",
      type: "button",
      "aria-label": "Spoiler, press to show",
      text: "SPOILER",
      on: { click: () => cover.remove() },
    },
  );
  return el("div", { class: "covered" }, node, cover);
}
