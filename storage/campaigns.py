"""Campaigns with their tiers and the bookkeeping of their syncs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, not_, select, update

from core.members import Campaign, Tier
from core.store import StoredCampaign
from storage import tables
from storage.connection import AnyRow, Connection
from storage.text import fold
from storage.types import UtcDateTime

_ONE = select(tables.campaigns).where(tables.campaigns.c.id == bindparam("campaign"))
_ALL = select(tables.campaigns)
_TIERS = (
    select(tables.tiers)
    .where(tables.tiers.c.campaign_id == bindparam("campaign"))
    .order_by(tables.tiers.c.amount_cents, tables.tiers.c.id)
)
_TIER_STATE = ("title", "amount_cents", "is_published", "patron_count", "patron_limit")


class SqlCampaigns:
    """Implements `core.store.Campaigns`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def save(self, campaign: Campaign, tiers: Sequence[Tier], *, creator_id: int) -> None:
        """Add or update a campaign and exactly these tiers; the others become unpublished."""
        statement = self._connection.insert(tables.campaigns).values(
            id=campaign.id,
            creator_id=creator_id,
            name=campaign.name,
            currency=campaign.currency,
            url=campaign.url,
            patron_count=campaign.patron_count,
        )
        new = statement.excluded
        names = ("creator_id", "name", "currency", "url", "patron_count")
        changed = {name: new[name] for name in names}
        await self._connection.run(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed)
        )
        await self.save_tiers(tiers)
        await self._unpublish_others(campaign.id, [tier.id for tier in tiers])

    async def _unpublish_others(self, campaign_id: str, named: Sequence[str]) -> None:
        others = [tables.tiers.c.campaign_id == campaign_id, tables.tiers.c.is_published]
        if named:
            others.append(not_(self._connection.among(tables.tiers.c.id, named)))
        await self._connection.run(update(tables.tiers).where(*others).values(is_published=False))

    async def save_tiers(self, tiers: Sequence[Tier]) -> None:
        """Add or update tiers; a count of patrons or benefits not told stay as they were."""
        told = [tier for tier in tiers if tier.benefits is not None]
        await self._save_tiers(told, (*_TIER_STATE, "benefits"))
        await self._save_tiers([tier for tier in tiers if tier.benefits is None], _TIER_STATE)

    async def _save_tiers(self, tiers: Sequence[Tier], names: Sequence[str]) -> None:
        statement = self._connection.insert(tables.tiers)
        new = statement.excluded
        changed: dict[str, ColumnElement[Any]] = {name: new[name] for name in names}
        changed["patron_count"] = func.coalesce(new["patron_count"], tables.tiers.c.patron_count)
        await self._connection.run_many(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed),
            [
                {
                    "id": tier.id,
                    "campaign_id": tier.campaign_id,
                    "title": tier.title,
                    "amount_cents": tier.amount_cents,
                    "is_published": tier.is_published,
                    "patron_count": tier.patron_count,
                    "patron_limit": tier.patron_limit,
                    "benefits": json.dumps(tier.benefits or ()),
                }
                for tier in tiers
            ],
        )

    async def get(self, campaign_id: str) -> StoredCampaign | None:
        """One campaign."""
        row = await self._connection.first(_ONE, {"campaign": campaign_id})
        return _stored(row) if row else None

    async def all(self) -> Sequence[StoredCampaign]:
        """All campaigns by name."""
        rows = await self._connection.all(_ALL)
        return [_stored(row) for row in sorted(rows, key=lambda row: (fold(row.name), row.id))]

    async def tiers(self, campaign_id: str) -> Mapping[str, Tier]:
        """A campaign's tiers by id, cheapest first."""
        rows = await self._connection.all(_TIERS, {"campaign": campaign_id})
        return {row.id: _tier(row) for row in rows}

    async def note_sync(
        self, campaign_id: str, *, at: datetime, is_complete: bool, error: str | None
    ) -> None:
        """Note how a sync ended; the first complete one sets `baseline_at`."""
        values: dict[str, Any] = {"sync_error": error}
        if is_complete:
            first = func.coalesce(tables.campaigns.c.baseline_at, literal(at, UtcDateTime()))
            values |= {"synced_at": at, "baseline_at": first}
        await self._connection.run(
            update(tables.campaigns).where(tables.campaigns.c.id == campaign_id).values(**values)
        )


def _stored(row: AnyRow) -> StoredCampaign:
    return StoredCampaign(
        campaign=Campaign(
            id=row.id,
            name=row.name,
            currency=row.currency,
            url=row.url,
            patron_count=row.patron_count,
        ),
        creator_id=row.creator_id,
        baseline_at=row.baseline_at,
        synced_at=row.synced_at,
        sync_error=row.sync_error,
    )


def _tier(row: AnyRow) -> Tier:
    return Tier(
        id=row.id,
        campaign_id=row.campaign_id,
        title=row.title,
        amount_cents=row.amount_cents,
        is_published=row.is_published,
        patron_count=row.patron_count,
        patron_limit=row.patron_limit,
        benefits=tuple(json.loads(row.benefits)),
    )
