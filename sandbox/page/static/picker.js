// The list that opens above the message box: commands, options, choices.

import { el, fill } from "./dom.js";

const MAX_ITEMS = 25;

export class Picker {
  #node;
  #items = [];
  #active = -1;
  #onPick = () => {};
  #owner = null;

  constructor(node) {
    this.#node = node;
    node.id = "picker";
    node.hidden = true;
  }

  get isOpen() {
    return !this.#node.hidden;
  }

  /** Offer `items` ({ label, detail, sign }) for the input `owner`; `active` is chosen at first. */
  show(owner, title, items, onPick, active = 0) {
    if (!items.length) return this.hide();
    this.#owner = owner;
    this.#items = items.slice(0, MAX_ITEMS);
    this.#onPick = onPick;
    const rows = this.#items.map((item, at) => el("li", {
      class: "pick", id: `pick-${at}`, role: "option", "aria-selected": "false",
      on: { mousedown: (event) => event.preventDefault(), click: () => this.pick(at) },
    },
      el("span", { class: "pick-sign", "aria-hidden": "true", text: item.sign ?? "" }),
      el("span", { class: "pick-words" },
        el("span", { class: "pick-label", text: item.label }),
        item.detail ? el("span", { class: "pick-detail", text: item.detail }) : null),
      item.side ? el("span", { class: "pick-side", text: item.side }) : null));
    fill(
      this.#node,
      el("div", { class: "picker-title", text: title }),
      el("ul", { class: "picks", role: "listbox", id: "picks", "aria-label": title }, rows),
    );
    this.#node.hidden = false;
    owner.setAttribute("aria-expanded", "true");
    this.#activate(Math.min(active, this.#items.length - 1));
    return undefined;
  }

  hide() {
    this.#node.hidden = true;
    this.#node.replaceChildren();
    this.#items = [];
    this.#owner?.setAttribute("aria-expanded", "false");
    this.#owner?.removeAttribute("aria-activedescendant");
  }

  /** Take a key if the list has a use for it; tells whether it did. */
  take(event) {
    if (!this.isOpen || event.isComposing) return false;
    const count = this.#items.length;
    if (event.key === "ArrowDown") this.#activate((this.#active + 1) % count);
    else if (event.key === "ArrowUp") this.#activate(
      (this.#active + (this.#active < 0 ? 0 : -1) + count) % count,
    );
    else if (event.key === "Escape") this.hide();
    else if (event.key === "Enter" && this.#active >= 0) this.pick(this.#active);
    else if (event.key === "Tab" && !event.shiftKey) this.pick(Math.max(0, this.#active));
    else return false;
    event.preventDefault();
    return true;
  }

  pick(at) {
    const [item, onPick] = [this.#items[at], this.#onPick];
    this.hide();
    if (item) onPick(item);
  }

  #activate(at) {
    this.#active = at;
    this.#node.querySelectorAll(".pick").forEach((row, place) => row.setAttribute(
      "aria-selected",
      String(place === at),
    ));
    const row = this.#node.querySelector(`#pick-${at}`);
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.#owner.setAttribute("aria-activedescendant", row.id);
    else this.#owner.removeAttribute("aria-activedescendant");
  }
}

/** The attributes of an input that a picker belongs to. */
export const COMBOBOX = {
  role: "combobox",
  "aria-autocomplete": "list",
  "aria-expanded": "false",
  "aria-controls": "picker",
};
