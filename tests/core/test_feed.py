"""What the feed says, and where."""

from datetime import UTC, datetime

import pytest

from core.cards import Card
from core.changes import Change, Entry, Kind, compare
from core.feed import FeedPolicy, News, channel_for, compose
from core.guilds import Link
from core.images import ImageKind
from core.members import Campaign, Member, Status, Tier
from core.portraits import Portrait
from core.privacy import NOTHING_HIDDEN, Privacy
from core.store import StoredCampaign
from tests.factories import link

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
TIERS = {
    tier.id: tier
    for tier in (
        Tier(id="1", campaign_id="c", title="Free", amount_cents=0),
        Tier(id="2", campaign_id="c", title="Bronze", amount_cents=300),
        Tier(id="3", campaign_id="c", title="Gold", amount_cents=2050),
    )
}
CAMPAIGN = StoredCampaign(
    campaign=Campaign(id="c", name="Observatory", currency="EUR", url="https://www.patreon.com/o"),
    creator_id=1,
)
LINK = Link(guild_id=1, campaign_id="c", feed_channel_id=10, staff_channel_id=20)


def card(
    kind, *, before=(), after=(), entry=None, show_amounts=False, privacy=NOTHING_HIDDEN, **member
):
    values = {"id": "m", "campaign_id": "c", "status": Status.ACTIVE, "name": "Ada"}
    change = Change(
        kind=kind, member_id="m", campaign_id="c", entry=entry, before=before, after=after
    )
    return compose(
        News(change_id=1, change=change, member=Member(**(values | member))),
        CAMPAIGN,
        TIERS,
        at=AT,
        marker="abc",
        show_amounts=show_amounts,
        privacy=privacy,
    )


def facts(shown: Card) -> dict[str, object]:
    return {fact.name: fact.text or fact.moment for fact in shown.facts}


def test_a_new_patron_is_named_with_the_tier():
    shown = card(Kind.JOINED, entry=Entry.PAID, after=("3",))

    assert shown.title == "Ada joined"
    assert shown.text == "A new patron of Observatory at Gold."
    assert facts(shown) == {"Tier": "Gold"}


def test_a_new_patron_whose_tier_is_not_known_yet_is_named_without_it():
    assert card(Kind.JOINED, entry=Entry.PAID).text == "A new patron of Observatory."


def test_an_upgrade_shows_both_tiers_and_since_when():
    since = datetime(2025, 1, 1, tzinfo=UTC)

    shown = card(Kind.UPGRADED, before=("2",), after=("3",), pledge_started_at=since)

    assert facts(shown) == {"Tier": "Bronze → Gold", "Member since": since}


def test_the_free_tier_is_not_named_beside_a_paid_one():
    assert facts(card(Kind.RECOVERED, after=("1", "3")))["Tier"] == "Gold"


@pytest.mark.parametrize("kind", Kind)
def test_no_amount_is_shown_unless_it_was_asked_for(kind):
    entry = Entry.PAID if kind in (Kind.JOINED, Kind.RETURNED) else None

    shown = card(kind, entry=entry, after=("3",), entitled_cents=2050)

    assert "20.50" not in shown.to_json()
    assert "2050" not in shown.to_json()


def test_an_amount_is_written_in_the_campaigns_currency():
    shown = card(Kind.UPGRADED, after=("3",), entitled_cents=2050, show_amounts=True)

    assert facts(shown)["Amount"] == "€20.50"


def test_a_cancelled_member_is_shown_with_the_end_of_access():
    until = datetime(2026, 12, 1, tzinfo=UTC)

    shown = card(Kind.CANCELLED, after=("3",), next_charge_at=until)

    assert facts(shown)["Access until"] == until


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("after", [(), ("3",), ("unknown",)])
def test_every_kind_has_words_with_and_without_a_tier(kind, after):
    entry = Entry.PAID if kind in (Kind.JOINED, Kind.RETURNED) else None

    shown = card(kind, entry=entry, after=after)

    assert shown.title.startswith("Ada")
    assert "{" not in shown.title + shown.text
    assert " ." not in shown.text


def test_a_card_survives_the_database():
    shown = card(Kind.UPGRADED, before=("2",), after=("3",), pledge_started_at=AT)

    assert shown.portrait is not None
    assert Card.from_json(shown.to_json()) == shown


def test_a_member_is_shown_by_their_picture_or_initials():
    assert card(Kind.JOINED, name="Ada Lovelace").portrait == Portrait(
        kind=ImageKind.USER, owner_id="m", initials="AL"
    )


def test_a_member_of_whom_no_name_is_kept_has_no_picture():
    assert card(Kind.JOINED, name=None).portrait is None


@pytest.mark.parametrize("hides_tier", [False, True])
def test_whoever_hides_their_name_is_not_shown_by_a_picture(hides_tier):
    hidden = Privacy(hides_name=True, hides_tier=hides_tier)

    assert card(Kind.JOINED, privacy=hidden).portrait is None
    assert card(Kind.JOINED, privacy=Privacy(hides_tier=True)).portrait is not None


def test_a_name_with_braces_is_only_text():
    assert card(Kind.JOINED, entry=Entry.PAID, name="{tier} {0} {x!r}").title.startswith("{tier}")


def test_every_kind_goes_to_the_feed_unless_it_is_for_the_staff():
    policy = FeedPolicy(staff_kinds=frozenset({Kind.DECLINED}))

    assert channel_for(Kind.JOINED, LINK, policy) == 10
    assert channel_for(Kind.DECLINED, LINK, policy) == 20


def test_a_kind_that_is_switched_off_goes_nowhere():
    assert channel_for(Kind.DECLINED, LINK, FeedPolicy(kinds=frozenset({Kind.JOINED}))) is None


def test_a_link_without_a_channel_shows_nothing():
    link = Link(guild_id=1, campaign_id="c", feed_channel_id=10)

    assert channel_for(Kind.DECLINED, link, FeedPolicy(staff_kinds=frozenset(Kind))) is None


def test_what_compare_says_can_always_be_worded():
    known = Member(id="m", campaign_id="c", status=Status.ACTIVE, tier_ids=("2",))
    now = Member(id="m", campaign_id="c", status=Status.ACTIVE, tier_ids=("3",))
    (change,) = compare(known, now, TIERS)

    shown = compose(
        News(change_id=1, change=change, member=now), CAMPAIGN, TIERS, at=AT, marker="x"
    )

    assert shown.text == "Now at Gold."


def test_a_links_own_settings_come_before_the_configured_ones():
    configured = FeedPolicy(
        kinds=frozenset({Kind.JOINED, Kind.DECLINED}), staff_kinds=frozenset({Kind.DECLINED})
    )
    own = link(kinds=frozenset({Kind.CANCELLED}), staff_kinds=frozenset(), shows_amounts=True)

    assert configured.of(own) == FeedPolicy(
        kinds=frozenset({Kind.CANCELLED}), staff_kinds=frozenset(), show_amounts=True
    )
    assert configured.of(link()) == configured
