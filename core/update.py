"""Bringing stored members up to date: the one place where readings become changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.changes import Change, as_gone, compare, settle
from core.feed import Feed, News
from core.members import Member, Status, Tiers
from core.store import Stamp, StoredCampaign, Work

CLOCKS_DIFFER = timedelta(minutes=1)
"""A stored time further ahead than this was set by a wrong clock and proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a batch of readings came to. `announced` counts messages asked for."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    outdated: int = 0
    announced: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            gone=self.gone + other.gone,
            outdated=self.outdated + other.outdated,
            announced=self.announced + other.announced,
        )

    @property
    def read(self) -> int:
        """How many readings went in."""
        return self.new + self.changed + self.unchanged + self.outdated


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A tally, and the rows of every member that was read."""

    tally: Tally
    rows: tuple[int, ...]


async def update_members(
    work: Work,
    readings: Sequence[tuple[Member, bytes]],
    *,
    asked_at: datetime,
    stored: StoredCampaign,
    feed: Feed,
    now: datetime,
) -> Updated:
    """Compare readings of one campaign's members with what is stored, save and announce.

    A reading that was asked for before the stored state was saved is discarded and counted as
    `outdated`: nobody can tell which of the two is older, and an older one would turn the member
    back and announce twice. Of several readings of one member the last one counts. Until the
    campaign's first complete sync everything is saved and nothing is recorded as a change.
    Repeating the call changes nothing.
    """
    believed = now + CLOCKS_DIFFER
    readings = list({member.id: (member, digest) for member, digest in readings}.values())
    stamps = await work.members.stamps([member.id for member, _ in readings])
    outdated = [
        m for m, _ in readings if m.id in stamps and asked_at < stamps[m.id].seen_at <= believed
    ]
    late = {member.id for member in outdated}
    fresh = [(m, f) for m, f in readings if m.id not in late and not _is_same(m, f, stamps)]
    known = await work.members.load([member.id for member, _ in fresh if member.id in stamps])
    settled = [(settle(known.get(m.id), m), fingerprint) for m, fingerprint in fresh]
    rows = await work.members.save(settled, seen_at=now, stamps=stamps) if settled else {}
    announced = 0
    if stored.baseline_at is not None and settled:
        announced = await _record(work, known, [m for m, _ in settled], stored, feed, now=now)
    tally = Tally(
        new=sum(1 for member, _ in fresh if member.id not in stamps),
        changed=sum(1 for member, _ in fresh if member.id in stamps),
        unchanged=len(readings) - len(fresh) - len(outdated),
        outdated=len(outdated),
        announced=announced,
    )
    every_row = [stamp.row for stamp in stamps.values()] + list(rows.values())
    return Updated(tally=tally, rows=tuple(every_row))


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
    )


async def _record(
    work: Work,
    known: Mapping[str, Member],
    members: Sequence[Member],
    stored: StoredCampaign,
    feed: Feed,
    *,
    now: datetime,
) -> int:
    tiers: Tiers = await work.campaigns.tiers(stored.campaign.id)
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
    return await feed.announce(work, news, stored, tiers, at=now)


def _is_same(member: Member, fingerprint: bytes, stamps: Mapping[str, Stamp]) -> bool:
    return member.id in stamps and stamps[member.id].fingerprint == fingerprint
