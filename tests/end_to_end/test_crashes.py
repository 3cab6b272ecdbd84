"""SIGKILL between any two steps from the webhook to the message: nothing lost, nothing twice."""

import pytest

from core.steps import CRASH_AT, STEPS
from sandbox.patreon import FaultKind
from tests.end_to_end.place import open_place


@pytest.mark.parametrize("step", STEPS)
async def test_every_accepted_event_is_announced_once_after_a_crash_at(step, tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start(**{CRASH_AT: step})
        await place.bot.ready()
        event = place.world.join(webhook=False, name="Grace Hopper")
        document = place.world.member_document(event.member)

        status = await place.deliver("members:pledge:create", document)
        assert await place.bot.ended() == -9
        # No sync may find the join instead: only the inbox and the outbox can bring it.
        place.world.faults.plan("members", FaultKind.UNAVAILABLE, times=10_000)
        await place.bot.start()
        if status != 204:
            await place.deliver_until_accepted("members:pledge:create", document)
        shown = await place.until_shown(1)
        # Patreon cannot know that its event had an effect: it may well come once more.
        await place.deliver_until_accepted("members:pledge:create", document)
        after_repeat = await place.until_shown(1)

        assert shown == after_repeat == ["Grace Hopper joined"]
