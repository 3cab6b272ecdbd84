// An embed: the coloured card in a message.

import { el, colour, link, mediaSourceOr } from "./parts.js";
import { inline } from "./inline.js";
import { markdown } from "./markdown.js";
import { messageTime } from "./time.js";

/** Draw one embed. */
export function embed(data, names) {
  const card = el("article", { class: "embed" });
  card.style.borderInlineStartColor = colour(data.color);
  const main = el(
    "div",
    { class: "embed-main" },
    author(data.author),
    title(data, names),
    description(data, names),
    fields(data.fields, names),
  );
  const grid = el("div", { class: "embed-grid" }, main, picture(data.thumbnail, "embed-thumb"));
  card.append(grid, ...[picture(data.image, "embed-image"), footer(data)].filter(Boolean));
  return card;
}

function author(data) {
  if (!data?.name) return null;
  return el(
    "div",
    { class: "embed-author" },
    mediaSourceOr(data.icon_url, "embed-icon"),
    data.url ? link(data.url, data.name) : el("span", { text: data.name }),
  );
}

function title(data, names) {
  if (!data.title) return null;
  const words = inline(data.title, names);
  return el("div", { class: "embed-title" }, data.url ? link(data.url, words) : words);
}

function description(data, names) {
  return data.description ? el(
    "div",
    { class: "embed-text content" },
    markdown(data.description, names),
  ) : null;
}

/** Lay fields out as Discord does: up to three neighbours that are inline share a row. */
function fields(list, names) {
  if (!list?.length) return null;
  const rows = [];
  for (const field of list) {
    const last = rows.at(-1);
    if (field.inline && last?.[0].inline && last.length < 3) last.push(field);
    else rows.push([field]);
  }
  return el("dl", { class: "embed-fields" }, rows.map((row) =>
    el("div", { class: `embed-row of-${row.length}` }, row.map((field) =>
      el("div", { class: "embed-field" },
        el("dt", {}, inline(field.name, names)),
        el("dd", { class: "content" }, markdown(field.value, names)))))));
}

function picture(data, className) {
  return data?.url ? mediaSourceOr(data.proxy_url ?? data.url, className) : null;
}

function footer(data) {
  if (!data.footer?.text && !data.timestamp) return null;
  const date = data.timestamp && new Date(data.timestamp);
  const when = date && !Number.isNaN(date.getTime()) ? el(
    "time",
    { datetime: date.toISOString(), text: messageTime(date) },
  ) : null;
  return el(
    "footer",
    { class: "embed-footer" },
    mediaSourceOr(data.footer?.icon_url, "embed-icon"),
    data.footer?.text,
    data.footer?.text && when ? " • " : null,
    when,
  );
}
