// Small drawings in the colour of the text around them.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  megaphone: "M4 10v4h3l8 5V5L7 10H4ZM18.5 9a4 4 0 0 1 0 6M7 14v5h3",
  forum: "M4 5h16v10H9l-4 4v-4H4ZM8 9h8M8 12h5",
  thread: "M6 4v9a3 3 0 0 0 3 3h9M14 12l4 4-4 4",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5Z",
  shield: "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6Z",
  chevron: "m6 9 6 6 6-6",
  check: "m5 12 5 5 9-10",
  outward: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  close: "m6 6 12 12M18 6 6 18",
  upload: "M12 16V4M7 9l5-5 5 5M4 15v5h16v-5",
  warning: "M12 4 2.5 20h19ZM12 10v4M12 17v.01",
  problem: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v6M12 16.5v.01",
  crown: "m4 8 4 4 4-7 4 7 4-4-2 11H6Z",
};

/** Draw one of the icons above; it says nothing to a screen reader. */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
