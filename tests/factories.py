"""Valid records for tests: a test states only what matters to it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.accounts import TokenPair
from core.announcements import Announcement
from core.cards import Card, Tone
from core.changes import Change, Kind
from core.guilds import Link
from core.inbox import Delivery, Event, Hook
from core.members import Campaign, Member, Status, Tier
from core.posts import Post
from core.store import Store, Work

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""The time at which a test's clock starts."""


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move on by a timedelta or by its parts: `clock.advance(minutes=3)`."""
        self.now += timedelta(**parts) if by is None else by
        return self.now


_MEMBER = Member(
    id="11111111-0000-0000-0000-000000000001",
    campaign_id="1001",
    status=Status.ACTIVE,
    user_id="5001",
    name="Ada",
    tier_ids=("201",),
    cadence_months=1,
    entitled_cents=500,
    will_pay_cents=500,
    lifetime_cents=1500,
    last_charge_status="paid",
    last_charge_at=NOW - timedelta(days=20),
    next_charge_at=NOW + timedelta(days=10),
    pledge_started_at=NOW - timedelta(days=80),
)
_CARD = Card(marker="m-1", tone=Tone.WELCOME, title="New patron", text="Ada joined.", at=NOW)
_DELIVERY = Delivery(trigger="members:update", body=b'{"data": {}}', received_at=NOW)
_EVENT = Event(id=1, trigger="members:update", body=b'{"data": {}}', received_at=NOW, attempts=1)
_POST = Post(
    id="301",
    campaign_id="1001",
    title="Hello",
    content="<p>Hello</p>",
    url="https://www.patreon.com/posts/301",
    published_at=NOW,
)
_CHANGE = Change(
    kind=Kind.UPGRADED, member_id=_MEMBER.id, campaign_id="1001", before=("201",), after=("202",)
)


def campaign(**overrides: Any) -> Campaign:
    """The campaign 1001."""
    return replace(Campaign(id="1001", name="Ada's Workshop"), **overrides)


def tier(**overrides: Any) -> Tier:
    """The tier 201 of the campaign 1001, for five dollars."""
    valid = Tier(id="201", campaign_id="1001", title="Friend", amount_cents=500)
    return replace(valid, **overrides)


def tiers() -> tuple[Tier, ...]:
    """The tiers of the campaign 1001: free (200), five dollars (201), ten dollars (202)."""
    return (
        tier(id="200", title="Free", amount_cents=0),
        tier(),
        tier(id="202", title="Patron", amount_cents=1000),
    )


def member(**overrides: Any) -> Member:
    """Ada, an active member of the campaign 1001 with the tier 201."""
    return replace(_MEMBER, **overrides)


def card(**overrides: Any) -> Card:
    """A card that welcomes Ada."""
    return replace(_CARD, **overrides)


def delivery(**overrides: Any) -> Delivery:
    """A delivery of a changed member."""
    return replace(_DELIVERY, **overrides)


def event(**overrides: Any) -> Event:
    """A claimed event of a changed member."""
    return replace(_EVENT, **overrides)


def hook(**overrides: Any) -> Hook:
    """A new hook of the campaign 1001."""
    return replace(Hook(id=0, key="hook-key", campaign_id="1001", secrets=("s3cret",)), **overrides)


def link(**overrides: Any) -> Link:
    """A guild that shows the campaign 1001 in the channel 7001."""
    return replace(Link(guild_id=6001, campaign_id="1001", feed_channel_id=7001), **overrides)


def post(**overrides: Any) -> Post:
    """The post 301 of the campaign 1001."""
    return replace(_POST, **overrides)


def change(**overrides: Any) -> Change:
    """Ada moved up from the tier 201 to 202."""
    return replace(_CHANGE, **overrides)


def tokens(**overrides: Any) -> TokenPair:
    """A pair that is good for a month."""
    valid = TokenPair(
        access="access-1",
        refresh="refresh-1",
        expires_at=NOW + timedelta(days=31),
        obtained_at=NOW,
    )
    return replace(valid, **overrides)


def announcement(**overrides: Any) -> Announcement:
    """An announcement that was never sent."""
    valid = Announcement(id=1, channel_id=7001, shows=_CARD, created_at=NOW)
    return replace(valid, **overrides)


async def save_campaign(store: Store, *, is_synced: bool = True, at: datetime = NOW) -> int:
    """Store a creator with the campaign 1001 and its tiers; gives the creator's id.

    With `is_synced` its first sync is already done, so that changes are announced.
    """
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.campaigns.save(campaign(), tiers(), creator_id=creator_id)
        if is_synced:
            await work.campaigns.note_sync("1001", at=at, is_complete=True, error=None)
    return creator_id


async def replace_links(work: Work, links: Iterable[Link], *, at: datetime) -> None:
    """Make these the links; a link that stays keeps its id, a dropped one stops showing."""
    kept = {await work.links.save(link, at=at) for link in links}
    dropped = [link.id for link in await work.links.all() if link.id not in kept]
    await work.links.remove(dropped, at=at)


async def save_link(store: Store, at: datetime = NOW, **overrides: Any) -> Link:
    """Make this the only link; gives it as stored, with its id."""
    wanted = link(**overrides)
    async with store.write() as work:
        await replace_links(work, [wanted], at=at)
        return (await work.links.of_guild(wanted.guild_id))[0]
