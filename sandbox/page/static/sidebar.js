// Channels on the left, members on the right, and who you are.

import { ask } from "./acting.js";
import { byId, el, fill, refill } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, coloured } from "./message.js";
import { channel, on, openChannel, state } from "./state.js";

const SIGNS = { 0: "hash", 5: "megaphone", 10: "thread", 11: "thread", 12: "thread", 15: "forum" };

/** Draw the sign of a kind of channel. */
export const channelIcon = (type) => icon(SIGNS[type] ?? "hash", "icon sign");

/** Draw the sides whenever the guild changes. `onPick` is called when a channel was opened. */
export function watchSides({ onPick }) {
  on("guild", () => {
    byId("guild-name").textContent = state.guild.name;
    const { channels, members } = state.guild;
    refill(byId("channels"), [channels, state.channelId, [...state.unread]], () => channelList(onPick));
    refill(byId("members"), [members, state.bot.online], memberList);
    refill(byId("me"), [state.people, state.viewer], me);
    drawHead();
  });
  on("channel", drawHead);
}

function drawHead() {
  const place = channel();
  fill(byId("channel-name"), place ? [channelIcon(place.type), place.name] : "No channel");
  byId("channel-topic").textContent = place?.topic ?? "";
  const bot = byId("bot-state");
  bot.className = `bot-state ${state.bot.online ? "online" : "offline-bot"}`;
  bot.textContent = state.bot.online ? "bot online" : "bot offline";
}

function channelList(onPick) {
  const all = state.guild.channels;
  const tops = all.filter((each) => !each.parent_id);
  const entry = (each, isThread) => el("li", {},
    el("button", {
      class: `channel${isThread ? " thread" : ""}${state.unread.has(each.id) ? " unread" : ""}`,
      type: "button",
      "aria-current": each.id === state.channelId ? "true" : undefined,
      data: { key: each.id },
      on: { click: () => { openChannel(each.id); onPick(); } },
    },
      channelIcon(each.type),
      el("span", { class: "channel-name", text: each.name }),
      each.is_hidden ? el("span", { class: "lock", title: "Hidden from ordinary members" }, icon("lock")) : null));
  return el(
    "ul",
    { class: "channel-list" },
    tops.map((top) => [
      entry(top, false),
      all.filter((each) => each.parent_id === top.id).map((each) => entry(each, true)),
    ]),
  );
}

function memberList() {
  const groups = new Map();
  for (const member of state.guild.members) {
    const name = member.group ?? "Online";
    groups.set(name, [...(groups.get(name) ?? []), member]);
  }
  return [...groups].map(([name, list]) => [
    el("h3", { class: "group-name", text: `${name} — ${list.length}` }),
    el(
      "ul",
      { class: "member-list" },
      list.map((each) => el(
        "li",
        { class: `member${each.bot && !state.bot.online ? " away" : ""}` },
        avatar(each),
        coloured(each, "member-name"),
        each.bot ? el("span", { class: "app-tag", text: "APP" }) : null,
        each.is_owner ? el("span", { class: "crown", title: "Server owner" }, icon("crown")) : null,
      )),
    ),
  ]);
}

function me() {
  const select = el("select", {
    id: "viewer",
    data: { key: "viewer" },
    class: "me-select",
    on: { change: () => ask({ do: "become", user_id: select.value }) },
  },
    state.people.map((each) => {
      const text = `${each.name} (${each.part})`;
      return el("option", { value: each.id, text, selected: each.id === state.viewer.id });
    }));
  const label = el("label", { class: "muted small", htmlFor: "viewer", text: "You are" });
  return [avatar(state.viewer), el("div", { class: "me-words" }, label, select)];
}
