"""The preview for Patreon from the panel, and what is said of pictures to who cannot see them."""

from dataclasses import replace

import pytest

from core.audit import AuditQuery
from core.drafts import LONGEST_DESCRIPTION
from core.errors import UserError
from core.previews import Previews
from core.rights import Right
from tests.cogs.conftest import running
from tests.cogs.posting import (
    OWNER,
    drafts_of,
    filled_in,
    labels,
    picture,
    pressed,
    written,
)
from tests.cogs.test_post_panel import permitted
from tests.cogs.test_post_strangers import used

CAT = "A red cat asleep on a blue sofa"
PREVIEW = "Preview for Patreon"


@pytest.fixture
async def part(new_part, services):
    async with running(new_part(files=services.uploads.read)) as part:
        yield part


@pytest.fixture
def owner(server, part, following):
    return server.user("owner")


async def only(services, guild):
    [draft] = await drafts_of(services, guild)
    return draft


def url_of(message):
    """The address behind the only button of a message."""
    [row] = message.components
    [button] = row["components"]
    return button["url"]


async def with_pictures(owner, *files):
    """Write a post with pictures; gives its panel."""
    answer = await written(owner)
    form = await answer.press("Add files…")
    await form.submit({"files": list(files)})
    return await answer.until(lambda a: f"Pictures {len(files)} of 10" in a.text)


async def test_the_panel_gives_a_link_to_the_preview_and_stays(owner, services, guild):
    answer = await written(owner, "Heliotrope", "Some **text**.")

    reply = await pressed(answer, PREVIEW)
    message = await reply.followed_up()

    assert message.ephemeral
    assert "It publishes nothing" in message.embeds[0]["description"]
    url = url_of(message)
    assert url.startswith("https://bot.example.com/preview/")
    shown = await services.previews.show(url.rpartition("/")[2])
    assert (shown.pack.title, shown.pack.html) == (
        "Heliotrope",
        "<p>Some <strong>text</strong>.</p>",
    )
    assert "Draft · #" in answer.text
    assert (await only(services, guild)).version == 1


async def test_without_a_public_address_it_is_said_what_to_set(
    new_part, services, server, following
):
    unreachable = Previews(replace(services.previews._pages, public_url=None))
    async with running(new_part(services=replace(services, previews=unreachable))):
        answer = await written(server.user("owner"))

        reply = await answer.press(PREVIEW)
        said = await reply.followed_up()

    assert "`server.public_url` (SERVER_PUBLIC_URL)" in said.content
    assert "Draft · #" in answer.text


async def test_only_who_may_compose_is_given_it(owner, server, services, world, guild):
    draft_id = (await answer_of(owner, services, guild)).id
    author = await permitted(server, services, world, guild, "moderator", {Right.COMPOSE})
    approver = await permitted(server, services, world, guild, "member", {Right.APPROVE})
    custom_id = f"post-buttons1|patreon|{draft_id}|1|"

    assert "/preview/" in await used(author, world, "general", custom_id)
    said = await used(approver, world, "general", custom_id)

    assert "/preview/" not in said
    assert "for those who may compose posts" in said
    shown = await used(approver, world, "general", f"post-buttons1|look|{draft_id}|0|main")
    assert PREVIEW not in shown
    assert "Preview" in shown


async def answer_of(owner, services, guild):
    await written(owner)
    return await only(services, guild)


async def test_a_draft_that_was_thrown_away_has_no_preview(owner, services, guild, world):
    answer = await written(owner)
    reply = await pressed(answer, PREVIEW)
    token = url_of(await reply.followed_up()).rpartition("/")[2]

    await pressed(answer, "Discard", until="Discarded · #")

    assert PREVIEW not in labels(answer)
    with pytest.raises(UserError):
        await services.previews.show(token)
    said = await used(owner, world, "general", "post-buttons1|patreon|1|2|")
    assert "Restore it first" in said
    await pressed(answer, "Restore", until="Draft · #")
    with pytest.raises(UserError):
        await services.previews.show(token)


async def test_a_single_picture_is_described_by_a_button(owner, services, guild):
    answer = await with_pictures(owner, picture("cat.png"))
    await pressed(answer, "Pictures", until="No description.")

    form = await answer.press("Describe it…")
    assert filled_in(form) in ([None], [""])
    await form.submit({"description": f"  {CAT}\nand a dog "})
    await answer.until(lambda a: CAT in a.text)

    [kept] = (await only(services, guild)).content.pictures
    assert kept.description == f"{CAT} and a dog"
    form = await answer.press("Describe it…")
    assert filled_in(form) == [f"{CAT} and a dog"]
    await form.submit({"description": ""})
    await answer.until(lambda a: "No description." in a.text)
    assert (await only(services, guild)).content.pictures[0].description is None


async def test_of_several_pictures_one_is_chosen_and_the_preview_says_what_it_shows(
    owner, services, guild
):
    answer = await with_pictures(owner, picture("one.png"), picture("two.png", (1, 1, 1)))
    await pressed(answer, "Pictures", until="2 of 10, in their order")
    second = (await only(services, guild)).content.pictures[1]

    form = await answer.select("Describe a picture…", second.digest[:32])
    await form.submit({"description": CAT})
    await answer.until(lambda a: CAT in a.text)

    [menu] = [
        each
        for row in answer.components
        for each in row["components"]
        if each.get("placeholder") == "Describe a picture…"
    ]
    assert [one["description"] for one in menu["options"]] == ["No description yet", CAT]
    await pressed(answer, "Back", until="Draft · #")
    reply = await pressed(answer, "Preview")
    message = await reply.followed_up()
    assert [file.description for file in message.attachments] == [None, CAT]
    reply = await pressed(answer, PREVIEW)
    token = url_of(await reply.followed_up()).rpartition("/")[2]
    assert (await services.previews.show(token)).pack.pictures[1].description == CAT


async def test_a_description_is_for_the_version_that_was_seen_and_opens_again_filled_in(
    owner, services, guild
):
    answer = await with_pictures(owner, picture("cat.png"))
    await pressed(answer, "Pictures", until="No description.")
    form = await answer.press("Describe it…")
    draft = await only(services, guild)
    await services.composing.set_paid(guild.id, OWNER, draft.id, draft.version, True)

    await form.submit({"description": CAT})
    await answer.until(lambda a: "Somebody changed this draft meanwhile" in a.text)

    assert (await only(services, guild)).content.pictures[0].description is None
    form = await answer.press("Open the form again")
    assert filled_in(form) == [CAT]
    await form.submit({"description": CAT})
    await answer.until(lambda a: "1 of 10, in their order" in a.text)
    after = await only(services, guild)
    assert after.content.pictures[0].description == CAT
    assert after.content.is_paid
    entries = (await services.audit.page(AuditQuery(guild_id=guild.id))).entries
    assert [one.action for one in entries].count("post.changed") == 3


async def test_a_description_of_a_picture_that_is_gone_is_kept_and_said(owner, services, guild):
    answer = await with_pictures(owner, picture("cat.png"))
    await pressed(answer, "Pictures", until="No description.")
    draft = await only(services, guild)
    form = await answer.press("Describe it…")
    digest = draft.content.pictures[0].digest
    after = await services.composing.remove_picture(
        guild.id, OWNER, draft.id, draft.version, digest
    )
    form.modal["custom_id"] = f"post-forms1|describe|{draft.id}|{after.version}|{digest[:32]}"

    await form.submit({"description": CAT})
    await answer.until(lambda a: "no such picture" in a.text)

    assert (await only(services, guild)).version == after.version
    form = await answer.press("Open the form again")
    assert filled_in(form) == [CAT]


async def test_what_is_said_of_a_picture_pings_nobody_and_is_bounded(owner, services, guild):
    answer = await with_pictures(owner, picture("cat.png"))
    await pressed(answer, "Pictures", until="No description.")
    form = await answer.press("Describe it…")

    await form.submit({"description": "@everyone **x** \u202e" + "\U0001f431" * 700})
    await answer.until(lambda a: "1,024 fit" in a.text)
    assert (await only(services, guild)).content.pictures[0].description is None
    form = await answer.press("Open the form again")
    await form.submit({"description": "@everyone **x** \u202e" + "\U0001f431" * 500})
    await answer.until(lambda a: "1 of 10, in their order" in a.text)

    [kept] = (await only(services, guild)).content.pictures
    assert len(kept.description) <= LONGEST_DESCRIPTION
    assert "\u202e" not in kept.description
    assert "@everyone" not in answer.text
    assert "\\*\\*x\\*\\*" in answer.text
