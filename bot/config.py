"""The configuration: every option, its default and what it must be.

The description of an option is its cure: what to do when it is missing or wrong.
"""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from bot.option_types import (
    AnyCase,
    CampaignId,
    HttpUrl,
    NetworkText,
    PlainText,
    Snowflake,
    Token,
    is_public,
)
from bot.platforms import DiscordSection, PatreonSection
from bot.section import Section
from core.changes import Kind


class ServerSection(Section):
    """`[server]`."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: HttpUrl | None = None
    trusted_proxies: tuple[NetworkText, ...] = ()

    @field_validator("public_url")
    @classmethod
    def _is_secret_on_its_way(cls, url: str | None) -> str | None:
        """Refuse plain http to the world: Patreon calls https addresses only."""
        if url is not None and urlsplit(url).scheme == "http":
            host = urlsplit(url).hostname or ""
            if is_public(host):
                raise ValueError(
                    f"names the public host {host} without https, and Patreon calls no such "
                    "address; write https:// and put a reverse proxy with a certificate before "
                    "the bot"
                )
        return url


class DatabaseSection(Section):
    """`[database]`. The address may hold a password."""

    url: SecretStr = SecretStr("sqlite:///data/bot.db")


class SecretsSection(Section):
    """`[secrets]`: the keys that encrypt what is stored."""

    key: Token | None = Field(
        default=None,
        description="Leave it empty to let the bot make a key of its own in `secrets.key_file`.",
    )
    key_file: str = "data/secret.key"


class SyncSection(Section):
    """`[sync]`."""

    interval_minutes: int = Field(default=30, ge=1, le=7 * 24 * 60)
    most_gone_percent: int = Field(default=10, ge=1, le=100)
    keep_hours: int = Field(default=24, ge=1, le=30 * 24)


class EventsSection(Section):
    """`[events]`: how long the webhooks that came in are kept."""

    keep_days: int = Field(default=30, ge=0, le=3650)
    keep_parked_days: int = Field(default=90, ge=1, le=3650)


class AuditSection(Section):
    """`[audit]`: how long it is kept who did what."""

    keep_days: int = Field(default=365, ge=1, le=3650)


class PrivacySection(Section):
    """`[privacy]`: how long it is kept who somebody was that left."""

    forget_former_after_days: int = Field(default=365, ge=0, le=3650)


class BackupSection(Section):
    """`[backup]`: for whom backups are sealed, and how often one is made by itself."""

    every_hours: int = Field(default=0, ge=0, le=24 * 31)
    keep: int = Field(default=7, ge=1, le=1000)
    folder: str = "data/backups"
    passphrase: SecretStr | None = None
    passphrase_file: str | None = None
    recipient: PlainText | None = None


class FeedSection(Section):
    """`[feed]`."""

    kinds: tuple[Kind, ...] = tuple(Kind)
    staff_kinds: tuple[Kind, ...] = ()
    show_amounts: bool = False
    digest_above: int = Field(default=20, ge=0, le=1000)
    stale_hours: int = Field(default=12, ge=0, le=30 * 24)


class ImagesSection(Section):
    """`[images]`: where pictures are kept, and how many."""

    folder: str = "data/images"
    max_megabytes: int = Field(default=1024, ge=10, le=1_000_000)
    max_age_days: int = Field(default=30, ge=1, le=3650)


class LogSection(Section):
    """`[log]`."""

    level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = "info"
    format: Annotated[Literal["auto", "text", "json"], AnyCase] = "auto"


class LinkSection(Section):
    """One `[[links]]`: a guild follows a campaign in these channels."""

    guild: Snowflake = Field(description="Right-click the server in Discord and choose Copy ID.")
    campaign: CampaignId = Field(description="`python -m bot check --live` lists your campaigns.")
    feed: Snowflake | None = None
    staff: Snowflake | None = None
    posts: Snowflake | None = None


class Config(Section):
    """All options."""

    discord: DiscordSection
    patreon: PatreonSection
    server: ServerSection = ServerSection()
    database: DatabaseSection = DatabaseSection()
    secrets: SecretsSection = SecretsSection()
    sync: SyncSection = SyncSection()
    events: EventsSection = EventsSection()
    audit: AuditSection = AuditSection()
    privacy: PrivacySection = PrivacySection()
    backup: BackupSection = BackupSection()
    feed: FeedSection = FeedSection()
    images: ImagesSection = ImagesSection()
    log: LogSection = LogSection()
    links: tuple[LinkSection, ...] = ()

    @field_validator("links")
    @classmethod
    def _no_link_twice(cls, links: tuple[LinkSection, ...]) -> tuple[LinkSection, ...]:
        pairs = [(link.guild, link.campaign) for link in links]
        twice = next((pair for pair in pairs if pairs.count(pair) > 1), None)
        if twice is not None:
            raise ValueError(
                f"names guild {twice[0]} with campaign {twice[1]} twice; keep one of them"
            )
        return links

    def secret_values(self) -> Iterator[str]:
        """Every secret of the configuration, for those who must hide them."""
        # It brings SQLAlchemy, which those do not need who only ask whether a bot runs.
        from storage.address import passwords_in

        for section in (self.discord, self.patreon, self.secrets, self.backup):
            for _, value in section:
                if isinstance(value, SecretStr):
                    yield from value.get_secret_value().split(",")
        yield from passwords_in(self.database.url.get_secret_value())
