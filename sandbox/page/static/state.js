// What the page knows, and who wants to hear that it changed.

import { webAddress } from "./dom.js";

const KEPT_MESSAGES = 300;
const COMPONENTS_V2 = 1 << 15;

export const state = {
  viewer: null,
  people: [],
  guild: { id: "", name: "…", channels: [], roles: [], members: [] },
  commands: [],
  bot: { online: false, name: "Bot" },
  messages: new Map(),
  channelId: null,
  unread: new Set(),
  patreon: null,
  deliveries: [],
  troubles: [],
  media: [],
  chosen: null,
};

const listeners = new Map();

/** Call `listener` after changes of `topic`: a kind of update, or channel, elsewhere, news, tab, chosen. */
export function on(topic, listener) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
}

/** Say that `topic` changed. */
export function tell(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

/** Take one update of the server. */
export function take(update) {
  if (update.type === "state") takeAll(update);
  else if (update.type === "guild") takeGuild(update);
  else if (update.type === "message") takeMessage(update.message);
  else if (update.type === "gone") dropMessage(update.channel_id, update.message_id);
  else if (update.type === "patreon") {
    state.patreon = update.patreon;
    tell("patreon");
  } else if (update.type === "deliveries") {
    state.deliveries = update.deliveries;
    tell("deliveries");
  } else if (update.type === "troubles") {
    state.troubles = update.troubles;
    tell("troubles");
  }
}

function takeAll(update) {
  state.viewer = update.viewer;
  state.people = update.people;
  state.media = update.media;
  const byId = (list) => new Map(list.map((each) => [each.id, each]));
  state.messages = new Map(Object.entries(update.messages).map(([id, list]) => [id, byId(list)]));
  state.patreon = update.patreon;
  state.deliveries = update.deliveries;
  state.troubles = update.troubles;
  takeGuild(update, true);
  for (const topic of ["patreon", "deliveries", "troubles"]) tell(topic);
}

function takeGuild(update, anew = false) {
  state.guild = update.guild;
  state.commands = update.commands;
  state.bot = update.bot;
  const kept = state.guild.channels.some((each) => each.id === state.channelId);
  if (!kept) state.channelId = firstChannel()?.id ?? null;
  tell("guild");
  if (anew || !kept) tell("channel");
}

function firstChannel() {
  const readable = state.guild.channels.filter((each) => each.type === 0 || each.type === 5);
  return readable.find((each) => each.name.includes("feed")) ?? readable[0];
}

function takeMessage(message) {
  const channel = state.messages.get(message.channel_id) ?? new Map();
  state.messages.set(message.channel_id, channel);
  const isNew = !channel.has(message.id);
  channel.set(message.id, message);
  if (channel.size > KEPT_MESSAGES) channel.delete(channel.keys().next().value);
  if (isNew && message.channel_id !== state.channelId) {
    state.unread.add(message.channel_id);
    tell("guild");
    tell("elsewhere", message);
  }
  tell("message", message);
  if (isNew) tell("news");
}

function dropMessage(channelId, messageId) {
  if (state.messages.get(channelId)?.delete(messageId)) tell("gone", messageId);
}

/** Show another channel. */
export function openChannel(id) {
  state.channelId = id;
  state.unread.delete(id);
  tell("guild");
  tell("channel");
}

/** The channel that is shown, if any. */
export const channel = () => state.guild.channels.find((each) => each.id === state.channelId);

/** The shown channel's messages, oldest first. */
export const messages = () => [...(state.messages.get(state.channelId)?.values() ?? [])];

/** Whether a message is laid out in Components V2. */
export const isLayout = (message) => Boolean(message.flags & COMPONENTS_V2);

/** Resolve mentions by what this guild knows; `everyone` tells whether @everyone is one. */
export function names(everyone = false) {
  const find = (list, id) => list.find((each) => each.id === id)?.name;
  return {
    everyone,
    user: (id) => find(state.guild.members, id),
    role: (id) => find(state.guild.roles, id),
    channel: (id) => find(state.guild.channels, id),
  };
}

/** Find a member of the guild. */
export const memberOf = (id) => state.guild.members.find((each) => each.id === id);

/** Return where this page may load a picture or file from; null for anything outside the demo. */
export function mediaSource(url) {
  const address = webAddress(url);
  const known = address && state.media.some((base) => address.startsWith(`${base}/`));
  return known ? `/media?url=${encodeURIComponent(address)}` : null;
}
