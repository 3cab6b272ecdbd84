"""What the Patreon client needs to be told."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much the client allows itself, a little below what Patreon allows.

    `per_client` requests in `client_window` over all creators, `per_token` requests in
    `token_window` for each creator. From `refused` own 4xx answers in `refused_window` on, nothing
    is sent: Patreon's edge blocks an address for 30 minutes after 2,000. Whoever comes while
    Patreon asked for more than `longest_pause`, or while `longest_queue` callers wait, is turned
    away. `default_pause` is kept when Patreon asks to slow down without saying for how long.

    Source: docs.patreon.com, "Rate Limits" and "Edge Rate Limiting".
    """

    per_client: int = 95
    client_window: timedelta = timedelta(seconds=2)
    per_token: int = 90
    token_window: timedelta = timedelta(minutes=1)
    refused: int = 500
    refused_window: timedelta = timedelta(minutes=10)
    default_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(minutes=1)
    longest_queue: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PatreonSettings:
    """How to reach Patreon and as whom.

    Without `client_id` and `client_secret` tokens are used as long as they live and never
    renewed. `timeout` bounds one exchange, `deadline` a whole call with its wait for a turn,
    `closing` the wait for renewals at the end of the process.

    Source: docs.patreon.com, "OAuth": a request without a User-Agent is answered 403.
    """

    user_agent: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    api_url: str = "https://www.patreon.com/api/oauth2/v2"
    authorize_url: str = "https://www.patreon.com/oauth2/authorize"
    token_url: str = "https://www.patreon.com/api/oauth2/token"  # noqa: S105  an address
    limits: Limits = field(default_factory=Limits)
    timeout: timedelta = timedelta(seconds=30)
    deadline: timedelta = timedelta(seconds=150)
    closing: timedelta = timedelta(seconds=4)
    max_body_bytes: int = 32 * 1024 * 1024
    max_connections: int = 20
