"""A member as a row and back."""

from datetime import datetime

from core.members import Member, Status
from storage import tables
from storage.connection import AnyRow
from storage.text import clean, fold
from storage.types import to_sqlite
from storage.types import to_utc as to_postgresql

COLUMNS = tuple(
    column
    for column in tables.members.c
    if column.name not in ("name_folded", "fingerprint", "seen_at")
)
"""What `member_of` needs."""

STATE = tuple(column.name for column in tables.members.c if column.name not in ("row", "id"))
"""The columns that change with a member's state: what `values_of` gives."""


def values_of(
    member: Member, fingerprint: bytes, *, seen_at: datetime, is_postgresql: bool
) -> dict[str, object]:
    """Spell a member's state as column values, just as the database's driver takes them.

    A sync writes thousands: SQLAlchemy's own spelling takes several times as long.
    """
    moment = to_postgresql if is_postgresql else to_sqlite
    return {
        "campaign_id": clean(member.campaign_id),
        "status": member.status.value,
        "user_id": member.user_id and clean(member.user_id),
        "name": member.name and clean(member.name),
        "name_folded": fold(member.name or ""),
        "is_trial": member.is_trial,
        "is_gift": member.is_gift,
        "cadence_months": member.cadence_months,
        "entitled_cents": member.entitled_cents,
        "will_pay_cents": member.will_pay_cents,
        "lifetime_cents": member.lifetime_cents,
        "last_charge_status": member.last_charge_status and clean(member.last_charge_status),
        "last_charge_at": member.last_charge_at and moment(member.last_charge_at),
        "next_charge_at": member.next_charge_at and moment(member.next_charge_at),
        "pledge_started_at": member.pledge_started_at and moment(member.pledge_started_at),
        "discord_id": member.discord_id,
        "hides_pledges": member.hides_pledges,
        "fingerprint": fingerprint,
        "seen_at": moment(seen_at),
    }


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
