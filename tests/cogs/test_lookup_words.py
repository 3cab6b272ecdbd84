"""Pages of campaigns and tiers fit into a message, whatever they say."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from cogs.embeds import masked_link
from cogs.lookups_campaign_words import campaigns_embed
from cogs.lookups_pages import PAGE, Listing, ListPlace, Turn, decode
from cogs.lookups_tier_words import tiers_embed
from cogs.text import units
from core.guilds import Link
from core.listing import Totals
from core.lookups import CampaignView, TierView
from core.members import Status
from core.store import StoredCampaign
from tests.cogs.reading import HOSTILE
from tests.cogs.test_text import anything
from tests.factories import campaign, tier

AT = datetime(2026, 11, 21, tzinfo=UTC)
texts = anything | st.sampled_from([*HOSTILE, "*" * 500, "👑" * 500])


@given(st.lists(st.tuples(texts, texts, texts, texts), min_size=PAGE, max_size=PAGE))
def test_a_full_page_of_tiers_always_fits(people):
    views = [
        TierView(
            tier=tier(
                id=str(number),
                campaign_id=str(number),
                title=title,
                amount_cents=2**53 - 1,
                is_published=False,
                patron_limit=2**31 - 1,
                benefits=(benefit,) * 30,
            ),
            name=name,
            campaign_name=benefit,
            currency=currency,
            patrons=number * 999_999,
        )
        for number, (title, name, benefit, currency) in enumerate(people)
    ]

    embed = tiers_embed(views, ListPlace(listing=Listing.TIERS))

    assert units(embed.description) <= 4096
    assert embed.description.count("not published") >= PAGE
    assert len(embed) <= 6000


@given(st.lists(st.tuples(texts, texts), min_size=PAGE, max_size=PAGE))
def test_a_full_page_of_campaigns_always_fits(people):
    channel_id = 2**63 - 1
    views = [
        CampaignView(
            link=Link(
                guild_id=1,
                campaign_id=name[:40] or "x",
                feed_channel_id=channel_id,
                staff_channel_id=channel_id,
                posts_channel_id=channel_id,
            ),
            stored=StoredCampaign(
                campaign=campaign(name=name, url=f"https://www.patreon.com/{'x' * 120}/{url}"),
                creator_id=1,
                synced_at=AT,
                sync_error="It failed.",
            ),
            totals=Totals(by_status=dict.fromkeys(Status, 9_999_999)),
            tier_count=1000,
        )
        for name, url in people
    ]

    embed = campaigns_embed(views, ListPlace(listing=Listing.CAMPAIGNS))

    assert units(embed.description) <= 4096
    assert embed.description.count("Shown here in") == PAGE
    assert len(embed) <= 6000


def test_an_address_cannot_end_its_link_early():
    evil = "https://a.example/x)[click](https://evil.example"

    assert masked_link("Ada", evil) == "[Ada](https://a.example/x%29[click]%28https://evil.example)"
    assert masked_link("Ada", "javascript:alert(1)") == "Ada"
    assert masked_link("Ada", None) == "Ada"
    assert masked_link("Ada", "https://a.example/" + "x" * 100, 90) == "Ada"


@given(st.sampled_from(Listing), st.sampled_from(Turn), st.integers(0, 10**9 - 1))
def test_a_buttons_id_tells_its_place(listing, turn, offset):
    place = ListPlace(listing=listing, offset=offset)

    assert decode(place.encode(turn)) == place
    assert len(place.encode(turn)) <= 100


@given(st.integers(0, 10**9), st.integers(0, 2000))
def test_a_place_is_always_the_start_of_a_page_that_exists(offset, count):
    place = ListPlace(listing=Listing.TIERS, offset=offset).fitting(count)

    assert place.offset % PAGE == 0
    assert 0 <= place.offset < max(count, 1)
