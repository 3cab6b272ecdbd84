"""Pictures of forms that were refused, or that failed: on the shelf, whatever Discord forgets."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import TemporaryError
from core.image_sweep import Sweeper
from core.rights import Right
from sandbox.discord.cdn import ATTACHMENTS
from storage.shelf import Shelf
from tests.cogs.conftest import running, until
from tests.cogs.posting import (
    OWNER,
    Failing,
    Hanging,
    drafts_of,
    labels,
    picture,
    pressed,
    written,
)
from tests.cogs.test_post_strangers import permitted

AGAIN, OTHERS = "Open the form again", "Other files; none: those that you sent"
BUSY = TemporaryError("The database is busy.")
CAT, DOG = picture(), picture("dog.png", (1, 2, 3))
NOTHING = " \u200b "


@pytest.fixture
def owner(server, part, following):
    return server.user("owner")


@pytest.fixture
def person(server):
    return replace(OWNER, user_id=server.user("owner").user.id)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "images")


@pytest.fixture
def pass_by(store, shelf, clock, world, tmp_path):
    """Let a day pass: Discord forgets every upload, and the shelf is swept."""

    async def pass_by(*, days=1):
        world.files.clear()
        clock.advance(days=days)
        then = time.time() - 7_200
        for path in (tmp_path / "images").rglob("*"):
            os.utime(path, (then, then))
        ages = {"max_age": timedelta(days=30), "max_bytes": 2**30}
        return await Sweeper(store, shelf, clock=clock, **ages).sweep()

    return pass_by


async def new(owner):
    return await owner.slash("patreon post"), {"Title": "Hours", "Text": "of work"}


async def edit(owner):
    return await (await written(owner)).press("Edit…"), {"Title": "Hours"}


async def upload(owner):
    return await (await written(owner)).press("Add files…"), {}


def labels_in(form):
    return [part["label"] for part in form.modal["components"]]


def names_of(draft):
    return [one.name for one in draft.content.pictures]


async def contents_of(services, draft):
    return [await services.uploads.read(one.digest) for one in draft.content.pictures]


async def refused(owner, *files):
    answer = await written(owner, NOTHING, "Heliotrope", **{"files": list(files)})
    assert AGAIN in labels(answer)
    return answer


async def sent_again(answer, title="Better", **values):
    """Open a form again and send it with another title; gives the form as it opened."""
    count = len(answer.edits)
    form = await answer.press(AGAIN)
    await form.submit({"Title": title, **values})
    await answer.until(lambda a: len(a.edits) > count and not a.thinking, what="an answer")
    return form


@pytest.mark.parametrize("opens", [new, edit, upload])
async def test_pictures_of_a_form_that_failed_outlive_discords_link(
    server, new_part, following, services, guild, pass_by, opens
):
    owner = server.user("owner")
    failing = Failing(services.composing, set(), BUSY)
    async with running(new_part(services=replace(services, composing=failing))):
        form, typed = await opens(owner)
        assert OTHERS not in labels_in(form)
        failing.names = {"submit"}
        answer = await form.submit({**typed, "files": [CAT, DOG]})
        await answer.until(lambda a: not a.thinking and AGAIN in labels(a), what=AGAIN)
        assert "so are “cat.png”, “dog.png”: do not upload them again." in answer.text
        failing.names = set()
        assert await pass_by() == 0

        again = await answer.press(AGAIN)
        assert OTHERS in labels_in(again)
        await again.submit()
        await answer.until(lambda a: "Draft · #" in a.text, what="the panel")

    [draft] = await drafts_of(services, guild)
    assert names_of(draft) == ["cat.png", "dog.png"]
    assert await contents_of(services, draft) == [CAT[1], DOG[1]]
    assert "📎 With what you uploaded before: “cat.png”, “dog.png”." in answer.text


async def test_pictures_of_a_refused_form_outlive_discords_link_however_often_it_is_refused(
    owner, services, guild, pass_by, shelf
):
    answer = await refused(owner, CAT)
    for _ in range(3):
        assert await pass_by(days=9) == 0
        form = await sent_again(answer, NOTHING)
        assert OTHERS in labels_in(form)
        assert "and so are “cat.png”: do not upload them again." in answer.text

    await sent_again(answer)

    [draft] = await drafts_of(services, guild)
    assert await contents_of(services, draft) == [CAT[1]]


async def test_pictures_of_a_form_of_a_bot_that_died_are_there_for_the_next_one(
    server, new_part, following, services, guild, pass_by, person
):
    owner = server.user("owner")
    hanging = Hanging(services.composing, {"submit"})
    async with running(new_part(services=replace(services, composing=hanging))):
        form, typed = await new(owner)
        await form.submit({**typed, "files": [CAT]})
        async with asyncio.timeout(10):
            while not is_named(await services.composing.unused(guild.id, person)):
                await asyncio.sleep(0.01)
    assert await pass_by() == 0
    async with running(new_part()):
        listed = await (await owner.slash("patreon posts")).finished()
        [kept] = await services.composing.unused(guild.id, person)
        again = await listed.select("Open a form again…", str(kept.id))
        await again.submit()
        await listed.until(lambda a: "Draft · #" in a.text, what="the panel")

    [draft] = await drafts_of(services, guild)
    assert await contents_of(services, draft) == [CAT[1]]


def is_named(forms):
    return any("digest" in text for form in forms for text in form.fields.get("uploads", ()))


class Slow:
    """Uploads that never get done with the second picture."""

    def __init__(self, uploads):
        self.uploads = uploads
        self.begun = []

    def __getattr__(self, name):
        return getattr(self.uploads, name)

    async def keep(self, content, name, *, description=None):
        self.begun.append(name)
        if len(self.begun) > 1:
            await asyncio.Event().wait()
        return await self.uploads.keep(content, name, description=description)


async def test_a_picture_is_named_before_the_next_one_is_looked_at(
    server, new_part, following, services, store, guild, shelf, pass_by
):
    owner, slow = server.user("owner"), Slow(services.uploads)
    async with running(new_part(services=replace(services, uploads=slow))):
        form, typed = await new(owner)
        await form.submit({**typed, "files": [CAT, DOG]})
        await until(lambda: len(slow.begun) == 2)

    assert await pass_by() == 0
    digest = (await services.uploads.keep(CAT[1], CAT[0])).digest
    async with store.read() as work:
        assert await work.submissions.which_kept([digest]) == {digest}


async def test_other_pictures_take_the_place_of_those_that_were_sent(
    owner, services, guild, pass_by
):
    answer = await refused(owner, CAT)

    await sent_again(answer, files=[DOG])

    [draft] = await drafts_of(services, guild)
    assert names_of(draft) == ["dog.png"]
    assert "📎" not in answer.text
    assert await pass_by() == 1
    assert await contents_of(services, draft) == [DOG[1]]


async def test_a_dismissed_form_keeps_its_pictures_until_it_is_forgotten(
    owner, services, store, guild, clock, pass_by
):
    answer = await refused(owner, CAT)
    await pressed(answer, "Dismiss it", until="The form is dismissed")
    assert await pass_by(days=29) == 0

    async with store.write() as work:
        assert await work.submissions.forget(clock(), limit=9) == 1

    assert await pass_by() == 1


async def test_a_form_that_was_used_gives_its_pictures_to_the_draft_alone(
    owner, services, guild, person, pass_by
):
    await written(owner, **{"files": [CAT]})
    [draft] = await drafts_of(services, guild)
    assert await pass_by() == 0

    content = replace(draft.content, pictures=())
    await services.composing.remove_picture(
        guild.id, person, draft.id, draft.version, draft.content.pictures[0].digest
    )

    assert (await drafts_of(services, guild))[0].content == content
    assert await pass_by() == 1


async def test_a_picture_that_the_shelf_lost_is_fetched_again(owner, services, guild, tmp_path):
    answer = await refused(owner, CAT)
    [file] = [path for path in (tmp_path / "images").rglob("*") if path.is_file()]
    file.unlink()

    await sent_again(answer)

    [draft] = await drafts_of(services, guild)
    assert await contents_of(services, draft) == [CAT[1]]


@pytest.mark.parametrize("away", ["decoder", "Discord"])
async def test_a_form_waits_for_a_picture_that_cannot_be_kept_just_now(
    server, new_part, following, services, guild, away
):
    owner = server.user("owner")
    failing = Failing(services.uploads, {"keep"} if away == "decoder" else set(), BUSY)
    if away == "Discord":
        server.faults.fail("GET", ATTACHMENTS, status=503)
    async with running(new_part(services=replace(services, uploads=failing))):
        form, typed = await new(owner)
        answer = await form.submit({**typed, "files": [CAT]})
        await answer.until(lambda a: not a.thinking and AGAIN in labels(a), what=AGAIN)
        assert "“cat.png” could not be kept just now" in answer.text
        assert await drafts_of(services, guild) == []
        failing.names = set()
        again = await answer.press(AGAIN)
        await again.submit()
        await answer.until(lambda a: "Draft · #" in a.text, what="the panel")

    [draft] = await drafts_of(services, guild)
    assert await contents_of(services, draft) == [CAT[1]]


async def test_a_picture_that_is_nowhere_any_more_is_named_and_not_shown(
    owner, services, guild, tmp_path, world
):
    answer = await refused(owner, CAT, DOG)
    digest = (await services.uploads.keep(CAT[1], CAT[0])).digest
    Shelf(tmp_path / "images").path_of(digest).unlink()
    world.files.clear()

    await sent_again(answer)

    [draft] = await drafts_of(services, guild)
    assert names_of(draft) == ["dog.png"]
    assert "“cat.png” is not at Discord any more. Upload it again." in answer.text
    assert "📎 With what you uploaded before: “dog.png”." in answer.text


async def test_files_of_a_form_that_another_version_of_the_bot_made_are_kept(
    owner, services, guild, pass_by
):
    form, typed = await new(owner)
    form.modal["custom_id"] = "post-forms0|whatever"
    answer = await form.submit({**typed, "files": [CAT, ("more.md", b"and more")]})
    await answer.until(lambda a: not a.thinking and AGAIN in labels(a), what=AGAIN)
    assert "out of date" in answer.text
    assert await pass_by() == 0

    again = await answer.press(AGAIN)
    assert OTHERS in labels_in(again)
    await again.submit()
    await answer.until(lambda a: "Draft · #" in a.text, what="the panel")

    [draft] = await drafts_of(services, guild)
    assert draft.content.body == "of work\n\nand more"
    assert await contents_of(services, draft) == [CAT[1]]


async def test_nobody_takes_the_pictures_of_another_with_a_forged_form(
    owner, server, world, services, guild, person
):
    await refused(owner, CAT)
    [kept] = await services.composing.unused(guild.id, person)
    other = await permitted(server, services, world, guild, "moderator", {Right.COMPOSE})

    form = await other.slash("patreon post")
    form.modal["custom_id"] = f"post-forms1|new|0|0||{kept.id}"
    answer = await form.submit({"Title": "Mine", "Text": "Mine"})
    await answer.until(lambda a: not a.thinking and a.embeds)

    [draft] = await drafts_of(services, guild)
    assert names_of(draft) == []
    assert "cat.png" not in answer.text
