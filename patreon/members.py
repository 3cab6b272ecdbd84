"""Patreon's answers about members as records of `core`, with their fingerprints."""

import logging
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime

from core.errors import TemporaryError
from core.ports import MemberRead, MembersPage
from patreon import values
from patreon.documents import decode, next_cursor, read_tiers, total_of
from patreon.member_shapes import MemberDocument, MembersDocument
from patreon.readings import Readings, id_in
from patreon.shapes import Included, IncludedAttributes

log = logging.getLogger(__name__)

_PART = 250
"""Members that are told apart in one go."""


def read_members(body: bytes, *, campaign_id: str, asked_at: datetime) -> MembersPage:
    """Read a page of a campaign's members.

    A member that cannot be read or has no id is left out and counted in the log; the page no
    longer fits `total` then.

    Raises:
        TemporaryError: the answer is cut short or malformed.
    """
    parts = read_in_parts(body, campaign_id=campaign_id, asked_at=asked_at)
    while True:
        try:
            next(parts)
        except StopIteration as end:
            page: MembersPage = end.value
            return page


def read_in_parts(
    body: bytes, *, campaign_id: str, asked_at: datetime
) -> Generator[None, None, MembersPage]:
    """Do what `read_members` does, with a break after every few milliseconds."""
    document = decode(body, MembersDocument)
    yield
    users, others = _sorted(document.included or ())
    members = Readings(users, campaign_id=campaign_id)
    for start in range(0, len(document.data), _PART):
        members.add(document.data[start : start + _PART])
        yield
    if members.skipped:
        log.warning(
            "members skipped that cannot be read",
            extra={"campaign_id": campaign_id, "count": members.skipped},
        )
    return MembersPage(
        members=members,
        tiers=read_tiers(others, campaign_id=campaign_id),
        total=total_of(document),
        next_cursor=next_cursor(document),
        asked_at=asked_at,
    )


def read_member(body: bytes, *, asked_at: datetime) -> MemberRead:
    """Read one member, which has to tell its campaign.

    Raises:
        TemporaryError: the answer is cut short or malformed.
    """
    document = decode(body, MemberDocument)
    users, others = _sorted(document.included or ())
    campaign_id = id_in(document.data.relationships.campaign)
    members = Readings(users, campaign_id=campaign_id or "")
    members.add([document.data])
    if campaign_id is None or members.skipped:
        raise TemporaryError("Patreon's answer does not tell the member's id or campaign.")
    [(member, fingerprint)] = members.read(members.fingerprints)
    return MemberRead(
        member=member,
        fingerprint=fingerprint,
        tiers=read_tiers(others, campaign_id=campaign_id),
        asked_at=asked_at,
        avatar=members.avatar(member.id),
    )


def _sorted(
    included: Iterable[Included | None],
) -> tuple[dict[str | None, IncludedAttributes], Sequence[Included]]:
    """Give what is told of users by their ids, and all other resources."""
    users: dict[str | None, IncludedAttributes] = {}
    others = []
    for resource in included:
        if resource is None:
            continue
        if resource.type != "user":
            others.append(resource)
        elif isinstance(resource.attributes, IncludedAttributes):
            name = resource.id
            if type(name) is not str or "\0" in name:
                name = values.ident(name)
            if name:
                users[name] = resource.attributes
    return users, others
