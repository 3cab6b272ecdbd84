"""Sheets as posts of a forum: threads whose first message has the same id.

Discord knows no nonce for them, so nothing here repeats the creation of a thread: who does not know
how one ended asks `find`.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import discord

from cogs.calls import Calls
from cogs.embeds import has_marker
from cogs.faults import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, Doing, lacks_permission
from cogs.sheet_messages import bare, edit, made_for, refuses_files
from cogs.sheets import Files, SheetMessage
from cogs.text import cut, plain
from core.errors import MessageGone, PermanentError
from core.sheets import Sheet

log = logging.getLogger(__name__)

LONGEST_NAME = 100
MOST_TAGS = 5
"""Source: docs.discord.com, "Start Thread in Forum or Media Channel"."""

MOST_SEARCHED = 500
"""Closed threads looked through for a marker."""

_TAKEN_BACK = "Taken back"


class ForumPosts:
    """Shows sheets in forums."""

    def __init__(self, calls: Calls, files: Files) -> None:
        self._calls = calls
        self._files = files

    async def send(self, forum_id: int, sheet: Sheet) -> int:
        """Post a sheet and give the id of its thread. To repeat it is to post it twice.

        Tags that the forum no longer has are left out.
        """
        made = await made_for(self._calls, forum_id, sheet, self._files)
        async with self._calls.client(forum_id, Doing.POST) as client:
            forum = await client.fetch_channel(forum_id)
            if not isinstance(forum, discord.ForumChannel):
                raise PermanentError(
                    f"{self._calls.name(forum_id)} is not a forum. Choose the channel anew."
                )
            try:
                return await _post(forum, sheet, made)
            except discord.HTTPException as error:
                if not made.pictures or not refuses_files(error):
                    raise
                return await _post(forum, sheet, bare(self._calls, forum_id, sheet))

    async def edit(self, forum_id: int, post_id: int, sheet: Sheet) -> None:
        """Make a post show a sheet, its name and tags included; a closed one is opened.

        Raises:
            MessageGone: somebody deleted it.
        """
        async with self._calls.client(forum_id, Doing.EDIT_POST) as client:
            thread = await self._thread(client, forum_id, post_id)
            if thread is None:
                raise MessageGone(f"Somebody deleted the post in {self._calls.name(forum_id)}.")
            if thread.archived:
                await thread.edit(archived=False)
            message = thread.get_partial_message(post_id)
            await edit(message, sheet, self._files, may_attach=self._calls.may_attach(forum_id))
            await self._rename(thread, forum_id, sheet)

    async def delete(self, forum_id: int, post_id: int) -> None:
        """Remove a post with all answers; one that is already gone is fine.

        Without Manage Posts only its message goes, and its thread is renamed and closed.
        """
        async with self._calls.client(forum_id, Doing.DELETE_POST) as client:
            thread = await self._thread(client, forum_id, post_id)
            if thread is None:
                return
            try:
                await thread.delete()
            except discord.HTTPException as error:
                if error.code == UNKNOWN_CHANNEL:
                    return
                if not lacks_permission(error):
                    raise
                log.warning("only a post's message was deleted", extra={"forum_id": forum_id})
                await _empty(thread, post_id)

    async def find(self, forum_id: int, marker: str, *, after: datetime) -> int | None:
        """Look for a marker among the bot's own posts since `after`, the open ones first.

        At most `MOST_SEARCHED` closed ones are looked at.
        """
        async with self._calls.client(forum_id, Doing.FIND) as client:
            forum = await client.fetch_channel(forum_id)
            if not isinstance(forum, discord.ForumChannel) or client.user is None:
                return None
            async for thread in _threads_since(forum, after):
                if thread.owner_id == client.user.id and await _carries(thread, marker):
                    return thread.id
        return None

    async def _thread(
        self, client: discord.Client, forum_id: int, post_id: int
    ) -> discord.Thread | None:
        """Read a post's thread, None when there is none any more."""
        try:
            thread = await client.fetch_channel(post_id)
        except discord.NotFound as error:
            if error.code != UNKNOWN_CHANNEL:
                raise
            return None
        if not isinstance(thread, discord.Thread) or thread.parent_id != forum_id:
            return None
        return thread

    async def _rename(self, thread: discord.Thread, forum_id: int, sheet: Sheet) -> None:
        """Give a post its name and tags, unless it has them.

        Its tags stay as they are while the gateway has not told of the forum.
        """
        name, tags = _name(sheet), discord.utils.MISSING
        forum, told = self._calls.told_of(forum_id), self._calls.told_of(thread.id)
        if isinstance(forum, discord.ForumChannel):
            wanted = _tags(sheet, forum)
            if not isinstance(told, discord.Thread) or _ids(told.applied_tags) != _ids(wanted):
                tags = wanted
        if thread.name != name or tags is not discord.utils.MISSING:
            await thread.edit(name=name, applied_tags=tags)


async def _post(forum: discord.ForumChannel, sheet: Sheet, made: SheetMessage) -> int:
    created = await forum.create_thread(
        name=_name(sheet),
        applied_tags=_tags(sheet, forum),
        content=made.text,
        embeds=made.embeds,
        files=made.files,
        view=made.view or discord.utils.MISSING,
        allowed_mentions=made.allowed_mentions,
    )
    return created.thread.id


async def _empty(thread: discord.Thread, post_id: int) -> None:
    """Remove a post's message, and put its thread out of sight."""
    if thread.archived:
        await thread.edit(archived=False)
    try:
        await thread.get_partial_message(post_id).delete()
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
    await thread.edit(name=_TAKEN_BACK, archived=True)


async def _threads_since(
    forum: discord.ForumChannel, after: datetime
) -> AsyncIterator[discord.Thread]:
    """Give a forum's threads that were opened since `after`."""
    for thread in await forum.guild.active_threads():
        if thread.parent_id == forum.id and discord.utils.snowflake_time(thread.id) >= after:
            yield thread
    async for thread in forum.archived_threads(limit=MOST_SEARCHED):
        # The latest closed one comes first, and none is closed before it was opened.
        if thread.archive_timestamp < after:
            return
        if discord.utils.snowflake_time(thread.id) >= after:
            yield thread


async def _carries(thread: discord.Thread, marker: str) -> bool:
    try:
        first = await thread.fetch_message(thread.id)
    except discord.NotFound:
        return False
    return any(has_marker(embed, marker) for embed in first.embeds)


def _name(sheet: Sheet) -> str:
    title = (sheet.forum.title if sheet.forum else "") or sheet.title
    return cut(plain(title), LONGEST_NAME) or "News"


def _tags(sheet: Sheet, forum: discord.ForumChannel) -> Sequence[discord.ForumTag]:
    """Pick the forum's tags that a sheet wants."""
    wanted = dict.fromkeys(sheet.forum.tag_ids if sheet.forum else ())
    found = (forum.get_tag(tag_id) for tag_id in wanted)
    return [tag for tag in found if tag is not None][:MOST_TAGS]


def _ids(tags: Sequence[discord.ForumTag]) -> set[int]:
    return {tag.id for tag in tags}
