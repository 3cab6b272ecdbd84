// The message box: ordinary text, or the start of a command.

import { askHere } from "./acting.js";
import { CommandEntry } from "./command.js";
import { matching } from "./commands.js";
import { byId, el, fill } from "./dom.js";
import { openModal } from "./modal.js";
import { showPending } from "./log.js";
import { COMBOBOX, Picker } from "./picker.js";
import { channel, on, state } from "./state.js";

const MAX_TEXT = 2000;

const form = byId("composer");
const pickerNode = el("div", { class: "picker" });
const box = el(
  "textarea",
  { id: "text", class: "text", rows: 1, maxlength: MAX_TEXT, "aria-label": "Message", ...COMBOBOX },
);
const complaint = el("p", { class: "complaint failed", role: "alert" });
const open = new Picker(pickerNode);
let entry = null;

/** Draw the message box and keep it right. */
export function watchComposer() {
  fill(
    form,
    pickerNode,
    el(
      "div",
      { class: "box" },
      el(
        "button",
        {
          class: "slash-button",
          type: "button",
          "aria-label": "Use a command",
          text: "/",
          on: { click: startSlash },
        },
      ),
      box,
    ),
    complaint,
  );
  box.addEventListener("input", typed);
  box.addEventListener("keydown", pressed);
  box.addEventListener(
    "blur",
    () => setTimeout(() => document.activeElement === box || entry || open.hide(), 150),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  on("channel", () => {
    leave("");
    drawHint();
  });
  on("guild", drawHint);
}

function drawHint() {
  const place = channel();
  if (!place) box.placeholder = "";
  else if (place.may_write) box.placeholder = `Message #${place.name} — or type / for commands`;
  else box.placeholder = "You may not write here; type / for commands";
}

function startSlash() {
  if (entry) return;
  if (!box.value.startsWith("/")) box.value = "/";
  box.focus();
  typed();
}

function typed() {
  complaint.textContent = "";
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  if (!box.value.startsWith("/") || box.value.includes("\n")) return open.hide();
  const items = matching(box.value.slice(1)).map((leaf) => ({
    label: `/${leaf.name}`,
    detail: leaf.description,
    sign: "/",
    side: state.bot.name,
    leaf,
  }));
  return open.show(
    box,
    state.bot.online ? "Commands" : "Commands — the bot is offline",
    items,
    ({ leaf }) => enter(leaf),
  );
}

function pressed(event) {
  if (open.take(event)) return;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say();
}

async function say() {
  const content = box.value.trim();
  if (!content) return;
  const reply = await askHere({ do: "say", content });
  if (!reply.ok) complaint.textContent = reply.error;
  else if (box.value.trim() === content) leave("");
}

function enter(leaf) {
  entry = new CommandEntry(
    leaf,
    { picker: open, onSend: (options) => use(leaf, options), onLeave: (left) => leave(left) },
  );
  box.replaceWith(entry.node);
  form.classList.add("with-command");
  entry.begin();
}

function leave(textLeft) {
  open.hide();
  complaint.textContent = "";
  if (entry) {
    entry.node.replaceWith(box);
    entry = null;
    form.classList.remove("with-command");
    box.focus();
  }
  box.value = textLeft;
  box.style.height = "auto";
  if (textLeft.startsWith("/")) typed();
}

async function use(leaf, options) {
  const end = showPending(leaf.name);
  leave("");
  const reply = await askHere({ do: "command", command_id: leaf.id, path: leaf.path, options });
  end(reply.ok ? null : reply.error);
  if (reply.modal) openModal(reply);
}
