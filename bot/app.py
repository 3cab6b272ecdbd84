"""The wiring: every part of the bot, built and joined in one readable place."""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot import __version__
from bot.alarms import Alarms
from bot.alone import alone_with
from bot.backups.schedule import ScheduledBackup
from bot.collector import tune_collector
from bot.config import Config
from bot.database import database_url, open_store, utc_now
from bot.meters import PrometheusMeters
from bot.pictures import Pictures, open_pictures
from bot.posts import Posts, build_posts, new_marker
from bot.services import build_services
from bot.settings import (
    brake_policy,
    digest_policy,
    feed_policy,
    keeping,
    links,
    patreon_settings,
    point_at_stand_in,
    seed,
    web_settings,
)
from bot.stalls import StallWatch
from bot.stopping import StoppableAlarm
from bot.supervisor import Part, Supervision, run_together
from bot.watchdog import Watchdog
from cogs.client import DiscordPart
from core.accept import Inbox
from core.backups import Backups
from core.connect import import_links, import_seed
from core.drafts import Target
from core.feed import Feed
from core.gallery import Gallery
from core.gauges import Gauges
from core.health import Health
from core.hooks import HookKeeper
from core.missed import SyncFeed, WorkingHooks
from core.notices import Notices
from core.outbox import Outbox
from core.process import Processor
from core.purge import Purge
from core.rounds import Rounds
from core.services import Services
from core.store import Store
from core.sync import Sync
from core.token_watch import TokenWatch
from patreon.clients import PatreonClients
from patreon.hints import read_hint
from storage.address import parse
from storage.store import SqlStore
from web.app import WebServer, create_app

log = logging.getLogger(__name__)

_LONG_WORK = timedelta(minutes=15)
"""A single call to Patreon may last minutes, with its wait for a turn."""


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
    hooks: HookKeeper
    tokens: TokenWatch
    purge: Purge
    backups: Backups | None
    discord: DiscordPart
    web: WebServer
    watchdog: Watchdog
    alarms: Alarms
    meters: PrometheusMeters
    gauges: Gauges
    gallery: Gallery
    posts: Posts

    def parts(self) -> dict[str, Part]:
        """What runs for good. They stop from the last to the first."""
        parts = {
            "discord": Part(run=self.discord.run),
            "outbox": _worker(self.outbox.run, self.alarms.announcements),
            "images": _worker(self.gallery.run, self.alarms.images),
            "schedule": _worker(self.posts.schedule.run, self.alarms.schedule),
            "purge": _worker(self.purge.run, self.alarms.purge),
            "tokens": _worker(self.tokens.run, self.alarms.tokens),
            "hooks": _worker(self.hooks.run, self.alarms.hooks, silence=2 * _LONG_WORK),
            "rounds": _worker(self.rounds.run, self.alarms.rounds, silence=_LONG_WORK),
            "processor": _worker(self.processor.run, self.alarms.events, silence=_LONG_WORK),
            "inbox": Part(run=self.inbox.run, finish=self.inbox.drain, pulse=self.inbox.pulse),
            "web": Part(run=self.web.run),
        }
        if self.backups is not None:
            backups = _worker(self.backups.run, self.alarms.backups, silence=_LONG_WORK)
            parts = {"backups": backups, **parts}
        return parts


def _worker(
    work: Callable[[], Coroutine[object, object, None]],
    alarm: StoppableAlarm,
    *,
    silence: timedelta = timedelta(minutes=5),
) -> Part:
    return Part(run=work, ask=alarm.stop, pulse=alarm.pulse, silence=silence)


@asynccontextmanager
async def open_app(config: Config) -> AsyncIterator[App]:
    """Build everything, with the database up to date; closed at the end of the block.

    The configured tokens are imported when they are new, each configured link once.

    Raises:
        PermanentError: the database or a key cannot be used.
        TemporaryError: the database is away.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(config))
        pair = seed(config)
        creator_id = await import_seed(store, pair) if pair is not None else None
        await import_links(store, links(config), creator_id=creator_id, now=utc_now())
        meters = PrometheusMeters()
        clients = PatreonClients(
            patreon_settings(config),
            store=store,
            clock=utc_now,
            monotonic=time.monotonic,
            sleep=asyncio.sleep,
            meters=meters,
        )
        stack.push_async_callback(clients.aclose)
        point_at_stand_in(config)
        alarms = Alarms()
        pictures = await stack.enter_async_context(
            open_pictures(config, store, clients, alarms.images)
        )
        yield _wire(config, store, clients, pictures, alarms, meters)


def _wire(
    config: Config,
    store: SqlStore,
    clients: PatreonClients,
    pictures: Pictures,
    alarms: Alarms,
    meters: PrometheusMeters,
) -> App:
    working = WorkingHooks()

    def target_of(guild_id: int, channel_id: int) -> Target:
        return discord.target_of(guild_id, channel_id)  # built below, and needs the services

    posts = build_posts(config, store, pictures.shelf, pictures.imager, alarms, target_of=target_of)
    sync = Sync(
        store,
        clients,
        SyncFeed(feed_policy(config), new_marker=new_marker, read_hint=read_hint, working=working),
        clock=utc_now,
        on_announced=alarms.announcements.ring,
        on_baseline=alarms.events.ring,
        brake=brake_policy(config),
        meters=meters,
        notes=pictures.notes,
        posts=posts.feed,
    )
    services = build_services(config, store, clients, sync, alarms, meters, pictures.gallery, posts)
    discord = DiscordPart(
        config.discord.token.get_secret_value(),
        services,
        store,
        clock=utc_now,
        random=random.random,
        files=posts.uploads.read,
        guild_ready_timeout=_guild_ready_timeout(config),
    )
    outbox = Outbox(
        store,
        discord.publisher,
        clock=utc_now,
        random=random.random,
        alarm=alarms.announcements,
        digests=digest_policy(config),
        monotonic=time.monotonic,
        meters=meters,
    )
    inbox = Inbox(store, on_stored=alarms.events.ring)
    readiness = Health(store, discord.connection, clock=utc_now).readiness
    notices = Notices(
        store, new_marker=new_marker, clock=utc_now, on_announced=alarms.announcements.ring
    )
    watchdog = Watchdog()
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
            Feed(feed_policy(config), new_marker=new_marker),
            read_hint=read_hint,
            clock=utc_now,
            random=random.random,
            alarm=alarms.events,
            on_announced=alarms.announcements.ring,
            meters=meters,
            notes=pictures.notes,
            posts=posts.feed,
        ),
        outbox=outbox,
        rounds=Rounds(
            store,
            sync,
            outbox,
            interval=timedelta(minutes=config.sync.interval_minutes),
            clock=utc_now,
            random=random.random,
            alarm=alarms.rounds,
        ),
        hooks=HookKeeper(
            store,
            clients,
            notices,
            public_url=config.server.public_url,
            readiness=readiness,
            working=working,
            new_key=lambda: secrets.token_urlsafe(32),
            clock=utc_now,
            random=random.random,
            alarm=alarms.hooks,
        ),
        tokens=TokenWatch(store, notices, clock=utc_now, alarm=alarms.tokens),
        purge=Purge(
            store,
            keeping(config),
            clock=utc_now,
            random=random.random,
            alarm=alarms.purge,
            policy=feed_policy(config),
        ),
        backups=_backups(config, store, notices, alarms.backups),
        discord=discord,
        web=WebServer(
            lambda: create_app(
                inbox,
                store,
                readiness,
                settings,
                clock=utc_now,
                is_alive=watchdog.is_content,
                meters=meters,
                consent=services.consent,
                gallery=pictures.gallery,
                hand_overs=posts.hand_overs,
                whole_posts=posts.whole,
                previews=posts.previews,
            ),
            settings,
            clock=utc_now,
        ),
        watchdog=watchdog,
        alarms=alarms,
        meters=meters,
        gauges=Gauges(store, readiness, meters, clock=utc_now),
        gallery=pictures.gallery,
        posts=posts,
    )


def _backups(
    config: Config, store: Store, notices: Notices, alarm: StoppableAlarm
) -> Backups | None:
    if not config.backup.every_hours:
        return None
    return Backups(
        store,
        ScheduledBackup(config),
        notices,
        interval=timedelta(hours=config.backup.every_hours),
        clock=utc_now,
        random=random.random,
        alarm=alarm,
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
            tune_collector()
            supervision = Supervision(
                random=random.random,
                on_stopping=on_stopping,
                watchdog=app.watchdog,
                meters=app.meters,
            )
            with StallWatch(meters=app.meters):
                await run_together(supervision, **app.parts())
    log.info("bot stopped")


async def _take_up(store: Store) -> None:
    """Free what an earlier process had in hand; where several run, leases end by themselves."""
    async with store.write() as work:
        events = await work.events.release_leases()
        announcements = await work.announcements.release_leases()
        await work.creators.end_renewals(utc_now())
    if events or announcements:
        log.info("work taken up", extra={"events": events, "announcements": announcements})


def _guild_ready_timeout(config: Config) -> timedelta:
    """A stand-in tells all of its guilds at once; Discord takes its time."""
    return timedelta(seconds=2 if config.discord.gateway_url is None else 0.2)
