// Express that verifies a webhook, emits it, and stores nothing; prints its port.
const { createHmac, timingSafeEqual } = require("node:crypto");
const { EventEmitter } = require("node:events");
const express = require("express");

const secret = process.argv[2];
const app = express();
const events = new EventEmitter();
let emitted = 0;

events.on("members:pledge:create", (document) => {
  emitted += document.data.id.length;
});

app.post("/webhooks/patreon", express.raw({ type: () => true, limit: "1mb" }), (request, response) => {
  const expected = createHmac("md5", secret).update(request.body).digest("hex");
  const given = request.get("X-Patreon-Signature") ?? "";
  const fits =
    given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
  if (fits) events.emit(request.get("X-Patreon-Event"), JSON.parse(request.body));
  response.status(fits ? 204 : 403).end();
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
