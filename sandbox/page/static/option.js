// The field of one option of a command.

import { askHere } from "./acting.js";
import { el } from "./dom.js";
import { COMBOBOX } from "./picker.js";
import { state } from "./state.js";
import { encoded, tooLarge } from "./upload.js";

const [INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE] = [4, 5, 6, 7, 8, 9, 10, 11];
const NAMES_SOMETHING = new Set([USER, CHANNEL, ROLE, MENTIONABLE]);
const WAIT_MS = 150;

export class OptionField {
  #entry;
  #picker;
  #picked = null;
  #timer = 0;
  #asked = 0;

  constructor(option, { entry, picker }) {
    this.option = option;
    this.#entry = entry;
    this.#picker = picker;
    const isFile = option.type === FILE;
    this.input = el(
      "input",
      isFile ? { type: "file", "aria-label": option.name } : {
        class: "option-input",
        "aria-label": `${option.name}: ${option.description}`,
        size: 10,
        ...COMBOBOX,
      },
    );
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("focus", () => this.offer());
    this.input.addEventListener("keydown", (event) => this.#pressed(event));
    this.node = el(
      "label",
      { class: "option", title: option.description },
      el("span", { class: "option-name", text: option.name }),
      this.input,
    );
  }

  /** What the field holds when that needs no waiting; undefined when it is empty or no value yet. */
  get plainValue() {
    if (this.#picked) return this.#picked.value;
    const { type } = this.option;
    if (type === INTEGER || type === NUMBER) return Number(this.input.value) || undefined;
    return type === 3 && this.input.value ? this.input.value : undefined;
  }

  /** Read the value to send as { value } or { error }; an empty optional field gives neither. */
  async read() {
    const { option, input } = this;
    if (option.type === FILE) {
      const file = input.files[0];
      if (!file) return option.required ? { error: "A file is required." } : {};
      const problem = tooLarge([file]);
      return problem ? { error: problem } : { value: await encoded(file) };
    }
    const typed = input.value.trim();
    if (!typed) return option.required ? { error: "This option is required. Specify a value." } : {};
    if (this.#picked) return { value: this.#picked.value };
    if ((option.type === INTEGER || option.type === NUMBER) && !option.choices?.length) return this.#number(typed);
    const exact = this.#offers().find((each) => each.label.toLowerCase() === typed.toLowerCase());
    if (exact) return { value: exact.value };
    if (option.choices?.length || option.type === BOOLEAN || NAMES_SOMETHING.has(option.type)) return {
      error: `"${typed}" is none of the choices.`,
    };
    return { value: typed };
  }

  complain(error) {
    this.node.classList.toggle("wrong", Boolean(error));
    if (error) this.node.dataset.error = error;
    else delete this.node.dataset.error;
  }

  /** Show what can be picked. */
  offer() {
    if (this.option.autocomplete) return this.#suggest();
    const typed = this.#picked ? "" : this.input.value.trim().toLowerCase();
    const items = this.#offers().filter((each) => each.label.toLowerCase().includes(typed));
    if (!items.length) return this.#picker.hide();
    return this.#show(items);
  }

  #show(items) {
    this.#picker.show(this.input, `${this.option.name} — ${this.option.description}`, items, (item) => {
      this.#picked = item;
      this.input.value = item.label;
      this.complain(null);
      this.#entry.next(this);
    });
  }

  #offers() {
    const { type, choices } = this.option;
    const named = (list, sign) => list.map((each) => ({ label: each.name, value: each.id, sign }));
    const people = () => named(state.guild.members, "@");
    const roles = () => named(state.guild.roles, "@");
    if (choices?.length) return choices.map((each) => ({ label: String(each.name), value: each.value }));
    if (type === BOOLEAN) return [{ label: "True", value: true }, { label: "False", value: false }];
    if (type === USER) return people();
    if (type === ROLE) return roles();
    if (type === MENTIONABLE) return [...people(), ...roles()];
    if (type === CHANNEL) {
      const kinds = this.option.channel_types;
      return named(state.guild.channels.filter((each) => !kinds?.length || kinds.includes(each.type)), "#");
    }
    return [];
  }

  #suggest() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const asked = (this.#asked += 1);
      const typed = this.#picked ? "" : this.input.value;
      const reply = await askHere(
        { do: "suggest", ...this.#entry.about(this.option.name), focused: this.option.name, typed },
      );
      if (asked !== this.#asked || document.activeElement !== this.input) return;
      const items = (reply.choices ?? []).map((each) => ({ label: String(each.name), value: each.value }));
      if (items.length) this.#show(items);
      else this.#picker.hide();
    }, WAIT_MS);
  }

  #number(typed) {
    const number = Number(typed);
    const { type, min_value: least = -Infinity, max_value: most = Infinity } = this.option;
    if (!Number.isFinite(number) || (type === INTEGER && !Number.isInteger(number))) return {
      error: "This must be a number.",
    };
    return number < least || number > most ? {
      error: `This must be between ${least} and ${most}.`,
    } : { value: number };
  }

  #typed() {
    this.#picked = null;
    this.complain(null);
    if (this.option.autocomplete) this.#picker.hide();
    this.offer();
  }

  #pressed(event) {
    if (this.#picker.take(event)) return;
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.#entry.send();
    } else if (event.key === "Escape") {
      this.#entry.leave();
    } else if (event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.#entry.next(this);
    } else if (event.key === "Backspace" && !this.input.value) {
      event.preventDefault();
      this.#entry.remove(this);
    }
  }
}
