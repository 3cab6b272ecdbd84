"""A member as a row and back."""

from collections.abc import Sequence
from datetime import datetime

from core.members import Member, Status
from storage import tables
from storage.connection import AnyRow
from storage.text import clean, clean_all, fold
from storage.types import to_sqlite
from storage.types import to_utc as to_postgresql

COLUMNS = tuple(
    column
    for column in tables.members.c
    if column.name not in ("name_folded", "fingerprint", "seen_at")
)
"""What `member_of` needs."""

STATE = (
    "campaign_id",
    "status",
    "user_id",
    "name",
    "name_folded",
    "is_trial",
    "is_gift",
    "cadence_months",
    "entitled_cents",
    "will_pay_cents",
    "lifetime_cents",
    "last_charge_status",
    "last_charge_at",
    "next_charge_at",
    "pledge_started_at",
    "discord_id",
    "hides_pledges",
    "fingerprint",
    "seen_at",
)
"""The columns that change with a member's state, as `values_of` gives them."""


def values_of(
    members: Sequence[tuple[Member, bytes]], *, seen_at: datetime, is_postgresql: bool
) -> list[tuple[object, ...]]:
    """Spell members as rows of `STATE`, just as the database's driver takes them.

    A sync writes thousands: SQLAlchemy's own spelling takes several times as long.
    """
    moment = to_postgresql if is_postgresql else to_sqlite
    # SQLite's driver asks around for an adapter of everything that is not exactly a number.
    flag = bool if is_postgresql else int
    seen = moment(seen_at)
    told = [member for member, _ in members]
    campaign_ids = clean_all(member.campaign_id for member in told)
    user_ids = clean_all(member.user_id or "" for member in told)
    charges = clean_all(member.last_charge_status or "" for member in told)
    return [
        (
            campaign_id,
            str(member.status),
            user_id or None,
            member.name and clean(member.name),
            fold(member.name) if member.name else "",
            flag(member.is_trial),
            flag(member.is_gift),
            member.cadence_months,
            member.entitled_cents,
            member.will_pay_cents,
            member.lifetime_cents,
            charge or None,
            member.last_charge_at and moment(member.last_charge_at),
            member.next_charge_at and moment(member.next_charge_at),
            member.pledge_started_at and moment(member.pledge_started_at),
            member.discord_id,
            flag(member.hides_pledges),
            fingerprint,
            seen,
        )
        for (member, fingerprint), campaign_id, user_id, charge in zip(
            members, campaign_ids, user_ids, charges, strict=True
        )
    ]


def member_of(row: AnyRow, tier_ids: tuple[str, ...]) -> Member:
    """Read a member from its row and its entitled tiers."""
    return Member(
        id=row.id,
        campaign_id=row.campaign_id,
        status=Status(row.status),
        user_id=row.user_id,
        name=row.name,
        tier_ids=tier_ids,
        is_trial=row.is_trial,
        is_gift=row.is_gift,
        cadence_months=row.cadence_months,
        entitled_cents=row.entitled_cents,
        will_pay_cents=row.will_pay_cents,
        lifetime_cents=row.lifetime_cents,
        last_charge_status=row.last_charge_status,
        last_charge_at=row.last_charge_at,
        next_charge_at=row.next_charge_at,
        pledge_started_at=row.pledge_started_at,
        discord_id=row.discord_id,
        hides_pledges=row.hides_pledges,
    )
