"""The real process is told to stop in the middle of much work."""

import signal

from tests.bot.conftest import HOOK_SECRET, until
from tests.bot.test_cli import is_ready

JOINED = 12


async def test_sigterm_during_steady_work_ends_in_time_and_nothing_is_lost(bot, discord, patreon):
    feed = discord.world.channel_named("patreon-feed")
    async with bot.running() as process:
        await until(lambda: is_ready(bot))
        patreon.world.add_hook(f"http://127.0.0.1:{bot.port}/webhooks/patreon", HOOK_SECRET)
        for number in range(JOINED):
            patreon.world.join(name=f"Zora {number}")
        await patreon.drain()
        await until(lambda: discord.world.messages.all_in(feed))
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.returncode is not None)

    assert process.returncode == 0
    assert not bot.said("part did not stop in time")
    assert not bot.said("work taken up")
    async with bot.running():
        await until(lambda: len(discord.world.messages.all_in(feed)) >= JOINED)
        await until(lambda: is_ready(bot))

    assert len(discord.world.messages.all_in(feed)) == JOINED
    assert not bot.said("work taken up")
