"""The use cases that the doors to people call, built and joined."""

import secrets
from collections.abc import Callable

from bot import __version__
from bot.alarms import Alarms
from bot.config import Config
from bot.database import utc_now
from bot.meters import PrometheusMeters
from bot.posts import Posts, new_marker
from bot.settings import choices, consent_addresses, feed_policy
from bot.surroundings import BotSurroundings
from core.audit_trail import AuditTrail
from core.consent import Consent
from core.disconnect import Disconnecting
from core.doctor.examine import Doctor
from core.gallery import Gallery
from core.letters import Letters
from core.lookups import Lookups
from core.meters import STALLS
from core.patrons import Patrons
from core.permissions import Rights
from core.ports import Usage
from core.roster import Roster
from core.services import Services
from core.settings import Settings
from core.status import Status
from core.store import Store
from core.sync import Sync
from core.trial import Trials
from core.wording import Wording
from patreon.clients import PatreonClients


def build_services(
    config: Config,
    store: Store,
    clients: PatreonClients,
    sync: Sync,
    alarms: Alarms,
    meters: PrometheusMeters,
    gallery: Gallery,
    posts: Posts,
) -> Services:
    """Build what commands and pages call; `sync` is the one that the workers use, too."""

    def on_connected(creator_id: int) -> None:
        clients.reload(creator_id)
        for alarm in (alarms.tokens, alarms.hooks, alarms.rounds, alarms.events):
            alarm.ring()

    def on_followed() -> None:
        for alarm in (alarms.hooks, alarms.rounds):
            alarm.ring()

    status = status_of(config, store, usage=clients.usage)
    patrons = Patrons(
        store,
        feed_policy(config),
        clock=utc_now,
        on_announced=alarms.announcements.ring,
    )
    return Services(
        gallery=gallery,
        composing=posts.composing,
        uploads=posts.uploads,
        post_publisher=posts.publisher,
        previews=posts.previews,
        post_doubts=posts.doubts,
        sync=sync,
        roster=Roster(store),
        status=status,
        doctor=Doctor(
            store,
            status,
            clients,
            BotSurroundings(config, clock=utc_now, stalls=lambda: meters.value(STALLS)),
            choices(config),
            clock=utc_now,
            secrets=lambda: tuple(config.secret_values()),
        ),
        letters=Letters(store, clock=utc_now, on_replayed=alarms.events.ring),
        rights=Rights(
            store,
            clock=utc_now,
            moderator_role_ids=frozenset(config.discord.moderator_roles),
        ),
        audit=AuditTrail(store),
        wording=Wording(store, feed_policy(config), clock=utc_now),
        lookups=Lookups(store, clock=utc_now),
        consent=Consent(
            store,
            clients.oauth,
            clients,
            addresses=consent_addresses(config),
            clock=utc_now,
            new_state=lambda: secrets.token_urlsafe(32),
            on_connected=on_connected,
            link=patrons.link_proven,
        ),
        disconnecting=Disconnecting(
            store,
            clients,
            clock=utc_now,
            on_disconnected=clients.reload,
            on_unfollowed=alarms.hooks.ring,
        ),
        settings=Settings(
            store,
            feed_policy(config),
            has_public_url=config.server.public_url is not None,
            has_configured_secret=bool(config.patreon.webhook_secrets),
            clock=utc_now,
            on_followed=on_followed,
        ),
        trials=Trials(
            store,
            clock=utc_now,
            new_marker=new_marker,
            on_announced=alarms.announcements.ring,
        ),
        patrons=patrons,
    )


def status_of(config: Config, store: Store, *, usage: Callable[[], Usage]) -> Status:
    """Build the use case that tells how the bot is doing; it only reads."""
    return Status(
        store,
        clock=utc_now,
        usage=usage,
        version=__version__,
        has_configured_secret=bool(config.patreon.webhook_secrets),
    )
