// The page: connect, listen, and switch between the tabs and drawers.

import { useLine } from "./acting.js";
import { watchComposer } from "./composer.js";
import { byId } from "./dom.js";
import { Live } from "./live.js";
import { watchLog } from "./log.js";
import { watchPatreon } from "./patreon.js";
import { watchPlay } from "./play.js";
import { watchSides } from "./sidebar.js";
import { on, state, take, tell } from "./state.js";
import { keepTimesTrue } from "./time.js";

const OFFLINE_AFTER_MS = 1500;
const narrow = matchMedia("(max-width: 900px)");
let offlineTimer = 0;

const live = new Live({
  onUpdate: take,
  onOpen: () => {
    clearTimeout(offlineTimer);
    byId("offline").hidden = true;
    document.body.dataset.live = "yes";
  },
  onLost: () => {
    document.body.dataset.live = "no";
    clearTimeout(offlineTimer);
    offlineTimer = setTimeout(() => (byId("offline").hidden = false), OFFLINE_AFTER_MS);
  },
  wish: () => state.viewer?.id,
});

useLine(live);
watchSides({ onPick: closeDrawers });
watchLog();
watchComposer();
watchPatreon();
watchPlay();
keepTimesTrue();

for (const tab of ["discord", "patreon"]) byId(`tab-${tab}`).addEventListener("click", () => showTab(tab));

on("news", () => byId("tab-discord").classList.toggle("has-news", document.body.dataset.tab !== "discord"));

function showTab(tab) {
  if (tab === "discord") byId("tab-discord").classList.remove("has-news");
  document.body.dataset.tab = tab;
  byId("discord").hidden = tab !== "discord";
  byId("patreon").hidden = tab !== "patreon";
  for (const each of ["discord", "patreon"]) {
    if (each === tab) byId(`tab-${each}`).setAttribute("aria-current", "page");
    else byId(`tab-${each}`).removeAttribute("aria-current");
  }
  closeDrawers();
  tell("tab");
}

function drawer(button, name) {
  byId(button).addEventListener("click", () => {
    const isOpen = document.body.classList.toggle(name);
    byId(button).setAttribute("aria-expanded", String(isOpen));
    byId("veil").hidden = !isOpen;
  });
}

function closeDrawers() {
  if (!narrow.matches || byId("veil").hidden) return;
  document.body.classList.remove("show-channels", "show-members");
  byId("veil").hidden = true;
  for (const each of ["open-channels", "toggle-members"]) byId(each).setAttribute("aria-expanded", "false");
}

drawer("open-channels", "show-channels");
drawer("toggle-members", "show-members");
byId("veil").addEventListener("click", closeDrawers);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeDrawers();
});

live.connect();
