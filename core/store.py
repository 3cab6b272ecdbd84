"""What the use cases need from the database: units of work over repositories.

The rules of every implementation: one writing transaction at a time sees a row (SQLite: one
writer, `BEGIN IMMEDIATE`; PostgreSQL: rows are locked by the methods that say so); leaving the
block commits, an exception rolls back; no row, table or driver error comes out. A database that
is full, locked or away raises `TemporaryError`.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.account_store import Connections, Creators
from core.audit import Audit
from core.changes import Change
from core.consents import Consents
from core.draft_rows import Drafts, Submissions
from core.guilds import Link
from core.handover_rows import Offers
from core.image_rows import Images
from core.inbox import Delivery, Hook
from core.letter_box import LetterBox
from core.listing import MemberPage, MemberQuery, Totals
from core.members import Campaign, Member, Tier
from core.people import People
from core.post_rows import PostMessages
from core.posts import Post
from core.queues import Announcements, Events
from core.rights import RoleRights
from core.tellings import Tellings
from core.tier_names import TierNames
from core.words import StoredWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What tells a stored member apart from a new reading of it.

    `row` is a small positive integer that stays with the member for good; `seen_at` is when the
    stored state was saved.
    """

    row: int
    fingerprint: bytes
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCampaign:
    """A campaign with its bookkeeping.

    `baseline_at` is when its first complete sync ended: before it, nothing is announced.
    `sync_error` is a sentence when the last sync failed.
    """

    campaign: Campaign
    creator_id: int
    baseline_at: datetime | None = None
    synced_at: datetime | None = None
    sync_error: str | None = None


class Campaigns(Protocol):
    """Campaigns with their tiers."""

    async def save(self, campaign: Campaign, tiers: Sequence[Tier], *, creator_id: int) -> None:
        """Add or update a campaign and exactly these tiers; tiers no longer named stay known,
        unpublished, because members' histories name them.
        """
        ...

    async def save_tiers(self, tiers: Sequence[Tier]) -> None:
        """Add or update tiers that came along with members."""
        ...

    async def get(self, campaign_id: str) -> StoredCampaign | None:
        """One campaign."""
        ...

    async def all(self) -> Sequence[StoredCampaign]:
        """All campaigns by name."""
        ...

    async def tiers(self, campaign_id: str) -> Mapping[str, Tier]:
        """A campaign's tiers by id, cheapest first."""
        ...

    async def note_sync(
        self, campaign_id: str, *, at: datetime, is_complete: bool, error: str | None
    ) -> None:
        """Note how a sync ended; the first complete one sets `baseline_at`.

        `synced_at` moves only with a complete one.
        """
        ...


class Members(Protocol):
    """Members by Patreon's id."""

    async def stamps(self, member_ids: Sequence[str]) -> Mapping[str, Stamp]:
        """The stored members' stamps, locking their rows until the transaction ends."""
        ...

    async def unchanged(
        self, fingerprints: Mapping[str, bytes], *, asked_at: datetime
    ) -> Mapping[str, int]:
        """Rows of the members that are stored just so and were not saved after `asked_at`.

        Nothing is locked: for these there is nothing to do, whatever others do meanwhile.
        """
        ...

    async def load(self, member_ids: Sequence[str]) -> Mapping[str, Member]:
        """The stored members themselves."""
        ...

    async def save(
        self,
        members: Sequence[tuple[Member, bytes]],
        *,
        seen_at: datetime,
        stamps: Mapping[str, Stamp] | None = None,
    ) -> Mapping[str, int]:
        """Add or update members with their fingerprints; gives their rows.

        `stamps` are these members' stamps, when the same transaction has asked for them.
        """
        ...

    async def touch(self, member_ids: Sequence[str], *, seen_at: datetime) -> None:
        """Move `seen_at` forward (never back) for members that were read unchanged."""
        ...

    async def present_after(
        self, campaign_id: str, row: int, *, limit: int, besides: Container[int] = ()
    ) -> Sequence[tuple[int, str, datetime]]:
        """Up to `limit` members of the campaign in later rows that are neither gone nor `besides`.

        Gives row, id and `seen_at`, by row; nothing when there are no more.
        """
        ...

    async def count_present(self, campaign_id: str) -> int:
        """How many of the campaign's members are not gone."""
        ...

    async def page(self, query: MemberQuery) -> MemberPage:
        """A page of a filtered, sorted list, with totals over the campaigns (not the filters).

        The order is total: equal names and amounts are told apart by id.
        """
        ...

    async def find(self, campaign_ids: Sequence[str], text: str, *, limit: int) -> Sequence[Member]:
        """The members of the campaigns whose name contains `text`, ignoring case.

        Those with exactly this name come first, then those whose name begins so, each by name;
        of each kind, who is gone stands last.
        """
        ...

    async def totals(self, campaign_ids: Sequence[str]) -> Totals:
        """How many members there are by status and by tier (entitled, not gone)."""
        ...


class Posts(Protocol):
    """Posts by Patreon's id."""

    async def save(self, posts: Sequence[Post]) -> tuple[int, int]:
        """Add or update posts; gives how many were new and how many changed."""
        ...

    async def load(self, post_ids: Sequence[str]) -> Mapping[str, Post]:
        """The stored posts themselves."""
        ...

    async def delete(self, post_ids: Sequence[str]) -> int:
        """Forget posts; gives how many of them were known."""
        ...

    async def ids(self, campaign_id: str) -> Sequence[str]:
        """The ids of the campaign's posts."""
        ...

    async def count(self, campaign_ids: Sequence[str]) -> int:
        """How many posts are known."""
        ...


class Changes(Protocol):
    """What happened to members, kept for good."""

    async def add(self, changes: Sequence[Change], *, at: datetime) -> Sequence[int]:
        """Append changes; gives their ids in the same order."""
        ...

    async def of_member(self, member_id: str, *, limit: int) -> Sequence[tuple[Change, datetime]]:
        """A member's changes, latest first."""
        ...

    async def count_of_member(self, member_id: str) -> int:
        """How many changes of a member are known."""
        ...


class Hooks(Protocol):
    """Webhooks that this bot registered or was told of. Secrets are encrypted at rest."""

    async def by_key(self, key: str) -> Hook | None:
        """The hook whose address ends in `key`."""
        ...

    async def all(self) -> Sequence[Hook]:
        """All hooks."""
        ...

    async def save(self, hook: Hook) -> int:
        """Add a hook (id 0) or update one; gives its id."""
        ...

    async def remove(self, campaign_ids: Sequence[str]) -> int:
        """Forget the hooks of these campaigns; gives how many there were.

        Their events that wait keep their campaign.
        """
        ...

    async def last_delivery(self) -> datetime | None:
        """When the newest event of any hook arrived."""
        ...


class Links(Protocol):
    """Which guild follows which campaign."""

    async def save(self, link: Link, *, at: datetime) -> int:
        """Add a link or update the guild's one to that campaign; gives its id."""
        ...

    async def remove(self, link_ids: Sequence[int], *, at: datetime) -> None:
        """Stop following: what still waited is parked, what was announced stays."""
        ...

    async def of_guild(self, guild_id: int) -> Sequence[Link]:
        """A guild's links."""
        ...

    async def of_campaign(self, campaign_id: str) -> Sequence[Link]:
        """The links that follow a campaign."""
        ...

    async def all(self) -> Sequence[Link]:
        """All links."""
        ...


class OwnSecrets(Protocol):
    """Small secrets that the bot made for itself, sealed."""

    async def get(self, name: str) -> str | None:
        """A secret; None also for one that no key opens any more."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Keep a secret."""
        ...


class Notes(Protocol):
    """Small facts the process keeps across restarts, such as the hash of the command tree."""

    async def get(self, name: str) -> str | None:
        """A fact."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Keep a fact."""
        ...


class Work(Protocol):
    """One transaction: every repository over the same connection."""

    @property
    def creators(self) -> Creators: ...  # noqa: D102

    @property
    def connections(self) -> Connections: ...  # noqa: D102

    @property
    def campaigns(self) -> Campaigns: ...  # noqa: D102

    @property
    def members(self) -> Members: ...  # noqa: D102

    @property
    def posts(self) -> Posts: ...  # noqa: D102

    @property
    def post_messages(self) -> PostMessages: ...  # noqa: D102

    @property
    def changes(self) -> Changes: ...  # noqa: D102

    @property
    def announcements(self) -> Announcements: ...  # noqa: D102

    @property
    def events(self) -> Events: ...  # noqa: D102

    @property
    def letters(self) -> LetterBox: ...  # noqa: D102

    @property
    def hooks(self) -> Hooks: ...  # noqa: D102

    @property
    def links(self) -> Links: ...  # noqa: D102

    @property
    def images(self) -> Images: ...  # noqa: D102

    @property
    def own_secrets(self) -> OwnSecrets: ...  # noqa: D102

    @property
    def notes(self) -> Notes: ...  # noqa: D102

    @property
    def role_rights(self) -> RoleRights: ...  # noqa: D102

    @property
    def audit(self) -> Audit: ...  # noqa: D102

    @property
    def tier_names(self) -> TierNames: ...  # noqa: D102

    @property
    def words(self) -> StoredWords: ...  # noqa: D102

    @property
    def consents(self) -> Consents: ...  # noqa: D102

    @property
    def people(self) -> People: ...  # noqa: D102

    @property
    def handovers(self) -> Offers: ...  # noqa: D102

    @property
    def tellings(self) -> Tellings: ...  # noqa: D102

    @property
    def drafts(self) -> Drafts: ...  # noqa: D102

    @property
    def submissions(self) -> Submissions: ...  # noqa: D102


class Store(Protocol):
    """The database."""

    def read(self) -> AbstractAsyncContextManager[Work]:
        """Open a consistent view that changes nothing."""
        ...

    def write(self) -> AbstractAsyncContextManager[Work]:
        """Open a transaction that the block's end commits. Never await the network in it."""
        ...

    @property
    def has_deliveries_coming(self) -> bool:
        """Whether deliveries came in lately: then transactions should be short."""
        ...

    async def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Put deliveries into the inbox, due now, in one transaction of its own, and make them
        durable before returning. They are asked for once, when it is their turn to be written.
        """
        ...

    async def check(self) -> None:
        """Prove that the database can be written.

        Raises:
            TemporaryError: it cannot; the sentence says why.
        """
        ...
