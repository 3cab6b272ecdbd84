"""From a webhook to the message in the channel while nothing else happens.

The real bot in a process of its own, both stand-ins in this one. The yardstick is what it cannot
do without, one after the other, against the same stand-ins and through the bot's own clients: a
POST to a bare receiver, the reading of a member from the API, the sending of a message with the
same picture beside it, at hand in memory.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp

from benchmarks._bot import PATH, RunningBot, running_bot
from benchmarks._figures import report
from benchmarks._receivers import HOST, ours, postgresql, running
from benchmarks._syncing import new_store, now
from cogs.client import point_at
from cogs.publisher import DiscordPublisher
from cogs.rest import Rest
from core.accounts import TokenPair
from core.cards import Card, Tone
from core.connect import import_seed
from core.images import ImageKind
from core.portraits import Portrait
from patreon.clients import PatreonClients
from patreon.settings import Limits, PatreonSettings
from sandbox.discord.events import Event
from sandbox.patreon.records import Member
from storage.migrate import upgrade

ROUNDS = 5
SAMPLES = 6
PAUSE = 0.15
"""Seconds between two samples: the bot is idle again."""

_PATIENCE = 10.0
_PORTRAIT = Portrait(kind=ImageKind.USER, owner_id="1")


class _Flow:
    """Lets a member change tiers, and waits for the message that tells it."""

    def __init__(self, bot: RunningBot, session: aiohttp.ClientSession) -> None:
        self._bot = bot
        self._session = session
        self._world = bot.sandbox.scene.campaigns
        self._shown = asyncio.Event()
        _, self._low, self._high, *_ = self._world.tiers()
        self._member: Member = self._world.join(self._low, name="Ada", webhook=False).member
        bot.sandbox.scene.world.listen(self._notice)

    @property
    def member_id(self) -> str:
        return self._member.id

    @property
    def picture(self) -> bytes:
        """The picture that the last message showed.

        Raises:
            IndexError: it showed none.
        """
        scene = self._bot.sandbox.scene
        message = scene.world.messages.all_in(scene.world.channel_named("patreon-feed"))[-1]
        return message.attachments[0].data

    def _notice(self, event: Event) -> None:
        if event["kind"] == "message_create":
            self._shown.set()

    async def run(self) -> None:
        """Go the whole way once."""
        is_low = self._member.tier_ids == (self._low.id,)
        move = self._world.upgrade if is_low else self._world.downgrade
        tier = self._high if is_low else self._low
        self._member = move(self._member, tier, webhook=False).member
        await self.tell()

    async def tell(self) -> None:
        """Post the webhook about the member, and wait for a message."""
        body = json.dumps(self._world.member_document(self._member)).encode()
        self._shown.clear()
        headers = self._bot.headers(body)
        async with self._session.post(self._bot.url + PATH, data=body, headers=headers) as answer:
            answer.raise_for_status()
        async with asyncio.timeout(_PATIENCE):
            await self._shown.wait()


class _Yardstick:
    """The three bare calls."""

    def __init__(
        self,
        flow: _Flow,
        session: aiohttp.ClientSession,
        clients: PatreonClients,
        publisher: DiscordPublisher,
        *,
        bare_port: int,
        creator_id: int,
        channel_id: int,
    ) -> None:
        self._flow = flow
        self._session = session
        self._patreon = clients(creator_id)
        self._publisher = publisher
        self._url = f"http://{HOST}:{bare_port}{PATH}"
        self._channel_id = channel_id
        self._sent = 0

    async def run(self) -> None:
        """Make all three, one after the other."""
        async with self._session.post(self._url, data=b"x" * 2_800) as answer:
            answer.raise_for_status()
            await answer.read()
        if await self._patreon.member(self._flow.member_id) is None:
            raise RuntimeError("the member is not there")
        self._sent += 1
        card = Card(
            marker=f"bare-{self._sent}",
            tone=Tone.GOOD,
            title="Ada upgraded",
            text="",
            at=now(),
            portrait=_PORTRAIT,
        )
        await self._publisher.send(self._channel_id, card)


async def _seconds(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    took = time.perf_counter() - started
    await asyncio.sleep(PAUSE)
    return took


async def _measure(folder: Path, database: str) -> list[tuple[float, float]]:
    """Give the medians of the flow and of the yardstick in seconds, a pair for each round."""
    folder.mkdir()
    async with AsyncExitStack() as stack:
        environment = {"DATABASE_URL": database}
        bot = await stack.enter_async_context(running_bot(folder, environment=environment))
        bare_port = await stack.enter_async_context(running(ours("bare", "")))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        flow = _Flow(bot, session)
        await flow.run()
        yardstick = await _yardstick(stack, folder, bot, flow, session, bare_port)
        pairs = []
        for turn in range(ROUNDS + 1):
            whole = [await _seconds(flow.run) for _ in range(SAMPLES)]
            bare = [await _seconds(yardstick.run) for _ in range(SAMPLES)]
            if turn:  # The first turn warms up.
                pairs.append((statistics.median(whole), statistics.median(bare)))
    return pairs


async def _yardstick(
    stack: AsyncExitStack,
    folder: Path,
    bot: RunningBot,
    flow: _Flow,
    session: aiohttp.ClientSession,
    bare_port: int,
) -> _Yardstick:
    sandbox = bot.sandbox
    database = f"sqlite:///{folder / 'bare.db'}"
    await upgrade(database)
    store = new_store(database)
    stack.push_async_callback(store.close)
    creator_id = await import_seed(store, TokenPair(access=sandbox.access_token, refresh=None))
    settings = PatreonSettings(
        user_agent="bench",
        api_url=sandbox.patreon_api_url,
        token_url=sandbox.patreon_token_url,
        limits=Limits(token_window=timedelta(seconds=1)),
    )
    clients = PatreonClients(
        settings, store=store, clock=now, monotonic=time.monotonic, sleep=asyncio.sleep
    )
    stack.push_async_callback(clients.aclose)
    point_at(sandbox.discord_api_url, sandbox.discord_gateway_url, sandbox.discord_cdn_url)
    rest = Rest(sandbox.discord_token)
    stack.push_async_callback(rest.close)
    rest.open()
    picture = flow.picture

    async def at_hand(portrait: Portrait) -> bytes:
        return picture

    return _Yardstick(
        flow,
        session,
        clients,
        DiscordPublisher(rest, lambda _: None, portraits=at_hand),
        bare_port=bare_port,
        creator_id=creator_id,
        channel_id=sandbox.staff_channel_id,
    )


async def main() -> None:
    """Measure on both databases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with postgresql(folder / "postgresql") as address:
            for title, database in (
                ("SQLite", f"sqlite:///{folder / 'bench.db'}"),
                ("PostgreSQL", address),
            ):
                pairs = await _measure(folder / title, database)
                ratios = [whole / bare for whole, bare in pairs]
                report(f"webhook to message / its three bare calls, {title}", ratios, at_most=4)
                milliseconds = [whole * 1000 for whole, _ in pairs]
                report(f"webhook to message in ms, {title}", milliseconds)


if __name__ == "__main__":
    asyncio.run(main())
