"""The wiring: every part of the bot, built and joined in one readable place."""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.fernet import MultiFernet

from bot import __version__
from bot.alone import alone_with
from bot.config import Config
from bot.settings import feed_policy, links, patreon_settings, point_at_stand_in, seed, web_settings
from bot.stopping import StoppableAlarm
from bot.supervisor import Part, Supervision, run_together
from cogs.client import DiscordPart
from core.accept import Inbox
from core.connect import import_seed
from core.errors import PermanentError
from core.feed import Feed
from core.health import Health
from core.outbox import Outbox
from core.process import Processor
from core.roster import Roster
from core.rounds import Rounds
from core.services import Services
from core.status import Status
from core.store import Store
from core.sync import Sync
from patreon.clients import PatreonClients
from patreon.hints import read_hint
from storage.address import parse
from storage.keys import load_keys
from storage.migrate import upgrade
from storage.store import SqlStore
from web.app import WebServer, create_app

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that the doors of the process need; nothing runs yet."""

    config: Config
    store: SqlStore
    clients: PatreonClients
    services: Services
    inbox: Inbox
    processor: Processor
    outbox: Outbox
    rounds: Rounds
    discord: DiscordPart
    web: WebServer
    events_alarm: StoppableAlarm
    announcements_alarm: StoppableAlarm
    rounds_alarm: StoppableAlarm

    def parts(self) -> dict[str, Part]:
        """What runs for good. They stop from the last to the first."""
        return {
            "discord": Part(run=self.discord.run),
            "outbox": Part(run=self.outbox.run, ask=self.announcements_alarm.stop),
            "rounds": Part(run=self.rounds.run, ask=self.rounds_alarm.stop),
            "processor": Part(run=self.processor.run, ask=self.events_alarm.stop),
            "inbox": Part(run=self.inbox.run, finish=self.inbox.drain),
            "web": Part(run=self.web.run),
        }


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_app(config: Config) -> AsyncIterator[App]:
    """Build everything, with the database up to date; closed at the end of the block.

    Raises:
        PermanentError: the database or a key cannot be used.
        TemporaryError: the database is away.
    """
    keys = _load_keys(config)
    url = database_url(config)
    await upgrade(url)
    async with AsyncExitStack() as stack:
        store = SqlStore(url, keys=keys, clock=utc_now)
        stack.push_async_callback(store.close)
        await import_seed(store, seed(config))
        async with store.write() as work:
            await work.links.replace_all(links(config), at=utc_now())
        clients = PatreonClients(
            patreon_settings(config),
            store=store,
            clock=utc_now,
            monotonic=time.monotonic,
            sleep=asyncio.sleep,
        )
        stack.push_async_callback(clients.aclose)
        point_at_stand_in(config)
        yield _wire(config, store, clients)


def _wire(config: Config, store: SqlStore, clients: PatreonClients) -> App:
    events, announcements, rounds_due = (StoppableAlarm(utc_now) for _ in range(3))
    feed = Feed(feed_policy(config), new_marker=lambda: secrets.token_hex(8))
    sync = Sync(
        store,
        clients,
        feed,
        clock=utc_now,
        on_announced=announcements.ring,
        on_baseline=events.ring,
    )
    services = Services(
        sync=sync,
        roster=Roster(store),
        status=Status(
            store,
            clock=utc_now,
            usage=clients.usage,
            version=__version__,
            has_configured_secret=bool(config.patreon.webhook_secrets),
        ),
        moderator_role_ids=frozenset(config.discord.moderator_roles),
    )
    discord = DiscordPart(
        config.discord.token.get_secret_value(),
        services,
        store,
        clock=utc_now,
        random=random.random,
        guild_ready_timeout=_guild_ready_timeout(config),
    )
    inbox = Inbox(store, on_stored=events.ring)
    readiness = Health(store, discord.connection).readiness
    settings = web_settings(config)
    return App(
        config=config,
        store=store,
        clients=clients,
        services=services,
        inbox=inbox,
        processor=Processor(
            store,
            clients,
            sync,
            feed,
            read_hint=read_hint,
            clock=utc_now,
            random=random.random,
            alarm=events,
            on_announced=announcements.ring,
        ),
        outbox=Outbox(
            store, discord.publisher, clock=utc_now, random=random.random, alarm=announcements
        ),
        rounds=Rounds(
            store,
            sync,
            interval=timedelta(minutes=config.sync.interval_minutes),
            clock=utc_now,
            random=random.random,
            alarm=rounds_due,
        ),
        discord=discord,
        web=WebServer(
            lambda: create_app(inbox, store, readiness, settings, clock=utc_now), settings
        ),
        events_alarm=events,
        announcements_alarm=announcements,
        rounds_alarm=rounds_due,
    )


async def run(config: Config, *, on_stopping: Callable[[], None] = lambda: None) -> None:
    """Run the bot until it is told to stop.

    Raises:
        BotError: why it cannot go on.
    """
    with ExitStack() as locks:
        path = parse(database_url(config)).path
        is_alone = path is not None and locks.enter_context(alone_with(path))
        async with open_app(config) as app:
            if is_alone:
                await _take_up(app.store)
            log.info("bot started", extra={"version": __version__})
            supervision = Supervision(random=random.random, on_stopping=on_stopping)
            await run_together(supervision, **app.parts())
    log.info("bot stopped")


async def _take_up(store: Store) -> None:
    """Free what an earlier process had in hand; where several run, leases end by themselves."""
    async with store.write() as work:
        events = await work.events.release_leases()
        announcements = await work.announcements.release_leases()
    if events or announcements:
        log.info("work taken up", extra={"events": events, "announcements": announcements})


def database_url(config: Config) -> str:
    """Give the database's address; a SQLite file's folder is made when it is missing.

    Raises:
        PermanentError: the address or the folder cannot be used.
    """
    url = config.database.url.get_secret_value()
    path = parse(url).path
    if path is not None:
        _make_folder(path.parent, "`database.url` (DATABASE_URL)")
    return url


def _load_keys(config: Config) -> MultiFernet:
    key_file = Path(config.secrets.key_file)
    if config.secrets.key is not None:
        return load_keys(config.secrets.key.get_secret_value(), key_file)
    _make_folder(key_file.absolute().parent, "`secrets.key_file` (SECRETS_KEY_FILE)")
    return load_keys(None, key_file)


def _make_folder(folder: Path, option: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PermanentError(
            f"The folder {folder} of {option} cannot be made ({error.strerror}): make it and let "
            "the bot's user write there, or name another one."
        ) from error


def _guild_ready_timeout(config: Config) -> timedelta:
    """A stand-in tells all of its guilds at once; Discord takes its time."""
    return timedelta(seconds=2 if config.discord.gateway_url is None else 0.2)
