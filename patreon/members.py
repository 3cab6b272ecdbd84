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

from core.errors import TemporaryError
from core.members import Member, Status
from core.ports import MemberRead, MembersPage
from patreon import shapes, values
from patreon.documents import decode, next_cursor, read_tiers, total_of

log = logging.getLogger(__name__)

_STATUSES = {
    "active_patron": Status.ACTIVE,
    "declined_patron": Status.DECLINED,
    "former_patron": Status.FORMER,
}
_NO_ATTRIBUTES = shapes.MemberAttributes()
_NO_RELATIONS = shapes.MemberRelations()
_ENCODER = msgspec.json.Encoder()
# Filling a frozen dataclass field by field costs more than reading the page; msgspec does it in C.
_Row = msgspec.defstruct("_Row", [field.name for field in fields(Member)], gc=False)


_User = tuple[int | None, bool]
"""A user's Discord id, and whether they hide what they pledge."""

_NOBODY: _User = (None, False)


def fingerprint(member: Member) -> bytes:
    """Digest everything in `member` into 16 bytes: equal digests mean equal members."""
    return blake2b(_ENCODER.encode(member), digest_size=16).digest()


def read_members(body: bytes, *, campaign_id: str, asked_at: datetime) -> MembersPage:
    """Read a page of a campaign's members.

    A member that cannot be read or has no id is left out and counted in the log; the page no
    longer fits `total` then.

    Raises:
        TemporaryError: the answer is cut short or malformed.
    """
    document = decode(body, shapes.MembersDocument)
    included = [resource for resource in document.included or () if resource is not None]
    users = _users(included)
    members = _members(document.data, campaign_id, users)
    if skipped := len(document.data) - len(members):
        log.warning(
            "members skipped that cannot be read",
            extra={"campaign_id": campaign_id, "count": skipped},
        )
    return MembersPage(
        members=tuple((member, fingerprint(member)) for member in members),
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
    document = decode(body, shapes.MemberDocument)
    included = [resource for resource in document.included or () if resource is not None]
    relations = document.data.relationships
    campaign = relations.campaign if isinstance(relations, shapes.MemberRelations) else None
    campaign_id = values.ident(campaign.id) if isinstance(campaign, shapes.ToOne) else None
    members = _members([document.data], campaign_id, _users(included)) if campaign_id else []
    if not members or campaign_id is None:
        raise TemporaryError("Patreon's answer does not tell the member's id or campaign.")
    return MemberRead(
        member=members[0],
        fingerprint=fingerprint(members[0]),
        tiers=read_tiers(included, campaign_id=campaign_id),
        asked_at=asked_at,
    )


def _members(
    found: Iterable[shapes.MemberShape | None], campaign_id: str, users: Mapping[str, _User]
) -> list[Member]:
    rows = [
        _row(member_id, shape, campaign_id, users)
        for shape in found
        if shape is not None and (member_id := values.ident(shape.id))
    ]
    return msgspec.convert(rows, list[Member], from_attributes=True)


def _row(
    member_id: str, shape: shapes.MemberShape, campaign_id: str, users: Mapping[str, _User]
) -> msgspec.Struct:
    attributes, relations = shape.attributes, shape.relationships
    if not isinstance(attributes, shapes.MemberAttributes):
        attributes = _NO_ATTRIBUTES
    if not isinstance(relations, shapes.MemberRelations):
        relations = _NO_RELATIONS
    user = relations.user
    user_id = values.ident(user.id) if isinstance(user, shapes.ToOne) else None
    discord_id, hides_pledges = users.get(user_id, _NOBODY) if user_id else _NOBODY
    tiers = relations.currently_entitled_tiers
    whole, moment = values.whole, values.moment
    return _Row(
        id=member_id,
        campaign_id=campaign_id,
        status=_status(attributes.patron_status),
        user_id=user_id,
        name=values.text(attributes.full_name) or None,
        tier_ids=values.idents(tiers.ids) if isinstance(tiers, shapes.ToMany) else (),
        is_trial=attributes.is_free_trial is True,
        is_gift=attributes.is_gifted is True,
        cadence_months=whole(attributes.pledge_cadence),
        entitled_cents=whole(attributes.currently_entitled_amount_cents) or 0,
        will_pay_cents=whole(attributes.will_pay_amount_cents) or 0,
        lifetime_cents=whole(attributes.campaign_lifetime_support_cents) or 0,
        last_charge_status=_snake(attributes.last_charge_status),
        last_charge_at=moment(attributes.last_charge_date),
        next_charge_at=moment(attributes.next_charge_date),
        pledge_started_at=moment(attributes.pledge_relationship_start),
        discord_id=discord_id,
        hides_pledges=hides_pledges,
    )


def _status(value: object) -> Status:
    if value is None:
        return Status.FREE
    # Also when it is not told at all: only an explicit null means that nobody ever pledged.
    return _STATUSES.get(value, Status.UNKNOWN) if isinstance(value, str) else Status.UNKNOWN


def _snake(value: object) -> str | None:
    if value is None:
        return None
    words = values.text(value)
    return "_".join(words.lower().split()) if words else None


def _users(included: Iterable[shapes.Included]) -> dict[str, _User]:
    users = {}
    for resource in included:
        if resource.type != "user" or not isinstance(
            attributes := resource.attributes, shapes.IncludedAttributes
        ):
            continue
        hides = attributes.hide_pledges is True
        discord = _discord_id(attributes.social_connections)
        if (hides or discord is not None) and (user_id := values.ident(resource.id)):
            users[user_id] = (discord, hides)
    return users


def _discord_id(connections: shapes.Connections | list[object] | None) -> int | None:
    if not isinstance(connections, shapes.Connections):
        return None
    account = connections.discord
    return values.snowflake(account.get("user_id")) if isinstance(account, dict) else None
