// The Patreon side: tiers, members to search and choose, and troubles to switch on.

import { ask } from "./acting.js";
import { byId, el, fill, refill } from "./dom.js";
import { on, state, tell } from "./state.js";
import { troubles } from "./troubles.js";

const WAIT_MS = 200;
const COLUMNS = ["Name", "Tier", "Status", "Pays", ""];
const title = el("h1", { class: "patreon-title" });
const facts = el("p", { class: "muted" });
const tiers = el("div", { class: "tiers" });
const search = el(
  "input",
  {
    class: "input",
    type: "search",
    id: "member-search",
    placeholder: "Search by name or status",
    "aria-label": "Search members",
    maxlength: 100,
  },
);
const rows = el("tbody");
const pages = el("div", { class: "pages" });
const trouble = el("div", { class: "troubles" });
let page = 1;
let timer = 0;

/** Build the Patreon tab once and keep it true. */
export function watchPatreon() {
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(1), WAIT_MS);
  });
  const table = el("div", {
    class: "table-frame",
    tabindex: "0",
    "aria-label": "Members",
  }, el("table", { class: "table" },
    el("thead", {}, el("tr", {}, COLUMNS.map((text) => el("th", { scope: "col", text })))), rows));
  fill(byId("patreon"),
    el("header", {}, title, facts), tiers,
    el(
      "section",
      { class: "card" },
      el("div", { class: "card-head" }, el("h2", { text: "Members" }), search),
      table,
      pages,
    ),
    el("section", { class: "card" },
      el("h2", { text: "Trouble" }),
      el("p", { class: "muted small", text: "Let the platforms misbehave, and see what the bot makes of it." }),
      trouble));
  on("patreon", () => {
    drawFacts();
    if (document.body.dataset.tab === "patreon") load(page);
  });
  on("tab", () => document.body.dataset.tab === "patreon" && load(page));
  on("chosen", () => document.body.dataset.tab === "patreon" && load(page));
  on("troubles", () => troubles(trouble));
}

function drawFacts() {
  const data = state.patreon;
  title.textContent = data.campaign;
  const last = data.last_request ? ` (the last one: ${data.last_request})` : "";
  facts.textContent = `${data.members} members, ${data.active} active patrons, ${data.posts} posts. `
    + `${data.requests} requests from the bot so far${last}.`;
  refill(
    tiers,
    data.tiers,
    () => data.tiers.map((each) => el(
      "div",
      { class: "tier" },
      el("div", { class: "tier-title", text: each.title }),
      el("div", { class: "tier-price", text: each.price }),
      el("div", { class: "muted small", text: `${each.members} entitled` }),
    )),
  );
}

async function load(wanted) {
  const text = search.value;
  const reply = await ask({ do: "members", text, page: wanted });
  if (!reply.ok || text !== search.value) return;
  page = reply.page;
  refill(rows, [reply.members, state.chosen?.id], () => reply.members.map(row));
  refill(pages, [page, reply.pages, reply.total], () => turning(reply));
}

function turning({ pages: last, total }) {
  const turn = (words, to, can) => {
    const click = () => load(to);
    const about = { class: "button secondary", type: "button", disabled: !can, data: { key: words } };
    return el("button", { ...about, text: words, on: { click } });
  };
  return [
    turn("Previous", page - 1, page > 1),
    el("span", { class: "muted", text: total ? `Page ${page} of ${last} — ${total} members` : "Nobody fits." }),
    turn("Next", page + 1, page < last),
  ];
}

function row(member) {
  const isChosen = state.chosen?.id === member.id;
  const word = isChosen ? "Chosen" : "Choose";
  const choose = () => {
    state.chosen = isChosen ? null : member;
    tell("chosen");
  };
  return el("tr", { class: isChosen ? "is-chosen" : "" },
    el("td", {}, el("bdi", { class: "clip", text: member.name })),
    el("td", { text: member.tiers }),
    el("td", {}, el("span", { class: `status ${member.tone}`, text: member.status })),
    el("td", { class: "number", text: member.amount }),
    el("td", {}, el("button", {
      class: "button secondary small-button",
      type: "button",
      "aria-pressed": String(isChosen),
      "aria-label": `${word}: ${member.name}`,
      text: word,
      data: { key: member.id },
      on: { click: choose },
    })));
}
