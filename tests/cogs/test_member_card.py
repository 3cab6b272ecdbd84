"""`/patreon member`: one member of one server, for who may see them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from cogs.lookups_member_words import change_line, member_embed, suggestion
from cogs.text import units
from core.changes import Entry, Kind
from core.errors import TemporaryError
from core.guilds import Link
from core.images import ImageKind
from core.members import Status
from core.rights import EVERY_RIGHT, Person, Right
from core.roster import Found, MemberView, may_see_amounts
from tests.cogs.reading import HOSTILE, armed
from tests.cogs.test_lookups import ask, described
from tests.factories import NOW, campaign, change, member, save_link, tier, tiers

ADA = member().id
TIERS = {one.id: one for one in tiers()}
SEES = frozenset({Right.SEE_MEMBERS})
SEES_AMOUNTS = SEES | {Right.SEE_AMOUNTS}


@pytest.fixture
def known(store, linked):
    """Store members; Ada unless others are named."""

    async def known(*members):
        async with store.write() as work:
            states = [(one, b"1") for one in members or (member(),)]
            await work.members.save(states, seen_at=NOW)

    return known


@pytest.fixture
def elsewhere(world):
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [])
    return other


@pytest.fixture
def suggested(server):
    async def suggested(typed="", user="moderator", channel="general"):
        found = await server.user(user).autocomplete(
            "patreon member", "member", typed, channel=channel
        )
        return {choice["value"]: choice["name"] for choice in found}

    return suggested


@pytest.fixture
def amounts_for_moderators(services, guild, world):
    """The moderator has the right to see amounts, and no other new one."""

    async def give():
        role = next(role for role in guild.roles.values() if role.name == "Bronze")
        member = guild.members[world.user_named("moderator").id]
        world.set_roles(member, {*member.role_ids, role.id})
        by = Person(user_id=1, can_manage_guild=True)
        await services.rights.change(guild.id, role.id, SEES_AMOUNTS, by=by, role_name="Bronze")

    return give


async def test_a_member_is_shown_with_status_tier_payments_and_link(server, part, known):
    await known(member(discord_id=4242, is_gift=True))

    answer = await ask(server, "member", member="ada")

    shown = described(answer)
    assert answer.ephemeral
    assert answer.embeds[0]["title"] == "Ada"
    assert answer.embeds[0]["url"] == "https://www.patreon.com/user?u=5001"
    assert "🟢 active patron of Ada's Workshop · 🎁 gift" in shown
    assert "Tier: Friend" in shown
    assert f"Since: <t:{int(member().pledge_started_at.timestamp())}:D>" in shown
    assert "Discord: <@4242>" in shown
    assert f"Last charge: paid on <t:{int(member().last_charge_at.timestamp())}:D>" in shown
    assert f"Next charge: <t:{int(member().next_charge_at.timestamp())}:D>" in shown
    assert "Nothing since the first sync" in shown
    assert answer.message.mention_ids == []


async def test_a_member_is_shown_with_the_avatar_as_a_file(server, part, known, pictures):
    await known()
    await pictures.see(ImageKind.USER, ADA)

    answer = await ask(server, "member", member="ada")

    [file] = answer.attachments
    assert file.data == f"picture user-{ADA} avatar".encode()
    assert answer.embeds[0]["thumbnail"]["url"] == file.url


async def test_a_member_whom_no_news_was_about_is_shown_with_the_avatar_too(
    server, part, known, pictures
):
    await known()
    pictures.unmet.add(ADA)

    answer = await ask(server, "member", member="ada")

    assert [file.data for file in answer.attachments] == [f"picture user-{ADA} avatar".encode()]


async def test_a_member_without_an_avatar_is_shown_with_initials(server, part, known):
    await known(member(name="Ada Lovelace"))

    answer = await ask(server, "member", member="ada")

    assert [file.data for file in answer.attachments] == [b"initials AL avatar"]


async def test_a_member_of_whom_no_name_is_kept_has_no_picture(server, part, known, pictures):
    await known(member(name=None))
    await pictures.see(ImageKind.USER, ADA)

    answer = await ask(server, "member", member=ADA)

    assert answer.attachments == []
    assert "thumbnail" not in answer.embeds[0]


async def test_a_member_is_shown_when_no_picture_can_be_had(server, part, known, pictures):
    pictures.drawing_failure = TemporaryError("Dead.")
    await known()

    answer = await ask(server, "member", member="ada")

    assert answer.attachments == []
    assert answer.embeds[0]["title"] == "Ada"


async def test_amounts_are_for_the_right_to_see_them_alone(
    server, part, known, amounts_for_moderators
):
    await known()
    before = described(await ask(server, "member", member=ADA))
    listed_before = (await ask(server, "members")).text

    await amounts_for_moderators()
    after = described(await ask(server, "member", member=ADA))
    listed_after = (await ask(server, "members")).text

    assert "Amounts: hidden (they need the right “see amounts”)" in before
    assert "$" not in before + listed_before
    assert "Pledge: $5 every month" in after
    assert "Paid so far: $15" in after
    assert "**Ada** · Friend · $5 · active patron" in listed_after


async def test_what_a_member_hides_is_for_administrators_alone(
    server, part, known, amounts_for_moderators
):
    await known(member(hides_pledges=True))
    await amounts_for_moderators()

    moderator = described(await ask(server, "member", member=ADA))
    owner = described(await ask(server, "member", "owner", member=ADA))
    listed = [(await ask(server, "members", user)).text for user in ("moderator", "owner")]

    assert "Amounts: kept private by the member on Patreon" in moderator
    assert "$" not in moderator
    assert "Pledge: $5 every month" in owner
    assert ["$" in text for text in listed] == [False, True]


def test_who_may_see_amounts():
    shown, hidden = member(), member(hides_pledges=True)

    assert [may_see_amounts(shown, r) for r in (SEES, SEES_AMOUNTS, EVERY_RIGHT)] == [0, 1, 1]
    assert [may_see_amounts(hidden, r) for r in (SEES, SEES_AMOUNTS, EVERY_RIGHT)] == [0, 0, 1]


async def test_the_history_tells_the_latest_changes_and_how_many_more(
    server, part, known, store, services, guild
):
    await known()
    async with store.write() as work:
        await work.changes.add(
            [change(kind=Kind.JOINED, entry=Entry.TRIAL, before=(), after=("201",))], at=NOW
        )
        await work.changes.add([change()] * 19, at=NOW + timedelta(days=1))
        await work.tier_names.save(guild.id, "202", "Hero", at=NOW)

    lines = described(await ask(server, "member", member=ADA)).split("**\n")[1].splitlines()

    day = int((NOW + timedelta(days=1)).timestamp())
    assert lines == [f"<t:{day}:f> · upgraded: Friend → Hero"] * 15 + ["… and 5 more before"]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_change_has_words(kind):
    entry = Entry.PAID if kind in (Kind.JOINED, Kind.RETURNED) else None

    line = change_line(change(kind=kind, entry=entry), NOW, TIERS)

    assert line.startswith(f"<t:{int(NOW.timestamp())}:f> · ")
    assert "Friend → Patron" in line


def view_of(one, currency="USD", **overrides):
    parts = {"tiers": TIERS, "history": [], "change_count": 0} | overrides
    return MemberView(member=one, campaign_name="Workshop", currency=currency, **parts)


@pytest.mark.parametrize(
    ("currency", "shown"),
    [("EUR", "€5"), ("JPY", "¥5"), ("XYZ", "XYZ 5"), ("*@here", "\\*@\u200bHERE 5")],
)
def test_amounts_are_written_in_the_campaigns_currency(currency, shown):
    assert f"Pledge: {shown} every month" in described_by(view_of(member(), currency))


def described_by(view, rights=EVERY_RIGHT):
    return member_embed(view, rights).description


@pytest.mark.parametrize(
    ("months", "words"),
    [(1, "every month"), (12, "every year"), (6, "every 6 months"), (None, ""), (0, ""), (-1, "")],
)
def test_the_cadence_is_worded(months, words):
    shown = described_by(view_of(member(cadence_months=months)))

    assert f"Pledge: $5 {words}".rstrip() in shown.splitlines()


def test_who_cancelled_has_access_until_the_period_ends():
    shown = described_by(view_of(member(will_pay_cents=0)))

    assert "active patron, cancelled" in shown
    assert "Access until: <t:" in shown
    assert "Next charge" not in shown


def test_a_member_of_whom_hardly_anything_is_known_is_shown_too():
    bare = member(
        status=Status.UNKNOWN,
        user_id=None,
        name=None,
        tier_ids=(),
        cadence_months=None,
        entitled_cents=0,
        last_charge_status=None,
        last_charge_at=None,
        next_charge_at=None,
        pledge_started_at=None,
    )

    embed = member_embed(view_of(bare), SEES)

    assert (embed.title, embed.url) == ("Someone", None)
    assert "Tier: none" in embed.description


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_titles_and_charges_are_only_text(text):
    one = member(name=text, last_charge_status=text, user_id=text, tier_ids=("201",))
    history = [(change(), NOW)] * 15
    hostile = {i: tier(id=i, title=text) for i in ("201", "202")}
    view = replace(
        view_of(one, text, tiers=hostile, history=history, change_count=99), campaign_name=text
    )

    embed = member_embed(view, EVERY_RIGHT)

    ours = embed.description.replace("**What happened so far**", "")
    for line in ours.splitlines():
        assert armed(re.sub(r"<t:\d+:[fDR]>", "", line)) is None, line
    assert armed(embed.title) is None
    assert embed.url.startswith("https://www.patreon.com/user?u=")
    assert not set(embed.url) & set("<>[]() @")
    assert units(embed.description) <= 4096


def test_a_suggestion_always_fits():
    for text in HOSTILE:
        found = Found(
            members=(), tiers={"201": tier(title=text)}, campaign_names={"1001": text * 9}
        )
        assert 0 < units(suggestion(member(name=text * 9), found)) <= 100


async def test_members_are_suggested_by_name_the_likeliest_first(suggested, part, known):
    await known(
        member(id="1", name="Lady Ada", tier_ids=("202",)),
        member(id="2", name="Ada", status=Status.DECLINED),
        member(id="3", name="Bo"),
    )

    assert await suggested("ADA") == {
        "2": "Ada · Friend · payment declined",
        "1": "Lady Ada · Patron · active patron",
    }
    assert len(await suggested()) == 3


async def test_at_most_twenty_five_are_suggested(suggested, part, known):
    await known(*(member(id=f"m{n}", name=f"Ada {n:03}") for n in range(60)))

    assert list(await suggested("ada"))[-1] == "m24"


async def test_a_name_typed_by_hand_means_its_only_member(server, part, known):
    await known(member(name="Ada"), member(id="2", name="Adalbert"), member(id="3", name="Bo"))

    assert (await ask(server, "member", member=" ADA ")).embeds[0]["title"] == "Ada"
    assert (await ask(server, "member", member="bert")).embeds[0]["title"] == "Adalbert"


async def test_a_name_that_several_have_asks_to_pick(server, part, known):
    await known(member(), member(id="2", tier_ids=("202",)), member(id="3", name="Adam *"))

    same = await ask(server, "member", member="ada")
    some = await ask(server, "member", member="ad")

    assert "Several members are called “ada”" in same.content
    assert "Several members fit “ad”: Ada, Ada, Adam \\*. Pick one" in some.content


async def test_nobody_of_that_name_says_where_to_look(server, part, known):
    await known()

    answer = await ask(server, "member", member="*@everyone*")

    assert "No member is called “\\*@\u200beveryone\\*”" in answer.content
    assert "/patreon members" in answer.content


async def test_who_has_left_is_found_too(server, part, known):
    await known(member(status=Status.GONE, tier_ids=()))

    assert "⚫ left of Ada's Workshop" in described(await ask(server, "member", member="ada"))


@pytest.fixture
async def foreign(store, known, elsewhere):
    """Another server follows the campaign 1002 with its member x1; this one knows Ada."""
    await known()
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002", name="Secret Lab"), [], creator_id=1)
        zoe = member(id="x1", campaign_id="1002", name="Zoe", tier_ids=())
        await work.members.save([(zoe, b"1")], seen_at=NOW)
        await work.links.save(Link(guild_id=elsewhere.id, campaign_id="1002"), at=NOW)


async def test_a_stranger_finds_no_member_of_another_server(server, part, foreign, suggested):
    by_id = await ask(server, "member", "stranger", "lobby", member=ADA)
    by_name = await ask(server, "member", "stranger", "lobby", member="Ada")
    unknown = await ask(server, "member", "stranger", "lobby", member="Nobody")
    own = await ask(server, "member", "stranger", "lobby", member="x1")

    assert by_id.content == unknown.content.replace("Nobody", ADA)
    assert by_name.content == unknown.content.replace("Nobody", "Ada")
    assert own.embeds[0]["title"] == "Zoe"
    assert await suggested("", "stranger", "lobby") == {"x1": "Zoe · active patron"}
    assert await suggested("ada", "stranger", "lobby") == {}


async def test_a_stranger_to_the_use_case_is_given_nothing(foreign, services, elsewhere, guild):
    roster = services.roster

    assert await roster.member(elsewhere.id, ADA) is None
    assert await roster.meant(elsewhere.id, ADA) == []
    assert [one.id for one in await roster.meant(guild.id, "Ada")] == [ADA]


async def test_a_stranger_of_a_server_without_a_link_is_told_how_to_link(
    server, part, known, elsewhere, suggested
):
    await known()

    answer = await ask(server, "member", "stranger", "lobby", member=ADA)

    assert "follows no campaign yet" in answer.content
    assert await suggested("", "stranger", "lobby") == {}


async def test_among_several_campaigns_suggestions_name_theirs(
    foreign, store, guild, part, suggested
):
    async with store.write() as work:
        await work.links.save(Link(guild_id=guild.id, campaign_id="1002"), at=NOW)

    assert await suggested() == {
        ADA: "Ada · Friend · active patron · Ada's Workshop",
        "x1": "Zoe · active patron · Secret Lab",
    }


async def test_each_campaigns_amounts_are_in_its_own_currency(server, part, foreign, store, guild):
    async with store.write() as work:
        await work.campaigns.save(campaign(id="1002", currency="EUR"), [], creator_id=1)
        await work.links.save(Link(guild_id=guild.id, campaign_id="1002"), at=NOW)

    shown = (await ask(server, "members", "owner")).text

    assert "**Ada** · Friend · $5" in shown
    assert "**Zoe** · €5" in shown


async def test_nothing_is_suggested_to_who_may_not_see_members(
    server, part, known, world, suggested
):
    await known()
    for command in world.commands.all():
        command["default_member_permissions"] = None

    assert await suggested("ada", "member") == {}


async def test_a_link_that_is_gone_takes_its_members_along(server, part, known, store, guild):
    await known()
    await save_link(store, guild_id=guild.id, campaign_id="1003")

    assert "No member is called" in (await ask(server, "member", member=ADA)).content
