"""`/patreon campaigns`, `/patreon tiers` and `/patreon tier-name`, within one server."""

import pytest

from core.guilds import Link
from core.members import Tier
from core.rights import Person
from tests.cogs.conftest import running, until
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, campaign, member, save_link, tier


@pytest.fixture
def elsewhere(world):
    """Another server, with an owner and a channel `lobby`."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    return other


@pytest.fixture
async def foreign(store, linked, elsewhere):
    """Another server follows the campaign 1002 with its tier 901 and its member x1."""
    async with store.write() as work:
        await work.campaigns.save(
            campaign(id="1002", name="Secret Lab"),
            [tier(id="901", campaign_id="1002", title="Hidden")],
            creator_id=1,
        )
        await work.campaigns.note_sync("1002", at=NOW, is_complete=True, error=None)
        await work.members.save(
            [(member(id="x1", campaign_id="1002", name="Zoe", tier_ids=("901",)), b"1")],
            seen_at=NOW,
        )
        await work.links.save(Link(guild_id=elsewhere.id, campaign_id="1002"), at=NOW)


async def ask(server, command, user="moderator", channel="general", **options):
    asked = await server.user(user).slash(f"patreon {command}", channel=channel, **options)
    return await asked.finished()


def described(answer):
    return answer.embeds[0]["description"]


async def press(answer, label):
    before = answer.text
    await answer.press(label)
    return await answer.until(lambda a: a.text != before)


async def save_tiers(store, *tiers):
    async with store.write() as work:
        await work.campaigns.save_tiers(tiers)


async def test_campaigns_are_shown_with_people_tiers_and_channels(
    server, part, store, guild, feed, linked, services, api, clock
):
    api.campaign = campaign(url="https://www.patreon.com/a(b)")
    api.members = [member(), member(id="2", tier_ids=("200",), name="Bo")]
    await services.sync.run("1001")

    answer = await ask(server, "campaigns")

    assert answer.ephemeral
    assert "**[Ada's Workshop](https://www.patreon.com/a%28b%29)**" in described(answer)
    assert "**2** members (2 paid) · 3 tiers" in described(answer)
    assert f"last read <t:{int(clock().timestamp())}:R>" in described(answer)
    assert f"Shown here in: feed <#{feed.id}>" in described(answer)


async def test_a_campaign_that_was_never_read_says_what_to_do(server, part, store, guild):
    await save_link(store, guild_id=guild.id, feed_channel_id=None)

    answer = await ask(server, "campaigns")

    assert "Campaign 1001" in answer.text
    assert "/patreon sync" in answer.text
    assert "Shown in no channel here" in answer.text


async def test_channels_of_other_servers_are_not_told(server, part, store, linked, elsewhere):
    async with store.write() as work:
        other = Link(guild_id=elsewhere.id, campaign_id="1001", staff_channel_id=4242)
        await work.links.save(other, at=NOW)

    assert "4242" not in (await ask(server, "campaigns")).text


async def test_tiers_are_shown_with_price_people_limit_and_benefits(
    server, part, linked, services, api
):
    api.campaign = campaign(currency="EUR")
    api.tiers = [
        tier(id="200", title="Free", amount_cents=0),
        tier(patron_limit=2, benefits=("Early posts", "A *call*")),
        tier(id="202", title="Patron", amount_cents=123_450, patron_limit=50),
        tier(id="203", title="Old", amount_cents=100, is_published=False),
    ]
    api.members = [member(), member(id="2", name="Bo")]
    await services.sync.run("1001")

    shown = described(await ask(server, "tiers")).split("\n**")

    assert shown == [
        "**Free** · free\n0 members · 💤 unused",
        "Friend** · €5\n2 of 2 members (full)\n🎁 Early posts, A \\*call\\*",
        "Patron** · €1,234.50\n0 of 50 members · 💤 unused",
        "Old** · €1\n0 members · 💤 unused · 🙈 not published",
    ]


async def test_nobody_is_called_missing_before_the_first_sync(server, part, store, guild):
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.campaigns.save(campaign(), [tier(patron_limit=5)], creator_id=creator_id)
    await save_link(store, guild_id=guild.id)

    assert "patrons not read yet, at most 5" in (await ask(server, "tiers")).text


async def test_a_thousand_tiers_are_paged_there_and_back_after_a_restart(
    server, new_part, store, linked
):
    many = [tier(id=f"t{n:04}", title=f"Level {n}", amount_cents=1000 + n) for n in range(1000)]
    await save_tiers(store, *many)
    async with running(new_part()):
        answer = await ask(server, "tiers")
    async with running(new_part()):
        await press(answer, "Next")
        second = described(answer)
        await press(answer, "Prev")

    assert "**Level 5**" in second
    assert "page 1 of 126" in answer.text
    assert "**Free**" in described(answer)


async def test_a_page_beyond_the_end_is_the_last_one(server, part, store, linked, world):
    await save_tiers(store, *(tier(id=f"t{n}", title=f"Level {n}") for n in range(9)))
    page = forged(world, "general", "lookups1|tiers|next|999999999")

    await server.user("moderator").press(page, "Go")
    await until(lambda: page.embeds)

    assert "page 2 of 2" in str(page.embeds)


async def test_several_campaigns_head_their_own_tiers(server, part, store, linked, guild, foreign):
    async with store.write() as work:
        await work.links.save(Link(guild_id=guild.id, campaign_id="1002"), at=NOW)

    shown = described(await ask(server, "tiers"))

    assert shown.index("__Ada's Workshop__") < shown.index("**Friend**")
    assert shown.index("__Secret Lab__") < shown.index("**Hidden**")


async def test_a_tier_gets_a_name_of_this_server(server, part, store, linked, services, elsewhere):
    answer = await ask(server, "tier-name", "owner", tier="201", name="Buddy *1*")

    assert answer.ephemeral
    assert "“Friend” now “Buddy \\*1\\*”" in answer.content
    assert "On Patreon its name stays" in answer.content
    assert "**Buddy \\*1\\*** (on Patreon: Friend) · $5" in described(await ask(server, "tiers"))
    async with store.write() as work:
        await work.links.save(Link(guild_id=elsewhere.id, campaign_id="1001"), at=NOW)
    other = described(await ask(server, "tiers", "stranger", "lobby"))
    assert "**Friend**" in other
    assert "Buddy" not in other


async def test_the_name_is_used_in_the_list_of_members(server, part, linked, services, api):
    api.members = [member()]
    await services.sync.run("1001")
    await ask(server, "tier-name", "owner", tier="Friend", name="Buddy")

    everybody = await ask(server, "members")
    some = await ask(server, "members", tier="buddy")
    suggested = await server.user("moderator").autocomplete("patreon members", "tier", "bud")

    assert "**Ada** · Buddy · " in everybody.text
    assert "**Ada**" in some.text
    assert suggested == [{"name": "Buddy", "value": "201"}]


async def test_without_a_name_a_tier_is_called_as_on_patreon_again(server, part, store, linked):
    await ask(server, "tier-name", "owner", tier="201", name="Buddy")

    offered = await server.user("owner").autocomplete("patreon tier-name", "tier", "friend")
    answer = await ask(server, "tier-name", "owner", tier="buddy")

    assert offered == [{"name": "Buddy (on Patreon: Friend)", "value": "201"}]
    assert "“Friend” in this server, as on Patreon" in answer.content
    assert "Buddy" not in (await ask(server, "tiers")).text
    told = (await ask(server, "audit", "owner")).text
    assert "tier.renamed" in told
    assert "tier.name\\_reset" in told


async def test_the_same_name_again_leaves_no_entry(server, part, store, linked, guild):
    await ask(server, "tier-name", "owner", tier="201", name="Friend")

    async with store.read() as work:
        assert await work.tier_names.of_guild(guild.id) == {}
        assert await work.audit.actions(guild.id) == []


@pytest.mark.parametrize("name", ["\u200b", "\u2800\u3164"])
async def test_a_name_that_shows_nothing_is_refused(server, part, linked, name):
    assert (
        "shows nothing" in (await ask(server, "tier-name", "owner", tier="201", name=name)).content
    )


async def test_a_tier_by_a_title_that_several_have_is_asked_for_again(server, part, store, linked):
    await save_tiers(store, tier(id="204", title="Friend"))

    answer = await ask(server, "tier-name", "owner", tier="friend", name="x")

    assert "Several tiers fit" in answer.content


async def test_hostile_titles_names_and_benefits_are_only_text(server, part, store, linked):
    texts = [text for text in HOSTILE if text.strip()][:8]
    await save_tiers(
        store,
        *(tier(id=f"h{n}", title=text, benefits=(text,)) for n, text in enumerate(texts)),
    )
    for number, text in enumerate(texts[:4]):
        await ask(server, "tier-name", "owner", tier=f"h{number}", name=text[:60])

    answer = await ask(server, "tiers")
    for page in (answer, await press(answer, "Next")):
        for line in described(page).replace("**", "").splitlines():
            assert armed(line) is None, line
        assert not page.message.mention_everyone


@pytest.mark.parametrize("custom_id", ["lookups0|tiers|next|0", "lookups1|cats|next|0",
    "lookups1|tiers|fly|0", "lookups1|tiers|next|-1", "lookups1|tiers|next|0|", "lookups1|"],
)  # fmt: skip
async def test_a_forged_button_is_answered_with_a_sentence(server, part, linked, world, custom_id):
    reply = await server.user("moderator").press(forged(world, "general", custom_id), "Go")

    assert "out of date" in reply.content


def forged(world, channel, custom_id):
    """A message of the bot with a button that it never made."""
    message = world.messages.write("patreon-bot", channel, "forged")
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]
    return message


async def test_a_stranger_is_shown_no_campaign_and_no_tier_of_another_server(
    server, part, foreign, world
):
    campaigns = await ask(server, "campaigns", "stranger", "lobby")
    tiers = await ask(server, "tiers", "stranger", "lobby")
    here = [await ask(server, name) for name in ("campaigns", "tiers")]

    assert "Secret Lab" in campaigns.text
    assert "Ada" not in campaigns.text
    assert "Hidden" in tiers.text
    assert "Friend" not in tiers.text
    assert not [text for text in ("Secret", "Hidden") for each in here if text in each.text]


async def test_a_stranger_cannot_name_the_tier_of_another_server(
    server, part, foreign, store, services, elsewhere
):
    stranger = server.user("stranger")
    offered = await stranger.autocomplete("patreon tier-name", "tier", channel="lobby")
    foreign_id = await ask(server, "tier-name", "stranger", "lobby", tier="201", name="Mine")
    unknown = await ask(server, "tier-name", "stranger", "lobby", tier="9999", name="Mine")

    assert [choice["value"] for choice in offered] == ["901"]
    assert foreign_id.content == unknown.content.replace("9999", "201")
    async with store.read() as work:
        assert await work.tier_names.of_guild(elsewhere.id) == {}


async def test_a_stranger_is_refused_below_the_commands_too(foreign, services, elsewhere, store):
    by = Person(user_id=1, can_manage_guild=True)

    for tier_id in ("201", "9999"):
        with pytest.raises(Exception, match="There is no such tier"):
            await services.lookups.rename_tier(elsewhere.id, tier_id, "Mine", by=by)


async def test_a_moderator_who_may_not_administrate_names_no_tier(server, part, linked, store):
    answer = await ask(server, "tier-name", tier="201", name="Buddy")
    offered = await server.user("moderator").autocomplete("patreon tier-name", "tier")

    assert "This changes settings" in answer.content
    assert offered == []


async def test_prices_are_written_in_any_currency(server, part, store, linked):
    async with store.write() as work:
        odd = campaign(currency="X*@everyone")
        most = Tier(id="201", campaign_id="1001", title="Friend", amount_cents=2**53 - 1)
        await work.campaigns.save(odd, [most], creator_id=1)

    answer = await ask(server, "tiers")

    assert "X\\*@\u200bEVERYONE" in described(answer)
