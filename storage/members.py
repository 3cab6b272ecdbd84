"""Members: their stamps, states and tiers, read and written in bulk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ARRAY, Text, bindparam, func, literal, select, update

from core.listing import MemberPage, MemberQuery, Totals
from core.members import Member, Status
from core.store import Stamp
from storage import listing, tables
from storage.connection import Connection, Insert, insert_into
from storage.member_rows import COLUMNS, STATE, member_of, values_of
from storage.text import clean

_ROW = tables.members.c.row
_ID = tables.members.c.id
_IS_PRESENT = tables.members.c.status != Status.GONE.value
_UPDATE = (
    update(tables.members)
    .where(bindparam("known_row") == _ROW)
    .values({name: bindparam(name) for name in STATE})
)


@cache
def _upsert(*, is_postgresql: bool) -> Insert:
    """Build the statement that adds a member, or replaces what is stored of one.

    Somebody who did not ask for stamps may have added the member a moment ago.
    """
    statement = insert_into(tables.members, is_postgresql=is_postgresql)
    changed = {name: statement.excluded[name] for name in STATE}
    statement = statement.values({name: bindparam(name) for name in ("id", *STATE)})
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed)


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
        rows = await self._connection.all(
            select(_ROW, _ID, tables.members.c.fingerprint, tables.members.c.seen_at)
            .where(self._connection.among(_ID, member_ids))
            .order_by(_ID)
            .with_for_update()
        )
        return {
            row.id: Stamp(row=row.row, fingerprint=row.fingerprint, seen_at=row.seen_at)
            for row in rows
        }

    async def unchanged(
        self, fingerprints: Mapping[str, bytes], *, asked_at: datetime
    ) -> Mapping[str, int]:
        """Rows of the members that are stored just so and were not saved after `asked_at`."""
        if not fingerprints:
            return {}
        among = self._connection.among(_ID, list(fingerprints))
        rows = await self._connection.all(
            select(_ID, _ROW, tables.members.c.fingerprint).where(
                among, tables.members.c.seen_at <= asked_at
            )
        )
        return {
            member_id: row
            for member_id, row, fingerprint in rows
            if fingerprints.get(member_id) == fingerprint
        }

    async def _lock(self, member_ids: Sequence[str]) -> None:
        if self._connection.is_postgresql:
            cleaned = [clean(member_id) for member_id in member_ids]
            ids = func.unnest(literal(cleaned, ARRAY(Text))).column_valued("member_id")
            lock = func.pg_advisory_xact_lock(func.hashtextextended(ids, 0))
            await self._connection.all(select(lock))

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
        new = sorted(states.keys() - known.keys())
        await self._update([(known[i], *states[i]) for i in sorted(known)], seen_at=seen_at)
        await self._insert([states[i] for i in new], seen_at=seen_at)
        rows = known | (await self._rows(new) if new else {})
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
        await self._connection.run_many_spelled(
            _UPDATE,
            [
                {"known_row": row, **self._values(member, fingerprint, seen_at)}
                for row, member, fingerprint in members
            ],
        )

    async def _insert(self, members: Sequence[tuple[Member, bytes]], *, seen_at: datetime) -> None:
        await self._connection.run_many_spelled(
            _upsert(is_postgresql=self._connection.is_postgresql),
            [
                {"id": clean(member.id), **self._values(member, fingerprint, seen_at)}
                for member, fingerprint in members
            ],
        )

    def _values(self, member: Member, fingerprint: bytes, seen_at: datetime) -> dict[str, object]:
        is_postgresql = self._connection.is_postgresql
        return values_of(member, fingerprint, seen_at=seen_at, is_postgresql=is_postgresql)

    async def _save_tiers(
        self, wanted: Mapping[int, tuple[str, ...]], *, known: Sequence[int]
    ) -> None:
        stored = await listing.tiers_of(self._connection, known)
        before = {(row, tier) for row, tiers in stored.items() for tier in tiers}
        after = {(row, tier) for row, tiers in wanted.items() for tier in tiers}
        table = tables.member_tiers
        is_one = (bindparam("row") == table.c.member_row, bindparam("tier") == table.c.tier_id)
        await self._connection.run_many(
            table.delete().where(*is_one),
            [{"row": row, "tier": tier} for row, tier in sorted(before - after)],
        )
        await self._connection.run_many(
            self._connection.insert(table).on_conflict_do_nothing(),
            [{"member_row": row, "tier_id": tier} for row, tier in sorted(after - before)],
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
        self, campaign_id: str, row: int, *, limit: int
    ) -> Sequence[tuple[int, str, datetime]]:
        """The next members of the campaign that are not gone: row, id, `seen_at`, by row."""
        rows = await self._connection.all(
            select(_ROW, _ID, tables.members.c.seen_at)
            .where(tables.members.c.campaign_id == campaign_id, row < _ROW, _IS_PRESENT)
            .order_by(_ROW)
            .limit(limit)
        )
        return [(found.row, found.id, found.seen_at) for found in rows]

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
