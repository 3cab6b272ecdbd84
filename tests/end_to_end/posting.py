"""A person who writes a post with the real bot, and what cuts the bot short."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Coroutine
from contextlib import closing

import asyncpg

from sandbox.discord import Answer, Channel, Event
from sandbox.discord.cdn import png
from sandbox.discord.records import MessageFlag
from tests.end_to_end.place import PATIENCE, Place

TITLE, BODY = "A quiet week", "Nothing **new**, and that is fine."
TEXT, NEWS, FORUM = "general", "patreon-feed", "posts"
PICTURE = png(200, 30, 30)
SOON_SECONDS = 5


class Author:
    """The server's owner, who writes one post for three kinds of channels."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.user = place.discord.user("owner")
        self.panel: Answer | None = None

    async def write(self) -> None:
        """Send the form, with a picture."""
        form = await self.user.slash("patreon post", timeout=PATIENCE)
        given = {"Title": TITLE, "Text": BODY, "files": [("week.png", PICTURE)]}
        answer = await form.submit(given, timeout=PATIENCE)
        await _until(answer, "Draft · #")
        self.panel = answer

    async def choose_channels(self) -> None:
        """Choose a text channel, an announcement channel with its followers, and a forum."""
        news = self.place.discord.world.channel_named(NEWS)
        await self._press("Channels", until="Channels…")
        await self._select("Channels…", TEXT, NEWS, FORUM, until="menus below are for")
        await self._select("Set up a channel…", str(news.id), until=f"for <#{news.id}>")
        await self._press("Send it to followers, too", until="followers get it")
        await self._press("Back", until="Draft · #")

    async def publish(self) -> None:
        """Press the button, and be told that it is on its way."""
        await self._press("Publish now", until="Published in Discord")

    async def schedule(self, *, seconds: int = SOON_SECONDS) -> None:
        """Let it go out in so many seconds."""
        form = await self._panel.press("Schedule…", timeout=PATIENCE)
        moment = f"<t:{int(time.time()) + seconds}>"
        await form.submit({"When": moment, "Time zone": "Berlin"}, timeout=PATIENCE)
        await _until(self._panel, "Scheduled for")

    async def waits(self) -> None:
        """Look on until the bot is gone."""
        await self.place.until(lambda: not self.place.bot.is_running, "the bot lives on")

    async def send_form_again(self) -> None:
        """Open the form that became no post, as it was filled in, and send it as it is."""
        listed = await self._listed()
        assert "1 form of yours was not used" in listed.text
        [form] = _options(listed, "Open a form again…")
        again = await listed.select("Open a form again…", form, timeout=PATIENCE)
        await again.submit({}, timeout=PATIENCE)
        await _until(listed, "Draft · #")
        self.panel = listed

    async def is_refused(self, button: str) -> str:
        """Press a button of the old panel; gives the refusal."""
        reply = await self._panel.press(button, timeout=PATIENCE)
        return (await reply.followed_up(timeout=PATIENCE)).content

    async def _listed(self) -> Answer:
        answer = await self.user.slash("patreon posts", timeout=PATIENCE)
        return await answer.finished(timeout=PATIENCE)

    async def _press(self, button: str, *, until: str) -> None:
        await self._panel.press(button, timeout=PATIENCE)
        await _until(self._panel, until)

    async def _select(self, menu: str, *values: object, until: str) -> None:
        await self._panel.select(menu, *values, timeout=PATIENCE)
        await _until(self._panel, until)

    @property
    def _panel(self) -> Answer:
        assert self.panel is not None
        return self.panel


async def _until(answer: Answer, words: str) -> None:
    await answer.until(lambda a: not a.thinking and words in a.text, timeout=PATIENCE, what=words)


def _options(answer: Answer, menu: str) -> list[str]:
    parts = [part for row in answer.components for part in row["components"]]
    [found] = [part for part in parts if part.get("placeholder") == menu]
    return [option["value"] for option in found["options"]]


async def until_killed(place: Place, story: Coroutine[object, object, None]) -> None:
    """Let somebody act until the bot dies of SIGKILL, which cuts the story short."""
    acting = asyncio.create_task(story)
    try:
        while place.bot.is_running and not acting.done():
            await asyncio.sleep(0.02)
        if place.bot.is_running:
            acting.result()
        assert await place.bot.ended() == -signal.SIGKILL, place.bot.tail()
    finally:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)


def kill_when(place: Place, is_so: Callable[[Event], bool]) -> None:
    """Kill the bot once, in the moment in which Discord has done something and not answered."""

    def look(event: Event) -> None:
        if is_so(event):
            end()
            os.kill(place.bot.pid, signal.SIGKILL)

    end = place.discord.world.listen(look)


def effect(place: Place, name: str) -> Callable[[Event], bool]:
    """Recognise what Discord does: "sent general", "followed patreon-feed", "opened posts"."""
    what, _, channel = name.partition(" ")
    kind = {"sent": "message_create", "followed": "message_update", "opened": "thread_create"}[what]
    world = place.discord.world
    channel_id = str(world.channel_named(channel).id)

    def is_so(event: Event) -> bool:
        made = event["data"]
        if event["kind"] != kind or event["viewer_id"] is not None:
            return False
        if what == "opened":
            return made["parent_id"] == channel_id
        is_own = event["channel_id"] == channel_id and made["author"]["id"] == str(world.bot.id)
        return is_own and (what == "sent" or bool(made["flags"] & MessageFlag.CROSSPOSTED))

    return is_so


def hide_forum_post(place: Place) -> Channel:
    """Let Discord not show a post of the forum yet; gives it, to be shown later."""
    world = place.discord.world
    forum = world.channel_named(FORUM)
    [post] = [one for one in world.channels.values() if one.parent_id == forum.id]
    return world.channels.pop(post.id)


async def let_minutes_pass(place: Place, minutes: int = 3) -> None:
    """Make everything in the outbox so much older; the bot is not running.

    That is more than their leases: on PostgreSQL, where others may run, a start frees none.
    """
    columns = ("created_at", "due_at", "leased_from", "send_started_at")
    if place.database_url.startswith("postgresql:"):
        moved = ", ".join(f"{name} = {name} - interval '{minutes} minutes'" for name in columns)
        connection = await asyncpg.connect(place.database_url)
        try:
            await connection.execute(f"UPDATE announcements SET {moved}")
        finally:
            await connection.close()
        return
    moved = ", ".join(
        f"{name} = strftime('%Y-%m-%d %H:%M:%f000', {name}, '-{minutes} minutes')"
        for name in columns
    )
    path = place.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute(f"UPDATE announcements SET {moved}")
