"""`/patreon words`: shown, tried, saved, reset; nothing that was typed is lost."""

import asyncio
import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.embeds import embed_of
from cogs.text import units
from cogs.words import pick
from cogs.words_draft import LONGEST_CONTENT, draft_text, read_draft
from core.audit import AuditQuery
from core.changes import Kind
from core.errors import TemporaryError, UserError
from core.rights import Person, Right
from core.wording import Followed
from core.words import Slot, Variant, Words, checked, filled
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, campaign, card, link, tier

FORGED = "forged"
SAVE, AGAIN, BUILT_IN = "Save", "Edit again", "Use the built-in words"


@pytest.fixture
def slot(linked):
    return Slot(linked.id, Kind.UPGRADED, Variant.PUBLIC)


@pytest.fixture
def current(services, guild, slot):
    async def current():
        return await services.wording.current(guild.id, slot)

    return current


async def opened(server, user="owner", **options):
    return await server.user(user).slash("patreon words edit", **{"kind": "upgraded", **options})


async def tried(form, title, text=""):
    """Fill in the form and give the answer with the preview or the problem."""
    answer = await form.submit({"Title": title, "Text": text})
    return await answer.until(lambda a: not a.thinking and a.components)


def fields(form):
    """What the form is filled in with."""
    inner = [part["component"] for part in form.modal["components"] if "component" in part]
    return [field.get("value") for field in inner]


def labels(answer):
    return [button["label"] for row in answer.components for button in row["components"]]


async def test_all_words_and_variables_are_shown(server, part, slot, services, guild):
    await services.wording.save(guild.id, slot, Words(title="Up: {name}", text="**x**"), by=1)

    answer = await (await server.user("owner").slash("patreon words show")).finished()

    assert answer.ephemeral
    assert "**upgraded** (public, your words): Up\\: {name} — \\*\\*x\\*\\*" in answer.text
    assert "**joined** (public, built-in): {name} joined" in answer.text
    assert "`{tier_before}` the tier before" in answer.text


async def test_the_form_is_filled_with_the_words_in_use(server, part, slot, services, guild):
    first = await opened(server)
    await services.wording.save(guild.id, slot, Words(title="Up {name}", text="a\nb"), by=1)
    second = await opened(server)

    assert fields(first) == ["{name} upgraded", "Now at {tier}."]
    assert fields(second) == ["Up {name}", "a\nb"]
    assert "{tier_before}" in str(first.modal)


async def test_words_are_tried_then_saved(server, part, slot, current, store, guild):
    answer = await tried(await opened(server), "{name} went up", "From {tier_before} to {tier}!")
    assert answer.ephemeral
    assert "Nothing is saved yet" in answer.content
    assert answer.embeds[0]["title"] == "Robin Sample went up"
    assert answer.embeds[0]["description"] == "From Friend to Patron!"
    assert await current() == Words(title="{name} upgraded", text="Now at {tier}.")

    await answer.press(SAVE)
    await answer.until(lambda a: a.content.startswith("Saved"))

    assert await current() == Words(title="{name} went up", text="From {tier_before} to {tier}!")
    assert labels(answer) == [AGAIN, BUILT_IN]
    async with store.read() as work:
        (entry,) = (await work.audit.page(AuditQuery(guild_id=guild.id))).entries
    assert (entry.action, entry.user_id) == ("words.saved", server.user("owner").user.id)


async def test_the_preview_is_exactly_what_the_feed_shows(server, part, slot, services, guild):
    words = Words(title="{name}", text="*{tier}* @everyone <@1>")
    answer = await tried(await opened(server), words.title, words.text)

    preview = await services.wording.preview(guild.id, slot, words)

    shown = embed_of(preview.card).to_dict()
    assert {key: answer.embeds[0][key] for key in ("title", "description", "fields", "color")} == {
        key: shown[key] for key in ("title", "description", "fields", "color")
    }
    assert armed(answer.embeds[0]["description"]) is None
    assert not answer.message.mention_everyone


async def test_the_form_opens_again_with_what_was_tried(server, part, slot, current):
    answer = await tried(await opened(server), "First {name}", "one\n\n```two```")

    form = await answer.press(AGAIN)
    assert fields(form) == ["First {name}", "one\n\n```two```"]
    again = await form.submit({"Title": "Second {name}"})
    await answer.until(lambda a: "Second" in a.content)
    await answer.press(SAVE)
    await answer.until(lambda a: a.content.startswith("Saved"))

    assert again.interaction.source is answer.message
    assert await current() == Words(title="Second {name}", text="one\n\n```two```")


async def test_words_that_cannot_be_used_are_explained_and_kept(server, part, slot, current):
    answer = await tried(await opened(server), "{mail}", "some long text")
    assert "There is no variable `{mail}`" in answer.embeds[0]["description"]
    assert "`{first_name}`" in answer.embeds[0]["description"]
    assert labels(answer) == [AGAIN]

    form = await answer.press(AGAIN)
    assert fields(form) == ["{mail}", "some long text"]
    await form.submit({"Title": "{name}"})
    await answer.until(lambda a: SAVE in labels(a))

    assert answer.embeds[0]["title"] == "Robin Sample"
    assert await current() == Words(title="{name} upgraded", text="Now at {tier}.")


async def test_amounts_are_refused_in_public_words_and_allowed_for_the_staff(server, part, slot):
    public = await tried(await opened(server), "{name}", "{amount}")
    staff = await tried(await opened(server, variant="staff"), "{name}", "{amount}")

    assert "amounts are hidden" in public.embeds[0]["description"]
    assert staff.embeds[0]["description"] == "$10"


async def test_the_built_in_words_come_back(server, part, slot, current, services, guild):
    await services.wording.save(guild.id, slot, Words(title="own"), by=1)
    owner = server.user("owner")

    answer = await (await owner.slash("patreon words reset", kind="upgraded")).finished()
    assert await current() == Words(title="{name} upgraded", text="Now at {tier}.")
    assert answer.embeds[0]["title"] == "Robin Sample upgraded"
    assert "built-in words are in use" in answer.content

    trial = await tried(await opened(server), "other")
    await trial.press(SAVE)
    await trial.until(lambda a: a.content.startswith("Saved"))
    await trial.press(BUILT_IN)
    await trial.until(lambda a: "built-in words are in use" in a.content)
    assert await current() == Words(title="{name} upgraded", text="Now at {tier}.")


async def test_every_step_works_for_a_bot_that_was_started_after_it(
    server, new_part, slot, current
):
    async with running(new_part()):
        form = await opened(server)
    async with running(new_part()):
        answer = await tried(form, "{mail}", "kept")
    async with running(new_part()):
        form = await answer.press(AGAIN)
    async with running(new_part()):
        await form.submit({"Title": "{name}!"})
        await answer.until(lambda a: SAVE in labels(a))
    async with running(new_part()):
        await answer.press(SAVE)
        await answer.until(lambda a: a.content.startswith("Saved"))

    assert await current() == Words(title="{name}!", text="kept")


async def test_forms_that_never_come_back_take_up_no_memory(server, part, slot):
    for _ in range(3):
        await opened(server)

    assert part._bot._connection._view_store._modals == {}


class Failing:
    """Wording whose calls fail with `error` while there is one."""

    def __init__(self, wording):
        self.wording = wording
        self.error = None

    def __getattr__(self, name):
        if self.error and name in ("preview", "save", "current"):
            raise self.error
        return getattr(self.wording, name)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TemporaryError("The database is busy."), "The database is busy."),
        (RuntimeError("bug"), "Something went wrong in the bot"),
    ],
)
async def test_nothing_typed_is_lost_when_the_bot_fails(
    server, new_part, services, slot, current, error, said, caplog
):
    failing = Failing(services.wording)
    async with running(new_part(services=replace(services, wording=failing))):
        form = await opened(server)
        failing.error = error
        answer = await form.submit({"Title": "{name}", "Text": "typed for an hour"})
        await answer.until(lambda a: not a.thinking and AGAIN in labels(a))
        assert said in answer.embeds[0]["description"]
        assert "typed for an hour" in answer.content

        again = await answer.press(AGAIN)
        assert fields(again) == ["{name}", "typed for an hour"]
        failing.error = None
        await again.submit({})
        await answer.until(lambda a: SAVE in labels(a))
        failing.error = error
        failed = await answer.press(SAVE)
        await failed.until(lambda a: a.followups)
        assert said in failed.followups[0].content
        assert "typed for an hour" in answer.content
        failing.error = None
        await answer.press(SAVE)
        await answer.until(lambda a: a.content.startswith("Saved"))

    assert (await current()).text == "typed for an hour"
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert bool(logged) is isinstance(error, RuntimeError)
    assert "typed for an hour" not in str([record.__dict__ for record in caplog.records])


class Hanging:
    """Wording that never answers."""

    async def followed(self, guild_id):
        await asyncio.Event().wait()


async def test_a_database_that_hangs_is_said_while_discord_still_listens(
    server, new_part, services, slot
):
    async with running(new_part(services=replace(services, wording=Hanging()))):
        answer = await opened(server)

    assert "The database did not answer in time." in answer.content


async def test_of_several_campaigns_one_must_be_named(server, part, linked, store, guild, services):
    async with store.write() as work:
        other = campaign(id="1002", name="Second *Shop*")
        await work.campaigns.save(other, [tier(id="9", campaign_id="1002")], creator_id=1)
        second = await work.links.save(link(guild_id=guild.id, campaign_id="1002"), at=NOW)
    owner = server.user("owner")

    refused = await opened(server)
    offered = await owner.autocomplete("patreon words edit", "campaign", "sec", kind="upgraded")
    answer = await tried(await opened(server, campaign="1002"), "Two: {name}")
    await answer.press(SAVE)
    await answer.until(lambda a: a.content.startswith("Saved"))

    assert "Name one campaign" in refused.content
    assert "Second \\*Shop\\*" in refused.content
    assert [(one["name"], one["value"]) for one in offered] == [("Second *Shop*", "1002")]
    slot = Slot(second, Kind.UPGRADED, Variant.PUBLIC)
    assert (await services.wording.current(guild.id, slot)).title == "Two: {name}"


@pytest.fixture
def elsewhere(world):
    """Another server, with an owner and a channel `lobby`."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    return other


def forged(world, channel, custom_id, content=FORGED):
    """A message of the bot with a button that it never made."""
    message = world.messages.write("patreon-bot", channel, content)
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]
    return message


async def said(reply):
    await until(lambda: reply.followups or reply.content != FORGED)
    return reply.followups[-1].content if reply.followups else reply.content


async def test_a_stranger_reads_and_changes_no_words_of_this_server(
    server, part, world, slot, services, guild, current, elsewhere, store
):
    secret = Words(title="Secret {name}")
    await services.wording.save(guild.id, slot, secret, by=1)
    stranger = server.user("stranger")
    draft = draft_text("", Words(title="Mine"))

    answers = []
    for link_id in (slot.link_id, 999):
        for act in ("edit", "reset", "save"):
            content = draft if act == "save" else FORGED
            custom_id = f"words1|{act}|{link_id}|upgraded|public"
            reply = await stranger.press(forged(world, "lobby", custom_id, content), "Go")
            await until(lambda r=reply, c=content: r.followups or r.content != c)
            answers.append(reply.followups[-1].content if reply.followups else reply.content)
    for command in ("show", "edit", "reset"):
        options = {} if command == "show" else {"kind": "upgraded", "campaign": "1001"}
        name = f"patreon words {command}"
        reply = await (await stranger.slash(name, channel="lobby", **options)).finished()
        assert "follows no campaign yet" in reply.content
    suggested = await stranger.autocomplete(
        "patreon words edit", "campaign", channel="lobby", kind="upgraded"
    )

    assert set(answers) == {
        "This server follows no such campaign (any more). Use `/patreon words show`."
    }
    assert suggested == []
    assert await current() == secret


async def test_the_form_of_a_stranger_is_not_taken(server, part, world, slot, current, elsewhere):
    stranger = server.user("stranger")
    theirs = draft_text("", Words(title="Mine"))
    edit = forged(world, "lobby", f"words1|edit|{slot.link_id}|upgraded|public", theirs)
    form = await stranger.press(edit, "Go")

    reply = await form.submit({})
    await until(lambda: edit.embeds)

    assert "follows no such campaign" in edit.embeds[0]["description"]
    assert reply.followups == []
    assert await current() == Words(title="{name} upgraded", text="Now at {tier}.")


async def test_who_lost_the_right_saves_nothing(
    server, part, world, guild, services, slot, current
):
    role = world.add_role(guild, "Writers", Permission.MANAGE_MESSAGES)
    await until(lambda: part._bot.get_guild(guild.id).get_role(role.id))
    boss = Person(user_id=1, can_manage_guild=True)
    rights = frozenset({Right.ADMINISTRATE})
    await services.rights.change(guild.id, role.id, rights, by=boss, role_name="Writers")
    member = guild.members[world.user_named("member").id]
    world.set_roles(member, {role.id})
    form = await opened(server, "member")
    answer = await tried(await opened(server, "member"), "mine")
    world.set_roles(member, set())

    late = await tried(form, "{name} late")
    refused = await answer.press(SAVE)

    assert "This changes settings" in late.embeds[0]["description"]
    assert "This changes settings" in refused.content
    assert await current() == Words(title="{name} upgraded", text="Now at {tier}.")


@pytest.mark.parametrize(
    "custom_id",
    [
        "words0|save|1|upgraded|public",
        "words1|burn|1|upgraded|public",
        "words1|edit|x|upgraded|public",
        "words1|edit|99999999999|upgraded|public",
        "words1|edit|1|upgraded",
        "words1|edit|1|fly|public",
        "words1|edit|1|upgraded|secret",
        "words1|",
    ],
)
async def test_a_forged_button_is_answered_with_a_sentence(server, part, world, slot, custom_id):
    reply = await server.user("owner").press(forged(world, "general", custom_id), "Go")

    assert "out of date" in await said(reply)


async def test_a_message_that_keeps_no_words_saves_none(server, part, world, slot, current):
    custom_id = f"words1|save|{slot.link_id}|upgraded|public"

    reply = await server.user("owner").press(forged(world, "general", custom_id), "Go")

    assert "keeps no words" in await said(reply)
    assert (await current()).title == "{name} upgraded"


WRITTEN = st.text(max_size=200) | st.text(alphabet="`*\n{} a", max_size=200)


@given(WRITTEN, WRITTEN)
def test_a_message_gives_the_words_back_that_it_keeps(title, text):
    try:
        words = checked(Words(title=title, text=text), may_name_amount=True)
    except UserError:
        return

    content = draft_text("A sentence.", words)

    assert read_draft(content) == words
    assert content.count("```") == 4


@pytest.mark.parametrize("character", ["x", "😀", "`", "\\"])
def test_a_message_is_never_too_long(character):
    words = Words(title=character * 200, text=character * 1_500)

    content = draft_text("s" * 400, words)

    assert units(content) <= LONGEST_CONTENT
    assert read_draft(content) is not None


def test_words_of_full_length_fit_beside_the_longest_sentence():
    words = Words(title="t" * 200, text="x" * 1_500)

    assert read_draft(draft_text("s" * 400, words)) == words


@pytest.mark.parametrize("text", HOSTILE)
def test_words_and_values_arm_no_mention_and_no_markup(text):
    words = Words(title="{name} " + text, text="{name}\n" + text + "\n{tier}")
    shown = filled(words, {"name": text, "tier": text})

    embed = embed_of(card(title=shown.title, text=shown.text))

    assert armed(embed.title) is None
    assert armed(embed.description) is None


def test_a_campaign_is_picked_by_id_name_or_part_of_it():
    one = Followed(link_id=1, campaign_id="11", name="Alpha")
    two = Followed(link_id=2, campaign_id="22", name="Alphabet")

    assert pick([one], None) == one
    assert pick([one, two], "22") == two
    assert pick([one, two], "alpha") == one
    assert pick([one, two], "BET") == two
    for typed in (None, "al", "@everyone"):
        with pytest.raises(UserError) as refused:
            pick([one, two], typed)
        assert armed(str(refused.value).replace("`campaign`", "")) is None
