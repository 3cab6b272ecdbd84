"""From nothing to green: an empty database, the smallest configuration, and a person in Discord."""

import asyncio
import html
import json
import re
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from tests.cogs.panel import FEED, STAFF, highlighted, light
from tests.end_to_end.place import PATIENCE, open_place


class Panel:
    """The panel of `/patreon setup`, used by a person who waits for what it says."""

    def __init__(self, answer) -> None:
        self.answer = answer

    async def until(self, words) -> None:
        await self.answer.until(lambda a: words in a.text, timeout=PATIENCE, what=words)

    async def press(self, label, *, until) -> None:
        await self.answer.press(label, timeout=PATIENCE)
        await self.until(until)

    async def select(self, menu, value, *, until) -> None:
        await self.answer.select(menu, value, timeout=PATIENCE)
        await self.until(until)

    def link(self) -> str:
        """The address behind the button that opens the browser."""
        buttons = [each for row in self.answer.components for each in row["components"]]
        return next(each["url"] for each in buttons if "url" in each)


async def allow(url, world) -> str:
    """Follow the link, allow everything at Patreon and come back; gives the page at the end."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as browser:
        async with browser.get(url) as answer:
            page = await answer.text()
            assert answer.status == 200, page
        [consent] = {
            html.unescape(link)
            for link in re.findall(r'href="([^"]+)"', page)
            if "response_type=code" in link
        }
        form = dict(parse_qsl(urlsplit(consent).query))
        form |= {"decision": "allow", "user": world.campaign().creator_id}
        target = consent.partition("?")[0]
        async with browser.post(target, data=form) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.url.path == "/oauth/callback"
            return await answer.text()


@pytest.mark.timeout(150)
async def test_from_nothing_to_green(tmp_path):
    async with open_place(tmp_path, is_new=True) as place:
        owner = place.discord.user("owner")
        campaign = place.world.campaign().name
        await place.bot.start()
        await place.until(lambda: bool(owner.commands("general")), "there are no commands")
        await place.until(lambda: is_connected(place), "the bot is not connected")

        panel = Panel(await (await owner.slash("patreon setup", timeout=PATIENCE)).finished())
        assert light(panel.answer, "Connect Patreon")[0] == "🔴"
        assert highlighted(panel.answer) == ["Connect Patreon"]

        await panel.press("Connect Patreon", until="Connect a Patreon account")
        said = await allow(panel.link(), place.world)
        assert "Connected as" in said
        assert campaign in html.unescape(said)
        await panel.until("Choose channels")

        await panel.press("Campaign", until="Choose a campaign…")
        await panel.select("Choose a campaign…", campaign, until="Choose what is announced")
        await panel.press("Channels", until="Feed: choose a channel")
        await panel.select(FEED, "patreon-feed", until="✅ Feed")
        await panel.select(STAFF, "staff", until="✅ Staff")
        await panel.press("Back", until="First sync")
        if light(panel.answer, "First sync")[0] != "✅":
            await panel.press("Sync", until="Last complete sync")
        await panel.press("Test", until="Send a test")
        await panel.press("Send a test", until="It arrived in")
        assert place.shown() == ["This is a test"]
        await panel.press("Remove the test", until="and removed")
        await place.until(lambda: place.shown() == [], "the test is still there")
        await panel.press("Back", until="Webhook")
        for _ in range(100):
            if "All set" in panel.answer.text:
                break
            await asyncio.sleep(0.1)
            await panel.press("Look again", until="Webhook")
        assert "All set" in panel.answer.text

        await place.bot.ready()
        status = await owner.slash("patreon status", timeout=PATIENCE)
        await status.finished(timeout=PATIENCE)
        assert "All is well" in status.text
        assert "🔴" not in status.text

        checks = json.loads(await place.tell("check", "--live", "--json"))["checks"]
        assert [check for check in checks if check["result"] == "fail"] == []

        place.world.join(name="Ada Lovelace")
        assert await place.until_shown(1) == ["Ada Lovelace joined"]
        assert await place.bot.stop() == 0, place.bot.tail()


async def is_connected(place) -> bool:
    return (await place.bot.health()).get("discord") == "ok"
