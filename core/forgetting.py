"""Forgetting what webhooks said of people, and who former members were."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime

from core.images import ImageKind
from core.retelling import Retelling
from core.store import Store, Work

BODIES = 100
"""Webhooks looked through at once: small, so that nobody waits long."""

MOST_CHUNKS = 100_000

_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,100})"')


def names_one_of(body: bytes, ids: frozenset[bytes]) -> bool:
    """Tell whether a webhook's body names a resource of Patreon's with one of these ids."""
    return not ids.isdisjoint(_ID.findall(body))


async def empty_bodies(
    store: Store, ids: frozenset[str], *, at: datetime, ended_after: datetime | None = None
) -> int:
    """Delete the bodies of all webhooks about users or members with these ids; gives how many.

    Those that are still to be processed keep theirs: processing them deletes it. With
    `ended_after`, only webhooks are looked at that were dealt with since.
    """
    wanted = frozenset(one.encode() for one in ids)
    emptied = last_id = 0
    for _ in range(MOST_CHUNKS):
        async with store.read() as work:
            bodies = await work.letters.bodies(
                after_id=last_id, limit=BODIES, ended_after=ended_after
            )
        found = [event_id for event_id, body in bodies if names_one_of(body, wanted)]
        if found:
            async with store.write() as work:
                emptied += await work.letters.empty(found, at=at)
        if len(bodies) < BODIES:
            break
        last_id = bodies[-1][0]
        # Whoever waits for the database goes first.
        await asyncio.sleep(0)
    return emptied


@dataclass(frozen=True, slots=True, kw_only=True)
class Faded:
    """How many members faded, and the row of the last one."""

    count: int
    last_row: int


async def fade_former(
    work: Work,
    retelling: Retelling,
    *,
    left_by: datetime,
    after_row: int,
    limit: int,
    at: datetime,
) -> Faded:
    """Forget who up to `limit` members were who left before `left_by`.

    What was announced of them is kept without their names; the messages in Discord stay.
    """
    await work.people.freeze()
    found = await work.people.left_before(left_by, after_row=after_row, limit=limit)
    member_ids = [member_id for _, member_id in found]
    if member_ids:
        await work.people.fade(member_ids, at=at)
        await work.images.forget(ImageKind.USER, member_ids)
        members = list((await work.members.load(member_ids)).values())
        await work.tellings.replace(await retelling.anonymous(work, members))
    return Faded(count=len(found), last_row=found[-1][0] if found else after_row)
