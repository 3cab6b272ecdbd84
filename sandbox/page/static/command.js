// A chosen command with its options, each typed or picked in a field of its own.

import { el } from "./dom.js";
import { OptionField } from "./option.js";
import { COMBOBOX } from "./picker.js";

export class CommandEntry {
  #leaf;
  #picker;
  #onSend;
  #onLeave;
  #fields = [];
  #tail;

  /** `onSend(values)` is called with the options' values, `onLeave(text)` when the command is given up. */
  constructor(leaf, { picker, onSend, onLeave }) {
    this.#leaf = leaf;
    this.#picker = picker;
    this.#onSend = onSend;
    this.#onLeave = onLeave;
    this.#tail = el(
      "input",
      { class: "tail", "aria-label": `Add an option to /${leaf.name}, or press Enter to send`, ...COMBOBOX },
    );
    this.#tail.addEventListener("input", () => this.#tailTyped());
    this.#tail.addEventListener("focus", () => this.#offerOptions());
    this.#tail.addEventListener("keydown", (event) => this.#tailPressed(event));
    const send = el(
      "button",
      { class: "send", type: "button", "aria-label": "Send", text: "➤", on: { click: () => this.send() } },
    );
    this.node = el(
      "div",
      { class: "command" },
      el("span", { class: "command-name", text: `/${leaf.name}` }),
      this.#tail,
      send,
    );
  }

  /** Put the cursor where something is missing. */
  begin() {
    for (const option of this.#leaf.options.filter((each) => each.required)) this.#add(option);
    (this.#fields[0]?.input ?? this.#tail).focus();
    this.#picker.hide();
    if (this.#fields.length) this.#fields[0].offer();
    else this.#offerOptions();
  }

  /** Send the command unless an option is wrong; then the cursor goes there. */
  async send() {
    this.#picker.hide();
    const values = {};
    for (const each of this.#fields) {
      const { value, error } = await each.read();
      each.complain(error);
      if (error) return each.input.focus();
      if (value !== undefined) values[each.option.name] = value;
    }
    return this.#onSend(values);
  }

  /** What autocompletion needs to know: the command and what the other fields hold. */
  about(name) {
    const others = this.#fields.filter((each) => each.option.name !== name && each.plainValue !== undefined);
    return {
      command_id: this.#leaf.id,
      path: this.#leaf.path,
      options: Object.fromEntries(others.map((each) => [each.option.name, each.plainValue])),
    };
  }

  next(field) {
    const following = this.#fields[this.#fields.indexOf(field) + 1];
    (following?.input ?? this.#tail).focus();
  }

  remove(field) {
    if (field.option.required) return;
    this.#fields = this.#fields.filter((each) => each !== field);
    field.node.remove();
    this.#tail.focus();
  }

  leave(textLeft = "") {
    this.#onLeave(textLeft);
  }

  #rest(typed = "") {
    const used = new Set(this.#fields.map((each) => each.option.name));
    const start = typed.toLowerCase().replace(/:$/, "");
    return this.#leaf.options.filter((each) => !used.has(each.name) && each.name.startsWith(start));
  }

  #offerOptions() {
    const typed = this.#tail.value.trim();
    const items = this.#rest(typed).map((option) => ({
      label: option.name,
      detail: option.description,
      sign: "+",
      option,
    }));
    this.#picker.show(
      this.#tail,
      "Options — or press Enter to send",
      items,
      ({ option }) => this.#add(option),
      typed ? 0 : -1,
    );
  }

  #tailTyped() {
    const typed = this.#tail.value.trim();
    const exact = typed.endsWith(":") && this.#rest(typed).find(
      (each) => `${each.name}:` === typed.toLowerCase(),
    );
    if (exact) this.#add(exact);
    else this.#offerOptions();
  }

  #tailPressed(event) {
    if (this.#picker.take(event)) return;
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      this.leave();
    } else if (event.key === "Backspace" && !this.#tail.value) {
      event.preventDefault();
      const last = this.#fields.at(-1);
      if (last) last.input.focus();
      else this.leave(`/${this.#leaf.name}`.slice(0, -1));
    }
  }

  #add(option) {
    this.#picker.hide();
    this.#tail.value = "";
    const field = new OptionField(option, { entry: this, picker: this.#picker });
    this.#fields.push(field);
    this.#tail.before(field.node);
    field.input.focus();
  }
}
