"""Forgetting hooks, in both databases."""

from dataclasses import replace
from datetime import timedelta

from tests.factories import NOW, delivery, hook


async def test_what_waits_keeps_its_campaign_when_its_hook_goes(store):
    async with store.write() as work:
        gone = await work.hooks.save(hook(id=0, key="a", campaign_id="1001"))
        other = await work.hooks.save(hook(id=0, key="b", campaign_id="1002"))
    await store.add_deliveries([delivery(hook_id=gone), delivery(hook_id=other)])

    async with store.write() as work:
        assert await work.hooks.remove(["1001"]) == 1
        assert [one.key for one in await work.hooks.all()] == ["b"]
        rest = (await work.hooks.all())[0]
        await work.hooks.save(replace(rest, campaign_id="1003"))
        claimed = await work.events.claim_due(NOW, lease=timedelta(minutes=1), limit=9)

    assert sorted(event.campaign_id for event in claimed) == ["1001", "1003"]


async def test_forgetting_no_hook_is_fine(store):
    async with store.write() as work:
        assert await work.hooks.remove([]) == 0
        assert await work.hooks.remove(["1001"]) == 0
