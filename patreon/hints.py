"""What a webhook's body is about: whom to read again, and nothing more."""

import re

import msgspec

from core.inbox import Hint, Subject
from patreon import shapes, values
from patreon.mending import mend

_SUBJECTS = {"members": Subject.MEMBER, "posts": Subject.POST}
# Nothing that could leave the place of an id in the path of a request.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


class _Relations(msgspec.Struct):
    campaign: shapes.ToOne | None = None


class _Resource(msgspec.Struct):
    id: object = None
    type: object = None
    relationships: _Relations | list[object] | None = None


class _Body(msgspec.Struct):
    data: _Resource | None = None


def read_hint(trigger: str, body: bytes) -> Hint:
    """Read whom a delivery is about; never raises, whatever the bytes are.

    Only ids are taken from the body: the rest can be a week old. The trigger is not covered by
    the signature, so it has to fit the body.

    Source: docs.patreon.com, "Webhooks"; the portal's test payload has no id.
    """
    subject = _SUBJECTS.get(trigger.partition(":")[0])
    if subject is None:
        return _nothing("The trigger is not one that is dealt with.")
    try:
        resource = _read(body).data
    except (ValueError, RecursionError):
        return _unreadable("The body is not a JSON:API document.")
    if resource is None or resource.type != subject.value:
        return _unreadable(f"The body is not about a {subject.value}.")
    if resource.id is None:
        return _nothing("The body names no id, as the test of Patreon's portal does.")
    name = _name(resource.id)
    if name is None:
        return _unreadable("The body's id is malformed.")
    return Hint(subject=subject, id=name, campaign_id=_campaign_of(resource))


def _read(body: bytes) -> _Body:
    try:
        return msgspec.json.decode(body, type=_Body)
    except ValueError:
        # A patron's name may end in half an emoji, which is no reason to set the event aside.
        return msgspec.json.decode(mend(body), type=_Body)


def _campaign_of(resource: _Resource) -> str | None:
    relations = resource.relationships
    campaign = relations.campaign if isinstance(relations, _Relations) else None
    return _name(campaign.id) if campaign else None


def _name(value: object) -> str | None:
    name = value if isinstance(value, str) else values.ident(value)
    return name if name is not None and _ID.fullmatch(name) else None


def _nothing(reason: str) -> Hint:
    return Hint(subject=Subject.NOTHING, reason=reason)


def _unreadable(reason: str) -> Hint:
    return Hint(subject=Subject.NOTHING, reason=reason, is_unreadable=True)
