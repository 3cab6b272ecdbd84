"""The sections of Discord and Patreon: credentials, addresses, and who is never sent tokens."""

from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from bot import __version__
from bot.option_types import (
    ExactHttpUrl,
    HeaderText,
    HostAndPort,
    HostPattern,
    HttpUrl,
    PlainText,
    Snowflake,
    SocketUrl,
    Token,
    is_loopback,
)
from bot.section import Section

_PORTAL = "https://www.patreon.com/portal/registration/register-clients"
_DISCORD = "https://discord.com/developers/applications"


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
    image_stand_ins: tuple[HostAndPort, ...] = ()

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
