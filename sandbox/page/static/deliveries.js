// The deliveries of webhooks, newest first, each with its signature, answers and body.

import { ask } from "./acting.js";
import { el, fill } from "./dom.js";
import { moment } from "./time.js";

/** Draw the deliveries into `list`, leaving open what was open. */
export function deliveryList(list, deliveries) {
  const known = new Map([...list.children].map((node) => [node.dataset.delivery, node]));
  const nodes = deliveries.map((each) => {
    const old = known.get(String(each.id));
    if (old?.dataset.version === each.version) return old;
    const fresh = delivery(each);
    if (old?.querySelector("details")?.open) fresh.querySelector("details").open = true;
    return fresh;
  });
  if (!nodes.length) return fill(list, el("li", { class: "muted small", text: "Nothing was sent yet." }));
  if (nodes.length === list.children.length && nodes.every(
    (node, at) => node === list.children[at],
  )) return list;
  return fill(list, nodes);
}

function delivery(data) {
  const summary = el(
    "summary",
    { class: "delivery-head" },
    badge(data),
    el("code", { class: "trigger", text: data.trigger }),
    moment(new Date(data.created_at), "R", "muted small"),
  );
  const facts = el("dl", { class: "facts" },
    fact("X-Patreon-Signature", data.signature ?? "not sent yet"),
    fact("About", data.about),
    data.attempts.map((each, at) => fact(`Try ${at + 1}`, outcome(each))));
  const details = el("details", { class: "delivery-details" }, summary);
  // The body is long and seldom looked at: it is fetched when the details are opened first.
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    const body = el("pre", { class: "body", tabindex: "0", "aria-label": "Body" }, "…");
    details.append(facts, body);
    ask({ do: "delivery", id: data.id }).then((reply) => (body.textContent = reply.body ?? reply.error));
  });
  return el("li", { class: "delivery", data: { delivery: data.id, version: data.version } }, details);
}

const outcome = ({ status, answer }) => `${status ?? "no answer"}${answer ? ` — ${answer}` : ""}`;
const fact = (term, words) => [el("dt", { text: term }), el("dd", { text: words })];

function badge(data) {
  const last = data.attempts.at(-1);
  if (!last) return el("span", { class: "badge waiting", text: "waiting" });
  const good = last.status >= 200 && last.status < 300;
  return el("span", { class: `badge ${good ? "good" : "bad"}`, text: String(last.status ?? "failed") });
}
