"""Pictures: fetched before their links die, renewed once, shown from our own files."""

import asyncio
from datetime import timedelta
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from core.errors import UserError
from core.gallery import Gallery
from core.image_rows import Place, Seen
from core.images import ImageFailure, ImageKind
from core.pictures import Size
from core.portraits import Portrait, initials_of
from tests.flows.pictures import CAMPAIGN, open_pictures

USER, TIER, POST = ImageKind.USER, ImageKind.TIER, ImageKind.POST


@pytest.fixture
async def pictures(patreon, store, clock, tmp_path):
    async with open_pictures(patreon, store, clock, tmp_path / "images") as pictures:
        yield pictures


def place(owner_id: str, kind: ImageKind = USER, slot: str = "") -> Place:
    return Place(kind=kind, owner_id=owner_id, slot=slot)


async def test_a_picture_that_was_seen_is_fetched_and_shown_in_its_sizes(pictures):
    await pictures.see(pictures.seen(USER, "7"))

    await pictures.gallery.fetch_due()

    shown = await pictures.show(place("7"), Size.AVATAR)
    assert Image.open(BytesIO(shown)).format == "WEBP"
    assert len(pictures.files()) == 3  # the card of a small picture is the picture
    assert pictures.requests() == 1


async def test_a_signed_link_is_forgotten_once_there_is_a_file(pictures):
    await pictures.see(pictures.seen(USER, "7"))

    await pictures.gallery.fetch_due()

    row = await pictures.row(USER, "7")
    assert (row.url, row.due_at, row.failure) == (None, None, None)
    assert row.digest is not None


async def test_a_picture_that_cannot_be_written_is_noted_and_fetched_when_it_can(
    pictures, clock, tmp_path
):
    folder = tmp_path / "images"
    folder.write_text("in the way")
    await pictures.see(pictures.seen(USER, "7"))

    (taken,) = await pictures.gallery.fetch_due()

    assert taken.failure is ImageFailure.NOT_STORED
    folder.unlink()
    clock.advance(hours=12)
    (taken,) = await pictures.gallery.fetch_due()
    assert taken.outcome.value == "fetched"
    assert (await pictures.row(USER, "7")).failure is None


async def test_a_new_link_to_the_same_picture_fetches_nothing(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    clock.advance(days=3)

    assert await pictures.see(pictures.seen(USER, "7")) == 0

    assert await pictures.gallery.fetch_due() == []
    assert pictures.requests() == 1


async def test_a_changed_path_is_a_changed_picture(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    before = await pictures.show(place("7"), Size.CARD)
    pictures.server.world.images.replace("user", "7")

    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()

    assert await pictures.show(place("7"), Size.CARD) != before


async def test_a_dead_link_is_renewed_by_reading_its_owner_once(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    clock.advance(days=20)

    (taken,) = await pictures.gallery.fetch_due()

    assert (taken.outcome.value, taken.was_renewed) == ("fetched", True)
    assert pictures.read == ["7"]
    assert pictures.requests() == 1


async def test_a_link_that_died_early_is_renewed_after_the_refusal(pictures):
    link = pictures.link(USER, "7")
    forged = Seen(
        kind=USER,
        owner_id="7",
        campaign_id=CAMPAIGN,
        links={"": type(link)(url=link.url[:-6] + "AAAAAA", key=link.key)},
    )
    await pictures.see(forged)

    (taken,) = await pictures.gallery.fetch_due()

    assert (taken.outcome.value, taken.was_renewed) == ("fetched", True)
    assert pictures.read == ["7"]


async def test_an_owner_who_has_another_picture_by_now_gets_that_one(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    clock.advance(days=20)
    pictures.server.world.images.replace("user", "7")

    outcomes = [each.outcome.value for _ in range(2) for each in await pictures.gallery.fetch_due()]

    assert outcomes == ["replaced", "fetched"]
    assert await pictures.show(place("7"), Size.CARD) is not None


async def test_a_picture_whose_owner_is_gone_waits_longer_each_time(pictures, clock):
    await pictures.see(pictures.seen(USER, "gone7"))
    clock.advance(days=20)
    waits = []
    for _ in range(4):
        (taken,) = await pictures.gallery.fetch_due()
        assert taken.failure is ImageFailure.GONE
        row = await pictures.row(USER, "gone7")
        waits.append(row.due_at - clock())
        clock.advance(row.due_at - clock())

    assert waits[0] > timedelta(hours=18)
    assert all(later > earlier for earlier, later in pairwise(waits))


async def test_while_patreon_is_away_nothing_is_asked_again_at_once(pictures, clock):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(5)))
    await pictures.server.close()

    taken = await pictures.gallery.fetch_due()

    assert {each.failure for each in taken} == {ImageFailure.AWAY}
    assert await pictures.gallery.fetch_due() == []
    async with pictures.store.read() as work:
        next_due = await work.images.next_due()
    assert timedelta(seconds=20) < next_due - clock() < timedelta(minutes=1)


async def test_a_refresh_fetches_what_is_missing_and_tells_what_it_did(pictures, clock):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(5)))
    await pictures.gallery.fetch_due()
    await pictures.see(pictures.seen(USER, "new"), pictures.seen(TIER, "9"))
    told = []

    async def report(so_far):
        told.append(so_far.done)

    done = await pictures.gallery.refresh([CAMPAIGN], kinds=[USER], report=report)

    assert (done.checked, done.fresh, done.fetched, done.failures) == (6, 5, 1, {})
    assert done.size_bytes > 0
    assert told == [1]
    assert (await pictures.row(TIER, "9")).digest is None


async def test_a_forced_refresh_renews_every_link_and_finds_them_unchanged(pictures):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(5)))
    await pictures.gallery.fetch_due()

    done = await pictures.gallery.refresh([CAMPAIGN], force=True)

    assert (done.checked, done.fresh, done.unchanged, done.renewed) == (5, 0, 5, 5)
    assert sorted(pictures.read) == ["0", "1", "2", "3", "4"]


async def test_a_refresh_leaves_other_campaigns_alone(pictures):
    await pictures.see(pictures.seen(USER, "7"))

    done = await pictures.gallery.refresh(["another"])

    assert (done.checked, done.done) == (0, 0)


async def test_two_refreshes_at_once_are_one(pictures):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(20)))
    first = asyncio.create_task(pictures.gallery.refresh([CAMPAIGN]))
    await asyncio.sleep(0)

    with pytest.raises(UserError, match="under way"):
        await pictures.gallery.refresh([CAMPAIGN])

    assert (await first).fetched == 20


async def test_a_refresh_that_was_cut_short_is_carried_on(pictures):
    await pictures.see(*(pictures.seen(USER, str(number)) for number in range(30)))
    first = asyncio.create_task(pictures.gallery.refresh([CAMPAIGN]))
    while (await pictures.gallery.status([CAMPAIGN]))[USER].cached < 5:
        await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    asked = pictures.requests()

    done = await pictures.gallery.refresh([CAMPAIGN])

    assert done.fresh + done.fetched == 30
    assert 0 < done.fetched < 30
    # What was under way when it was cut short is asked for again, nothing else.
    assert pictures.requests() - asked == done.fetched


async def test_a_picture_that_somebody_wants_to_see_is_fetched_at_once(pictures):
    await pictures.see(pictures.seen(USER, "7"))

    assert await pictures.show(place("7"), Size.AVATAR) is not None


async def test_a_picture_that_cannot_be_had_is_not_tried_for_everybody_who_looks(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.server.close()

    shown = [await pictures.show(place("7"), Size.AVATAR) for _ in range(5)]

    assert shown == [None] * 5
    assert (await pictures.row(USER, "7")).attempts == 1


async def test_who_has_no_picture_is_shown_by_the_initials(pictures):
    portrait = Portrait(kind=USER, owner_id="unknown", initials="AL")

    shown = await pictures.gallery.portrait(portrait, Size.AVATAR)

    assert Image.open(BytesIO(shown)).size == (160, 160)
    assert shown != await pictures.gallery.placeholder(USER, Size.AVATAR)


async def test_a_member_whom_the_gallery_never_met_is_read_when_a_command_shows_them(pictures):
    portrait = Portrait(kind=USER, owner_id="7", initials="AL")

    shown = await pictures.gallery.portrait(portrait, Size.AVATAR, campaign_id=CAMPAIGN)

    assert pictures.read == ["7"]
    assert shown == await pictures.show(place("7"), Size.AVATAR)
    assert pictures.requests() == 1


async def test_a_member_whom_patreon_does_not_know_is_shown_by_the_initials(pictures):
    portrait = Portrait(kind=USER, owner_id="gone7", initials="AL")

    shown = await pictures.gallery.portrait(portrait, Size.AVATAR, campaign_id=CAMPAIGN)

    assert shown == await pictures.gallery.portrait(
        Portrait(kind=USER, owner_id="unknown", initials="AL"), Size.AVATAR
    )


@pytest.mark.parametrize("initials", ["", "\U00012000"])
async def test_who_has_neither_picture_nor_letters_is_shown_by_the_placeholder(pictures, initials):
    portrait = Portrait(kind=USER, owner_id="unknown", initials=initials)

    shown = await pictures.gallery.portrait(portrait, Size.AVATAR)

    assert shown == await pictures.gallery.placeholder(USER, Size.AVATAR)


async def test_a_portrait_is_the_owners_picture_when_there_is_one(pictures):
    await pictures.see(pictures.seen(USER, "7"))

    shown = await pictures.gallery.portrait(
        Portrait(kind=USER, owner_id="7", initials="AL"), Size.AVATAR
    )

    assert shown == await pictures.show(place("7"), Size.AVATAR)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ada Lovelace", "AL"),
        ("ada", "A"),
        ("Anna Maria van der Berg", "AB"),
        ("  ", ""),
        (None, ""),
        ("@everyone [x](http://evil)", ""),
        ("🦊 fox", "F"),
        ("élodie", "É"),
        ("e\u0301lodie", "É"),
        ("ßeta", "S"),
        ("123 Bob", "B"),
    ],
)
def test_initials_are_letters_only(name, initials):
    assert initials_of(name) == initials


@pytest.mark.parametrize("harm", ["lost", "damaged"])
async def test_a_file_that_is_lost_or_damaged_is_fetched_again(pictures, harm):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    before = await pictures.show(place("7"), Size.AVATAR)
    for path in pictures.files():
        if harm == "lost":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:-1])

    after = await pictures.show(place("7"), Size.AVATAR)

    assert after is None or after == before
    await pictures.gallery.fetch_due()
    assert await pictures.show(place("7"), Size.AVATAR) == before


async def test_the_status_counts_by_kind_and_reason(pictures, clock):
    await pictures.see(pictures.seen(USER, "1"), pictures.seen(USER, "gone2"))
    await pictures.gallery.fetch_due()
    clock.advance(days=20)
    await pictures.see(
        Seen(
            kind=USER,
            owner_id="gone3",
            campaign_id=CAMPAIGN,
            links={"": type(link := pictures.link(USER, "x"))(url=link.url + "0", key="/other")},
        )
    )
    await pictures.gallery.fetch_due()

    counts = (await pictures.gallery.status([CAMPAIGN]))[USER]

    assert (counts.known, counts.cached, counts.waiting) == (3, 2, 1)
    assert counts.failures == {ImageFailure.GONE: 1}
    assert counts.size_bytes == sum(path.stat().st_size for path in pictures.files())
    assert await pictures.gallery.status(["another"]) == {}


async def test_the_worker_fetches_what_it_is_rung_for(pictures):
    gallery: Gallery = pictures.gallery
    working = asyncio.create_task(gallery.run())
    await asyncio.sleep(0.05)
    await pictures.see(pictures.seen(USER, "7"))

    gallery.ring()
    async with asyncio.timeout(5):
        while (await pictures.row(USER, "7")).digest is None:
            await asyncio.sleep(0.01)

    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
