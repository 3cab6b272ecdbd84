"""The shapes of Patreon's documents about members, typed to the last value.

A page holds 1,000 members, so the decoder itself checks and converts what they tell. A page with
a value of another type is refused; `soften` then makes such a record fit, at the cost of the
value alone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from patreon import values
from patreon.shapes import Included, Page, Struct

Text = str | None
Flag = bool | None
Whole = Annotated[int, msgspec.Meta(gt=-values.LARGEST, lt=values.LARGEST)] | None
Moment = Annotated[datetime, msgspec.Meta(tz=True)] | None


class Ref(Struct):
    """A reference to another resource."""

    id: str


class ToOne(Struct):
    """A relationship to one resource."""

    data: Ref | None = None


class ToMany(Struct):
    """A relationship to several resources."""

    data: list[Ref] = msgspec.field(default_factory=list)


class MemberAttributes(Struct):
    """What is asked for of a member.

    No status means that they never pledged, and "" that nothing is told of it.
    """

    campaign_lifetime_support_cents: Whole = None
    currently_entitled_amount_cents: Whole = None
    full_name: Text = None
    is_free_trial: Flag = None
    is_gifted: Flag = None
    last_charge_date: Moment = None
    last_charge_status: Text = None
    next_charge_date: Moment = None
    patron_status: Text = ""
    pledge_cadence: Whole = None
    pledge_relationship_start: Moment = None
    will_pay_amount_cents: Whole = None


class MemberRelations(Struct):
    """What a member belongs to."""

    campaign: ToOne | None = None
    currently_entitled_tiers: ToMany | None = None
    user: ToOne | None = None


class MemberShape(Struct):
    """A member."""

    id: str
    attributes: MemberAttributes = msgspec.field(default_factory=MemberAttributes)
    relationships: MemberRelations = msgspec.field(default_factory=MemberRelations)


class MembersDocument(Page, kw_only=True):
    """A page of members; None stands for a record that has no such shape."""

    data: list[MemberShape | None]
    included: list[Included | None] | None = None


class MemberDocument(Struct):
    """One member."""

    data: MemberShape
    included: list[Included | None] | None = None


_READERS: Mapping[object, Callable[[object], object]] = {
    Text: values.text,
    Flag: lambda value: value if isinstance(value, bool) else None,
    Whole: values.whole,
    Moment: values.moment,
}
_ATTRIBUTES = {
    field.name: _READERS[field.type] for field in msgspec.structs.fields(MemberAttributes)
}


def soften(record: object) -> object:
    """Make a member's decoded JSON fit `MemberShape`, without the values that cannot be read.

    What is no member at all stays as it is.
    """
    if not isinstance(record, dict):
        return record
    softened: dict[str, object] = {"id": values.ident(record.get("id"))}
    for name, soften_part in (("attributes", _attributes), ("relationships", _relations)):
        part = record.get(name)
        if part is not None and not isinstance(part, list):
            softened[name] = soften_part(part) if isinstance(part, dict) else part
    return softened


def _attributes(told: Mapping[str, object]) -> dict[str, object]:
    read = {name: _ATTRIBUTES[name](told[name]) for name in _ATTRIBUTES.keys() & told.keys()}
    if read.get("patron_status") is None and told.get("patron_status") is not None:
        del read["patron_status"]
    return read


def _relations(told: Mapping[str, object]) -> dict[str, object]:
    to_one = {name: {"data": _ref(_data_of(told.get(name)))} for name in ("campaign", "user")}
    tiers = _data_of(told.get("currently_entitled_tiers"))
    found = map(_ref, tiers) if isinstance(tiers, list) else ()
    return {**to_one, "currently_entitled_tiers": {"data": [ref for ref in found if ref]}}


def _data_of(relation: object) -> object:
    return relation.get("data") if isinstance(relation, dict) else None


def _ref(told: object) -> dict[str, str] | None:
    name = values.ident(told.get("id")) if isinstance(told, dict) else None
    return None if name is None else {"id": name}
