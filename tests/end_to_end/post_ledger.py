"""What must be true of a post when all is over, and what the database has of it meanwhile."""

from dataclasses import dataclass

from core.announcements import Standing
from core.audit import AuditQuery
from core.draft_rows import DraftQuery
from core.drafts import Draft, DraftState
from sandbox.discord import Message
from sandbox.discord.records import ChannelType, MessageFlag
from tests.end_to_end.place import Place
from tests.end_to_end.posting import BODY, FORUM, NEWS, PICTURE, TEXT, TITLE


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database has of posts: forms that became none, and every draft's state."""

    unused: int
    states: tuple[DraftState, ...]


async def kept(place: Place) -> Kept:
    """Read what the database has of posts."""
    guild = place.discord.world.guild
    async with place.store() as store, store.read() as work:
        unused = await work.submissions.unused(guild.id, guild.owner_id, limit=10)
        page = await work.drafts.page(DraftQuery(guild_id=guild.id))
    return Kept(unused=len(unused), states=tuple(line.state for line in page.lines))


async def is_waited_for(place: Place) -> bool:
    """Whether a message that may have been sent is waited for."""
    standings = await _standings(place)
    return any(one is not None and one.reason == "may have been sent" for one in standings)


async def differences(place: Place) -> list[str]:
    """Wait until the post is out, and say what is not as it must be."""
    await place.until_settled()
    return [*_of_the_channels(place), *await _of_the_draft(place)]


def _of_the_channels(place: Place) -> list[str]:
    world = place.discord.world
    found = []
    for name in (TEXT, NEWS):
        messages = _own(place, world.channel_named(name).id)
        if len(messages) != 1:
            found.append(f"#{name} shows {len(messages)} messages")
        for message in messages:
            is_handed_on = bool(message.flags & MessageFlag.CROSSPOSTED)
            if is_handed_on is not (name == NEWS):
                found.append(f"handed on to followers in #{name}: {is_handed_on}")
            found += _of_the_message(name, message)
    forum = world.channel_named(FORUM)
    threads = [one for one in world.channels.values() if one.parent_id == forum.id]
    if [(one.name, one.type) for one in threads] != [(TITLE, ChannelType.PUBLIC_THREAD)]:
        found.append(f"#{FORUM} has the posts {[one.name for one in threads]}")
    for thread in threads:
        first = _own(place, thread.id)
        if len(first) != 1:
            found.append(f"a post in #{FORUM} has {len(first)} messages")
        for message in first:
            found += _of_the_message(FORUM, message)
    return found


def _own(place: Place, channel_id: int) -> list[Message]:
    world = place.discord.world
    return [one for one in world.messages.public_in(channel_id) if one.author_id == world.bot.id]


def _of_the_message(name: str, message: Message) -> list[str]:
    [embed, *_] = message.embeds
    said = (embed.get("title"), embed.get("description"))
    found = [] if said == (TITLE, BODY) else [f"#{name} says {said}"]
    if [one.data for one in message.attachments] != [PICTURE]:
        found.append(f"#{name} does not show the picture")
    return found


async def _standings(place: Place) -> list[Standing | None]:
    guild = place.discord.world.guild
    async with place.store() as store, store.read() as work:
        page = await work.drafts.page(DraftQuery(guild_id=guild.id))
        messages = [one for line in page.lines for one in await work.drafts.messages(line.id)]
        return [await work.announcements.standing(one.announcement_id) for one in messages]


async def _of_the_draft(place: Place) -> list[str]:
    guild = place.discord.world.guild
    async with place.store() as store, store.read() as work:
        unused = await work.submissions.unused(guild.id, guild.owner_id, limit=10)
        page = await work.drafts.page(DraftQuery(guild_id=guild.id))
        drafts = [await work.drafts.get(line.id, guild_id=guild.id) for line in page.lines]
        audit = await work.audit.page(AuditQuery(guild_id=guild.id, action="post.published"))
    found = [f"the form {one.id} is taken for unused" for one in unused]
    if len(drafts) != 1:
        found.append(f"there are {len(drafts)} drafts")
    for draft in drafts:
        found += _of_one(draft)
    standings = await _standings(place)
    if len(standings) != 3:
        found.append(f"the draft has {len(standings)} messages")
    found += [
        f"a message is not there: {one}"
        for one in standings
        if one is None or one.message_id is None or one.is_parked
    ]
    if len(audit.entries) != 1:
        found.append(f"it was published {len(audit.entries)} times")
    return found


def _of_one(draft: Draft | None) -> list[str]:
    assert draft is not None
    content = draft.content
    found = []
    if (content.title, content.body) != (TITLE, BODY):
        found.append(f"the draft says {content}")
    if [one.name for one in content.pictures] != ["week.png"]:
        found.append(f"the draft has the pictures {content.pictures}")
    if draft.state is not DraftState.PUBLISHED:
        found.append(f"the draft is {draft.state}: {draft.note}")
    return found
