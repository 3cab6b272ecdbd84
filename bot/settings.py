"""The configuration in the words of those who need it."""

from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

from bot.config import Config
from cogs.client import point_at
from core.accounts import TokenPair
from core.brake import BrakePolicy
from core.consents import Addresses
from core.digest import DigestPolicy
from core.doctor.work import Choices
from core.feed import FeedPolicy
from core.guilds import Link
from core.purge import Keeping
from patreon.image_settings import ImageSettings
from patreon.settings import Limits, PatreonSettings
from web.app import WebSettings
from web.oauth import AUTHORIZE, CALLBACKS
from web.webhooks import WebhookSettings

DISCORD_API_URL = "https://discord.com/api/v10"
_DISCORD_GATEWAY_URL = "wss://gateway.discord.gg/"
_DISCORD_CDN_URL = "https://cdn.discordapp.com"


def patreon_settings(config: Config) -> PatreonSettings:
    """Say how to reach Patreon, and as whom."""
    section = config.patreon
    return PatreonSettings(
        user_agent=section.sent_user_agent,
        client_id=section.client_id,
        client_secret=section.client_secret.get_secret_value(),
        api_url=section.api_url,
        authorize_url=section.authorize_url,
        token_url=section.token_url,
        limits=Limits(
            per_client=section.requests_per_2_seconds,
            client_window=timedelta(seconds=2),
            per_token=section.requests_per_minute,
            token_window=timedelta(minutes=1),
        ),
    )


def image_settings(config: Config) -> ImageSettings:
    """Say where pictures may be fetched from."""
    stand_ins = (place.rpartition(":") for place in config.patreon.image_stand_ins)
    return ImageSettings(
        user_agent=config.patreon.sent_user_agent,
        hosts=config.patreon.image_hosts,
        admitted=frozenset((host.strip("[]"), int(port)) for host, _, port in stand_ins),
    )


def seed(config: Config, *, can_be_renewed: bool = True) -> TokenPair | None:
    """Give the configured token pair, without its refresh token unless `can_be_renewed`.

    None: there is none, and accounts are connected from Discord.
    """
    if config.patreon.creator_access_token is None:
        return None
    refresh = config.patreon.creator_refresh_token if can_be_renewed else None
    return TokenPair(
        access=config.patreon.creator_access_token.get_secret_value(),
        refresh=refresh.get_secret_value() if refresh else None,
    )


def links(config: Config) -> list[Link]:
    """Give the links."""
    return [
        Link(
            guild_id=link.guild,
            campaign_id=link.campaign,
            feed_channel_id=link.feed,
            staff_channel_id=link.staff,
            posts_channel_id=link.posts,
        )
        for link in config.links
    ]


def feed_policy(config: Config) -> FeedPolicy:
    """Say what is announced where."""
    return FeedPolicy(
        kinds=frozenset(config.feed.kinds),
        staff_kinds=frozenset(config.feed.staff_kinds),
        show_amounts=config.feed.show_amounts,
    )


def digest_policy(config: Config) -> DigestPolicy:
    """Say when changes that wait become one message."""
    return DigestPolicy(
        above=config.feed.digest_above, stale=timedelta(hours=config.feed.stale_hours)
    )


def choices(config: Config) -> Choices:
    """Say what a link means that says nothing by itself."""
    return Choices(
        kinds=frozenset(config.feed.kinds),
        staff_kinds=frozenset(config.feed.staff_kinds),
        sync_every=timedelta(minutes=config.sync.interval_minutes),
        digest_above=config.feed.digest_above,
        backup_every=timedelta(hours=hours) if (hours := config.backup.every_hours) else None,
    )


def brake_policy(config: Config) -> BrakePolicy:
    """Say how much a sync may take away unasked."""
    return BrakePolicy(
        most_gone_percent=config.sync.most_gone_percent,
        keep_for=timedelta(hours=config.sync.keep_hours),
    )


def keeping(config: Config) -> Keeping:
    """Say how long the bodies of webhooks, the audit and former members' names are kept."""
    return Keeping(
        done=timedelta(days=config.events.keep_days),
        parked=timedelta(days=config.events.keep_parked_days),
        audit=timedelta(days=config.audit.keep_days),
        former=timedelta(days=config.privacy.forget_former_after_days),
    )


def consent_addresses(config: Config) -> Addresses | None:
    """Say where browsers find the bot, None when the configuration does not.

    The address to return to is `patreon.redirect_uri`, or else that of today below
    `server.public_url`.
    """
    redirect_uri, base = config.patreon.redirect_uri, config.server.public_url
    if base is None:
        if redirect_uri is None:
            return None
        parts = urlsplit(redirect_uri)
        base = f"{parts.scheme}://{parts.netloc}"
    base = base.rstrip("/")
    return Addresses(authorize=base + AUTHORIZE, redirect_uri=redirect_uri or base + CALLBACKS[0])


def web_settings(config: Config) -> WebSettings:
    """Say where to listen and whom to believe."""
    return WebSettings(
        host=config.server.host,
        port=config.server.port,
        trusted_proxies=tuple(ip_network(text) for text in config.server.trusted_proxies),
        webhooks=WebhookSettings(secrets=config.patreon.webhook_secrets),
    )


def point_at_stand_in(config: Config) -> None:
    """Make discord.py talk to another Discord, when the configuration names one."""
    section = config.discord
    if section.api_url or section.gateway_url or section.cdn_url:
        point_at(
            section.api_url or DISCORD_API_URL,
            section.gateway_url or _DISCORD_GATEWAY_URL,
            section.cdn_url or _DISCORD_CDN_URL,
        )
