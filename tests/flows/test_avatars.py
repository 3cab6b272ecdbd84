"""Avatars: noted with the news that shows them, kept up to date, forgotten with the person."""

import pytest

from core.image_notes import ImageNotes
from core.image_rows import Place
from core.images import ImageKind
from patreon.image_links import read_link
from tests.flows.bots import build_bot, configure, open_clients
from tests.flows.channels import Channels
from tests.flows.pictures import public_key


@pytest.fixture
def rings():
    return []


@pytest.fixture
async def pictured(store, clock, patreon, rings):
    """A bot that notes pictures, after its first sync."""
    patreon.world.add_hook("http://127.0.0.1:9/", "secret")
    await configure(store, patreon.world, clock)
    clients = open_clients(patreon, store, clock)
    notes = ImageNotes(
        read_link=read_link, public_key=public_key, clock=clock, ring=lambda: rings.append(1)
    )
    bot = build_bot(patreon, store, clock, Channels(clock), clients, notes=notes)
    await bot.take_stock()
    yield bot
    await clients.aclose()


async def avatar_of(bot, member):
    place = Place(kind=ImageKind.USER, owner_id=member.id)
    async with bot.store.read() as work:
        return (await work.images.of([place])).get(place)


async def avatars(bot):
    async with bot.store.read() as work:
        counts = await work.images.counts([bot.campaign_id])
    return counts[ImageKind.USER].known if ImageKind.USER in counts else 0


async def test_the_first_sync_notes_the_campaigns_pictures_and_nobodys_avatar(pictured, rings):
    async with pictured.store.read() as work:
        counts = await work.images.counts([pictured.campaign_id])

    assert counts[ImageKind.CAMPAIGN].known == 2
    assert counts[ImageKind.TIER].known >= 1
    assert ImageKind.USER not in counts
    assert rings


async def test_a_webhook_notes_the_avatar_of_whom_it_is_about(pictured, patreon, rings):
    event = patreon.world.join(name="Ada")
    rings.clear()

    await pictured.happen(event)

    assert rings
    row = await avatar_of(pictured, event.member)
    assert f"/user/{event.member.user_id}/" in row.key
    assert row.url is not None
    assert await avatars(pictured) == 1


async def test_a_webhook_about_somebody_whose_avatar_is_kept_wakes_nobody(
    pictured, patreon, clock, rings
):
    member = patreon.world.join(name="Ada", webhook=False).member
    await pictured.sync.run(pictured.campaign_id)
    await keep(pictured, await avatar_of(pictured, member), clock)
    rings.clear()

    await pictured.happen(patreon.world.decline(member))

    assert pictured.titles()
    assert not rings


async def test_a_sync_notes_the_avatars_of_those_who_are_news(pictured, patreon):
    event = patreon.world.join(name="Ada", webhook=False)

    await pictured.sync.run(pictured.campaign_id)

    assert await avatar_of(pictured, event.member) is not None
    assert await avatars(pictured) == 1


async def test_a_new_avatar_of_somebody_whose_old_one_is_kept_is_noted_by_the_next_sync(
    pictured, patreon, clock
):
    member = patreon.world.join(name="Ada", webhook=False).member
    await pictured.sync.run(pictured.campaign_id)
    before = await avatar_of(pictured, member)
    await keep(pictured, before, clock)
    patreon.world.images.replace("user", member.user_id)

    await pictured.sync.run(pictured.campaign_id)

    after = await avatar_of(pictured, member)
    assert after.key != before.key
    assert after.digest is None


async def test_an_avatar_that_is_kept_and_unchanged_is_left_alone(pictured, patreon, clock):
    member = patreon.world.join(name="Ada", webhook=False).member
    await pictured.sync.run(pictured.campaign_id)
    await keep(pictured, await avatar_of(pictured, member), clock)
    clock.advance(days=3)

    await pictured.sync.run(pictured.campaign_id)

    row = await avatar_of(pictured, member)
    assert (row.url, row.due_at) == (None, None)


async def test_posts_bring_their_pictures_and_take_them_along(pictured, patreon):
    async with pictured.store.read() as work:
        before = (await work.images.counts([pictured.campaign_id]))[ImageKind.POST].known
    for post in patreon.world.posts().all()[:-1]:
        patreon.world.delete_post(post, webhook=False)

    await pictured.sync.run(pictured.campaign_id)

    async with pictured.store.read() as work:
        counts = await work.images.counts([pictured.campaign_id])
    after = counts[ImageKind.POST].known if ImageKind.POST in counts else 0
    assert before > after


async def keep(bot, row, clock):
    """Note that the picture was fetched."""
    from core.image_rows import Blob, Stored

    stored = Stored(
        file=Blob(digest="d" * 64, size_bytes=1),
        media_type="image/png",
        width=1,
        height=1,
        sizes={},
    )
    async with bot.store.write() as work:
        await work.images.keep({row.key: stored}, at=clock())
