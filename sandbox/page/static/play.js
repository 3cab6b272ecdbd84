// "Play Patreon": buttons that let something happen there, and what was sent because of it.

import { ask } from "./acting.js";
import { deliveryList } from "./deliveries.js";
import { byId, el, fill, refill } from "./dom.js";
import { one } from "./troubles.js";
import { on, state, tell } from "./state.js";

const EVENTS = [
  ["upgrade", "Upgrades", "↑", "Somebody moves to the next dearer tier"],
  ["downgrade", "Downgrades", "↓", "Somebody moves to the next cheaper tier"],
  ["decline", "Is declined", "!", "A payment of somebody who pays is declined"],
  ["recover", "Recovers", "✓", "A declined payment goes through at last"],
  ["cancel", "Cancels", "×", "Somebody cancels and stays until the paid period ends"],
  ["come_back", "Returns", "←", "A former patron pays again"],
  ["leave", "Leaves", "→", "A free member who never paid leaves"],
  ["publish", "New post", "+", "The creator publishes a post"],
];

const result = el("p", { class: "result", role: "status" });
const chosen = el("div", { class: "chosen" });
const hookState = el("p", { class: "muted small" });
const life = el("div", { class: "life" });
const list = el("ol", { class: "deliveries" });
const tier = el("select", { class: "input", id: "join-tier" });
const KINDS = { paid: "pays monthly", annual: "pays yearly", gift: "gets a gift", trial: "tries it for free" };
const kind = el("select", { class: "input", id: "join-kind" },
  Object.entries(KINDS).map(([value, text]) => el("option", { value, text })));
const name = el("input", { class: "input", id: "join-name", maxlength: 200, placeholder: "any name" });

/** Build the panel once and keep its lists true. */
export function watchPlay() {
  const join = el("form", { class: "join" },
    el("div", { class: "join-fields" },
      labelled("Tier", tier), labelled("Name", name), labelled("How", kind)),
    el("button", { class: "button primary wide", type: "submit", id: "join" }, "Someone joins"));
  join.addEventListener("submit", (event) => {
    event.preventDefault();
    const isFree = state.patreon?.tiers.find((each) => each.id === tier.value)?.amount_cents === 0;
    happen({
      event: "join",
      tier_id: tier.value,
      kind: isFree ? "free" : kind.value,
      name: name.value.trim() || undefined,
    });
  });
  tier.addEventListener("change", () => {
    kind.disabled = state.patreon?.tiers.find((each) => each.id === tier.value)?.amount_cents === 0;
  });
  fill(byId("play"),
    el(
      "h2",
      { class: "play-title" },
      el("span", { class: "patreon-dot", "aria-hidden": "true" }),
      "Play Patreon",
    ),
    el(
      "p",
      {
        class: "muted small",
        text: "You are Patreon here. Let something happen, and watch the bot tell of it in Discord.",
      },
    ),
    join,
    el("div", { class: "who" }, el("span", { class: "muted small", text: "It happens to" }), chosen),
    el("div", { class: "events" }, EVENTS.map(eventButton)),
    life, result,
    el("h3", { class: "play-heading", text: "Signed webhooks" }), hookState, list);
  on("patreon", drawTiers);
  on("chosen", drawChosen);
  on("deliveries", drawDeliveries);
  on("troubles", () => {
    const found = state.troubles.filter((each) => each.group === "Life");
    refill(life, found, () => found.map((each) => one(each, result)));
  });
  drawChosen();
}

function eventButton([event, words, sign, title]) {
  const click = () => happen({ event, member_id: state.chosen?.id });
  return el("button", { class: "button secondary event", type: "button", title, data: { event }, on: { click } },
    el("span", { class: "event-sign", "aria-hidden": "true", text: sign }), words);
}

const labelled = (words, input) => el(
  "label",
  { class: "join-label", htmlFor: input.id },
  el("span", { class: "small muted", text: words }),
  input,
);

async function happen(what) {
  result.className = "result";
  const reply = await ask({ do: "happen", ...what });
  result.classList.add(reply.ok ? "fine" : "failed");
  result.textContent = reply.ok ? reply.text : reply.error;
  if (reply.ok && what.event === "join") name.value = "";
}

function drawTiers() {
  const { tiers } = state.patreon;
  const facts = tiers.map(({ id, title, price }) => [id, title, price]);
  refill(tier, facts, () => {
    const before = tier.value;
    const ordered = [...tiers].sort((a, b) => (a.amount_cents === 0) - (b.amount_cents === 0));
    return ordered.map((each) => {
      const text = `${each.title} (${each.price})`;
      return el("option", { value: each.id, text, selected: each.id === before });
    });
  });
}

function drawChosen() {
  if (!state.chosen) {
    const choose = el(
      "button",
      {
        class: "text-button small",
        type: "button",
        text: "choose",
        on: { click: () => byId("tab-patreon").click() },
      },
    );
    return fill(chosen, el("span", { text: "anybody who fits" }), choose);
  }
  const clear = el("button", { class: "text-button small", type: "button", text: "anybody instead", on: { click: () => {
    state.chosen = null;
    tell("chosen");
  } } });
  return fill(chosen, el("strong", { class: "clip", text: state.chosen.name }), clear);
}

function hookTrouble({ paused, failures }) {
  if (paused) return " — paused after failures";
  return failures ? ` — failing, ${failures} in a row` : "";
}

function drawDeliveries() {
  const hooks = state.patreon?.hooks ?? [];
  hookState.textContent = hooks.length ? hooks.map(
    (each) => `to ${each.uri}${hookTrouble(each)}`,
  ).join("; ") : "No hook is registered.";
  deliveryList(list, state.deliveries);
}
