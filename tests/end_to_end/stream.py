"""Events that stream in, from several senders at once, as after a busy first of the month."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from tests.end_to_end.place import PATIENCE, Place, has_plain_name

ONE_BY_ONE = {"FEED_DIGEST_ABOVE": "0", "FEED_STALE_HOURS": "0"}
"""The environment of a bot that folds nothing: a message per change."""

SENDERS = 4
MOST = 200
PAUSE_SECONDS = 0.3


class Stream:
    """One change of one member per event; each sender repeats an event until it is accepted."""

    def __init__(self, place: Place, *, seed: int) -> None:
        self._place = place
        self._chance = random.Random(seed)
        world = place.world
        self._paying = [m for m in world.members() if world.is_paying(m) and has_plain_name(m)]
        self._unsent: list[dict[str, object]] = []
        self._count = 0
        self.accepted: list[str] = []
        self.titles: list[str] = []

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Let events stream in during the block."""
        senders = [asyncio.create_task(self._send()) for _ in range(SENDERS)]
        try:
            yield
        finally:
            for sender in senders:
                sender.cancel()
            await asyncio.gather(*senders, return_exceptions=True)

    async def until_accepted(self, count: int) -> None:
        """Wait until so many events were acknowledged, or all that there are."""
        wanted = min(count, MOST)
        await self._place.until(
            lambda: len(self.accepted) >= wanted, f"{wanted} events were not accepted"
        )

    async def finish(self) -> None:
        """Deliver what nobody has acknowledged, as Patreon does in the end."""
        for document in self._unsent:
            await self._place.deliver_until_accepted("members:update", document)
            self.accepted.append(document["data"]["id"])

    async def _send(self) -> None:
        while self._count < MOST:
            document = self._happen()
            self._unsent.append(document)
            async with asyncio.timeout(PATIENCE):
                while await self._place.deliver("members:update", document) != 204:
                    await asyncio.sleep(0.05)
            self._unsent.remove(document)
            self.accepted.append(document["data"]["id"])
            await asyncio.sleep(self._chance.random() * PAUSE_SECONDS)

    def _happen(self) -> dict[str, object]:
        """Let something happen to somebody to whom nothing happened yet; gives its webhook."""
        world = self._place.world
        self._count += 1
        if self._paying and self._chance.random() < 0.3:
            member = world.decline(self._paying.pop(), webhook=False).member
            self.titles.append(f"{member.full_name}'s payment was declined")
        else:
            member = world.join(name=f"Patron {self._count}", webhook=False).member
            self.titles.append(f"Patron {self._count} joined")
        return world.member_document(member)
