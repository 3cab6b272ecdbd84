"""Sheets in text and announcement channels: sent, handed on to followers, and edited."""

import logging

import discord

from cogs.calls import Calls
from cogs.faults import Doing, lacks_permission
from cogs.sheets import Files, SheetFile, SheetMessage, files_of, message_of, name_of, pictures_of
from core.sheets import Sheet

log = logging.getLogger(__name__)

_ALREADY_CROSSPOSTED = 40033
_WRONG_CHANNEL_TYPE = 50024
_WRONG_MESSAGE_TYPE = 50068
"""Source: docs.discord.com, "Opcodes and Status Codes", "JSON Error Codes"."""


class SheetMessages:
    """Shows sheets as messages; pictures that cannot be had or attached are left out."""

    def __init__(self, calls: Calls, files: Files) -> None:
        self._calls = calls
        self._files = files

    async def send(self, channel_id: int, sheet: Sheet) -> int:
        """Send a sheet and give its message's id; its roles are pinged, and nobody else.

        The marker is its nonce, as a card's is.
        """
        made = await made_for(self._calls, channel_id, sheet, self._files)
        async with self._calls.channel(channel_id, Doing.SEND) as channel:
            try:
                message = await _send(channel, sheet, made)
            except discord.HTTPException as error:
                if not made.pictures or not refuses_files(error):
                    raise
                message = await _send(channel, sheet, bare(self._calls, channel_id, sheet))
        return message.id

    async def crosspost(self, channel_id: int, message_id: int) -> None:
        """Hand a message on to the channels that follow; safe to repeat.

        Followers see later edits by themselves. A channel that is no announcement channel, or no
        longer one, has no followers.

        Source: docs.discord.com, "Crosspost Message".
        """
        told = self._calls.told_of(channel_id)
        if isinstance(told, discord.TextChannel) and not told.is_news():
            return
        async with self._calls.channel(channel_id, Doing.CROSSPOST) as channel:
            try:
                await channel.get_partial_message(message_id).publish()
            except discord.HTTPException as error:
                if error.code in (_WRONG_CHANNEL_TYPE, _WRONG_MESSAGE_TYPE):
                    log.warning("no announcement channel", extra={"channel_id": channel_id})
                elif error.code != _ALREADY_CROSSPOSTED:
                    raise

    async def edit(self, channel_id: int, message_id: int, sheet: Sheet) -> None:
        """Make a message show a sheet; pictures that it has already are not sent again."""
        async with self._calls.channel(channel_id, Doing.EDIT) as channel:
            message = channel.get_partial_message(message_id)
            await edit(message, sheet, self._files, may_attach=self._calls.may_attach(channel_id))


async def made_for(calls: Calls, channel_id: int, sheet: Sheet, files: Files) -> SheetMessage:
    """Make a sheet's message, with its pictures where the bot may attach them."""
    pictures = await files_of(sheet, files) if calls.may_attach(channel_id) else []
    return message_of(sheet, pictures, role_ids=calls.roles_of(channel_id))


def bare(calls: Calls, channel_id: int, sheet: Sheet) -> SheetMessage:
    """Make a sheet's message without its pictures."""
    return message_of(sheet, role_ids=calls.roles_of(channel_id))


def refuses_files(error: discord.HTTPException) -> bool:
    """Tell whether it may be the files alone that Discord refused; then nothing was sent."""
    return lacks_permission(error) or error.status == 413


async def edit(
    message: discord.PartialMessage, sheet: Sheet, files: Files, *, may_attach: bool
) -> None:
    """Make a message show a sheet; without its new pictures where it may have none."""
    shown = await _attachments(message)
    wanted = [name_of(picture) for picture in pictures_of(sheet)]
    kept = [each for each in shown or () if each.filename in wanted]
    names = {each.filename for each in kept}
    new = await files_of(sheet, files, shown=names) if may_attach else []
    try:
        await _edit(message, message_of(sheet, new, names=_both(wanted, names, new)), kept)
    except discord.HTTPException as error:
        if not new or not refuses_files(error):
            raise
        await _edit(message, message_of(sheet, names=[n for n in wanted if n in names]), kept)


def _both(wanted: list[str], kept: set[str], new: list[SheetFile]) -> list[str]:
    present = kept | {one.name for one in new}
    return [name for name in wanted if name in present]


async def _send(
    channel: discord.PartialMessageable, sheet: Sheet, made: SheetMessage
) -> discord.Message:
    return await channel.send(
        made.text,
        embeds=made.embeds,
        files=made.files,
        view=made.view or discord.utils.MISSING,
        nonce=sheet.marker,
        allowed_mentions=made.allowed_mentions,
    )


async def _edit(
    message: discord.PartialMessage, made: SheetMessage, kept: list[discord.Attachment]
) -> None:
    await message.edit(
        embeds=made.embeds,
        attachments=[*kept, *made.files],
        view=made.view,
        allowed_mentions=discord.AllowedMentions.none(),
    )


async def _attachments(message: discord.PartialMessage) -> list[discord.Attachment] | None:
    """Find the files that a message has; None when the bot may not look."""
    try:
        return (await message.fetch()).attachments
    except discord.Forbidden:
        return None
