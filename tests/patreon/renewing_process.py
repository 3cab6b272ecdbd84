"""A process of its own that uses one creator's tokens; run by `test_renewal_races`.

It says "ready", waits for a line, asks Patreon once and says what came of it.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet, MultiFernet

from core.errors import BotError
from patreon.clients import PatreonClients
from patreon.settings import PatreonSettings
from storage.store import SqlStore


def now() -> datetime:
    return datetime.now(UTC)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def doze(seconds: float) -> None:
    await asyncio.sleep(min(seconds, float(os.environ["LONGEST_SLEEP"])))


async def main() -> None:
    given = os.environ
    keys = MultiFernet([Fernet(given["KEY"])])
    store = SqlStore(given["URL"], keys=keys, clock=now)
    settings = PatreonSettings(
        user_agent="Tests",
        api_url=given["API_URL"],
        token_url=given["TOKEN_URL"],
        client_id=given["CLIENT_ID"],
        client_secret=given["CLIENT_SECRET"],
        timeout=timedelta(seconds=10),
    )
    clients = PatreonClients(settings, store=store, clock=now, monotonic=time.monotonic, sleep=doze)
    if given.get("ALONE"):
        async with store.write() as work:
            await work.creators.end_renewals(now())
    async with store.read() as work:
        await work.creators.all()
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    try:
        await clients(int(given["CREATOR"])).identity()
        say("done")
    except BotError as error:
        say(f"{type(error).__name__}: {error}")
    await clients.aclose()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
