"""Lists of members: filters, orders, totals."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from core.listing import MemberPage, MemberQuery, Sort, Totals
from core.members import Member, Status
from storage import member_statements
from storage.connection import Connection
from storage.member_rows import COLUMNS, member_of
from storage.tables import member_tiers, members
from storage.text import fold

_IS_PRESENT = members.c.status != Status.GONE.value
_MAX_TEXT = 200

_ORDERS: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    Sort.NAME: (members.c.name_folded, members.c.id),
    Sort.NEWEST: (members.c.pledge_started_at.desc().nulls_last(), members.c.id),
    Sort.SUPPORT: (members.c.lifetime_cents.desc(), members.c.id),
}


async def page(connection: Connection, query: MemberQuery) -> MemberPage:
    """Give a page of a filtered, sorted list; the order is total."""
    if not query.campaign_ids:
        return MemberPage(members=(), matching=0, totals=Totals())
    where = _filters(connection, query)
    matching = await connection.value(select(func.count()).select_from(members).where(*where))
    order = _ORDERS[query.sort]
    # Sorting whole rows would take twice as long.
    chosen = (
        select(members.c.row).where(*where).order_by(*order).offset(query.offset).limit(query.limit)
    )
    rows = await connection.all(select(*COLUMNS).where(members.c.row.in_(chosen)).order_by(*order))
    tiers = await tiers_of(connection, [row.row for row in rows])
    return MemberPage(
        members=tuple(member_of(row, tiers.get(row.row, ())) for row in rows),
        matching=matching,
        totals=await totals(connection, query.campaign_ids),
    )


def _filters(connection: Connection, query: MemberQuery) -> list[ColumnElement[bool]]:
    where = [
        connection.among(members.c.campaign_id, query.campaign_ids),
        _IS_PRESENT if query.status is None else members.c.status == query.status.value,
    ]
    if query.tier_id is not None:
        entitled = select(member_tiers.c.member_row).where(member_tiers.c.tier_id == query.tier_id)
        where.append(members.c.row.in_(entitled))
    text = fold(query.text[:_MAX_TEXT])
    if text:
        where.append(members.c.name_folded.contains(text, autoescape=True))
    return where


async def find(
    connection: Connection, campaign_ids: Sequence[str], text: str, *, limit: int
) -> Sequence[Member]:
    """Find members by a part of their name; see `core.store.Members.find` for the order."""
    if not campaign_ids:
        return ()
    where = [connection.among(members.c.campaign_id, campaign_ids)]
    order: list[ColumnElement[Any]] = [_IS_PRESENT.desc(), members.c.name_folded, members.c.id]
    folded = fold(text[:_MAX_TEXT])
    if folded:
        where.append(members.c.name_folded.contains(folded, autoescape=True))
        begins = members.c.name_folded.startswith(folded, autoescape=True)
        order = [(members.c.name_folded == folded).desc(), begins.desc(), *order]
    rows = await connection.all(select(*COLUMNS).where(*where).order_by(*order).limit(limit))
    tiers = await tiers_of(connection, [row.row for row in rows])
    return [member_of(row, tiers.get(row.row, ())) for row in rows]


async def totals(connection: Connection, campaign_ids: Sequence[str]) -> Totals:
    """Count members by status and by tier (entitled, not gone)."""
    if not campaign_ids:
        return Totals()
    of_campaigns = connection.among(members.c.campaign_id, campaign_ids)
    by_status = await connection.all(
        select(members.c.status, func.count()).where(of_campaigns).group_by(members.c.status)
    )
    by_tier = await connection.all(
        select(member_tiers.c.tier_id, func.count())
        .join_from(member_tiers, members, members.c.row == member_tiers.c.member_row)
        .where(of_campaigns, _IS_PRESENT)
        .group_by(member_tiers.c.tier_id)
    )
    return Totals(
        by_status={Status(status): number for status, number in by_status},
        by_tier=dict(sorted((tier, number) for tier, number in by_tier)),
    )


async def tiers_of(connection: Connection, rows: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """Give the entitled tiers of members by row, sorted; members without any are left out."""
    if not rows:
        return {}
    found: defaultdict[int, list[str]] = defaultdict(list)
    statement = member_statements.tiers(rows, is_postgresql=connection.is_postgresql)
    for row, tier in await connection.all_spelled(*statement):
        found[row].append(tier)
    return {row: tuple(tiers) for row, tiers in found.items()}
