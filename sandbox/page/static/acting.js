// What the person at the page does; the line to the server is plugged in at the start.

import { state } from "./state.js";

let line = null;

/** Send everything through `live` from now on. */
export function useLine(live) {
  line = live;
}

/** Do something at the server; the reply has `ok`, and `error` when it did not work. */
export function ask(action) {
  return line.ask(action);
}

/** Do something in the channel that is shown. */
export function askHere(action) {
  return line.ask({ channel_id: state.channelId, ...action });
}
