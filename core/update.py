"""Bringing stored members up to date: the one place where readings become changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.changes import Change, as_gone, compare, settle
from core.feed import Feed, News
from core.members import Member, Status, Tier, Tiers
from core.people import Person
from core.privacy import kept_of
from core.store import Stamp, StoredCampaign, Work

CLOCKS_DIFFER = timedelta(minutes=1)
"""A stored time further ahead than this was set by a wrong clock and proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a batch of readings came to.

    `announced` counts messages asked for, `forgotten` readings of people who are to be forgotten.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    outdated: int = 0
    announced: int = 0
    forgotten: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            gone=self.gone + other.gone,
            outdated=self.outdated + other.outdated,
            announced=self.announced + other.announced,
            forgotten=self.forgotten + other.forgotten,
        )

    @property
    def read(self) -> int:
        """How many readings went in."""
        return self.new + self.changed + self.unchanged + self.outdated


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A tally, and the rows of every member that was read.

    `saved` are those that were new or changed, without people who are to be forgotten.
    """

    tally: Tally
    rows: tuple[int, ...]
    saved: tuple[Member, ...]


async def update_members(
    work: Work,
    readings: Sequence[tuple[Member, bytes]],
    *,
    asked_at: datetime,
    stored: StoredCampaign,
    feed: Feed,
    now: datetime,
    tiers: Tiers | None = None,
) -> Updated:
    """Compare readings of one campaign's members with what is stored, save and announce.

    A reading that was asked for before the stored state was saved is discarded and counted as
    `outdated`: nobody can tell which of the two is older, and an older one would turn the member
    back and announce twice. Of several readings of one member the last one counts. Until the
    campaign's first complete sync everything is saved and nothing is recorded as a change.
    Repeating the call changes nothing. `tiers` are the campaign's, when the same transaction has
    asked for them.
    """
    believed = now + CLOCKS_DIFFER
    readings = list({member.id: (member, digest) for member, digest in readings}.values())
    wishes = await work.people.wishes([m.user_id for m, _ in readings if m.user_id])
    forgotten = {user_id for user_id, person in wishes.items() if person.is_forgotten}
    stamps = await work.members.stamps([member.id for member, _ in readings])
    outdated = [
        m for m, _ in readings if m.id in stamps and asked_at < stamps[m.id].seen_at <= believed
    ]
    late = {member.id for member in outdated}
    fresh = [(m, f) for m, f in readings if m.id not in late and not _is_same(m, f, stamps)]
    known = await work.members.load([member.id for member, _ in fresh if member.id in stamps])
    settled = [
        (_kept(known.get(m.id), m, is_forgotten=m.user_id in forgotten), fingerprint)
        for m, fingerprint in fresh
    ]
    rows = await work.members.save(settled, seen_at=now, stamps=stamps) if settled else {}
    announced = 0
    if stored.baseline_at is not None and settled:
        if tiers is None:
            tiers = await work.campaigns.tiers(stored.campaign.id)
        members = [member for member, _ in settled]
        announced = await _record(
            work, known, members, stored, feed, tiers=tiers, wishes=wishes, now=now
        )
    new = sum(member.id not in stamps for member, _ in fresh) if stamps else len(fresh)
    tally = Tally(
        new=new,
        changed=len(fresh) - new,
        unchanged=len(readings) - len(fresh) - len(outdated),
        outdated=len(outdated),
        announced=announced,
        forgotten=sum(m.user_id in forgotten for m, _ in readings) if forgotten else 0,
    )
    every_row = [stamp.row for stamp in stamps.values()] + list(rows.values())
    saved = tuple(member for member, _ in settled if member.user_id not in forgotten)
    return Updated(tally=tally, rows=tuple(every_row), saved=saved)


async def save_tiers(work: Work, read: Sequence[Tier], *, campaign_id: str) -> Tiers:
    """Save tiers that came along with members, where they differ; gives the campaign's tiers."""
    known = await work.campaigns.tiers(campaign_id)
    completed = [tier.completed(known.get(tier.id)) for tier in read]
    changed = [tier for tier in completed if known.get(tier.id) != tier]
    if not changed:
        return known
    await work.campaigns.save_tiers(changed)
    return await work.campaigns.tiers(campaign_id)


async def remove_members(
    work: Work,
    members: Sequence[Member],
    *,
    asked_at: datetime,
    stored: StoredCampaign,
    feed: Feed,
    now: datetime,
) -> Tally:
    """Mark stored members as gone, unless they were saved after `asked_at`."""
    present = [member for member in members if member.status is not Status.GONE]
    # No reading has an empty fingerprint, so a member who comes back is never taken for unchanged.
    updated = await update_members(
        work,
        [(as_gone(member), b"") for member in present],
        asked_at=asked_at,
        stored=stored,
        feed=feed,
        now=now,
    )
    return Tally(
        gone=updated.tally.changed,
        outdated=updated.tally.outdated,
        announced=updated.tally.announced,
        forgotten=updated.tally.forgotten,
    )


async def _record(
    work: Work,
    known: Mapping[str, Member],
    members: Sequence[Member],
    stored: StoredCampaign,
    feed: Feed,
    *,
    tiers: Tiers,
    wishes: Mapping[str, Person],
    now: datetime,
) -> int:
    found: list[tuple[Change, Member]] = [
        (change, member)
        for member in members
        for change in compare(known.get(member.id), member, tiers)
    ]
    ids = await work.changes.add([change for change, _ in found], at=now) if found else []
    news = [
        News(change_id=change_id, change=change, member=member)
        for change_id, (change, member) in zip(ids, found, strict=True)
    ]
    return await feed.announce(work, news, stored, tiers, wishes=wishes, at=now)


def _kept(known: Member | None, now: Member, *, is_forgotten: bool) -> Member:
    return kept_of(known, settle(known, now), is_forgotten=is_forgotten)


def _is_same(member: Member, fingerprint: bytes, stamps: Mapping[str, Stamp]) -> bool:
    return member.id in stamps and stamps[member.id].fingerprint == fingerprint
