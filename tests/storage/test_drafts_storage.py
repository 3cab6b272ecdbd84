"""Drafts and forms in both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.draft_rows import DraftMessage, DraftQuery, Pause, Submission
from core.drafts import (
    Approval,
    Audience,
    AudienceKind,
    Content,
    Draft,
    DraftPicture,
    DraftState,
    HandOver,
    Target,
)
from core.sheets import Sheet
from tests.factories import NOW, save_campaign, save_link

SECOND = timedelta(seconds=1)
WHOLE = Content(
    title="News “\x00” 🎉",
    parts=("One\n\ntwo", "Three\t\ud800", '"}'),
    audience=Audience(kind=AudienceKind.TIERS, tier_ids=("201",)),
    is_paid=True,
    pictures=(
        DraftPicture(
            digest="a" * 64,
            name="a.png",
            media_type="image/png",
            size_bytes=7,
            description="A clock",
        ),
    ),
)


def draft(key="k", **overrides):
    valid = Draft(
        id=0,
        guild_id=6001,
        campaign_id="1001",
        author_id=101,
        state=DraftState.EDITING,
        version=1,
        content=Content(title="News", parts=("Something new.",)),
        page_key=key,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(valid, **overrides)


def form(number=5001, **overrides):
    valid = Submission(
        id=number,
        guild_id=6001,
        user_id=101,
        custom_id="post-forms1|new",
        fields={"title": "News", "paid": True, "files": ["1", "2"]},
        received_at=NOW,
    )
    return replace(valid, **overrides)


async def add(store, *drafts):
    async with store.write() as work:
        return [await work.drafts.add(one) for one in drafts]


async def get(store, draft_id, guild_id=6001):
    async with store.read() as work:
        return await work.drafts.get(draft_id, guild_id=guild_id)


async def test_a_draft_comes_back_as_it_was_kept(store):
    whole = draft(
        content=replace(WHOLE, title="News 🎉", parts=("One\n\ntwo", '"}')),
        state=DraftState.SCHEDULED,
        targets=(Target(channel_id=1, is_forum=True, tag_ids=(2,), role_ids=(3,)),),
        approval=Approval(asked_by=1, asked_at=NOW, approved_by=2, approved_at=NOW),
        publish_at=NOW + SECOND,
        time_zone="Europe/Berlin",
        note="Why.",
        hand_over=HandOver.READY,
        handed_over_at=NOW,
    )

    (kept,) = await add(store, whole)

    assert kept == replace(whole, id=kept.id)
    assert await get(store, kept.id) == kept


async def test_characters_that_no_database_takes_do_no_harm(store):
    (kept,) = await add(store, draft(content=WHOLE))

    back = await get(store, kept.id)

    assert back.content.parts == ("One\n\ntwo", "Three\t\ufffd", '"}')


async def test_another_guild_finds_nothing(store):
    (kept,) = await add(store, draft())

    assert await get(store, kept.id, guild_id=6002) is None
    async with store.write() as work:
        assert await work.drafts.lock(kept.id, guild_id=6002) is None


async def test_of_two_who_save_the_same_version_one_wins(store):
    (kept,) = await add(store, draft())

    async def save(title):
        async with store.write() as work:
            new = replace(kept, version=2, content=replace(kept.content, title=title))
            return await work.drafts.save(new, expected=1)

    won = await asyncio.gather(save("A"), save("B"))

    assert sorted(won) == [False, True]
    assert (await get(store, kept.id)).content.title == "AB"[won.index(True)]


async def test_saving_leaves_how_it_stands_with_patreon(store):
    (kept,) = await add(store, draft())
    async with store.write() as work:
        await work.drafts.hand_over(kept.id, HandOver.READY, at=NOW)
        assert await work.drafts.save(replace(kept, version=2), expected=1)

    after = await get(store, kept.id)

    assert (after.hand_over, after.handed_over_at, after.version) == (HandOver.READY, NOW, 2)


async def test_pictures_are_kept_as_long_as_a_draft_has_them(store):
    first, second = await add(store, draft(content=WHOLE), draft("k2", content=WHOLE))
    digests = ["a" * 64, "b" * 64]

    async def kept():
        async with store.read() as work:
            return await work.drafts.which_kept(digests)

    async def drop(one):
        async with store.write() as work:
            without = replace(one.content, pictures=())
            await work.drafts.save(replace(one, version=2, content=without), expected=1)

    assert await kept() == {"a" * 64}
    await drop(first)
    assert await kept() == {"a" * 64}
    await drop(second)
    assert await kept() == set()
    async with store.read() as work:
        assert await work.drafts.which_kept([]) == set()


async def test_a_list_shows_the_schedule_first_and_then_what_changed_last(store):
    async with store.write() as work:
        for number, (state, due) in enumerate(
            [
                (DraftState.EDITING, None),
                (DraftState.SCHEDULED, 2),
                (DraftState.DISCARDED, None),
                (DraftState.TEMPLATE, None),
                (DraftState.SCHEDULED, 1),
                (DraftState.PUBLISHED, None),
            ]
        ):
            await work.drafts.add(
                draft(
                    f"k{number}",
                    state=state,
                    author_id=101 + number % 2,
                    content=Content(title=str(number), parts=("x",)),
                    publish_at=None if due is None else NOW + due * SECOND,
                    updated_at=NOW + number * SECOND,
                )
            )
        await work.drafts.add(draft("other", guild_id=6002))

    async def titles(**filters):
        async with store.read() as work:
            page = await work.drafts.page(DraftQuery(guild_id=6001, **filters))
        return [line.title for line in page.lines], page.matching

    assert await titles() == (["4", "1", "5", "0"], 4)
    assert await titles(limit=2, offset=1) == (["1", "5"], 4)
    assert await titles(author_id=102) == (["1", "5"], 2)
    assert await titles(states=frozenset({DraftState.TEMPLATE})) == (["3"], 1)
    assert await titles(campaign_id="1002") == ([], 0)


async def test_due_drafts_come_in_their_order_unless_their_guild_is_paused(store):
    soon, late, other = await add(
        store,
        *(
            draft(f"k{n}", state=DraftState.SCHEDULED, publish_at=NOW + n * SECOND, guild_id=guild)
            for n, guild in [(1, 6001), (2, 6001), (0, 6002)]
        ),
    )

    async def due(at=NOW + 5 * SECOND, limit=10):
        async with store.read() as work:
            found = await work.drafts.due(at, limit=limit)
            return [one.id for one in found], await work.drafts.next_due()

    assert await due() == ([other.id, soon.id, late.id], NOW)
    assert await due(limit=1) == ([other.id], NOW)
    assert await due(at=NOW + SECOND) == ([other.id, soon.id], NOW)
    async with store.write() as work:
        pause = Pause(by=1, at=NOW)
        assert await work.drafts.pause(6002, pause)
        assert not await work.drafts.pause(6002, pause)
        assert await work.drafts.paused(6002) == pause
    assert await due() == ([soon.id, late.id], NOW + SECOND)
    async with store.write() as work:
        assert await work.drafts.pause(6002, None)
        assert not await work.drafts.pause(6002, None)
    assert len((await due())[0]) == 3


async def test_a_template_is_found_by_its_name_until_it_is_thrown_away(store):
    (kept,) = await add(store, draft(state=DraftState.TEMPLATE, name="Weekly Ü"))
    await add(store, draft("k2", state=DraftState.TEMPLATE, name="Weekly Ü", guild_id=6002))

    async def found(name):
        async with store.read() as work:
            template = await work.drafts.template(6001, name)
        return template and template.id

    assert await found("weekly ü") == kept.id
    async with store.write() as work:
        gone = replace(kept, version=2, state=DraftState.DISCARDED)
        await work.drafts.save(gone, expected=1)
    assert await found("Weekly Ü") is None
    await add(store, draft("k3", state=DraftState.TEMPLATE, name="Weekly Ü"))


async def test_messages_come_back_with_what_is_shown(store):
    await save_campaign(store)
    link = await save_link(store)
    (kept,) = await add(store, draft())
    sheet = Sheet(marker="m", title="News", text="x", at=NOW)
    async with store.write() as work:
        for channel in (7002, 7001):
            number = await work.announcements.post(
                sheet, channel_id=channel, link_id=link.id, at=NOW
            )
            messages = [
                *await work.drafts.messages(kept.id),
                DraftMessage(
                    draft_id=kept.id,
                    channel_id=channel,
                    position=0,
                    announcement_id=number,
                    sheet=sheet,
                ),
            ]
            await work.drafts.set_messages(kept.id, messages)
        found = await work.drafts.messages(kept.id)
        await work.announcements.reword(number, replace(sheet, url="https://p"), at=NOW)
        again = await work.drafts.messages(kept.id)

    assert [one.channel_id for one in found] == [7001, 7002]
    assert [one.sheet.url for one in again] == ["https://p", None]


async def test_what_a_post_may_be_is_handed_over_or_published_and_not_linked(store):
    ready, shown, linked, old, gone, doubtful = await add(
        store,
        draft("1", hand_over=HandOver.READY, handed_over_at=NOW),
        draft("2", state=DraftState.PUBLISHED, published_at=NOW),
        draft("3", hand_over=HandOver.LINKED, handed_over_at=NOW, post_id="301"),
        draft("4", hand_over=HandOver.READY, handed_over_at=NOW - SECOND),
        draft("5", hand_over=HandOver.READY, handed_over_at=NOW, state=DraftState.DISCARDED),
        draft("6", hand_over=HandOver.DOUBTFUL, handed_over_at=NOW, post_id="302"),
    )
    await add(store, draft("7"), draft("8", campaign_id="1", hand_over=HandOver.READY))

    async with store.write() as work:
        found = await work.drafts.unlinked("1001", since=NOW)
        of_post = [one.id for one in await work.drafts.of_post("301")]
        await work.drafts.hand_over(doubtful.id, HandOver.LINKED, post_id="302")
        left = await work.drafts.unlinked("1001", since=NOW)

    assert [one.id for one in found] == [ready.id, shown.id, doubtful.id]
    assert of_post == [linked.id]
    assert [one.id for one in left] == [ready.id, shown.id]
    assert (await get(store, doubtful.id)).handed_over_at == NOW
    assert {old.id, gone.id}.isdisjoint(one.id for one in found)


async def test_a_page_key_finds_its_draft(store):
    (kept,) = await add(store, draft("unguessable"))

    async with store.read() as work:
        assert (await work.drafts.by_page_key("unguessable")).id == kept.id
        assert await work.drafts.by_page_key("unguessabl") is None
        assert await work.drafts.by_page_key("\x00") is None


async def test_what_was_discarded_long_ago_is_forgotten_with_its_pictures(store):
    gone, young = await add(
        store,
        draft("1", state=DraftState.DISCARDED, content=WHOLE),
        draft("2", state=DraftState.DISCARDED, updated_at=NOW + SECOND),
    )
    (kept,) = await add(store, draft("3"))

    async with store.write() as work:
        assert await work.drafts.forget(NOW + SECOND, limit=10) == 1
        assert await work.drafts.which_kept(["a" * 64]) == set()

    assert await get(store, gone.id) is None
    assert await get(store, young.id) == young
    assert await get(store, kept.id) == kept


async def test_a_form_is_kept_once_and_found_by_its_sender_alone(store):
    async with store.write() as work:
        assert await work.submissions.add(form())
        assert not await work.submissions.add(form(fields={"title": "Other"}))
        kept = await work.submissions.get(5001, guild_id=6001, user_id=101)
        others = [
            await work.submissions.get(5001, guild_id=6002, user_id=101),
            await work.submissions.get(5001, guild_id=6001, user_id=102),
        ]

    assert kept == form()
    assert others == [None, None]


async def own_forms(work, *ids):
    return await work.submissions.lock(ids, guild_id=6001, user_id=101)


async def test_forms_that_were_not_used_are_listed_and_old_ones_forgotten(store):
    (kept,) = await add(store, draft())
    async with store.write() as work:
        for number in range(5):
            await work.submissions.add(form(5001 + number, received_at=NOW + number * SECOND))
        await work.submissions.refuse(5001, "The title is empty.")
        await work.submissions.use([5001], draft_id=kept.id)
        await work.submissions.use([5001], draft_id=777)
        await work.submissions.refuse(5001, "Too late.")
        await work.submissions.dismiss(5001, at=NOW)
        await work.submissions.refuse(5002, "The title is empty.")
        await work.submissions.dismiss(5005, at=NOW)

    async with store.write() as work:
        unused = await work.submissions.unused(6001, 101, limit=2)
        first, second, last = await own_forms(work, 5005, 5002, 5001, 9999)
        assert await work.submissions.forget(NOW + 2 * SECOND, limit=1) == 1
        assert await work.submissions.forget(NOW + 2 * SECOND, limit=9) == 1

    assert [one.id for one in unused] == [5004, 5003]
    assert (first.draft_id, first.problem, first.dismissed_at) == (kept.id, None, None)
    assert (second.draft_id, second.problem) == (None, "The title is empty.")
    assert last.dismissed_at == NOW


async def test_where_a_form_was_sent_and_what_is_learnt_of_it_is_kept(store):
    async with store.write() as work:
        await work.submissions.add(form(channel_id=7001, message_id=2**62, dismissed_at=NOW))
        await work.submissions.fill(5001, {"title": "\ud800 News", "files": ["a"]})

    async with store.read() as work:
        kept = await work.submissions.get(5001, guild_id=6001, user_id=101)

    assert (kept.channel_id, kept.message_id, kept.dismissed_at) == (7001, 2**62, NOW)
    assert kept.fields["files"] == ["a"]


async def which_are_of_forms(store):
    async with store.read() as work:
        return await work.submissions.which_kept([letter * 64 for letter in "abc"])


async def test_pictures_of_forms_are_kept_until_the_forms_are_used(store):
    (made,) = await add(store, draft())
    async with store.write() as work:
        for number, letters in ((5001, "aab"), (2**62, "bc"), (5003, "")):
            await work.submissions.add(form(number))
            digests = [letter * 64 for letter in letters]
            await work.submissions.fill(number, {"title": "News"}, digests=digests)

    assert await which_are_of_forms(store) == {"a" * 64, "b" * 64, "c" * 64}
    async with store.write() as work:
        await work.submissions.use([5001], draft_id=made.id)
        await work.submissions.use([], draft_id=made.id)
    assert await which_are_of_forms(store) == {"b" * 64, "c" * 64}
    async with store.write() as work:
        await work.submissions.fill(2**62, {"title": "News"}, digests=["a" * 64])
    assert await which_are_of_forms(store) == {"a" * 64}
    async with store.write() as work:
        await work.submissions.dismiss(2**62, at=NOW)
        assert await work.submissions.which_kept([]) == set()
    assert await which_are_of_forms(store) == {"a" * 64}


async def test_old_forms_are_forgotten_with_their_pictures(store):
    async with store.write() as work:
        for number, received_at in ((5001, NOW), (2**62, NOW), (5003, NOW + SECOND)):
            await work.submissions.add(form(number, received_at=received_at))
        await work.submissions.fill(5001, {}, digests=["a" * 64])
        await work.submissions.fill(2**62, {}, digests=["b" * 64])
        await work.submissions.fill(5003, {}, digests=["c" * 64])

        assert await work.submissions.forget(NOW + SECOND, limit=9) == 2
        assert await work.submissions.forget(NOW + SECOND, limit=9) == 0

    assert await which_are_of_forms(store) == {"c" * 64}


async def test_nobody_locks_a_form_of_another_guild_or_person(store):
    async with store.write() as work:
        await work.submissions.add(form())
        found = [
            await work.submissions.lock([5001], guild_id=guild_id, user_id=user_id)
            for guild_id, user_id in ((6002, 101), (6001, 102), (6001, 101))
        ]

    assert [len(each) for each in found] == [0, 0, 1]


@pytest.mark.parametrize("times", [8])
async def test_a_form_that_comes_several_times_at_once_is_used_once(store, times):
    async with store.write() as work:
        await work.submissions.add(form())

    async def use():
        async with store.write() as work:
            [kept] = await own_forms(work, 5001)
            if kept.draft_id is not None:
                return False
            await work.submissions.use([5001], draft_id=1)
            return True

    assert sum(await asyncio.gather(*(use() for _ in range(times)))) == 1
