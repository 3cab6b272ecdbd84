"""The configuration: every option, its default and what it must be.

The description of an option is its cure: what to do when it is missing or wrong.
"""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from bot import __version__
from bot.option_types import (
    AnyCase,
    CampaignId,
    ExactHttpUrl,
    HeaderText,
    HostPattern,
    HttpUrl,
    NetworkText,
    PlainText,
    Snowflake,
    SocketUrl,
    Token,
    is_loopback,
    is_public,
)
from core.changes import Kind

_PORTAL = "https://www.patreon.com/portal/registration/register-clients"
_DISCORD = "https://discord.com/developers/applications"


class Section(BaseModel):
    """What every section has in common: unknown options are refused, inputs stay hidden."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what pydantic takes for 1 and 0."""
        field = cls.model_fields[info.field_name or ""]
        if isinstance(value, bool) and field.annotation is int:
            raise ValueError("must be a number, not true or false")
        return value


class DiscordSection(Section):
    """`[discord]`."""

    # First: the addresses below are checked against it.
    allow_other_hosts: bool = False
    token: Token = Field(description=f"Create a bot at {_DISCORD} and copy its token (Bot page).")
    moderator_roles: tuple[Snowflake, ...] = ()
    api_url: HttpUrl | None = None
    gateway_url: SocketUrl | None = None
    cdn_url: HttpUrl | None = None

    @field_validator("api_url", "gateway_url", "cdn_url")
    @classmethod
    def _stays_home(cls, url: str | None, info: ValidationInfo) -> str | None:
        return _check_host(url, "discord", is_forced=info.data.get("allow_other_hosts", False))


class PatreonSection(Section):
    """`[patreon]`."""

    allow_other_hosts: bool = False
    client_id: PlainText = Field(description=f"Create a client (API version 2) at {_PORTAL}.")
    client_secret: Token = Field(description=f"Copy it from your client at {_PORTAL}.")
    creator_access_token: Token | None = Field(
        default=None, description=f"Copy the Creator's Access Token from your client at {_PORTAL}."
    )
    creator_refresh_token: Token | None = Field(
        default=None, description=f"Copy the Creator's Refresh Token from your client at {_PORTAL}."
    )
    redirect_uri: ExactHttpUrl | None = None
    webhook_secret: Token | None = Field(
        default=None, description="Copy it from your webhook at https://www.patreon.com/portal."
    )
    previous_webhook_secret: Token | None = None
    app_name: HeaderText = "Patreon Bot"
    user_agent: HeaderText | None = None
    requests_per_minute: int = Field(default=90, ge=1, le=100)
    requests_per_2_seconds: int = Field(default=95, ge=1, le=100)
    api_url: HttpUrl = "https://www.patreon.com/api/oauth2/v2"
    authorize_url: HttpUrl = "https://www.patreon.com/oauth2/authorize"
    token_url: HttpUrl = "https://www.patreon.com/api/oauth2/token"  # noqa: S105  an address
    image_hosts: tuple[HostPattern, ...] = ("*.patreonusercontent.com", "*.patreon.com")

    @field_validator("api_url", "authorize_url", "token_url")
    @classmethod
    def _stays_home(cls, url: str, info: ValidationInfo) -> str | None:
        return _check_host(url, "patreon", is_forced=info.data.get("allow_other_hosts", False))

    @property
    def sent_user_agent(self) -> str:
        """The User-Agent of every request; Patreon refuses requests without one."""
        return self.user_agent or f"{self.app_name} (patreon-discord-bot/{__version__})"

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that sign webhooks, the current one first."""
        given = (self.webhook_secret, self.previous_webhook_secret)
        return tuple(secret.get_secret_value() for secret in given if secret is not None)


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
    backup: BackupSection = BackupSection()
    feed: FeedSection = FeedSection()
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


_HOMES = {
    "discord": ("discord.com", ".discord.com", ".discord.gg", ".discordapp.com"),
    "patreon": ("patreon.com", ".patreon.com"),
}


def _check_host(url: str | None, platform: str, *, is_forced: bool) -> str | None:
    """Refuse an address that would carry tokens to a stranger."""
    if url is None or is_forced:
        return url
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_home = any(
        host == home or (home[0] == "." and host.endswith(home)) for home in _HOMES[platform]
    )
    if is_loopback(host) or (is_home and parts.scheme in ("https", "wss")):
        return url
    raise ValueError(
        f"names the host {host}, which would be sent your tokens; leave it out, or set "
        f"`{platform}.allow_other_hosts = true` if you are sure"
    )
