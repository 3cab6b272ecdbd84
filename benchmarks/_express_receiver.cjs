// Express that verifies a webhook and stores nothing; prints its port.
const { createHmac, timingSafeEqual } = require("node:crypto");
const express = require("express");

const secret = process.argv[2];
const app = express();

app.post("/webhooks/patreon", express.raw({ type: () => true, limit: "1mb" }), (request, response) => {
  const expected = createHmac("md5", secret).update(request.body).digest("hex");
  const given = request.get("X-Patreon-Signature") ?? "";
  const fits =
    given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
  response.status(fits ? 204 : 403).end();
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
