"""Members of one answer: told apart at once, read as records of `core` when asked for.

An answer holds up to 1,000 members, and in most of them nothing is new. What a member is read
from stands in one tuple: its digest is the fingerprint, and the record is made of nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from hashlib import blake2b

import msgspec

from core.members import Member, Status
from patreon import values
from patreon.member_shapes import MemberAttributes, MemberShape, Ref, ToOne
from patreon.shapes import Connections, IncludedAttributes

Users = Mapping[str | None, IncludedAttributes]
"""What an answer tells of users, by their ids."""

_Ids = tuple[str, str, str | None, Sequence[str], int | None, bool]
"""A member's id, campaign, user, sorted tiers, Discord id, and whether pledges are hidden."""

_Told = tuple[_Ids, MemberAttributes]

_STATUSES: Mapping[str | None, Status] = {
    "active_patron": Status.ACTIVE,
    "declined_patron": Status.DECLINED,
    "former_patron": Status.FORMER,
    # Only an explicit null means that nobody ever pledged, and not what is not told at all.
    None: Status.FREE,
}
# Its moments are the same in every zone.
_ENCODER = msgspec.msgpack.Encoder()
# Filling a frozen dataclass field by field costs more than reading the page; msgspec does it in C.
_Row = msgspec.defstruct("_Row", [field.name for field in fields(Member)], gc=False)

_NOBODY = IncludedAttributes()


class Readings:
    """Implements `core.ports.Readings` for the members of one campaign.

    `skipped` counts those that cannot be read or have no id. Of a member that is listed twice,
    the last one counts.

    Equal fingerprints mean equal members. Equal members have different ones only where a value
    is spelled otherwise and means the same: nothing told for false, zero or "", an unknown
    status for another one, an upper-case charge status. Taking such a member for changed costs
    a write and announces nothing.
    """

    def __init__(self, users: Users, *, campaign_id: str) -> None:
        self.skipped = 0
        self._campaign_id = campaign_id
        self._users = users
        self._told: dict[str, _Told] = {}
        self._fingerprints: dict[str, bytes] = {}

    @property
    def fingerprints(self) -> Mapping[str, bytes]:
        """What tells the members apart from what they were, by their ids."""
        return self._fingerprints

    def add(self, found: Iterable[MemberShape | None]) -> None:
        """Take members in."""
        told, fingerprints, users = self._told, self._fingerprints, self._users
        campaign_id = self._campaign_id
        encode, values_in = _ENCODER.encode, msgspec.structs.astuple
        # All in one loop: a call for each member would take as long again.
        for shape in found:
            if shape is None or not (member_id := _text(shape.id)):
                self.skipped += 1
                continue
            relations = shape.relationships
            tiers = relations.currently_entitled_tiers
            user_id = id_in(relations.user)
            user = users.get(user_id, _NOBODY)
            connections = user.social_connections
            discord = connections.discord if isinstance(connections, Connections) else None
            ids = (
                member_id,
                campaign_id,
                user_id,
                _ids(tiers.data) if tiers is not None else (),
                values.snowflake(discord.get("user_id")) if isinstance(discord, dict) else None,
                user.hide_pledges is True,
            )
            attributes = shape.attributes
            try:
                encoded = encode((ids, values_in(attributes)))
            except OverflowError:
                attributes = _in_range(attributes)
                encoded = encode((ids, values_in(attributes)))
            told[member_id] = (ids, attributes)
            fingerprints[member_id] = blake2b(encoded, digest_size=16).digest()

    def read(self, member_ids: Iterable[str]) -> list[tuple[Member, bytes]]:
        """Read members with their fingerprints, in the order of the ids.

        Raises:
            KeyError: one of them is not in the answer.
        """
        chosen = list(member_ids)
        rows = [_row(self._told[member_id]) for member_id in chosen]
        members = msgspec.convert(rows, list[Member], from_attributes=True)
        return list(zip(members, map(self.fingerprints.__getitem__, chosen), strict=True))

    def avatar(self, member_id: str) -> str | None:
        """Give the address of a member's picture, None when it has none or is not in the answer."""
        told = self._told.get(member_id)
        user = None if told is None else self._users.get(told[0][2])
        address = None if user is None else user.image_url
        return address if isinstance(address, str) else None


def id_in(relation: ToOne | None) -> str | None:
    """Read which resource a relationship refers to."""
    return _text(relation.data.id) if relation is not None and relation.data is not None else None


def _row(told: _Told) -> msgspec.Struct:
    (member_id, campaign_id, user_id, tier_ids, discord_id, hides_pledges), attributes = told
    charged_at, next_at = attributes.last_charge_date, attributes.next_charge_date
    started_at = attributes.pledge_relationship_start
    # In the order of the fields: naming them takes as long as all the rest.
    row: msgspec.Struct = _Row(
        member_id,
        campaign_id,
        _STATUSES.get(attributes.patron_status, Status.UNKNOWN),
        user_id,
        _text(attributes.full_name),
        tier_ids,
        attributes.is_free_trial is True,
        attributes.is_gifted is True,
        attributes.pledge_cadence,
        attributes.currently_entitled_amount_cents or 0,
        attributes.will_pay_amount_cents or 0,
        attributes.campaign_lifetime_support_cents or 0,
        _snake(attributes.last_charge_status),
        charged_at and values.in_utc(charged_at),
        next_at and values.in_utc(next_at),
        started_at and values.in_utc(started_at),
        discord_id,
        hides_pledges,
    )
    return row


def _in_range(attributes: MemberAttributes) -> MemberAttributes:
    """Leave out the moments that no calendar has in UTC."""
    return msgspec.structs.replace(
        attributes,
        last_charge_date=values.in_utc(attributes.last_charge_date),
        next_charge_date=values.in_utc(attributes.next_charge_date),
        pledge_relationship_start=values.in_utc(attributes.pledge_relationship_start),
    )


def _text(value: str | None) -> str | None:
    """Give a text without NUL characters, which databases refuse; None for an empty one."""
    if value and "\0" in value:
        value = value.replace("\0", "")
    return value or None


def _ids(refs: Sequence[Ref]) -> tuple[str, ...]:
    """Read the ids that are referred to, sorted and each once."""
    if len(refs) == 1:
        name = _text(refs[0].id)
        return () if name is None else (name,)
    return tuple(sorted({name for ref in refs if (name := _text(ref.id))})) if refs else ()


@lru_cache(maxsize=100)
def _snake(value: str | None) -> str | None:
    return ("_".join((_text(value) or "").lower().split())) or None
