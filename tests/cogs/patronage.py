"""Patrons in Discord, as the tests of `/patron` make them."""

from datetime import timedelta

from core.changes import Entry, Kind
from tests.factories import NOW, change, member

FORGED = "forged"


def person(world, name="member"):
    """The Discord id of somebody."""
    return world.user_named(name).id


async def know(store, *members, changes=0):
    """Store members, each with an entry and so many changes of tier after it."""
    async with store.write() as work:
        await work.members.save([(one, b"1") for one in members], seen_at=NOW)
        for one in members:
            about = {"member_id": one.id, "campaign_id": one.campaign_id}
            joined = change(kind=Kind.JOINED, entry=Entry.PAID, before=(), after=("201",), **about)
            await work.changes.add([joined], at=NOW - timedelta(days=80))
            for number in range(changes):
                at = NOW - timedelta(days=79, hours=-number)
                await work.changes.add([change(**about)], at=at)


def ada(world, **overrides):
    """Ada of the campaign 1001, who has connected the account of `member` at Patreon."""
    return member(discord_id=person(world), **overrides)


async def asked(actor, command, **options):
    """What `/patron` answers."""
    return await (await actor.slash(f"patron {command}", **options)).finished()


def offered(answer):
    """The labels of the buttons."""
    return [each["label"] for row in answer.components for each in row["components"]]


def ids(answer):
    """The custom ids of the buttons, by label."""
    return {
        each["label"]: each["custom_id"] for row in answer.components for each in row["components"]
    }


def forged(world, custom_id, channel="general"):
    """A message that everybody sees with somebody's button."""
    message = world.messages.write("patreon-bot", channel, FORGED)
    button = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]
    return message


async def stored(store):
    """Ada as stored."""
    ada_id = member().id
    async with store.read() as work:
        return (await work.members.load([ada_id])).get(ada_id)
