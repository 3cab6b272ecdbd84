"""The outbox's statements that are kept: to build one takes longer than to carry it out."""

from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    Select,
    bindparam,
    case,
    exists,
    func,
    null,
    select,
    update,
)

from storage import waiting
from storage.connection import insert_into
from storage.tables import announcements
from storage.types import UtcDateTime

_IS_WAITING = announcements.c.due_at.is_not(None)


def heads() -> Select[Any]:
    """Select the id of each channel's oldest unfinished announcement.

    It leaps through the index from channel to channel, so that a channel in which ten thousand
    wait takes no longer than one in which one waits.
    """
    channel_id = announcements.c.channel_id
    first = select(func.min(channel_id).label("id")).where(_IS_WAITING)
    channels = first.cte("channels", recursive=True)
    following = select(func.min(channel_id)).where(_IS_WAITING, channel_id > channels.c.id)
    channels = channels.union_all(
        select(following.correlate(channels).scalar_subquery()).where(channels.c.id.is_not(None))
    )
    head = select(func.min(announcements.c.id)).where(_IS_WAITING, channel_id == channels.c.id)
    return select(head.correlate(channels).scalar_subquery()).where(channels.c.id.is_not(None))


_HEADS = heads()
_DUE = (
    select(announcements.c.id)
    .where(announcements.c.due_at <= bindparam("now"), announcements.c.id.in_(_HEADS))
    .order_by(announcements.c.due_at, announcements.c.id)
    .limit(bindparam("most"))
)
CLAIM = waiting.claim(announcements, _DUE).returning(*announcements.c)
"""Lease what is due (`now`, `until`, `most`), at most the oldest of each channel."""

NEXT_DUE = select(func.min(announcements.c.due_at)).where(announcements.c.id.in_(_HEADS))
"""When a channel's oldest can be claimed next."""

START = (
    update(announcements)
    .where(announcements.c.id == bindparam("number"), announcements.c.send_started_at.is_(None))
    .values(send_started_at=bindparam("at"))
)
"""Note `at` that a send of `number` is about to be tried, unless that is noted."""

_BEHIND = announcements.alias("behind")
_IS_FOLLOWED = exists().where(
    _BEHIND.c.channel_id == announcements.c.channel_id,
    _BEHIND.c.due_at.is_not(None),
    _BEHIND.c.id > announcements.c.id,
)
START_ALONE = START.where(~_IS_FOLLOWED)
"""Do as `START`, unless something waits behind it in its channel."""

NOTE_SHOWN = (
    update(announcements)
    .where(announcements.c.id == bindparam("number"))
    .values(
        message_id=bindparam("message"),
        shown_version=bindparam("shown"),
        shown_at=bindparam("at"),
        due_at=case(
            (announcements.c.version <= bindparam("shown"), null()),
            else_=bindparam("at", type_=UtcDateTime()),
        ),
        leased_from=None,
        send_started_at=None,
        attempts=0,
        parked_at=None,
        reason=None,
    )
)
"""Note that a `message` shows the version `shown` of `number` since `at`."""


@cache
def add(*, is_postgresql: bool) -> Executable:
    """Build the insert of a change that no announcement in the channel tells yet."""
    statement = insert_into(announcements, is_postgresql=is_postgresql)
    statement = statement.on_conflict_do_nothing(index_elements=["change_id", "channel_id"])
    return statement.returning(announcements.c.id)
