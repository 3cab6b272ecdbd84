"""The panel of a post: everything that can be changed about one, and every step it takes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.drafts import AudienceKind, DraftState, HandOver
from core.post_publisher import Published
from core.rights import Right
from sandbox.discord.records import ChannelType
from tests.cogs.conftest import running, until
from tests.cogs.posting import (
    OWNER,
    WHO,
    chosen,
    drafts_of,
    filled_in,
    labels,
    picture,
    pressed,
    written,
)
from tests.factories import campaign, link, tier


@pytest.fixture
async def part(new_part, services):
    async with running(new_part(files=services.uploads.read)) as part:
        yield part


@pytest.fixture
def owner(server, part, following):
    return server.user("owner")


@pytest.fixture
async def author(server, part, following, services, world, guild):
    """Somebody who may compose posts, and not approve them."""
    return await permitted(server, services, world, guild, "moderator", {Right.COMPOSE})


async def permitted(server, services, world, guild, name, rights):
    """Let somebody do something, by a role of their own."""
    role = world.add_role(guild, f"Role of {name}")
    await until(lambda: role.id in guild.roles)
    member = guild.members[world.user_named(name).id]
    world.set_roles(member, {*member.role_ids, role.id})
    await services.rights.change(
        guild.id, role.id, frozenset(rights), by=OWNER, role_name="Role", is_confirmed=True
    )
    return server.user(name)


def titles(actor, world, channel="general"):
    """The titles of the bot's messages in a channel."""
    return [message.embeds[0]["title"] for message in sent(actor, world, channel)]


def sent(actor, world, channel="general"):
    """What the bot wrote into a channel for everybody."""
    return [
        each
        for each in actor.messages(channel)
        if each.author_id == world.bot.id and not each.ephemeral
    ]


async def only(services, guild, **filters):
    [draft] = await drafts_of(services, guild, **filters)
    return draft


async def test_the_text_is_edited_added_to_and_cut(owner, services, guild):
    answer = await written(owner, "First", "One.")

    form = await answer.press("Edit…")
    assert filled_in(form) == ["First", "One."]
    await form.submit({"Title": "Second", "Text": "Uno.", "paid": True})
    await answer.until(lambda a: "Second" in a.text)
    form = await answer.press("Add text…")
    await form.submit({"Text": "Two."})
    await answer.until(lambda a: "Two." in a.text)
    assert (await only(services, guild)).content.body == "Uno.\n\nTwo."

    await pressed(answer, "Parts", until="Parts of the text")
    form = await answer.select("Edit a part…", "1")
    assert filled_in(form) == ["Two."]
    await form.submit({"Text": "Due."})
    await answer.until(lambda a: "Due." in a.text)
    await pressed(answer, "Parts", until="Parts of the text")
    await chosen(answer, "Remove a part…", "0", until="1 of 30 parts")
    await pressed(answer, "Back", until="Due.")

    draft = await only(services, guild)
    assert draft.content.body == "Due."
    assert draft.content.is_paid


async def test_pictures_are_added_previewed_and_removed(owner, services, guild):
    answer = await written(owner)

    form = await answer.press("Add files…")
    await form.submit({"files": [picture("one.png"), picture("two.png", (1, 1, 1))]})
    await answer.until(lambda a: "Pictures 2 of 10" in a.text)
    reply = await pressed(answer, "Preview")
    message = await reply.followed_up()
    assert [file.data for file in message.attachments] == [
        picture()[1],
        picture("two.png", (1, 1, 1))[1],
    ]
    await pressed(answer, "Pictures", until="2 of 10, in their order")
    kept = (await only(services, guild)).content.pictures[0].digest
    await chosen(answer, "Remove a picture…", kept[:32], until="1 of 10, in their order")

    assert [one.name for one in (await only(services, guild)).content.pictures] == ["two.png"]


async def test_the_audience_is_chosen(owner, services, guild):
    answer = await written(owner, **{WHO: "tiers"})
    assert "It is for chosen tiers, but none is chosen" in answer.text

    await pressed(answer, "Audience", until="Choose at least one tier")
    menu = labels(answer)[1]
    assert menu == "Tiers…"
    view = await services.composing.get(guild.id, OWNER, 1)
    first = min(view.tiers.values(), key=lambda one: one.amount_cents)
    await chosen(answer, "Tiers…", first.id, until=f"Now: for {first.title}")
    assert (await only(services, guild)).content.audience.tier_ids == (first.id,)

    await chosen(answer, "Who may read it…", "minimum", until="Set the amount")
    form = await answer.press("Amount…")
    await form.submit({"amount": "five"})
    await answer.until(lambda a: "is no amount" in a.text)
    form = await answer.press("Open the form again")
    assert filled_in(form) == ["five"]
    await form.submit({"amount": "7,50"})
    await answer.until(lambda a: "$7.50 a month" in a.text)
    await pressed(answer, "Make it a paid post", until=", a paid post")

    content = (await only(services, guild)).content
    assert content.audience.kind is AudienceKind.MINIMUM
    assert content.audience.minimum_cents == 750
    assert content.is_paid


async def test_what_discord_cannot_show_is_said(owner):
    body = (
        "#### Deep\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![cat](https://example.com/c.png)\n\n"
        "[here](nowhere) and <@123> and <b>bold</b>\n\n---\n"
    )
    answer = await written(owner, "All of it", body)

    for said in (
        "three levels of headings",
        "no tables",
        "a picture in the text",
        "leads nowhere",
        "pings nobody",
        "HTML is shown",
        "a line across",
    ):
        assert said in answer.text


async def test_more_tiers_than_a_menu_holds_are_paged(owner, services, guild, store):
    tiers = [tier(id=f"t{n:02}", title=f"Tier {n}", amount_cents=n * 100) for n in range(60)]
    async with store.write() as work:
        await work.campaigns.save(campaign(), tiers, creator_id=1)
    answer = await written(owner, **{WHO: "tiers"})
    await pressed(answer, "Audience", until="Choose at least one tier")

    await chosen(answer, "Tiers…", "t01", "t20", until="Now: for Tier 1, Tier 20")
    await pressed(answer, "More tiers (2 of 3)", until="More tiers (3 of 3)")
    await chosen(answer, "Tiers…", "t30", until="Tier 20, Tier 30")

    assert (await only(services, guild)).content.audience.tier_ids == ("t01", "t20", "t30")


async def test_channels_roles_tags_and_followers_are_chosen(owner, services, guild, world):
    answer = await written(owner)
    general, feed, posts = (
        world.channel_named(name) for name in ("general", "patreon-feed", "posts")
    )
    gold = world.role_named("Gold")

    await pressed(answer, "Channels", until="Ping nobody")
    await chosen(answer, "Channels…", "patreon-feed", "posts", until="The menus below are for")
    await chosen(answer, "Ping nobody", "Gold", until="cannot be pinged")
    await pressed(answer, "Send it to followers, too", until="followers get it")
    await chosen(answer, "Set up a channel…", str(posts.id), until=f"for <#{posts.id}>")
    await chosen(answer, "No tags", "News", until="1 tag")
    await pressed(answer, "Back", until="Draft · #")

    first, second = (await only(services, guild)).targets
    assert (first.channel_id, first.crosspost, first.role_ids) == (feed.id, True, (gold.id,))
    assert (second.channel_id, second.is_forum) == (posts.id, True)
    assert second.tag_ids == (posts.tags[0].id,)
    assert general.id not in (first.channel_id, second.channel_id)


async def test_a_channel_that_everybody_reads_is_pointed_out_for_a_post_for_patrons(owner):
    answer = await written(owner, **{WHO: "patrons"})

    assert "everybody in this server can read it" in answer.text


async def test_a_post_is_published_once_by_two_who_press_at_once(
    server, owner, author, services, guild, world, delivering
):
    answer = await written(author)
    draft = await only(services, guild)
    await pressed(answer, "Ask for approval", until="Waits for approval")
    listed = await (await owner.slash("patreon posts", channel="staff")).finished()
    await chosen(listed, "Open a post…", str(draft.id), until="Approve")
    await pressed(listed, "Approve", until="Approved. It can be published")
    both = [
        await (await each.slash("patreon posts", channel="staff")).finished()
        for each in (owner, author)
    ]
    for one in both:
        await chosen(one, "Open a post…", str(draft.id), until="Publish now")

    replies = await asyncio.gather(*(one.press("Publish now") for one in both))
    await both[0].until(lambda a: "Published in Discord" in a.text, timeout=10)
    await both[1].until(lambda a: "Published in Discord" in a.text, timeout=10)
    await until(lambda: any(reply.followups for reply in replies))

    refused = [message.content for reply in replies for message in reply.followups]
    assert refused == ["Somebody changed this draft meanwhile; look at it again."]
    await until(lambda: titles(owner, world))
    assert titles(owner, world) == ["Hello"]


async def test_an_approver_finds_the_card_in_the_staff_channel(
    server, owner, author, services, guild, world, delivering
):
    answer = await written(author)
    assert "Publish now" not in labels(answer)
    assert "Schedule…" not in labels(answer)
    await pressed(answer, "Ask for approval", until="asked for approval")
    await until(lambda: sent(owner, world, "staff"))
    card = sent(owner, world, "staff")[0]

    panel = await owner.press(card, "Look at it")
    await panel.until(lambda a: not a.thinking and "Approve" in labels(a))
    assert panel.ephemeral
    form = await panel.press("Send back…")
    await form.submit({"reason": "Too *long*"})
    await panel.until(lambda a: "Sent back" in a.text)

    draft = await only(services, guild)
    assert (draft.state, draft.note) == (DraftState.EDITING, "Sent back: Too *long*")
    again = await (await author.slash("patreon posts")).finished()
    assert "Sent back" in again.text


async def test_who_only_approves_can_do_so_from_the_card(
    server, author, services, guild, world, delivering
):
    approver = await permitted(server, services, world, guild, "member", {Right.APPROVE})
    world.channel_named("staff").overwrites.clear()
    answer = await written(author)
    await pressed(answer, "Ask for approval", until="asked for approval")
    await until(lambda: sent(author, world, "staff"))
    card = sent(author, world, "staff")[0]

    panel = await approver.press(card, "Look at it")
    await panel.until(lambda a: not a.thinking and "Approve" in labels(a))
    await pressed(panel, "Approve", until="Approved. It can be published")

    draft = await only(services, guild)
    assert draft.approval.approved_by == approver.user.id


async def test_a_changed_text_asks_for_approval_anew(owner, author, services, guild):
    answer = await written(author)
    await pressed(answer, "Ask for approval", until="asked for approval")
    listed = await (await owner.slash("patreon posts")).finished()
    await chosen(listed, "Open a post…", "1", until="Approve")
    form = await answer.press("Edit…")
    await form.submit({"Title": "Another"})
    await answer.until(lambda a: "ask again" in a.text)

    reply = await listed.press("Approve")
    said = await reply.followed_up()

    assert "Somebody changed this draft meanwhile" in said.content
    assert "Another" in listed.text
    assert (await only(services, guild)).state is DraftState.EDITING


async def test_a_stale_edit_is_kept_and_can_be_sent_over_the_new_version(owner, services, guild):
    answer = await written(owner)
    form = await answer.press("Edit…")
    await pressed(answer, "Audience", until="Who may read it")
    await chosen(answer, "Who may read it…", "patrons", until="for patrons")

    await form.submit({"Title": "Mine"})
    await answer.until(lambda a: "Somebody changed this draft meanwhile" in a.text)
    again = await answer.press("Open the form again")
    assert filled_in(again) == ["Mine", "Some text."]
    await again.submit()
    await answer.until(lambda a: "Draft · #" in a.text)

    assert (await only(services, guild)).content.title == "Mine"


async def test_a_post_is_scheduled_moved_and_taken_off(owner, services, guild, clock):
    answer = await written(owner)

    form = await answer.press("Schedule…")
    await form.submit({"When": "yesterdayish", "Time zone": "Berlin"})
    await answer.until(lambda a: "This is not done yet" in a.text)
    await pressed(answer, "Back", until="Draft · #")
    form = await answer.press("Schedule…")
    assert filled_in(form) == ["yesterdayish", "Berlin"]
    await form.submit({"When": "in 3 hours", "Time zone": "Europe/Berlin"})
    await answer.until(lambda a: "Scheduled for <t:" in a.text)
    draft = await only(services, guild)
    assert (draft.state, draft.time_zone) == (DraftState.SCHEDULED, "Europe/Berlin")
    assert f"<t:{int(draft.publish_at.timestamp())}:F>" in answer.text

    form = await answer.press("Schedule…")
    assert filled_in(form)[1] == "Europe/Berlin"
    count = len(answer.edits)
    await form.submit({"When": "in 5 hours"})
    await answer.until(lambda a: "Scheduled for" in a.text and len(a.edits) > count)
    await pressed(answer, "Take off the schedule", until="It is off the schedule")
    assert (await only(services, guild)).state is DraftState.EDITING


async def test_a_published_post_is_changed_and_taken_back(
    owner, services, guild, world, delivering
):
    answer = await written(owner)
    await pressed(answer, "Publish now", until="1 of 1 message there")
    form = await answer.press("Edit…")
    await form.submit({"Title": "Corrected"})
    await answer.until(lambda a: "Corrected" in a.text)
    await until(lambda: titles(owner, world) == ["Corrected"])
    await pressed(answer, "Take back", until="Taken back: its")
    await until(lambda: titles(owner, world) == [])
    await pressed(answer, "Restore", until="Draft · #")

    assert (await only(services, guild)).state is DraftState.EDITING


async def test_a_forum_an_announcement_and_a_plain_channel_get_a_post_alike(
    owner, services, guild, world, delivering
):
    answer = await written(owner, "Everywhere", "Text.", **{"files": [picture()]})
    await pressed(answer, "Channels", until="Ping nobody")
    await chosen(answer, "Channels…", "general", "patreon-feed", "posts", until="menus below")
    await pressed(answer, "Back", until="Draft · #")
    await pressed(answer, "Publish now", until="Published in Discord")
    await answer.until(lambda a: "3 of 3 messages there" in a.text, timeout=15)

    for name in ("general", "patreon-feed"):
        [message] = sent(owner, world, name)
        assert message.embeds[0]["title"] == "Everywhere"
        assert message.attachments
    threads = [one for one in world.channels.values() if one.type is ChannelType.PUBLIC_THREAD]
    assert [one.name for one in threads] == ["Everywhere"]


async def test_a_post_is_handed_over_discarded_restored_and_copied(owner, services, guild):
    answer = await written(owner)

    await pressed(answer, "Hand over to Patreon", until="Ready to publish on Patreon")
    [url] = [
        each["url"] for row in answer.components for each in row["components"] if each.get("url")
    ]
    assert url.startswith("https://bot.example.com/")
    await pressed(answer, "Back", until="Draft · #")
    await pressed(answer, "Discard", until="Discarded · #")
    assert labels(answer) == ["Restore", "Preview", "Duplicate"]
    await pressed(answer, "Restore", until="Draft · #")
    await pressed(answer, "Duplicate", until="A copy of #1")

    first, second = sorted(await drafts_of(services, guild), key=lambda draft: draft.id)
    assert first.content == second.content
    assert first.hand_over is not HandOver.LINKED


class OpenPatreon:
    """A publisher for a Patreon that takes posts, and says where they are."""

    can_publish = True

    def __init__(self, url):
        self._url = url
        self.asked = []

    async def publish(self, draft, *, user_id):
        self.asked.append((draft.id, draft.guild_id, user_id))
        return Published(post_id="301", url=self._url)


@pytest.mark.parametrize("url", ["https://www.patreon.com/posts/301", None])
async def test_what_patreon_took_is_said_to_be_published_with_its_address(
    server, new_part, services, guild, following, url
):
    publisher = OpenPatreon(url)
    async with running(new_part(services=replace(services, post_publisher=publisher))):
        owner = server.user("owner")
        answer = await written(owner)

        await pressed(answer, "Hand over to Patreon", until="Published on Patreon")

        links = [part for row in answer.components for part in row["components"]]
        assert [part["url"] for part in links if part.get("url")] == ([url] if url else [])
        [draft] = await drafts_of(services, guild)
        assert publisher.asked == [(draft.id, guild.id, owner.user.id)]


async def test_a_page_to_copy_from_is_never_called_published(owner):
    answer = await written(owner)

    await pressed(answer, "Hand over to Patreon", until="Ready to publish on Patreon")

    assert "ublished" not in answer.text


async def test_a_template_is_saved_and_used_with_its_variables(owner, services, guild):
    answer = await written(owner, "News of {month}", "Guest: {guest}")
    form = await answer.press("Save as template…")
    await form.submit({"Name": "Monthly"})
    await answer.until(lambda a: "Saved as the template" in a.text)

    offered = await owner.autocomplete("patreon template use", "name", "mon")
    form = await owner.slash("patreon template use", name=offered[0]["value"])
    panel = await form.submit({"{guest}": "Ada {month}"})
    await panel.until(lambda a: not a.thinking and "Draft · #" in a.text)

    draft = max(await drafts_of(services, guild), key=lambda each: each.id)
    assert draft.content.body == "Guest: Ada {month}"
    assert draft.content.title.startswith("News of ")
    assert "{" not in draft.content.title
    listed = await (await owner.slash("patreon template list")).finished()
    assert "Monthly" in listed.text
    unknown = await (await owner.slash("patreon template use", name="Yearly")).finished()
    assert "no template “Yearly”" in unknown.content


async def test_a_template_without_variables_is_used_at_once(owner, services, guild):
    answer = await written(owner, "Always", "the same")
    form = await answer.press("Save as template…")
    await form.submit({"Name": "Plain"})
    await answer.until(lambda a: "Saved as the template" in a.text)

    panel = await (await owner.slash("patreon template use", name="plain")).finished()

    assert "Draft · #3" in panel.text


async def test_a_post_moves_to_another_campaign(owner, services, guild, store):
    other = campaign(id="1002", name="Second Shop")
    async with store.write() as work:
        await work.campaigns.save(other, [tier(id="9", campaign_id="1002")], creator_id=1)
        await work.links.save(
            link(guild_id=guild.id, campaign_id="1002"), at=services.composing._clock()
        )
    answer = await written(owner)

    await pressed(answer, "Campaign", until="Now:")
    await chosen(answer, "Campaign…", "1002", until="Draft · #")

    assert (await only(services, guild)).campaign_id == "1002"


async def test_posts_are_listed_filtered_and_paged(owner, server, services, guild, author):
    for number in range(12):
        await written(owner, f"Post {number}")
    await written(author, "By Max")

    listed = await (await owner.slash("patreon posts")).finished()
    assert "Posts (13)" in listed.text
    assert "Next" in labels(listed)
    await pressed(listed, "Next", until="11-13 of 13")
    mine = await (await owner.slash("patreon posts", author="moderator")).finished()
    assert "By Max" in mine.text
    assert "Post 1" not in mine.text
    none = await (await owner.slash("patreon posts", state="published")).finished()
    assert "There are none" in none.text
    wrong = await (await owner.slash("patreon posts", campaign="nothing")).finished()
    assert "follows no campaign" in wrong.content


async def test_all_scheduled_posts_are_paused_and_go_on(owner, author, services, guild):
    answer = await written(owner)
    form = await answer.press("Schedule…")
    await form.submit({"When": "in 3 hours", "Time zone": "Europe/Berlin"})
    await answer.until(lambda a: "Scheduled for" in a.text)

    listed = await (await owner.slash("patreon posts")).finished()
    assert "Go on" not in labels(listed)
    await pressed(listed, "Pause all", until="Scheduled posts wait now")
    assert "Pause all" not in labels(listed)
    await chosen(listed, "Open a post…", "1", until="are paused in this server")
    theirs = await (await author.slash("patreon posts")).finished()
    assert "Scheduled posts are paused" in theirs.text
    refused = await theirs.press("Go on")
    assert "needs the right to approve" in (await refused.followed_up()).content
    again = await (await owner.slash("patreon posts")).finished()
    await pressed(again, "Go on", until="go out again")


CSV = """title;body;when;zone
First;One;2099;Europe/Berlin
"""


async def test_several_posts_are_scheduled_from_one_file(owner, services, guild, clock):
    rows = "title,body,when,zone\nFirst,One,in 3 hours,Europe/Berlin\nSecond,Two,in 5 hours,\n"
    listed = await (await owner.slash("patreon posts")).finished()

    form = await listed.press("Schedule from a file…")
    await form.submit({"CSV file": [("posts.csv", CSV.encode())], "Time zone": "Europe/Berlin"})
    await listed.until(lambda a: "Nothing was scheduled" in a.text)
    assert await drafts_of(services, guild) == []
    again = await listed.press("Open the form again")
    await again.submit({"CSV file": [("posts.csv", rows.encode())]})
    await listed.until(lambda a: "2 posts scheduled" in a.text)

    drafts = await drafts_of(services, guild)
    assert [draft.content.title for draft in drafts] == ["First", "Second"]
    assert {draft.state for draft in drafts} == {DraftState.SCHEDULED}
    await pressed(listed, "All posts", until="Posts (2)")


@pytest.mark.parametrize("body", ["the same", "Guest: {guest}"])
async def test_a_templates_dates_are_those_of_the_servers_time_zone(
    owner, services, guild, clock, body
):
    clock.advance(datetime(2026, 11, 30, 23, 30, tzinfo=UTC) - clock())
    answer = await written(owner, "News of {month}", body)
    form = await answer.press("Save as template…")
    await form.submit({"Name": "Monthly"})
    await answer.until(lambda a: "Saved as the template" in a.text)
    other = await written(owner, "Other", "post")
    form = await other.press("Schedule…")
    await form.submit({"When": "in 3 hours", "Time zone": "Berlin"})
    await other.until(lambda a: "Scheduled for <t:" in a.text)

    used = await owner.slash("patreon template use", name="monthly")
    panel = await used.finished() if body == "the same" else await used.submit({"{guest}": "Ada"})
    await panel.until(lambda a: not a.thinking and "Draft · #" in a.text)

    draft = max(await drafts_of(services, guild), key=lambda each: each.id)
    assert draft.content.title == "News of December"
