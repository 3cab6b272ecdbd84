"""Pictures and files that nobody needs any more, and room for those that somebody does."""

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.draft_rows import Submission
from core.drafts import Content, Draft, DraftPicture, DraftState
from core.image_rows import Place, Seen
from core.image_sweep import Sweeper
from core.images import ImageKind
from core.pictures import Size
from core.portraits import Portrait
from tests.flows.pictures import CAMPAIGN, Pictures, open_pictures, public_key

USER, TIER, POST = ImageKind.USER, ImageKind.TIER, ImageKind.POST


@pytest.fixture
async def pictures(patreon, store, clock, tmp_path):
    async with open_pictures(patreon, store, clock, tmp_path / "images") as pictures:
        yield pictures


def place(owner_id: str, kind: ImageKind = USER, slot: str = "") -> Place:
    return Place(kind=kind, owner_id=owner_id, slot=slot)


async def test_a_picture_that_nobody_saw_for_long_is_dropped_with_its_files(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"), pictures.seen(USER, "8"), pictures.seen(TIER, "9"))
    await pictures.gallery.fetch_due()
    clock.advance(days=29)
    await pictures.show(place("8"), Size.AVATAR)
    clock.advance(days=2)
    pictures.make_files_old()

    dropped = await pictures.sweeper.sweep()

    assert dropped == 3
    assert (await pictures.row(USER, "7")).digest is None
    assert (await pictures.row(USER, "8")).digest is not None
    assert (await pictures.row(TIER, "9")).digest is not None


async def test_a_file_that_was_kept_a_moment_ago_is_left_to_the_next_sweep(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    clock.advance(days=31)

    assert await pictures.sweeper.sweep() == 0
    pictures.make_files_old()
    assert await pictures.sweeper.sweep() == 3

    assert pictures.files() == []


async def test_a_dropped_picture_comes_back_when_somebody_wants_to_see_it(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    clock.advance(days=31)
    await pictures.sweeper.sweep()

    assert await pictures.show(place("7"), Size.AVATAR) is not None
    assert pictures.read == ["7"]


async def test_a_file_that_two_pictures_share_stays_while_one_needs_it(pictures, clock):
    link = pictures.link(USER, "7")
    twin = Seen(kind=TIER, owner_id="9", campaign_id=CAMPAIGN, links={"": link})
    await pictures.see(pictures.seen(USER, "7"), twin)
    await pictures.gallery.fetch_due()
    clock.advance(days=31)

    assert await pictures.sweeper.sweep() == 0
    assert await pictures.show(place("9", TIER), Size.AVATAR) is not None


async def test_files_that_were_uploaded_for_a_post_stay(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    row = await pictures.row(USER, "7")
    alone = await pictures.shelf.add(b"uploaded for a post alone")
    uploaded = [
        DraftPicture(digest=digest, name="a.png", media_type="image/png", size_bytes=1)
        for digest in (row.digest, alone)
    ]
    async with pictures.store.write() as work:
        await work.drafts.add(draft(pictures=tuple(uploaded), at=clock()))
    pictures.make_files_old()
    clock.advance(days=31)

    assert await pictures.sweeper.sweep() == 2
    assert {path.name for path in pictures.files()} == {row.digest, alone}


def form(number, at):
    return Submission(
        id=number, guild_id=1, user_id=1, custom_id="post-forms1|new", fields={}, received_at=at
    )


async def test_pictures_of_a_form_stay_until_it_is_used_or_forgotten(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    row = await pictures.row(USER, "7")
    used, dismissed = [await pictures.shelf.add(each) for each in (b"used", b"dismissed")]
    async with pictures.store.write() as work:
        for number, digest in ((5001, used), (5002, dismissed), (5003, row.digest)):
            await work.submissions.add(form(number, clock()))
            await work.submissions.fill(number, {}, digests=[digest])
        await work.submissions.dismiss(5002, at=clock())
    pictures.make_files_old()
    clock.advance(days=31)

    assert await pictures.sweeper.sweep() == 2
    assert {path.name for path in pictures.files()} == {row.digest, used, dismissed}
    async with pictures.store.write() as work:
        made = await work.drafts.add(draft(pictures=(), at=clock()))
        await work.submissions.use([5001], draft_id=made.id)
    assert await pictures.sweeper.sweep() == 1
    assert {path.name for path in pictures.files()} == {row.digest, dismissed}
    async with pictures.store.write() as work:
        await work.submissions.forget(clock(), limit=9)
    assert await pictures.sweeper.sweep() == 2
    assert pictures.files() == []


class HandsOn:
    """A store of which a form becomes a draft between any two questions of a transaction."""

    def __init__(self, store, hand_on):
        self.store = store
        self.hand_on = hand_on

    def __getattr__(self, name):
        return getattr(self.store, name)

    @asynccontextmanager
    async def write(self):
        async with self.store.write() as work:
            yield Answering(work, self.hand_on)


class Answering:
    """What a transaction offers; after the first question who keeps a file, something happens."""

    def __init__(self, part, then):
        self.part = part
        self.then = then

    def __getattr__(self, name):
        found = getattr(self.part, name)
        if name in ("drafts", "submissions"):
            return Answering(found, self.then)
        return self.asked(found) if name == "which_kept" else found

    def asked(self, which_kept):
        async def ask(digests):
            answer = await which_kept(digests)
            await self.then()
            return answer

        return ask


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_picture_stays_that_a_form_hands_on_during_the_sweep(pictures, clock):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    row = await pictures.row(USER, "7")
    picture = DraftPicture(digest=row.digest, name="a.png", media_type="image/png", size_bytes=1)
    async with pictures.store.write() as work:
        await work.submissions.add(form(5001, clock()))
        await work.submissions.fill(5001, {}, digests=[row.digest])
    pictures.make_files_old()
    clock.advance(days=31)
    done = []

    async def hand_on():
        if not done:
            done.append(True)
            async with pictures.store.write() as work:
                made = await work.drafts.add(draft(pictures=(picture,), at=clock()))
                await work.submissions.use([5001], draft_id=made.id)

    sweeper = Sweeper(
        HandsOn(pictures.store, hand_on),
        pictures.shelf,
        max_age=timedelta(days=30),
        max_bytes=2**30,
        clock=clock,
    )

    assert await sweeper.sweep() == 2
    assert [path.name for path in pictures.files()] == [row.digest]
    assert done


def draft(*, pictures, at):
    return Draft(
        id=0,
        guild_id=1,
        campaign_id=CAMPAIGN,
        author_id=1,
        state=DraftState.EDITING,
        version=1,
        content=Content(title="News", parts=("Something new.",), pictures=pictures),
        page_key="k",
        created_at=at,
        updated_at=at,
    )


async def test_files_that_nothing_names_are_swept_and_young_ones_are_not(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    orphan = await pictures.shelf.add(b"left by a process that died")
    pictures.make_files_old()
    young = await pictures.shelf.add(b"just being noted")

    dropped = await pictures.sweeper.sweep()

    assert dropped == 1
    assert not pictures.shelf.path_of(orphan).exists()
    assert pictures.shelf.path_of(young).exists()
    assert await pictures.show(place("7"), Size.AVATAR) is not None


async def test_a_file_that_cannot_be_removed_keeps_no_picture_from_being_fetched(pictures):
    stuck = pictures.shelf.path_of("ab" * 32)
    stuck.mkdir(parents=True)
    pictures.make_files_old()
    os.utime(stuck, (1, 1))
    await pictures.see(pictures.seen(USER, "7"))

    working = asyncio.create_task(pictures.gallery.run())
    async with asyncio.timeout(10):
        while not working.done() and (await pictures.row(USER, "7")).digest is None:
            await asyncio.sleep(0.01)
    working.cancel()
    [ended] = await asyncio.gather(working, return_exceptions=True)

    assert isinstance(ended, asyncio.CancelledError)
    assert stuck.exists()


async def test_a_file_that_cannot_be_read_has_something_in_its_place(pictures):
    await pictures.see(pictures.seen(USER, "7"))
    await pictures.gallery.fetch_due()
    for path in pictures.files():
        path.unlink()
        path.mkdir()
    portrait = Portrait(kind=USER, owner_id="7", initials="AB")
    nobody = Portrait(kind=USER, owner_id="8", initials="AB")

    shown = await pictures.gallery.portrait(portrait, Size.AVATAR)

    assert shown is not None
    assert shown == await pictures.gallery.portrait(nobody, Size.AVATAR)
    assert await pictures.show(place("7"), Size.AVATAR) is None


async def test_a_full_shelf_drops_what_was_not_seen_for_longest(patreon, store, clock, tmp_path):
    folder = tmp_path / "images"
    async with open_pictures(patreon, store, clock, folder, max_bytes=1) as small:
        await small.see(small.seen(USER, "probe"))
        await small.intake.take(await small.row(USER, "probe"))
        async with store.read() as work:
            one = await work.images.size_bytes()
    async with open_pictures(patreon, store, clock, folder, max_bytes=one * 5) as pictures:
        await pictures.see(
            pictures.seen(TIER, "9"), *(pictures.seen(USER, str(n)) for n in range(4))
        )
        await pictures.gallery.fetch_due()
        clock.advance(hours=2)
        pictures.make_files_old()
        await pictures.show(place("0"), Size.AVATAR)

        await pictures.see(*(pictures.seen(USER, f"more{n}") for n in range(3)))
        await pictures.gallery.fetch_due()

        async with store.read() as work:
            taken = await work.images.size_bytes()
        assert taken <= one * 5
        assert (await pictures.row(USER, "0")).digest is not None
        assert (await pictures.row(TIER, "9")).digest is not None
        assert sum(path.stat().st_size for path in pictures.files()) == taken


async def test_posts_whose_pictures_were_taken_out_forget_them(pictures):
    await pictures.see(pictures.seen(POST, "31", "0", "1", "2"))
    await pictures.see(pictures.seen(POST, "31", "0"))

    async with pictures.store.read() as work:
        places = [place("31", POST, str(number)) for number in range(3)]
        found = await work.images.of(places)

    assert list(found) == [places[0]]


async def test_pictures_that_belong_nowhere_are_forgotten(pictures):
    await pictures.see(pictures.seen(POST, "31", "0", "1"))
    await pictures.see(pictures.seen(POST, "31", "0"))

    await pictures.sweeper.sweep()

    async with pictures.store.read() as work:
        counts = await work.images.counts([CAMPAIGN])
        assert await work.images.by_public_key(public_key_of(pictures, "31", "1")) is None
    assert counts[POST].known == 1


def public_key_of(pictures: Pictures, post_id: str, slot: str) -> str:
    return public_key(pictures.link(POST, post_id, slot).key)
