// The components of a message: rows of buttons and menus, and the layouts of Components V2.

import { ask } from "./acting.js";
import { fileCard } from "./attachments.js";
import { colour, el, webAddress } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { menu } from "./menus.js";
import { showFailure } from "./message.js";
import { openModal } from "./modal.js";
import { covered, mediaSourceOr } from "./parts.js";
import { names } from "./state.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link-style", 6: "primary" };

/** Draw all components of a message; null when there are none. */
export function layout(message) {
  if (!message.components.length) return null;
  return el("div", { class: "components" }, message.components.map((each) => draw(each, message)));
}

function draw(part, message) {
  const inner = (list) => (list ?? []).map((each) => draw(each, message));
  switch (part.type) {
    case 1:
      return el("div", { class: "row" }, inner(part.components));
    case 2:
      return button(part, message);
    case 3: case 5: case 6: case 7: case 8:
      return menu(part, (values, node) => use(message, part.custom_id, node, values));
    case 9:
      return el(
        "div",
        { class: "section" },
        el("div", { class: "section-text" }, inner(part.components)),
        draw(part.accessory, message),
      );
    case 10:
      return el("div", { class: "content" }, markdown(part.content, names()));
    case 11:
      return covered(mediaSourceOr(part.media.url, "embed-thumb", part.description ?? ""), part.spoiler);
    case 12:
      return el(
        "div",
        { class: `gallery of-${Math.min(part.items.length, 4)}` },
        part.items.map((each) => covered(
          mediaSourceOr(each.media.url, "gallery-image", each.description ?? ""),
          each.spoiler,
        )),
      );
    case 13:
      return fileCard(
        part.file.url,
        part.name ?? part.file.url.split("?")[0].split("/").pop(),
        part.size ?? message.attachments.find((each) => each.url === part.file.url)?.size,
        part.spoiler,
      );
    case 14:
      return el(
        "hr",
        { class: `separator${part.divider === false ? " plain" : ""}${part.spacing === 2 ? " wide" : ""}` },
      );
    case 17:
      return container(part, message, inner);
    default:
      return el(
        "div",
        { class: "muted", text: `A component of type ${Number(part.type)} cannot be shown here.` },
      );
  }
}

function container(part, message, inner) {
  const box = el("div", { class: "container" }, inner(part.components));
  box.style.borderInlineStartColor = colour(part.accent_color);
  return covered(box, part.spoiler);
}

function button(part, message) {
  const label = [
    part.emoji?.name ? el("span", { class: "button-emoji", text: part.emoji.name }) : null,
    part.label,
  ];
  if (part.style === 5) {
    const address = webAddress(part.url);
    return el(
      "a",
      {
        class: "button link-style",
        href: address ?? undefined,
        target: "_blank",
        rel: "noopener noreferrer nofollow",
      },
      label,
      icon("outward", "icon outward"),
    );
  }
  return el("button", {
    class: `button ${STYLES[part.style] ?? "secondary"}`,
    type: "button",
    disabled: Boolean(part.disabled),
    "aria-label": part.label ? undefined : part.emoji?.name ?? "button",
    data: { key: part.custom_id },
    on: { click: (event) => use(message, part.custom_id, event.currentTarget) },
  }, label);
}

/** Use a component, wait for the bot, and show its modal or that it failed. */
async function use(message, customId, node, values) {
  if (node.getAttribute("aria-busy")) return;
  node.setAttribute("aria-busy", "true");
  const action = { message_id: message.id, custom_id: customId, channel_id: message.channel_id };
  const reply = await ask(values ? { do: "select", ...action, values } : { do: "press", ...action });
  node.removeAttribute("aria-busy");
  if (!reply.ok) showFailure(node, reply.error);
  else if (reply.modal) openModal(reply);
}
