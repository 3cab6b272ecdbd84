"""Durable, verified webhooks per second, against the same server's bare handler.

Both are measured in turn in one run, with the load generator in a process of its own on the same
machine. Every webhook is unique, signed, about 2.8 kB long, and answered after its commit.
"""

import asyncio
import hashlib
import hmac
import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from benchmarks._figures import report
from benchmarks._load import http_post, requests_per_second

SECRET = "benchmark-secret"
CONNECTIONS = 64
REQUESTS = 6_000
ROUNDS = 5
HOST = "127.0.0.1"


def _body(number: int) -> bytes:
    document = {
        "data": {"type": "member", "id": f"{number:036d}", "attributes": {"note": "x" * 2_600}},
        "links": {"self": f"https://www.patreon.com/api/oauth2/v2/members/{number:036d}"},
    }
    return json.dumps(document).encode()


def _webhook(port: int, body: bytes) -> bytes:
    signature = hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest()
    headers = {"X-Patreon-Event": "members:update", "X-Patreon-Signature": signature}
    return http_post(HOST, port, "/webhooks/patreon", body, headers)


async def _measure(port: int) -> list[float]:
    ratios: list[float] = []
    for turn in range(ROUNDS + 1):
        bodies = [_body(turn * REQUESTS + number) for number in range(REQUESTS)]
        bare = await requests_per_second(
            HOST,
            port,
            [http_post(HOST, port, "/bare", body, {}) for body in bodies],
            connections=CONNECTIONS,
            status=200,
        )
        durable = await requests_per_second(
            HOST,
            port,
            [_webhook(port, body) for body in bodies],
            connections=CONNECTIONS,
            status=204,
        )
        if turn:  # The first turn warms up.
            ratios.append(durable / bare)
    return ratios


async def main() -> None:
    """Run the server, measure, and check that every accepted webhook is in the database."""
    with tempfile.TemporaryDirectory() as folder:
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks._ingest_server",
            folder,
            SECRET,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            port = int(await asyncio.wait_for(server.stdout.readline(), 30))
            ratios = await asyncio.wait_for(_measure(port), 300)
        finally:
            server.kill()
            await server.wait()
        with sqlite3.connect(Path(folder) / "bench.db") as database:
            (stored,) = database.execute("SELECT count(*) FROM events").fetchone()
        if stored != (ROUNDS + 1) * REQUESTS:
            raise RuntimeError(f"{stored} webhooks are stored, not all that were accepted")
    report("durable ingest / bare handler, 64 connections, SQLite", ratios, at_least=0.3)


if __name__ == "__main__":
    asyncio.run(main())
