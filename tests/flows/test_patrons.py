"""What patrons may ask about themselves, who they are taken for, and what they hide."""

import json
from datetime import timedelta

import pytest

from core.audit import AuditEntry, AuditQuery
from core.changes import Kind
from core.errors import UserError
from core.feed import FeedPolicy
from core.guilds import Link
from core.patrons import REWRITTEN, Patrons
from core.privacy import NOTHING_HIDDEN, Privacy
from core.words import Slot, Variant, Words
from tests.flows.conftest import FEED, GUILD, STAFF

ADA, BOB, NOBODY = 111, 222, 999
OTHER_GUILD = 77


@pytest.fixture
def rings():
    return []


@pytest.fixture
def patrons(store, clock, rings):
    return Patrons(store, FeedPolicy(), clock=clock, on_announced=lambda: rings.append(clock()))


@pytest.fixture
async def ada(bot):
    """Ada joined and was announced; her Discord account is known from Patreon."""
    await bot.take_stock()
    joined = bot.world.join(name="Ada King", discord_id=str(ADA))
    await bot.happen(joined)
    return joined.member


@pytest.fixture
async def bob(bot, ada):
    joined = bot.world.join(name="Bob", discord_id=str(BOB))
    await bot.happen(joined)
    return joined.member


async def whoami(patrons, discord_id, guild_id=GUILD):
    about = await patrons.about(guild_id, discord_id)
    return None if about is None else [m.member.name for m in about.memberships]


async def test_a_person_is_told_their_memberships_history_and_announcements(bot, patrons, ada):
    high = max(bot.world.tiers(), key=lambda tier: tier.amount_cents)
    await bot.happen(bot.world.upgrade(ada, high))

    about = await patrons.about(GUILD, ADA)

    (membership,) = about.memberships
    assert (about.privacy, about.linked_at) == (NOTHING_HIDDEN, None)
    assert (membership.member.id, membership.campaign.id) == (ada.id, bot.campaign_id)
    assert [change.kind for change, _ in membership.history] == [Kind.UPGRADED, Kind.JOINED]
    assert membership.announcements == 2
    named = {*membership.member.tier_ids, *ada.tier_ids}
    assert {tier.id for tier in membership.tiers} == named
    assert high.id in named


async def test_tiers_are_called_as_the_guild_calls_them(bot, patrons, ada, store, clock):
    async with store.write() as work:
        await work.tier_names.save(GUILD, ada.tier_ids[0], "Stargazers", at=clock())

    about = await patrons.about(GUILD, ADA)

    assert "Stargazers" in [tier.title for tier in about.memberships[0].tiers]


@pytest.mark.parametrize("guild_id", [GUILD, OTHER_GUILD])
async def test_a_stranger_learns_nothing_and_changes_nothing(patrons, ada, guild_id, store):
    stranger = NOBODY if guild_id == GUILD else ADA

    assert await patrons.about(guild_id, stranger) is None
    assert await patrons.export(guild_id, stranger) is None
    assert not await patrons.unlink(guild_id, stranger)
    with pytest.raises(UserError, match="Nobody"):
        await patrons.forget(guild_id, stranger)
    with pytest.raises(UserError, match="Nobody"):
        await patrons.hide(guild_id, stranger, name=True)

    assert await whoami(patrons, ADA) == ["Ada King"]
    async with store.read() as work:
        assert (await work.audit.page(AuditQuery(guild_id=None))).entries == ()


async def test_a_person_sees_only_the_campaigns_that_the_guild_follows(patrons, ada, store, clock):
    async with store.write() as work:
        await work.links.save(
            Link(guild_id=OTHER_GUILD, campaign_id="another", feed_channel_id=5), at=clock()
        )

    assert await whoami(patrons, ADA, OTHER_GUILD) is None
    await patrons.link(ada.user_id, ADA)
    assert await whoami(patrons, ADA, OTHER_GUILD) is None
    assert await patrons.export(OTHER_GUILD, ADA) is None


async def test_a_proof_outweighs_what_patreon_says(patrons, ada, bob, clock):
    await patrons.link(bob.user_id, ADA)

    assert await whoami(patrons, ADA) == ["Bob"]
    assert await whoami(patrons, BOB) is None
    assert (await patrons.about(GUILD, ADA)).linked_at == clock()


async def test_somebody_whose_account_was_proven_to_be_another_is_not_taken_for_it(
    patrons, ada, bob
):
    await patrons.link(ada.user_id, NOBODY)

    assert await whoami(patrons, NOBODY) == ["Ada King"]
    assert await whoami(patrons, ADA) is None


async def test_the_newest_proof_wins(patrons, ada, bob, clock):
    await patrons.link(ada.user_id, NOBODY)
    clock.advance(days=1)
    await patrons.link(bob.user_id, NOBODY)

    assert await whoami(patrons, NOBODY) == ["Bob"]
    assert await whoami(patrons, ADA) == ["Ada King"]


async def test_a_proof_names_the_campaigns_of_the_guild_only(bot, patrons, ada):
    assert await patrons.link(ada.user_id, ADA, guild_id=OTHER_GUILD) == ()
    assert await patrons.link(ada.user_id, ADA, guild_id=GUILD) == (bot.world.campaign().name,)
    assert await patrons.link("unheard of", NOBODY) == ()


async def test_a_proof_can_be_taken_back(patrons, ada, bob):
    await patrons.link(bob.user_id, ADA)
    await patrons.hide(GUILD, ADA, name=True)

    assert await patrons.unlink(GUILD, ADA)

    assert not await patrons.unlink(GUILD, ADA)
    assert await whoami(patrons, ADA) == ["Ada King"]
    assert (await patrons.about(GUILD, BOB)).privacy == Privacy(hides_name=True)


async def test_of_two_accounts_at_patreon_the_last_one_read_counts(bot, patrons, ada, bob):
    bot.world.link_discord(bob, str(ADA))
    bot.clock.advance(seconds=1)
    await bot.sync.run(bot.campaign_id)

    assert await whoami(patrons, ADA) == ["Bob"]


async def test_hiding_the_name_counts_for_what_comes_and_what_was_told_lately(
    bot, patrons, ada, rings
):
    low = min((t for t in bot.world.tiers() if t.amount_cents), key=lambda t: t.amount_cents)
    high = max(bot.world.tiers(), key=lambda tier: tier.amount_cents)
    bot.clock.advance(REWRITTEN - timedelta(days=1))
    await bot.happen(bot.world.upgrade(ada, high))
    bot.clock.advance(days=2)

    assert await patrons.hide(GUILD, ADA, name=True) == Privacy(hides_name=True)
    await bot.happen(bot.world.downgrade(ada, low))

    assert len(rings) == 1
    assert bot.titles() == ["Ada King joined", "A patron upgraded", "A patron changed tier"]
    upgraded = bot.channels.shown[1].card
    assert [fact.name for fact in upgraded.facts] == ["Tier", "Member since"]
    assert high.title in upgraded.text


async def test_hiding_the_tier_leaves_out_tiers_and_amounts(bot, patrons, ada):
    await patrons.hide(GUILD, ADA, tier=True)
    await bot.settle()

    (shown,) = bot.channels.shown
    tiers = [tier.title for tier in bot.world.tiers() if tier.amount_cents]
    assert shown.card.title == "Ada King joined"
    assert not [title for title in tiers if title in shown.card.to_json()]
    assert [fact.name for fact in shown.card.facts] == ["Member since"]


@pytest.mark.parametrize("hidden", ["name", "tier"])
async def test_hiding_the_name_takes_away_the_picture_of_what_was_told(bot, patrons, ada, hidden):
    (told,) = bot.channels.shown
    assert told.card.portrait.owner_id == ada.id

    await patrons.hide(GUILD, ADA, **{hidden: True})
    await bot.settle()

    (shown,) = bot.channels.shown
    assert shown.card.portrait == (None if hidden == "name" else told.card.portrait)


async def test_showing_again_counts_for_what_comes_and_names_nothing_older(
    bot, patrons, ada, rings
):
    await patrons.hide(GUILD, ADA, name=True, tier=True)
    await bot.settle()

    assert await patrons.hide(GUILD, ADA, name=False) == Privacy(hides_tier=True)
    await bot.happen(bot.world.cancel(ada))

    assert len(rings) == 1
    assert bot.titles() == ["A patron joined", "Ada King cancelled"]


async def test_a_wish_that_changes_nothing_is_no_news(patrons, ada, rings, store):
    assert await patrons.hide(GUILD, ADA) == NOTHING_HIDDEN
    assert await patrons.hide(GUILD, ADA, name=False) == NOTHING_HIDDEN

    assert rings == []
    async with store.read() as work:
        assert (await work.audit.page(AuditQuery(guild_id=GUILD))).entries == ()


async def test_what_a_patron_does_is_in_the_audit_without_them(patrons, ada, store):
    await patrons.link(ada.user_id, ADA, guild_id=GUILD)
    await patrons.hide(GUILD, ADA, name=True, tier=True)
    await patrons.unlink(GUILD, ADA)

    async with store.read() as work:
        entries = (await work.audit.page(AuditQuery(guild_id=GUILD))).entries
    assert [entry.user_id for entry in entries] == [None] * 3
    assert [(entry.action, entry.detail) for entry in entries] == [
        ("patron.unlinked", "A patron took their proof back."),
        ("patron.privacy_changed", "A patron hides their name and tier."),
        ("patron.linked", "A patron proved who they are."),
    ]


async def test_a_message_told_again_in_public_never_gets_the_staffs_words(
    bot, patrons, ada, store, clock
):
    async with store.write() as work:
        (link,) = await work.links.of_guild(GUILD)
        words = Words(title="{name} pays {amount}", text="For {tier}.")
        await work.words.save(Slot(link.id, Kind.JOINED, Variant.STAFF), words)
        public = Words(title="Welcome, {name}", text="You chose {tier}.")
        await work.words.save(Slot(link.id, Kind.JOINED, Variant.PUBLIC), public)
        settings = Link(
            guild_id=GUILD,
            campaign_id=bot.campaign_id,
            feed_channel_id=FEED,
            staff_channel_id=STAFF,
            staff_kinds=frozenset({Kind.JOINED}),
        )
        await work.links.save(settings, at=clock())

    await patrons.hide(GUILD, ADA, name=True)
    await bot.settle()

    assert bot.titles() == ["Welcome, A patron"]


async def test_the_file_holds_everything_and_no_webhooks(bot, patrons, ada, bob, store, clock):
    async with store.write() as work:
        entry = AuditEntry(
            at=clock(), guild_id=GUILD, user_id=ADA, action="sync.run", detail="Ran a sync."
        )
        await work.audit.add(entry)
    await patrons.link(ada.user_id, ADA)
    await patrons.hide(GUILD, ADA, tier=True)

    text = await patrons.export(GUILD, ADA)

    told = json.loads(text)
    (membership,) = told["memberships"]
    assert text.decode() == json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False)
    assert told["person"]["discord_id"] == told["person"]["asked_as"] == str(ADA)
    assert told["person"]["hides_tier"]
    assert (membership["member"]["id"], membership["member"]["name"]) == (ada.id, "Ada King")
    assert membership["campaign"]["id"] == bot.campaign_id
    assert [change["kind"] for change in membership["history"]] == ["joined"]
    assert [a["title"] for a in membership["announcements"]] == ["Ada King joined"]
    assert membership["announcements"][0]["channel_id"] == str(FEED)
    assert [act["detail"] for act in told["done_with_the_bot"]] == ["Ran a sync."]
    assert "webhooks" in " ".join(told["notes"])
    assert "Bob" not in text.decode()
