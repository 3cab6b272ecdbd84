// Switches and buttons that make the stand-ins misbehave.

import { ask } from "./acting.js";
import { el, refill } from "./dom.js";
import { state } from "./state.js";

const result = el("p", { class: "result", role: "status" });

/** Draw what the server offers, by platform. */
export function troubles(node) {
  const offered = state.troubles.filter((each) => each.group !== "Life");
  refill(node, offered, () => groups(offered));
  node.after(result);
}

function groups(offered) {
  const names = [...new Set(offered.map((each) => each.group))];
  return names.map((name) => {
    const list = offered.filter((each) => each.group === name).map((each) => one(each, result));
    return [el("h3", { class: "play-heading", text: name }), el("div", { class: "trouble-list" }, list)];
  });
}

/** Draw one: a button, or a switch that stays on. What came of it is written in `note`. */
export function one(trouble, note) {
  const act = async (isOn) => {
    const reply = await ask({ do: "trouble", name: trouble.name, on: isOn });
    note.className = `result ${reply.ok ? "fine" : "failed"}`;
    note.textContent = reply.ok ? reply.text : reply.error;
    return reply.ok;
  };
  const words = el("span", { class: "trouble-words" },
    el("span", { text: trouble.title }),
    el("span", { class: "muted small", text: trouble.detail }));
  return trouble.is_switch ? toggle(trouble, words, act) : button(trouble, words, act);
}

function button(trouble, words, act) {
  const node = el("button", {
    class: "button secondary small-button",
    type: "button",
    text: "Do it",
    "aria-label": `${trouble.title}: do it`,
    data: { key: trouble.name },
    on: { click: () => act(true) },
  });
  return el("div", { class: "trouble" }, words, node);
}

function toggle(trouble, words, act) {
  const box = el("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    checked: trouble.is_on,
    data: { key: trouble.name },
  });
  box.addEventListener("change", async () => {
    if (!(await act(box.checked))) box.checked = trouble.is_on;
  });
  return el("label", { class: "trouble" }, words, box);
}
