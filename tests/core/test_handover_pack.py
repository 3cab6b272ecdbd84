"""Which tiers a person is told to choose on Patreon."""

import pytest

from core.drafts import Audience, AudienceKind
from core.handover_pack import pack_of
from tests import factories
from tests.factories import NOW, FakeClock
from tests.web.handing import draft

TIERS = {
    one.id: one
    for one in (
        factories.tier(id="1", title="Free", amount_cents=0),
        factories.tier(id="2", title="Friend", amount_cents=500),
        factories.tier(id="3", title="Old", amount_cents=800, is_published=False),
        factories.tier(id="4", title="Patron", amount_cents=1050),
    )
}
BOTH = ("Friend (€5)", "Patron (€10.50)")


def packed(audience, currency="EUR"):
    made = draft(FakeClock(), audience=audience)
    campaign = factories.campaign(currency=currency)
    return pack_of(made, "<p>x</p>", "x", campaign=campaign, tiers=TIERS, until=NOW)


@pytest.mark.parametrize(
    ("audience", "tiers", "minimum"),
    [
        (Audience(), (), None),
        (Audience(kind=AudienceKind.PATRONS), (), None),
        (Audience(kind=AudienceKind.TIERS, tier_ids=("4", "2")), BOTH, None),
        (Audience(kind=AudienceKind.TIERS, tier_ids=("3",)), ("Old (€8)",), None),
        (Audience(kind=AudienceKind.MINIMUM, minimum_cents=500), BOTH, "€5"),
        (Audience(kind=AudienceKind.MINIMUM, minimum_cents=501), ("Patron (€10.50)",), "€5.01"),
    ],
)
def test_tiers_are_named_with_their_prices_cheapest_first(audience, tiers, minimum):
    pack = packed(audience)

    assert (pack.tiers, pack.minimum) == (tiers, minimum)


def test_a_tier_that_is_gone_is_named_by_its_id():
    assert packed(Audience(kind=AudienceKind.TIERS, tier_ids=("9",))).tiers == (
        "a tier that is not there any more (id 9)",
    )


def test_without_the_campaign_there_is_still_something_to_copy():
    made = draft(FakeClock(), audience=Audience(kind=AudienceKind.MINIMUM, minimum_cents=500))

    pack = pack_of(made, "<p>x</p>", "x", campaign=None, tiers={}, until=NOW)

    assert (pack.campaign, pack.minimum, pack.tiers) == ("", "$5", ())
