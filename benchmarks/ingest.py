"""Durable, verified webhooks a second, against receivers that do less, or do it otherwise.

All receivers run at once, each in a process of its own, and take turns under the same load on 64
keep-alive connections; the load generator has a process of its own too. Every webhook is unique,
signed, and has the 3 kB of one that Patreon sent; ours are answered after their commit
(`synchronous=FULL`).
"""

import asyncio
import hashlib
import hmac
import json
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import UUID

from benchmarks import _receivers
from benchmarks._figures import report, skip
from benchmarks._load import http_post, send_all
from benchmarks._receivers import HOST, Missing, ours, postgresql, running
from storage.migrate import upgrade

SECRET = "benchmark-secret"
CONNECTIONS = 64
ROUNDS = 7
FLUSH_MILLISECONDS = 5
_PATH = "/webhooks/patreon"
_EXAMPLES = Path(__file__).parents[1] / "tests/fixtures/patreon"
_DOCUMENT = json.loads((_EXAMPLES / "webhook_members_pledge_create.json").read_bytes())


@dataclass(slots=True)
class _Receiver:
    """A running server with what was measured of it; `requests` are sent in each round."""

    port: int
    requests: int
    status: int = 204
    database: Path | None = None
    rates: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)

    def measure(self, numbers: Iterator[int], *, is_counted: bool) -> None:
        """Send a round of requests, prepared before the clock starts."""
        requests = [_webhook(self.port, next(numbers)) for _ in range(self.requests)]
        load = send_all(HOST, self.port, requests, connections=CONNECTIONS, status=self.status)
        if is_counted:
            self.rates.append(load.rate)
            self.p99_ms.append(statistics.quantiles(load.times, n=100)[98] * 1000)

    def check(self) -> None:
        """Prove that everything that was acknowledged is there."""
        if self.database is None:
            return
        with sqlite3.connect(self.database) as database:
            (stored,) = database.execute("SELECT count(*) FROM events").fetchone()
        if stored != (ROUNDS + 1) * self.requests:
            raise RuntimeError(f"{self.database.name}: {stored} are stored, not all")


def _webhook(port: int, number: int) -> bytes:
    data = _DOCUMENT["data"] | {"id": str(UUID(int=number))}
    document = _DOCUMENT | {"data": data}
    body = json.dumps(document, separators=(",", ":")).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.md5).hexdigest()
    headers = {"X-Patreon-Event": "members:pledge:create", "X-Patreon-Signature": signature}
    return http_post(HOST, port, _PATH, body, headers)


class _Race:
    """The receivers that run here, by name, and why others do not."""

    def __init__(self, stack: AsyncExitStack, folder: Path) -> None:
        self.receivers: dict[str, _Receiver] = {}
        self.missing: dict[str, str] = {}
        self._stack = stack
        self._folder = folder

    async def start(self) -> None:
        """Start every receiver that can run."""
        port = await self._stack.enter_async_context(running(ours("bare", SECRET)))
        self.receivers["bare"] = _Receiver(port, 12_000, status=200)
        await self._add_sqlite("door", "door", 8_000, is_stored=False)
        await self._add_sqlite("verify", "verify", 8_000, is_stored=False)
        await self._add_sqlite("batched", "batched", 8_000)
        await self._add_sqlite("single", "single", 1_500)
        with self._noting("flask"):
            await self._add_flask()
        with self._noting("express"):
            command = _receivers.express(SECRET)
            port = await self._stack.enter_async_context(running(command))
            self.receivers["express"] = _Receiver(port, 6_000)
        with self._noting("slow"):
            env = _receivers.slow_flush(self._folder, milliseconds=FLUSH_MILLISECONDS)
            await self._add_sqlite("slow batched", "batched", 5_000, env=env)
            await self._add_sqlite("slow single", "single", 200, env=env)
        with self._noting("postgresql"):
            address = self._stack.enter_context(postgresql(self._folder / "postgresql"))
            await upgrade(address)
            for kind, requests in (("batched", 6_000), ("single", 1_500)):
                command = ours(kind, SECRET, address)
                port = await self._stack.enter_async_context(running(command))
                self.receivers[f"postgresql {kind}"] = _Receiver(port, requests)

    async def _add_sqlite(
        self,
        name: str,
        kind: str,
        requests: int,
        *,
        env: Mapping[str, str] | None = None,
        is_stored: bool = True,
    ) -> None:
        file = self._folder / f"{name}.db"
        await upgrade(f"sqlite:///{file}")
        command = ours(kind, SECRET, f"sqlite:///{file}")
        port = await self._stack.enter_async_context(running(command, env=env))
        self.receivers[name] = _Receiver(port, requests, database=file if is_stored else None)

    async def _add_flask(self) -> None:
        port, file = _receivers.free_port(), self._folder / "flask.db"
        command = _receivers.flask(SECRET, file, port)
        await self._stack.enter_async_context(running(command, port=port))
        self.receivers["flask"] = _Receiver(port, 2_000, database=file)

    @contextmanager
    def _noting(self, name: str) -> Iterator[None]:
        try:
            yield
        except Missing as error:
            self.missing[name] = str(error)

    def run(self) -> None:
        """Measure every receiver in turn, `ROUNDS` times after one that warms up."""
        numbers = count()
        for turn in range(ROUNDS + 1):
            for receiver in self.receivers.values():
                receiver.measure(numbers, is_counted=turn > 0)
        for receiver in self.receivers.values():
            receiver.check()

    def compare(self, figure: str, name: str, other: str, *, at_least: float | None = None) -> None:
        """Print how many times as fast one receiver was as the other, round by round."""
        for needed in (name, other):
            if needed not in self.receivers:
                skip(figure, self.missing[needed.split()[0]], at_least=at_least)
                return
        pairs = zip(self.receivers[name].rates, self.receivers[other].rates, strict=True)
        report(figure, [rate / baseline for rate, baseline in pairs], at_least=at_least)


async def main() -> None:
    """Measure, check that everything acknowledged is stored, and print the figures."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        race = _Race(stack, folder)
        await race.start()
        await asyncio.to_thread(race.run)
        durable = race.receivers["batched"]
    compare = race.compare
    compare("durable ingest / bare aiohttp handler", "batched", "bare", at_least=0.4)
    compare("durable ingest / verify-only", "batched", "verify", at_least=0.7)
    compare("durable ingest / our door, nothing read or stored", "batched", "door")
    compare("durable ingest / one commit per request", "batched", "single", at_least=3)
    compare("durable ingest / Flask + sqlite3", "batched", "flask", at_least=4)
    compare("durable ingest / Express, stores nothing", "batched", "express", at_least=1.2)
    slow = f"durable ingest / one commit per request, {FLUSH_MILLISECONDS} ms more a flush"
    compare(slow, "slow batched", "slow single", at_least=20)
    compare("durable ingest / bare aiohttp handler, PostgreSQL", "postgresql batched", "bare")
    single = "durable ingest / one commit per request, PostgreSQL"
    compare(single, "postgresql batched", "postgresql single")
    compare("durable ingest, PostgreSQL / SQLite", "postgresql batched", "batched")
    report("durable ingest, webhooks a second", durable.rates)
    report("durable ingest, p99 of an acknowledgement in ms", durable.p99_ms)


if __name__ == "__main__":
    asyncio.run(main())
