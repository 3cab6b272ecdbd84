"""Patreon's answers about members as records of `core`, with their fingerprints.

A page holds 1,000 members: everything here is done once per member, the users' lookup once per
page.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import blake2b

import msgspec
from msgspec import UNSET, UnsetType

from core.errors import TemporaryError
from core.members import Member, Status
from core.ports import MemberRead, MembersPage
from patreon import member_shapes, shapes, values
from patreon.documents import decode, next_cursor, read_tiers, total_of

log = logging.getLogger(__name__)

_STATUSES = {
    "active_patron": Status.ACTIVE,
    "declined_patron": Status.DECLINED,
    "former_patron": Status.FORMER,
}
_ENCODER = msgspec.json.Encoder()
# Filling a frozen dataclass field by field costs more than reading the page; msgspec does it in C.
_Row = msgspec.defstruct("_Row", [field.name for field in fields(Member)], gc=False)


_User = tuple[int | None, bool]
"""A user's Discord id, and whether they hide what they pledge."""

_NOBODY: _User = (None, False)


def fingerprint(member: Member | msgspec.Struct) -> bytes:
    """Digest everything in a member, or in its row, into 16 bytes: equal digests, equal members."""
    return blake2b(_ENCODER.encode(member), digest_size=16).digest()


def read_members(body: bytes, *, campaign_id: str, asked_at: datetime) -> MembersPage:
    """Read a page of a campaign's members.

    A member that cannot be read or has no id is left out and counted in the log; the page no
    longer fits `total` then.

    Raises:
        TemporaryError: the answer is cut short or malformed.
    """
    document = decode(body, member_shapes.MembersDocument)
    included = [resource for resource in document.included or () if resource is not None]
    members = _members(document.data, campaign_id, _users(included))
    if skipped := len(document.data) - len(members):
        log.warning(
            "members skipped that cannot be read",
            extra={"campaign_id": campaign_id, "count": skipped},
        )
    return MembersPage(
        members=members,
        tiers=read_tiers(included, campaign_id=campaign_id),
        total=total_of(document),
        next_cursor=next_cursor(document),
        asked_at=asked_at,
    )


def read_member(body: bytes, *, asked_at: datetime) -> MemberRead:
    """Read one member, which has to tell its campaign.

    Raises:
        TemporaryError: the answer is cut short or malformed.
    """
    document = decode(body, member_shapes.MemberDocument)
    included = [resource for resource in document.included or () if resource is not None]
    campaign_id = _id_in(document.data.relationships.campaign)
    members = _members([document.data], campaign_id, _users(included)) if campaign_id else ()
    if not members or campaign_id is None:
        raise TemporaryError("Patreon's answer does not tell the member's id or campaign.")
    member, digest = members[0]
    return MemberRead(
        member=member,
        fingerprint=digest,
        tiers=read_tiers(included, campaign_id=campaign_id),
        asked_at=asked_at,
    )


def _members(
    found: Iterable[member_shapes.MemberShape | None],
    campaign_id: str,
    users: Mapping[str, _User],
) -> tuple[tuple[Member, bytes], ...]:
    rows = [
        _row(member_id, shape, campaign_id, users)
        for shape in found
        if shape is not None and (member_id := values.text(shape.id))
    ]
    members = msgspec.convert(rows, list[Member], from_attributes=True)
    return tuple(zip(members, map(fingerprint, rows), strict=True))


def _row(
    member_id: str,
    shape: member_shapes.MemberShape,
    campaign_id: str,
    users: Mapping[str, _User],
) -> msgspec.Struct:
    told, relations = shape.attributes, shape.relationships
    user_id = _id_in(relations.user)
    discord_id, hides_pledges = users.get(user_id, _NOBODY) if user_id else _NOBODY
    tiers = relations.currently_entitled_tiers
    return _Row(
        id=member_id,
        campaign_id=campaign_id,
        status=_status(told.patron_status),
        user_id=user_id,
        name=values.text(told.full_name) or None,
        tier_ids=values.idents([tier.id for tier in tiers.data]) if tiers is not None else (),
        is_trial=told.is_free_trial is True,
        is_gift=told.is_gifted is True,
        cadence_months=told.pledge_cadence,
        entitled_cents=told.currently_entitled_amount_cents or 0,
        will_pay_cents=told.will_pay_amount_cents or 0,
        lifetime_cents=told.campaign_lifetime_support_cents or 0,
        last_charge_status=_snake(told.last_charge_status),
        last_charge_at=values.in_utc(told.last_charge_date),
        next_charge_at=values.in_utc(told.next_charge_date),
        pledge_started_at=values.in_utc(told.pledge_relationship_start),
        discord_id=discord_id,
        hides_pledges=hides_pledges,
    )


def _id_in(relation: member_shapes.ToOne | None) -> str | None:
    if relation is None or relation.data is None:
        return None
    return values.text(relation.data.id) or None


def _status(value: str | UnsetType | None) -> Status:
    if value is None:
        return Status.FREE
    # Also when it is not told at all: only an explicit null means that nobody ever pledged.
    return Status.UNKNOWN if value is UNSET else _STATUSES.get(value, Status.UNKNOWN)


def _snake(value: str | None) -> str | None:
    return ("_".join(value.lower().split()) or None) if value else None


def _users(included: Iterable[shapes.Included]) -> dict[str, _User]:
    users = {}
    for resource in included:
        attributes = resource.attributes
        if resource.type != "user" or not isinstance(attributes, shapes.IncludedAttributes):
            continue
        hides = attributes.hide_pledges is True
        connections = attributes.social_connections
        account = connections.discord if isinstance(connections, shapes.Connections) else None
        discord = values.snowflake(account.get("user_id")) if isinstance(account, dict) else None
        if (hides or discord is not None) and (user_id := values.ident(resource.id)):
            users[user_id] = (discord, hides)
    return users
