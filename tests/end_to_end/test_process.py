"""The real process against the stand-ins, from start to stop."""

import asyncio
import signal

import aiohttp

from tests.end_to_end.place import open_place


async def test_a_join_becomes_one_message_and_the_process_stops_cleanly(tmp_path):
    async with open_place(tmp_path) as place:
        place.world.add_hook(f"{place.bot.url}/webhooks/patreon", "a-webhook-secret-of-the-tests")
        await place.bot.start()
        await place.bot.ready()

        place.world.join(name="Ada Lovelace")
        shown = await place.until_shown(1)
        code = await place.bot.stop(signal.SIGTERM)

        assert shown == ["Ada Lovelace joined"]
        assert code == 0, "\n".join(place.bot.lines)


async def test_every_life_event_becomes_one_message(tmp_path):
    async with open_place(tmp_path) as place:
        world = place.world
        world.add_hook(f"{place.bot.url}/webhooks/patreon", "a-webhook-secret-of-the-tests")
        await place.bot.start()
        await place.bot.ready()
        cheap, dear = sorted(
            (t for t in world.tiers() if t.amount_cents), key=lambda t: t.amount_cents
        )[:2]

        member = world.join(cheap, name="Ada").member
        expected = ["Ada joined"]
        await place.until_shown(1)
        for act, title in (
            (lambda: world.upgrade(member.id, dear), "Ada upgraded"),
            (lambda: world.decline(member.id), "Ada's payment was declined"),
            (lambda: world.recover(member.id), "Ada's payment went through"),
            (lambda: world.cancel(member.id), "Ada cancelled"),
            (lambda: world.end(member.id), "Ada's membership ended"),
            (lambda: world.come_back(member.id, cheap), "Ada is back"),
        ):
            act()
            expected.append(title)
            assert await place.until_shown(len(expected)) == expected


async def test_a_restart_announces_what_was_missed_and_nothing_again(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()
        await place.bot.stop()

        place.world.join(name="Ada", webhook=False)
        await place.bot.start()
        assert await place.until_shown(1) == ["Ada joined"]
        await place.bot.stop()
        await place.bot.start()
        await place.bot.ready()

        assert await place.until_shown(1) == ["Ada joined"]


async def test_a_stored_token_pair_wins_over_the_configured_one(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()
        # The access token dies early: the bot renews, and the configured refresh token is spent.
        place.world.tokens.expire_access(place.world.creator_token)
        await place.bot.stop()
        await place.bot.start("sync")
        assert await place.bot.ended() == 0, "\n".join(place.bot.lines)

        await place.bot.start("sync")
        assert await place.bot.ended() == 0, "\n".join(place.bot.lines)


async def test_a_refused_discord_token_ends_the_process_with_one_sentence(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start(DISCORD_TOKEN="bm90.a.token-that-discord-knows")

        code = await place.bot.ended()

        assert code == 1, "\n".join(place.bot.lines)
        assert any("Discord refuses the bot's token" in line for line in place.bot.lines)
        assert not any("Traceback" in line for line in place.bot.lines)


async def test_webhooks_are_accepted_while_discord_is_away(tmp_path):
    async with open_place(tmp_path) as place:
        await place.bot.start()
        await place.bot.ready()
        place.discord.faults.drop(times=10_000)
        await place.discord.gateway.go_away(1)
        member = place.world.join(webhook=False, name="Ada").member
        document = place.world.member_document(member)

        assert await place.deliver("members:pledge:create", document) == 204
        await asyncio.sleep(0.5)
        assert place.shown() == []
        place.discord.faults.clear()

        assert await place.until_shown(1) == ["Ada joined"]


async def test_health_tells_the_truth(tmp_path):
    async with open_place(tmp_path) as place, aiohttp.ClientSession() as session:
        await place.bot.start()
        await place.bot.ready()

        async with session.get(f"{place.bot.url}/livez") as answer:
            assert answer.status == 200
        await place.discord.close()
        for _ in range(200):
            async with session.get(f"{place.bot.url}/readyz") as answer:
                if answer.status == 503:
                    break
            await asyncio.sleep(0.05)

        assert answer.status == 503
        async with session.get(f"{place.bot.url}/livez") as live:
            assert live.status == 200
