"""The real process when things go wrong around it."""

import signal

import aiohttp

from sandbox.patreon.faults import FaultKind
from tests.bot.conftest import HOOK_SECRET, until
from tests.bot.test_cli import get, is_ready
from tests.web.conftest import sign


async def post(bot, body=b'{"data": {}}'):
    headers = {"X-Patreon-Signature": sign(body, HOOK_SECRET), "X-Patreon-Event": "members:update"}
    url = f"http://127.0.0.1:{bot.port}/webhooks/patreon"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status


async def is_alive(bot):
    return (await get(bot, "/livez"))[0] == 200


async def test_webhooks_are_taken_while_both_platforms_are_away(bot, discord, patreon):
    await discord.close()
    await patreon.close()

    async with bot.running() as process:
        await until(lambda: is_alive(bot))
        status = await post(bot)
        _, ready = await get(bot, "/readyz")
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.returncode is not None)

    assert status == 204
    assert '"database": "ok"' in ready
    assert '"discord": "failing"' in ready
    assert process.returncode == 0
    assert not bot.said("part crashed")


async def test_what_was_taken_before_a_kill_is_announced_after_it(bot, discord, patreon):
    feed = discord.world.channel_named("patreon-feed")
    async with bot.running():
        await until(lambda: is_ready(bot))
    patreon.world.add_hook(f"http://127.0.0.1:{bot.port}/webhooks/patreon", HOOK_SECRET)

    async with bot.running() as process:
        await until(lambda: is_alive(bot))
        patreon.world.join(name="Zora Quill")
        await patreon.drain()
        process.kill()
        await process.wait()
    async with bot.running():
        await until(lambda: discord.world.messages.all_in(feed))
        await until(lambda: is_ready(bot))

    assert len(discord.world.messages.all_in(feed)) == 1


async def test_sigterm_during_a_sync_ends_the_process_in_time(bot, patreon):
    patreon.world.faults.plan("members", FaultKind.SLOW, times=5, seconds=15)

    async with bot.running() as process:
        await until(
            lambda: [r.path.endswith("/campaigns") for r in patreon.requests].count(True) > 1
        )
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.returncode is not None)

    assert process.returncode == 0
    assert bot.said("bot stopped")
    assert not bot.said("part did not stop in time")


async def test_ctrl_c_ends_the_process_cleanly(bot):
    async with bot.running() as process:
        await until(lambda: is_ready(bot))
        process.send_signal(signal.SIGINT)
        await until(lambda: process.returncode is not None)

    assert process.returncode == 0
