// Discord's Markdown as DOM nodes. Every piece of the text ends in a text node: nothing can inject.

import { el } from "./dom.js";
import { inline } from "./inline.js";

const FENCE = /```(?:([A-Za-z0-9_+\-.#]+)\n)?\n*([\s\S]*?)\n*```/g;
const HEADING = /^(#{1,3})\s+(\S.*)$/;
const SUBTEXT = /^-#\s+(\S.*)$/;
const ITEM = /^(\s*)(?:([-*])|(\d{1,9})\.)\s+(\S.*)$/;
const QUOTE = /^>\s(.*)$/;
const DEEPEST = 4;

/** Render a whole text; `names` resolves mentions. Gives a fragment. */
export function markdown(text, names) {
  const fragment = document.createDocumentFragment();
  const source = String(text ?? "");
  let from = 0;
  for (const fence of source.matchAll(FENCE)) {
    blocks(source.slice(from, fence.index).replace(/\n$/, ""), names, fragment, 0);
    fragment.append(el("pre", { class: "code-block", tabindex: "0" }, el("code", { text: fence[2] })));
    from = fence.index + fence[0].length;
    if (source[from] === "\n") from += 1;
  }
  blocks(source.slice(from), names, fragment, 0);
  return fragment;
}

function blocks(text, names, parent, depth) {
  if (!text) return;
  const lines = text.split("\n");
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) parent.append(...inline(paragraph.join("\n"), names));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (line.startsWith(">>> ") && depth === 0) {
      flush();
      quote([line.slice(4), ...lines.slice(at + 1)], names, parent, depth);
      return;
    }
    if (QUOTE.test(line) && depth < DEEPEST) {
      flush();
      const quoted = [];
      while (at < lines.length && QUOTE.test(lines[at])) quoted.push(QUOTE.exec(lines[at++])[1]);
      at -= 1;
      quote(quoted, names, parent, depth);
    } else if (HEADING.test(line)) {
      flush();
      const [, marks, words] = HEADING.exec(line);
      parent.append(
        el(
          "div",
          { class: `heading h${marks.length}`, role: "heading", "aria-level": marks.length + 2 },
          inline(words, names),
        ),
      );
    } else if (SUBTEXT.test(line)) {
      flush();
      parent.append(el("div", { class: "subtext" }, inline(SUBTEXT.exec(line)[1], names)));
    } else if (ITEM.test(line)) {
      flush();
      const items = [];
      while (at < lines.length && ITEM.test(lines[at])) items.push(ITEM.exec(lines[at++]));
      at -= 1;
      parent.append(list(items, names));
    } else {
      const next = lines[at + 1];
      paragraph.push(line);
      if (next === undefined || startsBlock(next)) flush();
    }
  }
  flush();
}

const startsBlock = (line) => [
  HEADING,
  SUBTEXT,
  ITEM,
  QUOTE,
].some((form) => form.test(line)) || line.startsWith(">>> ");

function quote(lines, names, parent, depth) {
  const inner = el("div", { class: "quoted" });
  blocks(lines.join("\n"), names, inner, depth + 1);
  parent.append(el("div", { class: "quote" }, inner));
}

/** Build nested lists from lines that were indented by spaces. */
function list(items, names) {
  const make = (item) => el(item[3] ? "ol" : "ul", { class: "list", start: item[3] || undefined });
  const root = make(items[0]);
  const open = [{ indent: items[0][1].length, node: root }];
  for (const item of items) {
    const indent = item[1].length;
    while (open.length > 1 && indent < open.at(-1).indent) open.pop();
    if (indent >= open.at(-1).indent + 2 && open.at(-1).node.lastChild && open.length <= DEEPEST) {
      const node = make(item);
      open.at(-1).node.lastChild.append(node);
      open.push({ indent, node });
    }
    open.at(-1).node.append(el("li", {}, inline(item[4], names)));
  }
  return root;
}
