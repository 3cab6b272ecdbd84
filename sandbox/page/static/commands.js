// The registered commands as a flat list of what can be used.

import { state } from "./state.js";

/** List every usable command as { id, path, name, description, options, bot }. */
export function usable() {
  return state.commands.filter((each) => each.type === 1).flatMap((root) => leaves(root, root, []));
}

function leaves(root, node, path) {
  const nested = (node.options ?? []).filter((each) => each.type === 1 || each.type === 2);
  if (nested.length) return nested.flatMap((each) => leaves(root, each, [...path, each.name]));
  const name = [root.name, ...path].join(" ");
  return [{ id: root.id, path, name, description: node.description, options: node.options ?? [] }];
}

/** Find the commands that fit what was typed after the slash, the best first. */
export function matching(typed) {
  const wanted = typed.toLowerCase().trim();
  const rank = (name) => {
    if (name.startsWith(wanted)) return 0;
    if (name.split(" ").some((word) => word.startsWith(wanted))) return 1;
    return name.includes(wanted) ? 2 : 3;
  };
  return usable()
    .map((each) => ({ each, order: rank(each.name) }))
    .filter(({ order }) => order < 3)
    .sort((a, b) => a.order - b.order || a.each.name.localeCompare(b.each.name))
    .map(({ each }) => each);
}
