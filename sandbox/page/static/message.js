// One message: who, when, why, and everything in it.

import { attachments } from "./attachments.js";
import { layout } from "./components.js";
import { el, fill } from "./dom.js";
import { embed } from "./embeds.js";
import { ask } from "./acting.js";
import { markdown } from "./markdown.js";
import { isLayout, memberOf, names, state } from "./state.js";
import { messageTime, moment, written } from "./time.js";

/** Make the list item of a message; a grouped one repeats no author. */
export function messageNode(message, { isGrouped = false } = {}) {
  const item = el(
    "li",
    {
      class: `message${isGrouped ? " grouped" : ""}${message.ephemeral ? " ephemeral" : ""}`,
      data: { id: message.id },
    },
  );
  const isMentioned = message.mentions.some((each) => each.id === state.viewer.id);
  if (isMentioned || message.mention_everyone) item.classList.add("mentions-you");
  const reason = message.interaction && cause(message.interaction);
  if (reason) item.append(reason);
  const sideTime = () => el("time", { class: "side-time", text: written(new Date(message.timestamp), "t") });
  item.append(isGrouped ? sideTime() : avatar(message.author));
  item.append(
    el("div", { class: "message-main" }, isGrouped ? null : head(message), body(message), foot(message)),
  );
  return item;
}

/** Make somebody's round picture: their first letter on a colour of their own. */
export function avatar(author, size = "") {
  const letter = [...(author.name || "?").trim()][0] ?? "?";
  return el(
    "div",
    {
      class: `avatar ${author.bot ? "bot" : `tint-${Number(BigInt(author.id) % 6n)}`} ${size}`,
      "aria-hidden": "true",
      text: letter.toUpperCase(),
    },
  );
}

/** Make a name in the colour of its highest coloured role. */
export function coloured(author, className) {
  const node = el("span", { class: className, text: author.name });
  node.style.color = memberOf(author.id)?.colour ?? "";
  return node;
}

/** Draw who caused a message, and with which command or part of a message. */
export function cause(interaction) {
  const used = interaction.command
    ? el("span", { class: "mention", text: `/${interaction.command}` })
    : el("span", { text: interaction.kind === 5 ? "a form" : "a component" });
  return el(
    "div",
    { class: "cause" },
    avatar(interaction.user, "tiny"),
    coloured(interaction.user, "cause-name"),
    " used ",
    used,
  );
}

function head(message) {
  return el("div", { class: "message-head" },
    coloured(message.author, "author"),
    message.author.bot ? el("span", { class: "app-tag", text: "APP" }) : null,
    timeOf(message),
    message.content ? null : editedMark(message));
}

function editedMark(message) {
  if (!message.edited_timestamp) return null;
  return el(
    "span",
    { class: "edited", title: written(new Date(message.edited_timestamp), "F"), text: " (edited)" },
  );
}

function timeOf(message) {
  const node = moment(new Date(message.timestamp), "f", "message-time");
  node.textContent = messageTime(new Date(message.timestamp));
  return node;
}

function body(message) {
  if (message.loading) {
    return el(
      "div",
      { class: "muted thinking", role: "status" },
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      `${message.author.name} is thinking…`,
    );
  }
  const known = names();
  const words = () => markdown(message.content, names(message.mention_everyone));
  return [
    message.content ? el("div", { class: "content" }, words(), editedMark(message)) : null,
    isLayout(message) ? null : attachments(message),
    isLayout(message) ? null : message.embeds.map((each) => embed(each, known)),
    layout(message),
  ];
}

function foot(message) {
  const rows = [];
  if (message.reactions?.length) {
    rows.push(el(
      "div",
      { class: "reactions" },
      message.reactions.map((each) => el("span", { class: "reaction" }, each.emoji.name, " ", each.count)),
    ));
  }
  if (message.ephemeral && !message.loading) {
    const dismiss = () => ask({ do: "dismiss", message_id: message.id });
    const button = el("button", {
      class: "text-button",
      type: "button",
      data: { key: "dismiss" },
      on: { click: dismiss },
      text: "Dismiss message",
    });
    rows.push(el("div", { class: "only-you" }, "Only you can see this • ", button));
  }
  return rows;
}

/** Say below a message that using a part of it failed. */
export function showFailure(node, text) {
  const item = node.closest(".message");
  let line = item?.querySelector(".interaction-failed");
  if (!line) {
    line = el("div", { class: "interaction-failed", role: "alert" });
    item?.querySelector(".message-main")?.append(line);
  }
  fill(line, text);
}
