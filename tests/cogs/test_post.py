"""`/patreon post`: the form, the panel, and that nothing typed is ever lost."""

import asyncio
import logging
from dataclasses import replace

import pytest

from core.drafts import AudienceKind, DraftState
from core.errors import TemporaryError
from sandbox.discord.stage import NoAnswer
from tests.cogs.conftest import running
from tests.cogs.posting import (
    OWNER,
    WHO,
    Failing,
    Hanging,
    drafts_of,
    filled_in,
    follow,
    labels,
    picture,
    pressed,
    written,
)

AGAIN = "Open the form again"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"


@pytest.fixture
def owner(server, part, following):
    return server.user("owner")


async def test_the_form_has_five_fields_and_comes_without_a_look_at_the_database(
    server, new_part, services
):
    class Nothing:
        def __getattr__(self, name):
            raise AssertionError(f"asked for {name}")

    blind = replace(services, composing=Nothing(), rights=Nothing(), wording=Nothing())
    async with running(new_part(services=blind)):
        form = await server.user("owner").slash("patreon post")

    assert [part["label"] for part in form.modal["components"]] == [
        "Title",
        "Text",
        WHO,
        "Paid post",
        "Pictures, or more text as an .md file",
    ]


async def test_a_form_becomes_a_draft_with_its_panel(owner, services, guild):
    answer = await written(owner, "A *new* page", "Hello **all**.", **{WHO: "patrons"})

    [draft] = await drafts_of(services, guild)
    assert (draft.content.title, draft.content.body) == ("A *new* page", "Hello **all**.")
    assert draft.content.audience.kind is AudienceKind.PATRONS
    assert draft.state is DraftState.EDITING
    assert answer.ephemeral
    preview, panel = answer.embeds
    assert (preview["title"], preview["description"]) == ("A \\*new\\* page", "Hello **all**.")
    assert panel["title"] == f"Draft · #{draft.id}"
    assert "Title 12 of 200 characters" in answer.text
    assert {"Publish now", "Schedule…", "Ask for approval", "Edit…", "Discard"} <= set(
        labels(answer)
    )


async def test_pictures_and_text_files_come_along(owner, services, guild, tmp_path):
    files = [picture(), ("more.md", b"# More\r\n\r\nand more"), picture("b.png", (1, 2, 3))]
    answer = await written(owner, **{"files": files})

    [draft] = await drafts_of(services, guild)
    assert draft.content.body == "Some text.\n\n# More\n\nand more"
    assert [one.name for one in draft.content.pictures] == ["cat.png", "b.png"]
    kept = await services.uploads.read(draft.content.pictures[0].digest)
    assert kept == picture()[1]
    assert "Pictures 2 of 10" in answer.text


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("evil.png", b"<script>"), "is no picture that can be shown"),
        (("long.md", b"x" * 100_001), "is too large"),
        (("odd.md", b"\xff\xfe\x00"), "is no text in UTF-8"),
        (("@everyone [x](evil).png", b"GIF"), "is no picture"),
    ],
)
async def test_a_file_that_cannot_be_used_is_named_and_the_rest_is_saved(
    owner, services, guild, file, said
):
    answer = await written(owner, **{"files": [file, picture()]})

    [draft] = await drafts_of(services, guild)
    assert len(draft.content.pictures) == 1
    assert said in answer.text


async def test_what_is_wrong_is_said_and_the_form_opens_again_filled_in(owner, services, guild):
    answer = await written(owner, " \u200b ", "Long thoughts", **{WHO: "tiers", "paid": True})
    assert "The title is empty" in answer.text
    assert await drafts_of(services, guild) == []

    form = await answer.press(AGAIN)
    assert filled_in(form)[1] == "Long thoughts"
    await form.submit({"Title": "Better"})
    await answer.until(lambda a: "Draft · #" in a.text)

    [draft] = await drafts_of(services, guild)
    assert (draft.content.title, draft.content.body) == ("Better", "Long thoughts")
    assert draft.content.audience.kind is AudienceKind.TIERS
    assert draft.content.is_paid


async def test_pictures_of_a_refused_form_are_not_lost(owner, services, guild):
    answer = await written(owner, " \u200b ", "Text", **{"files": [picture()]})

    form = await answer.press(AGAIN)
    await form.submit({"Title": " \u200b "})
    await answer.until(lambda a: len(a.edits) > 1)
    form = await answer.press(AGAIN)
    await form.submit({"Title": "Third time"})
    await answer.until(lambda a: "Draft · #" in a.text)

    [draft] = await drafts_of(services, guild)
    assert [one.name for one in draft.content.pictures] == ["cat.png"]
    listed = await (await owner.slash("patreon posts")).finished()
    assert "not used" not in listed.text


async def test_a_post_for_a_forum_becomes_a_post_there(owner, services, guild, world, store):
    await follow(store, world, guild, posts_channel_id=world.channel_named("posts").id)

    await written(owner)

    [draft] = await drafts_of(services, guild)
    assert draft.targets[0].is_forum


async def test_a_form_that_was_opened_before_a_restart_is_stored(
    server, new_part, following, services, guild
):
    async with running(new_part()):
        form = await server.user("owner").slash("patreon post")
    async with running(new_part()):
        answer = await form.submit({"Title": "Late", "Text": "But here."})
        await answer.until(lambda a: not a.thinking and a.embeds)

    [draft] = await drafts_of(services, guild)
    assert draft.content.title == "Late"


async def test_every_step_works_for_a_bot_that_was_started_after_it(
    server, new_part, following, services, guild
):
    owner = server.user("owner")
    async with running(new_part()):
        answer = await written(owner, " \u200b ", "Kept")
    async with running(new_part()):
        form = await answer.press(AGAIN)
    async with running(new_part()):
        await form.submit({"Title": "First"})
        await answer.until(lambda a: "Draft · #" in a.text)
    async with running(new_part()):
        form = await answer.press("Edit…")
    async with running(new_part()):
        await form.submit({"Title": "Second"})
        await answer.until(lambda a: "Second" in a.text)
    async with running(new_part()):
        await pressed(answer, "Publish now", until="Published in Discord")

    [draft] = await drafts_of(services, guild)
    assert (draft.content.title, draft.state) == ("Second", DraftState.PUBLISHED)


async def test_forms_that_never_come_back_take_up_no_memory(owner, part):
    for _ in range(3):
        await owner.slash("patreon post")

    assert part._bot._connection._view_store._modals == {}


@pytest.mark.parametrize("error", [TemporaryError("The database is busy."), RuntimeError("bug")])
async def test_a_text_that_cannot_even_be_kept_goes_back_as_a_file(
    server, new_part, following, services, guild, error, caplog
):
    failing = Failing(services.composing, {"keep"}, error)
    async with running(new_part(services=replace(services, composing=failing))):
        form = await server.user("owner").slash("patreon post")
        answer = await form.submit({"Title": "Hours", "Text": "of work"})
        message = await answer.followed_up()

    assert message.attachments[0].data == b"Hours\n\nof work"
    assert await drafts_of(services, guild) == []
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert bool(logged) is isinstance(error, RuntimeError)
    assert "of work" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize("error", [TemporaryError("The database is busy."), RuntimeError("bug")])
async def test_a_form_that_failed_after_it_was_kept_opens_again(
    server, new_part, following, services, guild, error
):
    owner = server.user("owner")
    failing = Failing(services.composing, {"submit"}, error)
    async with running(new_part(services=replace(services, composing=failing))):
        answer = await written(owner, "Hours", "of work")
        form = await answer.press(AGAIN)
        assert filled_in(form) == ["Hours", "of work"]
        failing.names = set()
        await form.submit()
        await answer.until(lambda a: "Draft · #" in a.text)

    [draft] = await drafts_of(services, guild)
    assert draft.content.title == "Hours"


async def test_a_form_is_in_the_database_when_the_bot_dies_before_it_looks_at_it(
    server, new_part, following, services, guild, store
):
    owner = server.user("owner")
    hanging = Hanging(services.composing, {"submit"})
    async with running(new_part(services=replace(services, composing=hanging))):
        form = await owner.slash("patreon post")
        await form.submit({"Title": "Hours", "Text": "of work"})
    async with running(new_part()):
        listed = await (await owner.slash("patreon posts")).finished()
        assert "1 form of yours was not used" in listed.text
        kept = (await services.composing.unused(guild.id, replace(OWNER, user_id=owner.user.id)))[0]
        again = await listed.select("Open a form again…", str(kept.id))
        assert filled_in(again) == ["Hours", "of work"]
        await again.submit()
        await listed.until(lambda a: "Draft · #" in a.text)

    [draft] = await drafts_of(services, guild)
    assert draft.content.body == "of work"


async def test_a_form_of_which_discord_was_not_told_is_kept_and_not_used(
    server, owner, services, guild
):
    """Discord shows it still: who sends it once more must not get two posts."""
    form = await owner.slash("patreon post")
    server.faults.fail("POST", CALLBACK, status=404, times=2)
    with pytest.raises(NoAnswer):
        await form.submit({"Title": "Alone", "Text": "but kept"}, timeout=0.5)
    server.faults.clear()
    await form.submit({"Title": "Alone", "Text": "but kept"})
    async with asyncio.timeout(5):
        while not await drafts_of(services, guild):
            await asyncio.sleep(0.02)

    assert [draft.content.title for draft in await drafts_of(services, guild)] == ["Alone"]
    person = replace(OWNER, user_id=owner.user.id)
    [kept] = await services.composing.unused(guild.id, person)
    assert kept.fields["title"] == "Alone"


async def test_discord_is_told_to_wait_when_keeping_a_form_takes_long(
    server, new_part, following, services, guild
):
    class Slow(Failing):
        async def keep(self, *args, **kwargs):
            await asyncio.sleep(1.3)
            await self.composing.keep(*args, **kwargs)

    slow = Slow(services.composing, set(), None)
    async with running(new_part(services=replace(services, composing=slow))):
        form = await server.user("owner").slash("patreon post")
        answer = await form.submit({"Title": "Slow", "Text": "but kept"})
        assert answer.thinking
        await answer.until(lambda a: not a.thinking and a.embeds)

    assert [draft.content.title for draft in await drafts_of(services, guild)] == ["Slow"]


async def test_who_may_not_write_posts_is_told_and_gets_the_text_back(
    server, part, following, services, guild
):
    moderator = server.user("moderator")
    form = await moderator.slash("patreon post")
    answer = await form.submit({"Title": "Mine", "Text": "Really"})
    message = await answer.followed_up()

    assert "Writing posts needs" in answer.content
    assert message.attachments[0].data == b"Mine\n\nReally"
    assert answer.ephemeral
    assert message.ephemeral
    assert await drafts_of(services, guild) == []
    person = replace(OWNER, user_id=moderator.user.id)
    [kept] = await services.composing.unused(guild.id, person)
    assert kept.fields["body"] == "Really"


HOSTILE = [
    "@everyone [x](http://evil)",
    "\u202egnirts\u0000\u0007",
    "Z" + "\u0301" * 150,
    "``` ~~~ ``` `",
    "[" * 190,
    "👩‍👩‍👧" * 20,
]


@pytest.mark.parametrize("title", HOSTILE)
async def test_a_hostile_title_stays_text(owner, services, guild, title):
    body = (title + "\n\n```\n~~~\n" + "[" * 500 + "\n@everyone <@&1>\n")[:4_000]
    answer = await written(owner, title, body)

    assert answer.embeds
    assert not answer.message.mention_everyone


async def test_texts_at_every_limit_fit_the_panel(owner, services, guild):
    body = "\n\n".join(f"{number} " + "*_~`" * 120 for number in range(8))[:4_000]
    answer = await written(owner, "*" * 200, body, **{"files": [("a.md", body.encode() * 5)]})

    assert "Message 2 of 3" in labels(answer)
    await pressed(answer, "Message 2 of 3", until="Message 3 of 3")
    await pressed(answer, "Message 3 of 3", until="Message 1 of 3")
    await pressed(answer, "Message 1 of 3", until="Message 2 of 3")
