"""Publishing posts: at once, at their time, changed and taken back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.announcements import Wanted
from core.bulk import FileRefused
from core.composing import Plan, Sent
from core.drafts import AudienceKind, Content, DraftState, HandOver, Target
from core.errors import UserError
from markup.typesetter import MarkdownTypesetter
from tests.factories import post
from tests.flows.desks import (
    APPROVER,
    AUTHOR,
    CHIEF,
    FORUM,
    FRIENDS,
    GUILD,
    NEWS,
    POSTS,
    STRANGER,
    Desk,
    open_desk,
)

HOUR = timedelta(hours=1)
LONG = "\n\n".join(["word " * 130] * 40)


@pytest.fixture
async def desk(store, clock):
    return await open_desk(store, clock)


async def place(desk, draft, *targets):
    return await desk.composing.set_targets(GUILD, AUTHOR, draft.id, draft.version, targets)


async def test_an_approved_draft_goes_out_in_all_its_channels(desk):
    draft = await desk.write(body=LONG)
    draft = await place(
        desk,
        draft,
        Target(channel_id=POSTS, role_ids=(FRIENDS,)),
        Target(channel_id=NEWS, crosspost=True),
        Target(channel_id=FORUM, is_forum=True, tag_ids=(1,)),
    )

    done = await desk.composing.publish(GUILD, CHIEF, draft.id, draft.version)

    messages = await desk.messages(draft.id)
    assert [one.channel_id for one in messages] == [POSTS] * 3 + [NEWS] * 3 + [FORUM]
    assert [bool(one.sheet.role_ids) for one in messages] == [True] + [False] * 6
    assert [one.sheet.crosspost for one in messages] == [False] * 3 + [True] * 3 + [False]
    assert len({one.sheet.marker for one in messages}) == 7
    assert messages[-1].sheet.link == f"https://bot.example/posts/{draft.page_key}"
    assert (done.state, done.published_at) == (DraftState.PUBLISHED, desk.clock())
    assert await desk.waiting() == 7
    assert desk.announced == 1


async def test_of_many_who_publish_at_once_one_does(desk):
    draft = await desk.approved()

    done = await asyncio.gather(
        *(
            desk.composing.publish(GUILD, person, draft.id, draft.version)
            for person in (AUTHOR, APPROVER, CHIEF, CHIEF, AUTHOR)
        ),
        return_exceptions=True,
    )

    errors = [one for one in done if isinstance(one, BaseException)]
    assert len(errors) == 4
    assert all(isinstance(error, UserError) for error in errors)
    assert len(await desk.messages(draft.id)) == 1


async def test_a_failure_in_the_middle_leaves_everything_as_it_was(desk):
    draft = await desk.approved()
    before = await desk.acts()
    two = (Target(channel_id=POSTS), Target(channel_id=NEWS))
    draft = await desk.composing.set_targets(GUILD, CHIEF, draft.id, draft.version, two)

    dying = Desk(desk.store, desk.clock, markers=iter(["m"]))

    with pytest.raises(RuntimeError):
        await dying.composing.publish(GUILD, CHIEF, draft.id, draft.version)

    assert await desk.draft(draft.id) == draft
    assert await desk.messages(draft.id) == []
    assert await desk.acts() == [*before, "post.changed"]


async def test_a_draft_without_channel_or_audience_does_not_go_out(desk):
    draft = await desk.write(audience=AudienceKind.TIERS)
    draft = await place(desk, draft)

    with pytest.raises(UserError, match=r"Audience.*Channels"):
        await desk.composing.publish(GUILD, CHIEF, draft.id, draft.version)


async def test_a_campaign_that_is_followed_no_more_keeps_drafts_back(desk, store, clock):
    draft = await desk.approved()
    async with store.write() as work:
        await work.links.remove([one.id for one in await work.links.all()], at=clock())

    with pytest.raises(UserError, match="/patreon setup"):
        await desk.composing.publish(GUILD, AUTHOR, draft.id, draft.version)


async def test_changing_a_published_post_changes_its_messages(desk, store):
    draft = await desk.approved(body=LONG)
    done = await desk.composing.publish(GUILD, AUTHOR, draft.id, draft.version)
    before = await desk.messages(draft.id)

    shorter = await desk.send(
        CHIEF, draft_id=draft.id, version=done.version, title="Mended", body="Short."
    )
    after = await desk.messages(draft.id)
    async with store.read() as work:
        gone = await work.announcements.standing(before[1].announcement_id)

    assert shorter.draft.state is DraftState.PUBLISHED
    assert [one.sheet.text for one in after] == ["Short."]
    assert after[0].sheet.marker == before[0].sheet.marker
    assert after[0].announcement_id == before[0].announcement_id
    assert gone.wanted is Wanted.GONE
    longer = await desk.send(CHIEF, draft_id=draft.id, version=shorter.draft.version, body=LONG)
    assert len(await desk.messages(draft.id)) == 3
    assert longer.problems == ()


async def test_an_author_does_not_change_what_is_published(desk):
    draft = await desk.approved()
    done = await desk.composing.publish(GUILD, AUTHOR, draft.id, draft.version)

    refused = await desk.send(draft_id=draft.id, version=done.version, body="Smuggled in.")

    assert "somebody who may approve" in refused.problems[0].text
    assert (await desk.messages(draft.id))[0].sheet.text == "Something new."


async def test_a_change_keeps_the_way_to_the_post_at_patreon_and_pings_nobody_anew(desk, store):
    draft = await place(desk, await desk.write(), Target(channel_id=POSTS, role_ids=(FRIENDS,)))
    url = "https://www.patreon.com/posts/301"
    async with store.write() as work:
        await work.posts.save([post(url=url)])
        await work.drafts.hand_over(draft.id, HandOver.LINKED, post_id="301")
    done = await desk.composing.publish(GUILD, CHIEF, draft.id, draft.version)

    await desk.send(CHIEF, draft_id=draft.id, version=done.version, body=LONG)

    messages = await desk.messages(draft.id)
    assert {one.sheet.url for one in messages} == {url}
    assert [one.sheet.role_ids for one in messages] == [(FRIENDS,), (), ()]


async def test_a_post_is_taken_back_and_can_go_out_again(desk):
    draft = await desk.approved()
    done = await desk.composing.publish(GUILD, AUTHOR, draft.id, draft.version)

    gone = await desk.composing.retract(GUILD, AUTHOR, draft.id, done.version)
    assert (gone.state, await desk.wanted(draft.id)) == (DraftState.RETRACTED, ["gone"])
    back = await desk.composing.restore(GUILD, AUTHOR, draft.id, gone.version)
    with pytest.raises(UserError, match="approve this first"):
        await desk.composing.publish(GUILD, AUTHOR, draft.id, back.version)
    await desk.composing.publish(GUILD, CHIEF, draft.id, back.version)
    assert await desk.wanted(draft.id) == ["shown"]


async def schedule(desk, draft, by=AUTHOR, at=None):
    return await desk.composing.schedule(
        GUILD,
        by,
        draft.id,
        draft.version,
        at=at or desk.clock() + HOUR,
        zone="Europe/Berlin",
    )


async def test_a_scheduled_draft_goes_out_at_its_time_and_once(desk, clock):
    draft = await schedule(desk, await desk.approved())
    assert await desk.composing.next_due() == clock() + HOUR
    assert await desk.composing.publish_due() == 0

    clock.advance(HOUR)
    assert sum(await asyncio.gather(*(desk.composing.publish_due() for _ in range(3)))) == 1

    assert (await desk.draft(draft.id)).state is DraftState.PUBLISHED
    assert len(await desk.messages(draft.id)) == 1
    assert await desk.composing.next_due() is None
    assert await desk.composing.publish_due() == 0


async def test_nobody_schedules_without_approval_or_into_the_past(desk, clock):
    draft = await desk.write()

    with pytest.raises(UserError, match="approve this first"):
        await schedule(desk, draft)
    with pytest.raises(UserError, match="past"):
        await schedule(desk, draft, CHIEF, at=clock())


async def test_a_schedule_is_moved_and_ended(desk, clock):
    draft = await schedule(desk, await desk.approved())

    later = await schedule(desk, draft, at=clock() + 2 * HOUR)
    assert await desk.composing.next_due() == clock() + 2 * HOUR
    ended = await desk.composing.unschedule(GUILD, AUTHOR, draft.id, later.version)

    assert (ended.state, ended.is_approved) == (DraftState.WAITING, True)
    assert await desk.composing.next_due() is None
    assert desk.rescheduled == 3


async def test_a_change_by_its_author_takes_a_draft_off_the_schedule(desk, clock):
    draft = await schedule(desk, await desk.approved())

    await desk.send(draft_id=draft.id, version=draft.version, body="Smuggled in.")
    clock.advance(HOUR)

    assert await desk.composing.publish_due() == 0
    assert "off the schedule" in (await desk.draft(draft.id)).note


@pytest.mark.parametrize("hours", [1, 23, 25])
async def test_after_downtime_what_is_late_goes_out_and_what_is_very_late_comes_back(
    desk, clock, hours
):
    draft = await schedule(desk, await desk.approved(), at=clock() + timedelta(minutes=1))

    clock.advance(hours=hours)
    count = await desk.composing.publish_due()

    after = await desk.draft(draft.id)
    if hours < 24:
        assert (count, after.state) == (1, DraftState.PUBLISHED)
    else:
        assert (count, after.state) == (0, DraftState.WAITING)
        assert "missed by more than a day" in after.note
        assert after.is_approved
    assert await desk.composing.next_due() is None


async def test_what_cannot_go_out_comes_back_and_holds_up_nothing_else(desk, store, clock):
    first = await schedule(desk, await desk.approved())
    second = await schedule(desk, await desk.approved())
    async with store.write() as work:
        bad = await work.drafts.lock(first.id, guild_id=GUILD)
        await work.drafts.save(replace(bad, targets=()), expected=bad.version)
    clock.advance(HOUR)

    assert await desk.composing.publish_due() == 1

    back = await desk.draft(first.id)
    assert back.state is DraftState.WAITING
    assert back.note.startswith("It could not go out at its time. It has no channel")
    assert (await desk.draft(second.id)).state is DraftState.PUBLISHED
    assert (await desk.acts())[-2:] == ["post.sent_back", "post.published"]


async def test_a_bug_in_one_holds_up_nothing_else(desk, clock):
    class Broken(MarkdownTypesetter):
        def typeset(self, markdown):
            if "bad" in markdown:
                raise LookupError("a bug")
            return super().typeset(markdown)

    first = await schedule(desk, await desk.approved(body="bad"))
    await schedule(desk, await desk.approved())
    clock.advance(HOUR)
    broken = Desk(desk.store, clock, typesetter=Broken())

    assert await broken.composing.publish_due() == 1
    assert "error in the bot" in (await desk.draft(first.id)).note


async def test_while_a_guild_is_paused_nothing_of_it_goes_out_by_itself(desk, clock):
    draft = await schedule(desk, await desk.approved())
    with pytest.raises(UserError, match="right to approve"):
        await desk.composing.pause(GUILD, AUTHOR)
    with pytest.raises(UserError, match="/patreon permissions"):
        await desk.composing.pause(GUILD, STRANGER)

    assert await desk.composing.pause(GUILD, APPROVER)
    assert not await desk.composing.pause(GUILD, APPROVER)
    clock.advance(HOUR)
    assert await desk.composing.next_due() is None
    assert await desk.composing.publish_due() == 0
    assert (await desk.composing.get(GUILD, AUTHOR, draft.id)).pause.by == 201

    assert await desk.composing.resume(GUILD, APPROVER)
    assert await desk.composing.publish_due() == 1
    assert (await desk.acts()).count("post.paused") == 1


async def test_several_posts_are_scheduled_together_or_not_at_all(desk, clock):
    def plan(hours, title="News", line=2):
        content = Content(title=title, parts=("Something new.",))
        return Plan(line=line, content=content, publish_at=clock() + hours * HOUR, zone="UTC")

    with pytest.raises(FileRefused) as caught:
        await desk.composing.schedule_many(
            GUILD, CHIEF, [plan(1), plan(2, title="", line=5), plan(-1, line=9)]
        )
    assert str(caught.value).split("\n") == [
        "Nothing was scheduled. Put this right:",
        "Line 5: The title is empty. Write one.",
        "Line 9: Its time is past. Choose a later one.",
    ]
    assert await desk.composing.next_due() is None

    done = await desk.composing.schedule_many(GUILD, CHIEF, [plan(1), plan(2)])
    assert [one.state for one in done] == [DraftState.SCHEDULED] * 2
    assert await desk.composing.next_due() == clock() + HOUR
    with pytest.raises(UserError, match="to compose and to approve"):
        await desk.composing.schedule_many(GUILD, AUTHOR, [plan(1)])


async def test_a_file_of_posts_is_used_once(desk, clock):
    await desk.composing.keep(GUILD, CHIEF.user_id, 77, custom_id="bulk", fields={})
    plan = Plan(
        line=2,
        content=Content(title="News", parts=("x",)),
        publish_at=clock() + HOUR,
        zone="UTC",
    )

    async def use():
        return await desk.composing.schedule_many(GUILD, CHIEF, [plan], sent=Sent(id=77))

    done = await asyncio.gather(use(), use(), return_exceptions=True)

    assert sorted(type(one).__name__ for one in done) == ["UserError", "tuple"]


async def test_without_pages_a_long_post_says_that_it_is_cut(store, clock):
    desk = await open_desk(store, clock, has_pages=False)
    draft = await desk.approved(body=LONG)

    await desk.composing.publish(GUILD, AUTHOR, draft.id, draft.version)

    last = (await desk.messages(draft.id))[-1].sheet
    assert last.link is None
    assert last.text.endswith("the rest did not fit here.*")
