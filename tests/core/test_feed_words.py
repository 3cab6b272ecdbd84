"""Announcements in a guild's own words, and what members may hide."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.changes import Change, Entry, Kind
from core.feed import FeedPolicy, News, compose, variant_for
from core.members import Campaign, Member, Status, Tier
from core.privacy import Privacy
from core.store import StoredCampaign
from core.words import VARIABLES, Variant, Words

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
TIERS = {
    tier.id: tier
    for tier in (
        Tier(id="2", campaign_id="c", title="Bronze", amount_cents=300),
        Tier(id="3", campaign_id="c", title="Gold", amount_cents=2050),
    )
}
CAMPAIGN = StoredCampaign(
    campaign=Campaign(id="c", name="Observatory", currency="EUR", patron_count=1234), creator_id=1
)
MEMBER = Member(
    id="m",
    campaign_id="c",
    status=Status.ACTIVE,
    name="Ada King Lovelace",
    entitled_cents=2050,
    next_charge_at=datetime(2026, 12, 1, tzinfo=UTC),
    pledge_started_at=datetime(2025, 9, 5, tzinfo=UTC),
)
EVERYTHING = Words(title="{name}", text="|".join(f"{{{name}}}" for name in VARIABLES))
HIDDEN = Privacy(hides_name=True, hides_tier=True)


def card(words=EVERYTHING, *, kind=Kind.UPGRADED, entry=None, member=MEMBER, **how):
    before, after = how.pop("before", ("2",)), how.pop("after", ("3",))
    change = Change(
        kind=kind, member_id="m", campaign_id="c", entry=entry, before=before, after=after
    )
    news = News(change_id=1, change=change, member=member)
    return compose(news, CAMPAIGN, TIERS, at=AT, marker="abc", words=words, **how)


def values(shown):
    return dict(zip(VARIABLES, shown.text.split("|"), strict=True))


def test_every_variable_has_its_value():
    shown = card(show_amounts=True, kind=Kind.JOINED, entry=Entry.TRIAL)

    assert shown.title == "Ada King Lovelace"
    assert values(shown) == {
        "name": "Ada King Lovelace",
        "first_name": "Ada",
        "membership": "trial member",
        "tier": "Gold",
        "tier_before": "Bronze",
        "campaign": "Observatory",
        "amount": "€20.50",
        "since": "5 September 2025",
        "months": "14",
        "until": "1 December 2026",
        "count": "1,234",
    }


def test_what_is_not_known_is_said_vaguely():
    bare = Member(id="m", campaign_id="c", status=Status.ACTIVE)

    shown = values(card(member=bare, before=(), after=(), show_amounts=True))

    assert "" not in shown.values()
    assert (shown["name"], shown["first_name"]) == ("Someone", "Someone")
    assert (shown["tier"], shown["amount"]) == ("a tier", "an amount")


def test_the_last_tier_stands_for_the_tier_that_ended():
    assert values(card(kind=Kind.ENDED, after=()))["tier"] == "Bronze"


def test_colour_facts_and_link_stay_as_they_are():
    own, built_in = card(), card(words=None)

    assert replace(own, title=built_in.title, text=built_in.text) == built_in
    assert own.text != built_in.text


def test_the_public_words_never_name_an_amount_unless_amounts_are_shown():
    assert "20.50" not in card().to_json()
    assert values(card())["amount"] == "an amount"
    assert values(card(show_amounts=True))["amount"] == "€20.50"


def test_the_staff_words_may_name_the_amount():
    assert values(card(variant=Variant.STAFF))["amount"] == "€20.50"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("words", [None, EVERYTHING])
@pytest.mark.parametrize("variant", Variant)
def test_what_a_member_hides_is_never_said(kind, words, variant):
    entry = Entry.PAID if kind in (Kind.JOINED, Kind.RETURNED) else None

    shown = card(
        words, kind=kind, entry=entry, variant=variant, show_amounts=True, privacy=HIDDEN
    ).to_json()

    assert not [secret for secret in ("Ada", "Bronze", "Gold", "20.50") if secret in shown]
    assert "A patron" in shown


@pytest.mark.parametrize("words", [None, EVERYTHING])
@pytest.mark.parametrize(("variant", "is_told"), [(Variant.PUBLIC, False), (Variant.STAFF, True)])
def test_what_somebody_hides_on_patreon_is_told_to_the_staff_alone(words, variant, is_told):
    shy = replace(MEMBER, hides_pledges=True)

    shown = card(words, member=shy, variant=variant, show_amounts=True).to_json()

    assert ("20.50" in shown) is is_told
    assert "20.50" in card(words, variant=Variant.PUBLIC, show_amounts=True).to_json()


def test_hiding_the_tier_alone_still_names_the_member():
    shown = card(privacy=Privacy(hides_tier=True), show_amounts=True)

    assert shown.title == "Ada King Lovelace"
    assert values(shown)["tier"] == "a tier"


@pytest.mark.parametrize("broken", ["{", "{mail}", "{name.__class__}", "{name!r:>9}"])
def test_a_change_is_told_even_when_its_stored_words_are_unreadable(broken):
    assert card(Words(title="x", text=broken)) == card(words=None)


def test_hostile_values_are_not_expanded():
    campaign = replace(CAMPAIGN, campaign=replace(CAMPAIGN.campaign, name="{amount}{0}"))
    member = replace(MEMBER, name="{tier} {name!r}")
    change = Change(kind=Kind.UPGRADED, member_id="m", campaign_id="c", after=("3",))

    shown = compose(
        News(change_id=1, change=change, member=member),
        campaign,
        {"3": replace(TIERS["3"], title="{name}\n{tier}")},
        at=AT,
        marker="abc",
        words=Words(title="{name}", text="{campaign} {tier}"),
    )

    assert shown.title == "{tier} {name!r}"
    assert shown.text == "{amount}{0} {name} {tier}"


def test_staff_kinds_are_read_by_the_staff():
    policy = FeedPolicy(staff_kinds=frozenset({Kind.DECLINED}))

    assert variant_for(Kind.DECLINED, policy) is Variant.STAFF
    assert variant_for(Kind.JOINED, policy) is Variant.PUBLIC
