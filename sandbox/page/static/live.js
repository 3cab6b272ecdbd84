// The WebSocket to the demo's server; what is sent and received is described in protocol.py.

const ASK_MS = 20_000;
const MAX_WAITING = 50;

export class Live {
  #socket = null;
  #waiting = new Map();
  #seq = 0;
  #tries = 0;
  #wish;

  /** `onUpdate` gets every update, `onOpen` and `onLost` the state of the line. `wish()` names who to be. */
  constructor({ onUpdate, onOpen, onLost, wish }) {
    this.onUpdate = onUpdate;
    this.onOpen = onOpen;
    this.onLost = onLost;
    this.#wish = wish;
  }

  /** Connect, and again after every loss, more and more slowly. */
  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const who = this.#wish();
    const socket = new WebSocket(
      `${scheme}//${location.host}/live${who ? `?viewer=${encodeURIComponent(who)}` : ""}`,
    );
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#tries = 0;
      this.onOpen();
    });
    socket.addEventListener("message", (event) => this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      for (const answer of this.#waiting.values()) answer(
        { ok: false, error: "The connection to the demo is broken." },
      );
      this.#waiting.clear();
      this.onLost();
      this.#tries += 1;
      setTimeout(() => this.connect(), Math.min(5000, 300 * 2 ** this.#tries));
    });
  }

  /** Send an action and wait for its reply: always an object with `ok`, and `error` when not. */
  ask(action) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.resolve(
      { ok: false, error: "The demo is not connected." },
    );
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve({ ok: false, error: "Too much at once." });
    const seq = (this.#seq += 1);
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ ok: false, error: "No answer from the demo." }), ASK_MS);
      const settle = (reply) => {
        clearTimeout(timer);
        this.#waiting.delete(seq);
        resolve(reply);
      };
      this.#waiting.set(seq, settle);
      this.#socket.send(JSON.stringify({ ...action, seq }));
    });
  }

  #take(update) {
    if (update.type === "reply") this.#waiting.get(update.seq)?.(update);
    else this.onUpdate(update);
  }
}
