"""Consents: what a person is asked for at Patreon, for what, and what comes back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from core.accounts import TokenPair
from core.errors import UserError
from core.ports import Identity


class Purpose(StrEnum):
    """What a consent is for. `CONNECT`: a creator's account. `PATRON`: proving who one is."""

    CONNECT = "connect"
    PATRON = "patron"


LIFE = timedelta(minutes=10)
"""How long a consent that was begun can be finished."""

MOST_OPEN = 3
"""How many consents of one purpose a person may have open; the oldest makes room."""

SCOPES: Mapping[Purpose, tuple[str, ...]] = MappingProxyType(
    {
        Purpose.CONNECT: (
            "identity",
            "campaigns",
            "campaigns.members",
            "campaigns.posts",
            "w:campaigns.webhook",
        ),
        Purpose.PATRON: ("identity", "identity.memberships"),
    }
)
"""What is asked for: the least that works, no mail addresses and no postal ones.

Source: docs.patreon.com, "OAuth" and "Scopes".
"""

LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "identity": "the bot cannot tell whose account it is",
        "campaigns": "campaigns and tiers cannot be read",
        "campaigns.members": "members cannot be read, so nothing about them is announced",
        "campaigns.posts": "posts cannot be read or announced",
        "w:campaigns.webhook": "changes are seen at the periodic sync only, not at once",
        "identity.memberships": "memberships cannot be read",
    }
)
"""What does not work without a scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConsent:
    """A consent that a Discord user began, in `guild_id` unless it was nowhere.

    The names are those of that moment: they tell the person at the browser whose wish it is.
    """

    purpose: Purpose
    user_id: int
    guild_id: int | None
    expires_at: datetime
    user_name: str = ""
    guild_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A consent that was begun. `url` is for the person alone; `digest` is no secret."""

    url: str = field(repr=False)
    expires_at: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where browsers find this bot: the page that leads to Patreon, and the way back.

    `redirect_uri` must be registered for the client at Patreon, letter by letter.
    """

    authorize: str
    redirect_uri: str


class Outcome(StrEnum):
    """How a consent ended."""

    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of a consent.

    `name` is the Patreon account's, `campaigns` are the names of those it has, or that a patron
    is a member of, `lacking` the scopes that were not granted. `reason` is a sentence when
    something went wrong; with `DONE`, what could not be read at once.
    """

    outcome: Outcome
    purpose: Purpose
    name: str = ""
    campaigns: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A consent that is open, and where Patreon asks for it."""

    consent: OpenConsent
    patreon_url: str


def write_ending(ending: Ending) -> str:
    """Write an ending down, for another process."""
    return _ENDINGS.dump_json(ending).decode()


def read_ending(text: str) -> Ending | None:
    """Read what `write_ending` wrote, None when that was another version of the bot."""
    try:
        return _ENDINGS.validate_json(text)
    except ValidationError:
        return None


_ENDINGS = TypeAdapter(Ending)


class Consents(Protocol):
    """Consents, by the digest of their one-use state."""

    async def add(self, digest: str, consent: OpenConsent, *, most: int) -> Sequence[str]:
        """Keep a consent; a person's oldest of this purpose go, so that `most` are open.

        Gives the digests of those that went.
        """
        ...

    async def look(self, digest: str) -> OpenConsent | None:
        """An open consent, expired or not."""
        ...

    async def take(self, digest: str) -> OpenConsent | None:
        """Use an open consent up, expired or not: of several callers one gets it."""
        ...

    async def end(self, digest: str, ending: Ending) -> None:
        """Keep how a consent that was used up ended."""
        ...

    async def ending(self, digest: str) -> Ending | None:
        """How a consent ended, None when it has not, or nobody knows."""
        ...

    async def forget(self, digest: str) -> None:
        """Forget a consent, whatever became of it."""
        ...

    async def sweep(self, *, expired_by: datetime, ended_by: datetime) -> int:
        """Forget what had expired by then, and what was used up and expired by `ended_by`.

        Gives how many.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code was exchanged for; `scopes` is None when Patreon did not tell them."""

    pair: TokenPair = field(repr=False)
    scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patron:
    """A person with the ids of their memberships (`Member.id`), paying or not."""

    identity: Identity
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Somebody has shown that a Patreon account and a Discord account are both theirs."""

    patron: Patron
    discord_id: int
    guild_id: int | None


Linking = Callable[[Proof], Awaitable[tuple[str, ...]]]
"""What is done with a proof; gives the names of the campaigns whose members the person is."""


class Exchange(Protocol):
    """Patreon's side of a consent.

    All calls raise `TemporaryError` (`OutcomeUnknown` when a code may be spent) when Patreon is
    away, and `PermanentError` when it refuses this bot.
    """

    def address(self, purpose: Purpose, *, state: str, redirect_uri: str) -> str:
        """Write the address at which Patreon asks the person."""
        ...

    async def exchange(self, code: str, *, redirect_uri: str) -> Grant:
        """Turn a code into tokens, never trying twice.

        Raises:
            CodeRefused: it is unknown, used, too old or was made for another address.
        """
        ...

    async def identity(self, grant: Grant) -> Identity:
        """Ask whose tokens they are."""
        ...

    async def patron(self, grant: Grant) -> Patron:
        """Ask whose tokens they are, and for that person's memberships."""
        ...


class UnknownState(UserError):  # noqa: N818  the name says what was found
    """The state was never given out, was used before or was replaced."""


class ConsentExpired(UserError):  # noqa: N818
    """The consent was begun too long ago."""


class CodeRefused(UserError):  # noqa: N818
    """Patreon refuses the code that it gave."""


def lacking(purpose: Purpose, granted: frozenset[str] | None) -> tuple[str, ...]:
    """List what was asked for and not granted; nothing when it is not known what was."""
    if granted is None:
        return ()
    return tuple(scope for scope in SCOPES[purpose] if scope not in granted)
