// Menus to choose from: texts, people, roles and channels, one or several.

import { el, fill } from "./dom.js";
import { state } from "./state.js";

/** List what a menu offers as { value, label, detail, isChosen }. */
export function offers(part) {
  const picked = new Set((part.default_values ?? []).map((each) => each.id));
  const entry = (value, label, detail = "") => ({ value, label, detail, isChosen: picked.has(value) });
  const people = () => state.guild.members.map((each) => entry(each.id, each.name, "@"));
  const isRole = (each) => each.id !== state.guild.id;
  const roles = () => state.guild.roles.filter(isRole).map((each) => entry(each.id, each.name, "role"));
  if (part.type === 5) return people();
  if (part.type === 6) return roles();
  if (part.type === 7) return [...people(), ...roles()];
  if (part.type === 8) {
    const kinds = part.channel_types;
    const fits = (each) => !kinds?.length || kinds.includes(each.type);
    return state.guild.channels.filter(fits).map((each) => entry(each.id, each.name, "#"));
  }
  return part.options.map((each) => ({
    value: each.value,
    label: each.label,
    detail: each.description ?? "",
    isChosen: Boolean(each.default),
  }));
}

/** Draw a menu of a message; `choose(values, node)` is called when the choice is made. */
export function menu(part, choose) {
  const several = (part.max_values ?? 1) > 1;
  return several ? manyMenu(part, choose) : oneMenu(part, choose);
}

function oneMenu(part, choose) {
  const node = el(
    "select",
    {
      class: "menu",
      disabled: Boolean(part.disabled),
      "aria-label": part.placeholder ?? "Make a selection",
      data: { key: part.custom_id },
    },
  );
  const all = offers(part);
  const hint = el(
    "option",
    { value: "", text: part.placeholder ?? "Make a selection", selected: !all.some((each) => each.isChosen) },
  );
  node.append(
    hint,
    ...all.map((each) => el(
      "option",
      {
        value: each.value,
        text: each.detail ? `${each.label} — ${each.detail}` : each.label,
        selected: each.isChosen,
      },
    )),
  );
  node.addEventListener("change", () => choose(node.value ? [node.value] : [], node));
  return el("div", { class: "menu-frame" }, node);
}

function manyMenu(part, choose) {
  const boxes = offers(part).map((each) => {
    const box = el("input", { type: "checkbox", value: each.value, checked: each.isChosen });
    return {
      box,
      label: each.label,
      row: el(
        "label",
        { class: "menu-choice" },
        box,
        el(
          "span",
          {},
          each.label,
          each.detail ? el("span", { class: "muted small", text: ` ${each.detail}` }) : null,
        ),
      ),
    };
  });
  const summary = el("summary", { class: "menu" });
  const picked = () => boxes.filter((each) => each.box.checked);
  const word = () => fill(
    summary,
    picked().map((each) => each.label).join(", ") || (part.placeholder ?? "Make a selection"),
  );
  const node = el(
    "details",
    { class: "menu-frame many" },
    summary,
    el("div", { class: "menu-list" }, boxes.map((each) => each.row)),
  );
  const most = part.max_values;
  node.addEventListener("change", () => {
    const full = picked().length >= most;
    for (const each of boxes) each.box.disabled = full && !each.box.checked;
    word();
  });
  let before = "";
  node.addEventListener("toggle", () => {
    const values = picked().map((each) => each.box.value);
    if (node.open) before = values.join();
    else if (values.join() !== before && values.length >= (part.min_values ?? 1)) choose(values, summary);
  });
  if (part.disabled) node.inert = true;
  word();
  return node;
}
