"""Sheets in the outbox's table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.announcements import Wanted
from core.sheets import ForumEntry, Sheet, SheetPicture
from tests.factories import NOW, card, change, save_campaign, save_link

SHEET = Sheet(
    marker="m-1",
    title="New video 🦊",
    text="**Out** now: `@everyone`",
    at=NOW,
    url="https://www.patreon.com/posts/1",
    link="https://bot.example.com/posts/abc",
    footer="For patrons of Gold",
    pictures=(SheetPicture(digest="ab" * 32, name="cover.png", description="A fox"),),
    role_ids=(2**62, 7),
    crosspost=True,
    forum=ForumEntry(title="New video", tag_ids=(1, 2)),
)


@pytest.fixture
async def link_id(store):
    await save_campaign(store)
    return (await save_link(store)).id


@pytest.fixture
def post(store, link_id):
    async def post(content=SHEET, channel_id=7001):
        async with store.write() as work:
            return await work.announcements.post(
                content, channel_id=channel_id, link_id=link_id, at=NOW
            )

    return post


async def claim(store, at):
    async with store.write() as work:
        return await work.announcements.claim_due(at, lease=timedelta(minutes=2), limit=10)


async def test_a_sheet_comes_out_as_it_went_in(store, post):
    number = await post()

    (found,) = await claim(store, NOW)

    assert (found.id, found.shows, found.wanted, found.version) == (number, SHEET, Wanted.SHOWN, 1)


async def test_a_lease_can_be_made_to_last_longer_while_it_is_held(store, post):
    number = await post()
    until = NOW + timedelta(minutes=5)
    async with store.write() as work:
        await work.announcements.hold(number, until=until)
    assert await claim(store, NOW)

    async with store.write() as work:
        await work.announcements.hold(number, until=until)

    assert not await claim(store, until - timedelta(seconds=1))
    assert await claim(store, until)


async def test_cards_and_sheets_wait_side_by_side(store, post):
    await post(card(title="Plain"), channel_id=1)
    await post(channel_id=2)

    found = await claim(store, NOW)

    assert [one.shows.title for one in found] == ["Plain", SHEET.title]


async def test_a_sheet_is_reworded_unless_it_is_gone(store, post):
    shown, gone = await post(channel_id=1), await post(channel_id=2)
    other = replace(SHEET, text="Corrected.")
    async with store.write() as work:
        await work.announcements.change(gone, card=None, wanted=Wanted.GONE, at=NOW)
        await work.announcements.reword(shown, other, at=NOW)
        await work.announcements.reword(gone, other, at=NOW)

    found = {one.id: one for one in await claim(store, NOW)}

    assert (found[shown].shows, found[shown].version) == (other, 2)
    assert (found[gone].shows, found[gone].wanted) == (SHEET, Wanted.GONE)


async def test_a_sheet_is_changed_in_its_place(store, post):
    number = await post()
    other = replace(SHEET, title="Renamed")
    async with store.write() as work:
        await work.announcements.change(number, card=other, wanted=Wanted.SHOWN, at=NOW)

    (found,) = await claim(store, NOW)

    assert (found.shows, found.version) == (other, 2)


async def test_a_digest_never_tells_a_sheet(store, post, link_id):
    async with store.write() as work:
        (change_id,) = await work.changes.add([change()], at=NOW)
        await work.announcements.add(
            card(), channel_id=7001, link_id=link_id, change_id=change_id, at=NOW
        )
    sheet_id = await post()

    async with store.write() as work:
        queue = await work.announcements.queue(7001, first_id=1, limit=10)
        told = await work.announcements.untold([one.id for one in queue], claimed_id=sheet_id)

    assert sheet_id in [one.id for one in queue]
    assert sheet_id not in [one.id for one in told]
