"""Tiers that come along with a member are saved where they tell something new."""

from core.update import save_tiers
from tests.factories import save_campaign, tier, tiers


async def test_what_a_member_brings_of_a_known_tier_takes_nothing_away(store):
    await save_campaign(store)
    full = tier(patron_count=7, benefits=("Early",))
    async with store.write() as work:
        await work.campaigns.save_tiers([full])

        found = await save_tiers(work, [tier(benefits=None)], campaign_id="1001")

        assert found["201"] == full
        assert await work.campaigns.tiers("1001") == found


async def test_a_new_title_and_a_new_tier_are_saved_and_given(store):
    await save_campaign(store)
    new = tier(id="299", title="Top", amount_cents=9_900)
    async with store.write() as work:
        found = await save_tiers(work, [tier(title="Pal", benefits=None), new], campaign_id="1001")

    free, _, patron = tiers()
    assert list(found) == ["200", "201", "202", "299"]
    assert (found["200"], found["202"]) == (free, patron)
    assert (found["201"].title, found["299"]) == ("Pal", new)
    async with store.read() as work:
        assert await work.campaigns.tiers("1001") == found
