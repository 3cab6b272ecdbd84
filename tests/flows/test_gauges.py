"""Reading how things stand."""

import pytest

from core import meters
from core.gauges import Gauges
from core.health import Readiness
from storage.store import SqlStore


class Kept:
    """Keeps the last reading of each gauge."""

    def __init__(self):
        self.readings = {}

    def count(self, counter, value="", amount=1):
        raise AssertionError("gauges do not count")

    def set(self, gauge, readings):
        self.readings[gauge] = readings


async def ready():
    return Readiness(database=True, discord=False, token=True, baseline=True, backlog=True)


async def test_gauges_tell_what_waits_how_old_it_is_and_how_large_the_campaign_is(bot):
    await bot.take_stock()
    await bot.deliver(*bot.world.join(name="Ada Lovelace").deliveries)
    bot.clock.advance(seconds=90)
    kept = Kept()

    await Gauges(bot.store, ready, kept, clock=bot.clock).refresh()

    assert kept.readings[meters.READY] == {
        "database": 1.0,
        "discord": 0.0,
        "token": 1.0,
        "baseline": 1.0,
        "backlog": 1.0,
    }
    assert kept.readings[meters.WAITING]["events"] >= 1
    assert kept.readings[meters.WAITING]["announcements"] == 0
    assert kept.readings[meters.OLDEST] == {"events": 90.0, "announcements": 0.0}
    assert kept.readings[meters.MEMBERS] == {bot.campaign_id: 40}
    assert kept.readings[meters.SYNC_AGE] == {bot.campaign_id: 91.0}
    assert set(kept.readings) == set(meters.GAUGES)


async def test_without_a_database_only_the_readiness_is_told(tmp_path, keys, clock):
    kept = Kept()
    store = SqlStore(f"sqlite:///{tmp_path / 'missing' / 'bot.db'}", keys=keys, clock=clock)

    await Gauges(store, ready, kept, clock=clock).refresh()
    await store.close()

    assert kept.readings.pop(meters.READY)["database"] == 1.0
    assert set(kept.readings) == set(meters.GAUGES) - {meters.READY}
    assert not any(kept.readings.values())


@pytest.mark.parametrize("gauge", meters.GAUGES)
async def test_no_gauge_carries_a_name(bot, gauge):
    bot.world.join(name="Ada Lovelace", webhook=False)
    await bot.take_stock()
    kept = Kept()

    await Gauges(bot.store, ready, kept, clock=bot.clock).refresh()

    assert "Ada" not in str(kept.readings[gauge])
