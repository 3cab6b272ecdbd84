// The Markdown that stands within one line: emphasis, code, links, mentions, moments.

import { el, link } from "./dom.js";
import { timestamp } from "./time.js";

const DEEPEST = 8;
const PLAIN = /[^\\`*_~|<[@h]+|[\s\S]/y;

const RULES = [
  [/\\([^A-Za-z0-9\s])/y, ([, sign]) => document.createTextNode(sign)],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, ([, , code]) => el("code", { class: "code", text: code.trim() || code })],
  [/<t:(-?\d{1,17})(?::([tTdDfFRsS]))?>/y, ([, seconds, style]) => timestamp(Number(seconds), style)],
  [/<@!?(\d{1,20})>/y, ([, id], { names }) => mention(`@${names.user(id) ?? "unknown-user"}`)],
  [/<@&(\d{1,20})>/y, ([, id], { names }) => mention(`@${names.role(id) ?? "deleted-role"}`)],
  [/<#(\d{1,20})>/y, ([, id], { names }) => mention(names.channel(id) ? `#${names.channel(id)}` : "#unknown")],
  [/<\/([-_\w]+(?: [-_\w]+){0,2}):(\d{1,20})>/y, ([, name]) => mention(`/${name}`)],
  [/<id:(guide|browse|customize|linked-roles)>/y, ([, page]) => mention(page)],
  [/<a?:(\w{2,32}):(\d{1,20})>/y, ([, name]) => document.createTextNode(`:${name}:`)],
  [
    /@(everyone|here)\b/y,
    ([whole], { names }) => (names.everyone ? mention(whole) : document.createTextNode(whole)),
  ],
  [/\[((?:\\[\s\S]|[^[\]\\])+)\]\(<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?: "[^"\n]*")?\)/y,
    ([, words, url], { names, depth }) => link(unescaped(url), nested(words, { names, depth, linked: true }))],
  [/<(https?:\/\/[^\s<>]+)>/y, ([, url]) => link(url, url)],
  [/https?:\/\/[^\s<]*[^\s<.,:;"'\])]/y,
    ([url], { linked }) => (linked ? document.createTextNode(url) : link(url, url))],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, ([, words], about) => el("strong", {}, nested(words, about))],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, ([, words], about) => el("u", {}, nested(words, about))],
  [
    /\*(?=\S)((?:\\[\s\S]|\*\*|\s+(?:[^*\s\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y,
    ([, words], about) => el("em", {}, nested(words, about)),
  ],
  [/_((?:\\[\s\S]|__|[^\\_])+?)_(?!\w)/y, ([, words], about) => el("em", {}, nested(words, about))],
  [/~~((?:\\[\s\S]|[^\\])+?)~~(?!~)/y, ([, words], about) => el("s", {}, nested(words, about))],
  [/\|\|([\s\S]+?)\|\|/y, ([, words], about) => spoiler(nested(words, about))],
];

/** Render one line or paragraph as a list of nodes; line breaks stay. */
export function inline(text, names) {
  return nested(String(text ?? ""), { names, depth: 0, linked: false });
}

function nested(text, about) {
  if (about.depth >= DEEPEST) return [document.createTextNode(text)];
  const inner = { ...about, depth: about.depth + 1 };
  const nodes = [];
  let at = 0;
  while (at < text.length) {
    const found = match(text, at, inner);
    nodes.push(found.node);
    at = found.end;
  }
  return joined(nodes);
}

function match(text, at, about) {
  // An underscore within a word is no emphasis.
  const inWord = text[at] === "_" && /\w/.test(text[at - 1] ?? "");
  for (const [form, make] of RULES) {
    form.lastIndex = at;
    const found = inWord ? null : form.exec(text);
    const end = form.lastIndex;
    const node = found && make(found, about);
    if (node) return { node, end };
  }
  PLAIN.lastIndex = at;
  const [plain] = PLAIN.exec(text);
  return { node: document.createTextNode(plain), end: at + plain.length };
}

/** Make one text node of neighbours, so that a search in the page finds whole words. */
function joined(nodes) {
  const kept = [];
  for (const node of nodes) {
    const last = kept.at(-1);
    if (node.nodeType === Node.TEXT_NODE && last?.nodeType === Node.TEXT_NODE) last.data += node.data;
    else kept.push(node);
  }
  return kept;
}

const mention = (words) => el("span", { class: "mention", text: words });
const unescaped = (url) => url.replace(/\\([^A-Za-z0-9\s])/g, "$1");

function spoiler(nodes) {
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    node.classList.add("shown");
    node.removeAttribute("role");
    node.removeAttribute("aria-label");
  };
  const node = el(
    "span",
    {
      class: "spoiler",
      role: "button",
      tabindex: "0",
      "aria-label": "Spoiler, press to show",
      on: { click: show, keydown: show },
    },
    el("span", {}, nodes),
  );
  return node;
}
