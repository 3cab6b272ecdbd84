"""SIGKILL between every two steps of a post: what was typed is there, and it is out once."""

import signal

import pytest

from core.drafts import DraftState
from core.steps import STEPS
from tests.end_to_end.matrix import sampled
from tests.end_to_end.place import open_place
from tests.end_to_end.post_ledger import Kept, differences, is_waited_for, kept
from tests.end_to_end.posting import (
    Author,
    effect,
    hide_forum_post,
    kill_when,
    let_minutes_pass,
    until_killed,
)

# Long, because two cores serve everything.
pytestmark = pytest.mark.timeout(180)

WRITING = {
    "drafts.stored": Kept(unused=1, states=()),
    "drafts.saved": Kept(unused=1, states=()),
}
PUBLISHING = {
    "publish.written": Kept(unused=0, states=(DraftState.EDITING,)),
    "publish.committed": Kept(unused=0, states=(DraftState.PUBLISHED,)),
}
"""What is in the database after a crash at each step."""

STEPS_OF_A_POST = [step for step in STEPS if step.split(".")[0] in ("drafts", "publish")]
SCHEDULED = Kept(unused=0, states=(DraftState.SCHEDULED,))
OUT = PUBLISHING["publish.committed"]
STALE = "Somebody changed this draft meanwhile; look at it again."


def test_every_step_of_a_post_is_crashed_at():
    assert sorted([*WRITING, *PUBLISHING]) == sorted(STEPS_OF_A_POST)


@pytest.mark.proof
@pytest.mark.parametrize("at", WRITING)
async def test_a_form_can_be_sent_again_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path) as place:
        author = await dies_while_published(place, BOT_CRASH_AT=at)
        assert await kept(place) == WRITING[at]

        await begins_anew(place)
        await author.send_form_again()
        await author.choose_channels()
        await author.publish()

        assert await differences(place) == []


@pytest.mark.parametrize("at", sampled(PUBLISHING, ["publish.committed"]))
async def test_a_post_is_published_wholly_or_not_at_all_after_a_crash_at(at, tmp_path):
    async with open_place(tmp_path) as place:
        author = await dies_while_published(place, BOT_CRASH_AT=at)
        assert await kept(place) == PUBLISHING[at]

        await begins_anew(place)
        if PUBLISHING[at] == OUT:
            assert await author.is_refused("Publish now") == STALE
        else:
            await author.publish()

        assert await differences(place) == []


@pytest.mark.parametrize(
    "effects",
    [
        ("opened posts",),
        pytest.param(("sent patreon-feed", "followed patreon-feed"), marks=pytest.mark.proof),
    ],
    ids=" then ".join,
)
async def test_what_discord_did_without_an_answer_is_not_done_again(effects, tmp_path):
    async with open_place(tmp_path) as place:
        first, *others = effects
        kill_when(place, effect(place, first))
        await dies_while_published(place)
        for other in others:
            await let_minutes_pass(place)
            kill_when(place, effect(place, other))
            await place.bot.start()
            assert await place.bot.ended() == -signal.SIGKILL
        assert await kept(place) == OUT

        await let_minutes_pass(place)
        await begins_anew(place)

        assert await differences(place) == []


@pytest.mark.proof
async def test_a_forum_post_that_appears_late_is_waited_for(tmp_path):
    async with open_place(tmp_path) as place:
        kill_when(place, effect(place, "opened posts"))
        await dies_while_published(place)
        post = hide_forum_post(place)
        await place.bot.start()
        await place.until(lambda: is_waited_for(place), "the post is not waited for")
        await place.bot.stop(signal.SIGKILL)
        place.discord.world.channels[post.id] = post

        await let_minutes_pass(place)
        await begins_anew(place)

        assert await differences(place) == []


@pytest.mark.proof
async def test_a_post_is_in_each_channel_once_after_crashes_at_every_step_of_delivery(tmp_path):
    async with open_place(tmp_path) as place:
        await dies_while_published(place, BOT_CRASH_AT="deliver.claimed")
        for at in ("deliver.started", "deliver.sent"):
            await let_minutes_pass(place)
            await place.bot.crash(at)
        assert await kept(place) == OUT

        await let_minutes_pass(place)
        await begins_anew(place)

        assert await differences(place) == []


@pytest.mark.proof
async def test_a_scheduled_post_goes_out_once_after_crashes_at_its_time(tmp_path):
    async with open_place(tmp_path) as place:
        author = Author(place)
        await place.bot.start(BOT_CRASH_AT="publish.written")
        await place.bot.ready()
        await until_killed(place, write_and_schedule(author))
        assert await kept(place) == SCHEDULED
        await place.bot.crash("publish.committed")
        assert await kept(place) == OUT
        await place.bot.crash("deliver.noted")

        await let_minutes_pass(place)
        await begins_anew(place)

        assert await differences(place) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("at", ["drafts.saved", "publish.written", "publish.committed"])
async def test_on_postgresql_a_post_is_published_wholly_or_not_at_all_after_a_crash_at(
    at, empty_database_url, tmp_path
):
    async with open_place(tmp_path, database_url=empty_database_url) as place:
        author = await dies_while_published(place, BOT_CRASH_AT=at)
        assert await kept(place) == (WRITING | PUBLISHING)[at]

        await begins_anew(place)
        if at in WRITING:
            await author.send_form_again()
            await author.choose_channels()
        if at != "publish.committed":
            await author.publish()

        assert await differences(place) == []


@pytest.mark.proof
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_on_postgresql_what_was_in_hand_goes_on_when_its_lease_is_over(
    empty_database_url, tmp_path
):
    async with open_place(tmp_path, database_url=empty_database_url) as place:
        author = Author(place)
        await place.bot.start(BOT_CRASH_AT="publish.written")
        await place.bot.ready()
        await until_killed(place, write_and_schedule(author))
        assert await kept(place) == SCHEDULED
        await place.bot.crash("deliver.claimed")
        assert await kept(place) == OUT
        for at in ("deliver.started", "deliver.sent"):
            await let_minutes_pass(place)
            await place.bot.crash(at)

        await let_minutes_pass(place)
        await begins_anew(place)

        assert await differences(place) == []


async def dies_while_published(place, **environ):
    """Let somebody write a post and publish it with a bot that dies meanwhile; gives who."""
    author = Author(place)
    await place.bot.start(**environ)
    await place.bot.ready()
    await until_killed(place, write_and_publish(author))
    return author


async def write_and_publish(author):
    await author.write()
    await author.choose_channels()
    await author.publish()
    await author.waits()


async def write_and_schedule(author):
    await author.write()
    await author.choose_channels()
    await author.schedule()
    await author.waits()


async def begins_anew(place):
    await place.bot.start()
    await place.bot.ready()
