// Moments as Discord shows them; relative ones stay true while the page is open.

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const MAX_SECONDS = 8.64e12;
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Word the distance from now to a moment. */
export function relative(date) {
  const seconds = Math.round((date.getTime() - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS.at(-1);
  return words.format(Math.trunc(seconds / size), unit);
}

/** Write a date in one of Discord's timestamp styles. */
export function written(date, style = "f") {
  return style === "R" ? relative(date) : new Intl.DateTimeFormat(
    "en-GB",
    STYLES[style] ?? STYLES.f,
  ).format(date);
}

/** Make the element for `<t:seconds:style>`; null when it is no possible moment. */
export function timestamp(seconds, style = "f") {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > MAX_SECONDS) return null;
  return moment(new Date(seconds * 1000), style, "timestamp");
}

/** Make a <time> that keeps itself true. */
export function moment(date, style, className) {
  const node = document.createElement("time");
  node.className = className;
  node.dateTime = date.toISOString();
  node.title = written(date, "F");
  node.dataset.style = style;
  node.textContent = written(date, style);
  return node;
}

/** Write when a message came: only the time today, the date before. */
export function messageTime(date) {
  const today = new Date();
  const same = date.toDateString() === today.toDateString();
  return written(date, same ? "t" : "s");
}

/** Renew all relative times on the page, for good. */
export function keepTimesTrue() {
  setInterval(() => {
    for (const node of document.querySelectorAll('time[data-style="R"]')) {
      const text = relative(new Date(node.dateTime));
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}
