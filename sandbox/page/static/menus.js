// Menus to choose from: texts, people, roles and channels, one or several.

import { el } from "./dom.js";
import { Dropdown } from "./dropdown.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { channelIcon } from "./sidebar.js";
import { state } from "./state.js";

/** List what a menu offers as { value, label, detail, sign, isChosen }; `sign` draws what stands before it. */
export function offers(part) {
  const picked = new Set((part.default_values ?? []).map((each) => each.id));
  const entry = ({ id, name }, sign) => ({ value: id, label: name, sign, isChosen: picked.has(id) });
  const people = () => state.guild.members.map((each) => entry(each, () => avatar(each, "small-avatar")));
  const isRole = (each) => each.id !== state.guild.id;
  const roles = () => state.guild.roles.filter(isRole).map((each) => entry(each, () => roleSign(each)));
  if (part.type === 5) return people();
  if (part.type === 6) return roles();
  if (part.type === 7) return [...people(), ...roles()];
  if (part.type === 8) {
    const kinds = part.channel_types;
    const fits = (each) => !kinds?.length || kinds.includes(each.type);
    return state.guild.channels.filter(fits).map((each) => entry(each, () => channelIcon(each.type)));
  }
  return part.options.map((each) => ({
    value: each.value,
    label: each.label,
    detail: each.description ?? "",
    sign: each.emoji?.name && (() => el("span", { class: "menu-emoji", text: each.emoji.name })),
    isChosen: Boolean(each.default),
  }));
}

/** Draw a menu of a message; `choose(values, node)` is called when the choice is made. */
export function menu(part, choose) {
  return dropdown(part, { least: part.min_values ?? 1, onChoose: choose }).node;
}

/** Make the list of a menu that asks for at least `least` values. */
export function dropdown(part, { least, onChoose }) {
  return new Dropdown(offers(part), {
    placeholder: part.placeholder,
    least,
    most: part.max_values ?? 1,
    key: part.custom_id,
    isDisabled: Boolean(part.disabled),
    onChoose,
  });
}

function roleSign(role) {
  const sign = icon("shield", "icon role-sign");
  sign.style.color = role.colour;
  return sign;
}
