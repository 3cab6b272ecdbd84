// A list to choose from that opens at a button, and closes with Escape or a press elsewhere.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

const GAP_PX = 4;
const TALLEST_PX = 320;
let made = 0;

export class Dropdown {
  #offers;
  #least;
  #most;
  #placeholder;
  #onChoose;
  #before = [];
  #active = -1;
  #list;
  #words = el("span", { class: "menu-words" });
  #stop = null;

  /**
   * Offer `offers` ({ value, label, detail, sign, isChosen }; `sign` makes a node). `onChoose(values)`
   * is called when the list closes with another choice of at least `least` and at most `most`.
   */
  constructor(offers, { placeholder, least, most, key, isDisabled = false, onChoose = () => {} }) {
    this.#offers = offers;
    this.#least = least;
    this.#most = most;
    this.#placeholder = placeholder ?? "Make a selection";
    this.#onChoose = onChoose;
    this.values = offers.filter((each) => each.isChosen).map((each) => each.value);
    const id = `choices-${(made += 1)}`;
    this.#list = el(
      "ul",
      {
        class: "menu-list",
        id,
        role: "listbox",
        popover: "auto",
        "aria-label": this.#placeholder,
        "aria-multiselectable": most > 1 ? "true" : undefined,
        on: { toggle: (event) => event.newState === "closed" && this.#closed() },
      },
      offers.map((each, at) => this.#row(each, `${id}-${at}`)),
    );
    this.button = el(
      "button",
      {
        class: "menu",
        type: "button",
        role: "combobox",
        disabled: isDisabled,
        "aria-haspopup": "listbox",
        "aria-expanded": "false",
        "aria-controls": id,
        "aria-label": this.#placeholder,
        data: { key },
        on: { keydown: (event) => this.#pressed(event) },
      },
      this.#words,
      icon("chevron", "icon menu-arrow"),
    );
    this.button.popoverTargetElement = this.#list;
    this.#list.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#opening());
    this.node = el("div", { class: "menu-frame" }, this.button, this.#list);
    this.#draw();
  }

  #row({ value, label, detail, sign }, id) {
    const toggle = () => this.#pick(value);
    return el(
      "li",
      {
        class: "menu-choice",
        id,
        role: "option",
        data: { value },
        on: { mousedown: (event) => event.preventDefault(), click: toggle },
      },
      sign?.(),
      el(
        "span",
        { class: "menu-choice-words" },
        el("span", { class: "menu-label", text: label }),
        detail ? el("span", { class: "muted small block", text: detail }) : null,
      ),
      icon("check", "icon menu-check"),
    );
  }

  #opening() {
    this.#before = [...this.values];
    this.#place();
    this.button.setAttribute("aria-expanded", "true");
    this.#activate(this.#offers.findIndex((each) => this.values.includes(each.value)));
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    addEventListener("resize", () => this.#place(), { signal });
    document.addEventListener("scroll", () => this.#place(), { signal, capture: true, passive: true });
  }

  /** Stand below the button, or above it where there is more room. */
  #place() {
    if (!this.button.isConnected) return this.#stop?.abort();
    const { style } = this.#list;
    const at = this.button.getBoundingClientRect();
    const below = innerHeight - at.bottom - 2 * GAP_PX;
    const above = at.top - 2 * GAP_PX;
    const isBelow = below >= Math.min(TALLEST_PX, this.#offers.length * 44) || below >= above;
    style.insetInlineStart = `${at.left}px`;
    style.inlineSize = `${at.width}px`;
    style.insetBlock = isBelow ? `${at.bottom + GAP_PX}px auto` : `auto ${innerHeight - at.top + GAP_PX}px`;
    style.maxBlockSize = `${Math.min(TALLEST_PX, isBelow ? below : above)}px`;
    return undefined;
  }

  #closed() {
    this.#stop?.abort();
    this.button.setAttribute("aria-expanded", "false");
    this.button.removeAttribute("aria-activedescendant");
    if (!this.#isOther()) return;
    if (this.values.length < this.#least) {
      this.values = this.#before;
      this.#draw();
      return;
    }
    this.node.dispatchEvent(new Event("change", { bubbles: true }));
    this.#onChoose(this.values, this.button);
  }

  #isOther() {
    return this.values.length !== this.#before.length
      || this.values.some((each) => !this.#before.includes(each));
  }

  #pick(value) {
    const had = this.values.includes(value);
    if (this.#most > 1) {
      if (had) this.values = this.values.filter((each) => each !== value);
      else if (this.values.length < this.#most) this.values = [...this.values, value];
    } else {
      this.values = had && this.#least === 0 ? [] : [value];
    }
    this.#draw();
    if (this.#most === 1) this.#list.hidePopover();
  }

  #draw() {
    const picked = this.#offers.filter((each) => this.values.includes(each.value));
    const isFull = this.#most > 1 && picked.length >= this.#most;
    fill(
      this.#words,
      picked.length
        ? picked.map(({ sign, label }) => el("span", { class: "menu-picked" }, sign?.(), el("bdi", { text: label })))
        : el("span", { class: "menu-hint", text: this.#placeholder }),
    );
    for (const row of this.#list.children) {
      const isPicked = this.values.includes(row.dataset.value);
      row.setAttribute("aria-selected", String(isPicked));
      row.setAttribute("aria-disabled", String(isFull && !isPicked));
    }
  }

  #activate(at) {
    this.#active = at;
    [...this.#list.children].forEach((row, place) => row.classList.toggle("active", place === at));
    const row = this.#list.children[at];
    if (!row) return;
    this.button.setAttribute("aria-activedescendant", row.id);
    requestAnimationFrame(() => row.scrollIntoView({ block: "nearest" }));
  }

  #pressed(event) {
    const { key } = event;
    const isOpen = this.#list.matches(":popover-open");
    const last = this.#offers.length - 1;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!isOpen) this.#list.showPopover();
      if (key === "ArrowDown") this.#activate(Math.min(this.#active + 1, last));
      else this.#activate(Math.max(this.#active - 1, 0));
    } else if (!isOpen) {
      return;
    } else if (key === "Tab") {
      this.#list.hidePopover();
      return;
    } else if (key === "Home") this.#activate(0);
    else if (key === "End") this.#activate(last);
    else if (key === "Enter" || key === " ") {
      if (this.#active >= 0) this.#pick(this.#offers[this.#active].value);
    } else if (key.length === 1 && !event.ctrlKey && !event.metaKey) this.#jump(key.toLowerCase());
    else return;
    event.preventDefault();
  }

  #jump(letter) {
    const order = [...this.#offers.keys()];
    const turned = [...order.slice(this.#active + 1), ...order.slice(0, this.#active + 1)];
    const found = turned.find((at) => this.#offers[at].label.toLowerCase().startsWith(letter));
    if (found !== undefined) this.#activate(found);
  }
}
