"""The panel of `/patreon setup` and `/patreon settings`, as tests use and read it."""

from core.guilds import Link
from tests.factories import NOW

FEED, STAFF, POSTS = "Feed channel…", "Staff channel…", "Posts channel…"
ANNOUNCE, STAFF_ONLY = "Announce nothing", "Only for the staff: nothing"


async def opened(actor, command="patreon setup", **options):
    return await (await actor.slash(command, **options)).finished()


def light(answer, topic):
    """The light of a step, and what it says."""
    fields = answer.embeds[0].get("fields", ())
    field = next(field for field in fields if field["name"].endswith(topic))
    return field["name"].split()[0], field["value"]


def labels(answer):
    return [
        each.get("label") or each.get("placeholder")
        for row in answer.components
        for each in row["components"]
    ]


def highlighted(answer):
    return [
        each["label"]
        for row in answer.components
        for each in row["components"]
        if each.get("style") == 1
    ]


async def link_of(store, guild):
    async with store.read() as work:
        links = await work.links.of_guild(guild.id)
    return links[0] if links else None


async def edited(answer, act, *args, wait_for):
    """Do something in the panel and wait until it was edited and shows what is expected."""
    edits = len(answer.message.history)
    await act(*args)
    return await answer.until(
        lambda a: len(a.message.history) > edits and wait_for in a.text, what=wait_for
    )


async def follow(store, guild, feed_id=None):
    async with store.write() as work:
        await work.links.save(
            Link(guild_id=guild.id, campaign_id="1001", feed_channel_id=feed_id), at=NOW
        )
