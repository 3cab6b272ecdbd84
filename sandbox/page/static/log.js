// The list of messages of the shown channel.

import { byId, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { cause, messageNode } from "./message.js";
import { channel, messages, on, openChannel, state } from "./state.js";

const NEAR_END_PX = 120;
const GROUP_MS = 7 * 60_000;
const pending = new Map();

const frame = byId("log-frame");
const log = byId("log");
const jump = byId("jump");

/** Draw the list whenever it changes. */
export function watchLog() {
  on("channel", drawAll);
  on("guild", () => log.childElementCount || drawAll());
  on("message", (message) => message.channel_id === state.channelId && drawOne(message));
  on("elsewhere", (message) => drawJump(state.guild.channels.find((each) => each.id === message.channel_id)));
  on("gone", (id) => find(id)?.remove());
  jump.addEventListener("click", () => {
    const elsewhere = jump.dataset.channel;
    jump.hidden = true;
    if (elsewhere) openChannel(elsewhere);
    else toEnd();
  });
  const pin = new ResizeObserver(() => frame.dataset.pinned && toEnd());
  pin.observe(log);
  pin.observe(frame);
  frame.addEventListener("scroll", () => {
    frame.dataset.pinned = isAtEnd() ? "1" : "";
    if (isAtEnd() && !jump.dataset.channel) jump.hidden = true;
  }, { passive: true });
}

/** Offer the way to what came: further down, or in another channel. */
function drawJump(place) {
  jump.dataset.channel = place?.id ?? "";
  jump.textContent = place ? `New message in #${place.name} →` : "New messages ↓";
  jump.hidden = false;
}

const isAtEnd = () => frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR_END_PX;
const find = (id) => log.querySelector(`[data-id="${CSS.escape(id)}"]`);

function toEnd() {
  frame.scrollTop = frame.scrollHeight;
  frame.dataset.pinned = "1";
  if (!jump.dataset.channel) jump.hidden = true;
}

function drawAll() {
  const list = messages();
  if (!jump.dataset.channel || jump.dataset.channel === state.channelId) jump.hidden = true;
  log.setAttribute("aria-live", "off");
  fill(
    log,
    beginning(),
    list.map((each, at) => messageNode(each, { isGrouped: isGrouped(list[at - 1], each) })),
  );
  for (const node of pending.values()) if (node.dataset.channel === state.channelId) log.append(node);
  toEnd();
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
}

function drawOne(message) {
  const stick = isAtEnd();
  const list = messages();
  const at = list.findIndex((each) => each.id === message.id);
  const fresh = messageNode(message, { isGrouped: isGrouped(list[at - 1], message) });
  const old = find(message.id);
  if (old) {
    keepFocus(old, fresh);
  } else {
    fresh.classList.add("fresh");
    log.append(fresh);
  }
  if (stick) toEnd();
  else if (!old) drawJump(null);
}

/** Put `fresh` in the place of `old` without taking the focus from a button that is still there. */
function keepFocus(old, fresh) {
  const key = old.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  old.replaceWith(fresh);
  if (key) fresh.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function isGrouped(before, message) {
  if (!before || before.author.id !== message.author.id) return false;
  if (message.interaction || message.ephemeral || before.ephemeral) return false;
  return new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS;
}

function beginning() {
  const place = channel();
  if (!place) return el("li", { class: "beginning", text: "Nobody is here yet." });
  const start = `This is the start of the #${place.name} channel.`;
  const more = {
    5: "Press “Someone joins” under Play Patreon, and the bot will tell of it here.",
    15: "It is a forum: its posts are listed below it, on the left.",
  };
  const words = `${start} ${more[place.type] ?? ""}`;
  return el(
    "li",
    { class: "beginning" },
    el("span", { class: "beginning-icon", "aria-hidden": "true", text: "#" }),
    el("h3", { text: `Welcome to #${place.name}!` }),
    el("p", { text: words }),
  );
}

/** Show that a command is on its way; the returned function ends this, with an error or without. */
export function showPending(command) {
  const node = el("li", { class: "message pending", data: { channel: state.channelId } },
    cause({ user: state.viewer, command }),
    el("div", { class: "avatar bot", "aria-hidden": "true", text: state.bot.name.slice(0, 1) }),
    el("div", { class: "message-main" },
      el(
        "div",
        { class: "message-head" },
        el("span", { class: "author", text: state.bot.name }),
        el("span", { class: "app-tag", text: "APP" }),
      ),
      el("div", { class: "muted", text: `Sending /${command}…` })));
  const key = Symbol(command);
  pending.set(key, node);
  log.append(node);
  toEnd();
  const end = (error) => {
    pending.delete(key);
    if (!error) return node.remove();
    const close = el(
      "button",
      { class: "text-button", text: "Dismiss message", type: "button", on: { click: () => node.remove() } },
    );
    fill(
      node.querySelector(".muted"),
      el("span", { class: "failed refusal" }, icon("problem"), error),
      el("div", { class: "only-you" }, "Only you can see this • ", close),
    );
    if (isAtEnd()) toEnd();
    return undefined;
  };
  return end;
}
