"""Members: their stamps, states and tiers, read and written in bulk."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import bindparam, delete, func, select, update

from core.listing import MemberPage, MemberQuery, Totals
from core.members import Member, Status
from core.store import Stamp
from storage import listing, tables
from storage import member_statements as spelled
from storage.connection import Connection
from storage.member_rows import COLUMNS, member_of, values_of
from storage.text import clean_all
from storage.types import from_driver

_ROW = tables.members.c.row
_ID = tables.members.c.id
_TIERS = tables.member_tiers
_TAKE_TIER = delete(_TIERS).where(
    bindparam("row") == _TIERS.c.member_row, bindparam("tier") == _TIERS.c.tier_id
)
_T = TypeVar("_T")
_IS_PRESENT = tables.members.c.status != Status.GONE.value


class SqlMembers:
    """Implements `core.store.Members`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def stamps(self, member_ids: Sequence[str]) -> Mapping[str, Stamp]:
        """The stored members' stamps, locking their rows until the transaction ends.

        On PostgreSQL the ids of members that are not stored yet are locked too: of two
        transactions that meet a new member, the second one sees what the first one stored.
        """
        if not member_ids:
            return {}
        await self._lock(sorted(set(member_ids)))
        rows = await self._connection.all_spelled(
            *spelled.stamps(member_ids, is_postgresql=self._connection.is_postgresql)
        )
        return {
            member_id: Stamp(row=row, fingerprint=fingerprint, seen_at=from_driver(seen_at))
            for row, member_id, fingerprint, seen_at in rows
        }

    async def unchanged(
        self, fingerprints: Mapping[str, bytes], *, asked_at: datetime
    ) -> Mapping[str, int]:
        """Rows of the members that are stored just so and were not saved after `asked_at`."""
        if not fingerprints:
            return {}
        if self._connection.is_postgresql:
            return await self._unchanged_in_postgresql(fingerprints, asked_at=asked_at)
        found: dict[str, int] = {}
        for size in set(map(len, fingerprints.values())):
            sized = {name: one for name, one in fingerprints.items() if len(one) == size}
            statement = spelled.unchanged(sized, size, asked_at=asked_at)
            [(numbers, rows)] = await self._connection.all_spelled(*statement)
            names = list(sized)
            which = map(names.__getitem__, json.loads(numbers))
            found |= zip(which, json.loads(rows), strict=True)
        return found

    async def _unchanged_in_postgresql(
        self, fingerprints: Mapping[str, bytes], *, asked_at: datetime
    ) -> Mapping[str, int]:
        rows = await self._connection.all_spelled(
            *spelled.fingerprints(fingerprints, asked_at=asked_at)
        )
        return {
            member_id: row
            for member_id, row, fingerprint in rows
            if fingerprints.get(member_id) == fingerprint
        }

    async def _lock(self, member_ids: Sequence[str]) -> None:
        if self._connection.is_postgresql:
            await self._connection.all_spelled(*spelled.lock(member_ids))

    async def load(self, member_ids: Sequence[str]) -> Mapping[str, Member]:
        """The stored members themselves."""
        if not member_ids:
            return {}
        rows = await self._connection.all(
            select(*COLUMNS).where(self._connection.among(_ID, member_ids))
        )
        tiers = await listing.tiers_of(self._connection, [row.row for row in rows])
        return {row.id: member_of(row, tiers.get(row.row, ())) for row in rows}

    async def save(
        self,
        members: Sequence[tuple[Member, bytes]],
        *,
        seen_at: datetime,
        stamps: Mapping[str, Stamp] | None = None,
    ) -> Mapping[str, int]:
        """Add or update members with their fingerprints; gives their rows.

        `stamps` are these members' stamps, asked for in the same transaction.
        """
        states = {member.id: (member, fingerprint) for member, fingerprint in members}
        if not states:
            return {}
        if stamps is None:
            known = await self._rows(sorted(states))
        else:
            known = {i: stamps[i].row for i in states if i in stamps}
        await self._update([(known[i], *states[i]) for i in sorted(known)], seen_at=seen_at)
        new = sorted(states.keys() - known.keys())
        rows = known | await self._insert([states[i] for i in new], seen_at=seen_at)
        await self._save_tiers(
            {rows[i]: member.tier_ids for i, (member, _) in states.items()},
            known=sorted(known.values()),
        )
        return rows

    async def _rows(self, member_ids: Sequence[str]) -> dict[str, int]:
        among = self._connection.among(_ID, member_ids)
        return {
            row.id: row.row for row in await self._connection.all(select(_ID, _ROW).where(among))
        }

    async def _update(
        self, members: Sequence[tuple[int, Member, bytes]], *, seen_at: datetime
    ) -> None:
        is_postgresql = self._connection.is_postgresql
        for part in _parts(members):
            states = values_of(
                [(member, fingerprint) for _, member, fingerprint in part],
                seen_at=seen_at,
                is_postgresql=is_postgresql,
            )
            rows = [(row, *state) for (row, _, _), state in zip(part, states, strict=True)]
            statement = spelled.update(rows, is_postgresql=is_postgresql)
            await self._connection.all_spelled(*statement)

    async def _insert(
        self, members: Sequence[tuple[Member, bytes]], *, seen_at: datetime
    ) -> dict[str, int]:
        is_postgresql = self._connection.is_postgresql
        found: dict[str, int] = {}
        for part in _parts(members):
            states = values_of(part, seen_at=seen_at, is_postgresql=is_postgresql)
            ids = clean_all(member.id for member, _ in part)
            rows = [(member_id, *state) for member_id, state in zip(ids, states, strict=True)]
            statement = spelled.insert(rows, is_postgresql=is_postgresql)
            added = await self._connection.all_spelled(*statement)
            found |= {member_id: row for member_id, row in added}  # noqa: C416
        return found

    async def _save_tiers(
        self, wanted: Mapping[int, tuple[str, ...]], *, known: Sequence[int]
    ) -> None:
        stored = await listing.tiers_of(self._connection, known)
        before = {(row, tier) for row, tiers in stored.items() for tier in tiers}
        after = {(row, tier) for row, tiers in wanted.items() for tier in tiers}
        await self._connection.run_many(
            _TAKE_TIER, [{"row": row, "tier": tier} for row, tier in sorted(before - after)]
        )
        if added := sorted(after - before):
            is_postgresql = self._connection.is_postgresql
            await self._connection.all_spelled(
                *spelled.add_tiers(added, is_postgresql=is_postgresql)
            )

    async def touch(self, member_ids: Sequence[str], *, seen_at: datetime) -> None:
        """Move `seen_at` forward (never back) for members that were read unchanged."""
        if member_ids:
            is_older = tables.members.c.seen_at < seen_at
            await self._connection.run(
                update(tables.members)
                .where(self._connection.among(_ID, member_ids), is_older)
                .values(seen_at=seen_at)
            )

    async def present_after(
        self, campaign_id: str, row: int, *, limit: int, besides: Container[int] = ()
    ) -> Sequence[tuple[int, str, datetime]]:
        """The next members that are not gone, without those in rows `besides`.

        Gives row, id and `seen_at`, by row.
        """
        found: list[int] = []
        while not found:
            present = await self._present(campaign_id, row, limit=limit)
            if not present:
                return []
            row = present[-1]
            found = [number for number in present if number not in besides]
        rows = await self._connection.all(
            select(_ROW, _ID, tables.members.c.seen_at)
            .where(self._connection.among(_ROW, found))
            .order_by(_ROW)
        )
        return [(number, member_id, seen_at) for number, member_id, seen_at in rows]

    async def _present(self, campaign_id: str, row: int, *, limit: int) -> Sequence[int]:
        if not self._connection.is_postgresql:
            statement = spelled.present(campaign_id, row, limit=limit)
            [(found,)] = await self._connection.all_spelled(*statement)
            numbers: list[int] = json.loads(found)
            return numbers
        rows = await self._connection.all(
            select(_ROW)
            .where(tables.members.c.campaign_id == campaign_id, row < _ROW, _IS_PRESENT)
            .order_by(_ROW)
            .limit(limit)
        )
        return [number for (number,) in rows]

    async def count_present(self, campaign_id: str) -> int:
        """How many of the campaign's members are not gone."""
        is_of_campaign = tables.members.c.campaign_id == campaign_id
        counted = select(func.count()).where(is_of_campaign, _IS_PRESENT)
        number: int = await self._connection.value(counted)
        return number

    async def page(self, query: MemberQuery) -> MemberPage:
        """A page of a filtered, sorted list, with totals over the campaigns (not the filters)."""
        return await listing.page(self._connection, query)

    async def find(self, campaign_ids: Sequence[str], text: str, *, limit: int) -> Sequence[Member]:
        """The members whose name contains `text`: equal names first, then those that begin so."""
        return await listing.find(self._connection, campaign_ids, text, limit=limit)

    async def totals(self, campaign_ids: Sequence[str]) -> Totals:
        """How many members there are by status and by tier (entitled, not gone)."""
        return await listing.totals(self._connection, campaign_ids)


def _parts(members: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(members), spelled.MOST_ROWS):
        yield members[start : start + spelled.MOST_ROWS]
