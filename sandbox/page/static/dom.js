// Build elements. Data only ever becomes text, attribute values or properties, never markup.

const PROPERTIES = new Set(
  ["value", "checked", "disabled", "hidden", "selected", "multiple", "required", "open", "tabIndex", "htmlFor"],
);

/** Make an element: `props` holds class, text, data, on (listeners), properties and attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "on") Object.entries(value).forEach((each) => node.addEventListener(...each));
    else if (PROPERTIES.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

/** Append nodes and texts; nested lists are flattened, empty values skipped. */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Replace everything in `node`. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

const drawn = new WeakMap();

/**
 * Replace everything in `node` by what `make` gives, unless `facts` are those of the last time.
 * The focus stays on the part with the same `data-key`.
 */
export function refill(node, facts, make) {
  const told = JSON.stringify(facts);
  if (drawn.get(node) === told) return;
  drawn.set(node, told);
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  fill(node, make());
  if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Find the element with an id that index.html is sure to have. */
export const byId = (id) => document.getElementById(id);

/** Write a Discord colour number as CSS; black stands for "no colour". */
export const colour = (number) => (number ? `#${Number(number).toString(16).padStart(6, "0").slice(-6)}` : "");

/** Return `url` if it is an http or https address, else null. */
export function webAddress(url) {
  try {
    const parsed = new URL(String(url));
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Make a link that opens apart and tells the other side nothing; other schemes become plain text. */
export function link(url, ...children) {
  const address = webAddress(url);
  if (!address) return el("span", {}, ...children);
  return el(
    "a",
    { class: "link", href: address, target: "_blank", rel: "noopener noreferrer nofollow", title: address },
    ...children,
  );
}
