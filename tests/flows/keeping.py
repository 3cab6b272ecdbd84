"""A keeper of webhooks around the flows' bot, and the web door beside it."""

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass

from core.accounts import TokenPair
from core.alarm import Alarm
from core.health import Health, Readiness
from core.hooks import HookKeeper
from core.missed import WorkingHooks
from core.notices import Notices
from core.ports import Connection
from core.status import Status
from tests.flows.conftest import GUILD, STAFF
from tests.flows.seams import SeamPatreon, Seams, SeamStore
from web.app import WebServer, WebSettings, create_app

URL = "http://127.0.0.1:9/"
READY = Readiness(database=True, discord=True, token=True, baseline=True, backlog=True)


@dataclass
class Keeping:
    """A keeper, and what surrounds it."""

    bot: object
    readiness: Readiness
    keys: object
    public_url: str | None = URL
    seams: Seams | None = None

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew over the same database, as another process would."""
        store, clients = self.bot.store, self.bot.clients
        if (seams := self.seams) is not None:
            store = SeamStore(self.bot.store, seams)
            clients = lambda creator_id: SeamPatreon(self.bot.clients(creator_id), seams)  # noqa: E731
        self.working = WorkingHooks()
        markers = itertools.count()
        notices = Notices(
            store,
            new_marker=lambda: f"notice-{next(markers)}-{id(markers)}",
            clock=self.bot.clock,
            on_announced=lambda: None,
        )
        self.keeper = HookKeeper(
            store,
            clients,
            notices,
            public_url=self.public_url,
            readiness=self._look,
            working=self.working,
            new_key=lambda: f"a-key-that-nobody-guesses-{next(self.keys)}",
            clock=self.bot.clock,
            random=lambda: 0.5,
            alarm=Alarm(self.bot.clock),
        )

    async def _look(self) -> Readiness:
        return self.readiness

    async def look(self) -> bool:
        """Look a minute later, and let the staff read."""
        self.bot.clock.advance(minutes=1)
        is_settled = await self.keeper.look()
        await self.bot.settle()
        return is_settled

    def remote(self) -> list:
        """The bot's own webhooks at Patreon."""
        return [hook for hook in self.bot.world.hooks.hooks.values() if hook.client_id]

    async def stored(self) -> list:
        async with self.bot.store.read() as work:
            return list(await work.hooks.all())

    def told(self) -> list[str]:
        return self.bot.channels.titles(STAFF)

    def asked(self, method: str) -> int:
        return sum(
            1 for r in self.bot.server.requests if r.method == method and "webhooks" in r.path
        )


async def change_tokens(bot, old, new) -> None:
    """Let the account have other tokens, the old ones being worth nothing."""
    bot.world.tokens.revoke(old)
    async with bot.store.write() as work:
        await work.creators.save_tokens(
            1, TokenPair(access=new.access_token, refresh=new.refresh_token)
        )


async def status_of(bot):
    status = Status(
        bot.store,
        clock=bot.clock,
        usage=bot.clients.usage,
        version="0",
        has_configured_secret=False,
    )
    return await status.of_guild(GUILD)


class door:  # noqa: N801
    """The web server over the bot's inbox, on a free port."""

    def __init__(self, bot) -> None:
        self._bot = bot

    async def __aenter__(self) -> int:
        bot = self._bot
        settings = WebSettings(port=0)
        port = asyncio.get_running_loop().create_future()
        readiness = Health(bot.store, lambda: Connection(is_ready=True)).readiness
        server = WebServer(
            lambda: create_app(bot.inbox, bot.store, readiness, settings, clock=bot.clock),
            settings,
            clock=bot.clock,
            on_listening=port.set_result,
        )
        self._tasks = [asyncio.create_task(bot.inbox.run()), asyncio.create_task(server.run())]
        async with asyncio.timeout(5):
            return await port

    async def __aexit__(self, *error) -> None:
        for task in reversed(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
