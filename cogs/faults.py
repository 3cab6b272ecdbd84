"""What discord.py raises, in this project's words."""

from datetime import timedelta
from enum import Enum

import aiohttp
import discord

from core.errors import (
    BotError,
    MessageGone,
    OutcomeUnknown,
    PermanentError,
    TemporaryError,
    Throttled,
)

UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
UNKNOWN_INTERACTION = 10062
TAG_REQUIRED = 40067
MISSING_ACCESS = 50001
MISSING_PERMISSIONS = 50013
"""Source: docs.discord.com, "Opcodes and Status Codes", "JSON Error Codes"."""

FAULTS = (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError)
"""What a call of discord.py may raise: `RuntimeError` says that its session was closed.

`TimeoutError` is an `OSError`.
"""


class Doing(Enum):
    """What a call was about to do in a channel, worded for "The bot may not …"."""

    SEND = "post"
    CROSSPOST = "publish its message to followers"
    EDIT = "edit its message"
    DELETE = "delete its message"
    FIND = "read its own messages"
    POST = "create a post"
    EDIT_POST = "edit its post"
    DELETE_POST = "delete its post"


_VIEW = {"read_messages": "View Channel"}
_WRITE = {**_VIEW, "send_messages": "Send Messages", "embed_links": "Embed Links"}
NEEDED: dict[Doing, dict[str, str]] = {
    Doing.SEND: _WRITE,
    Doing.CROSSPOST: {**_VIEW, "send_messages": "Send Messages"},
    Doing.EDIT: _WRITE,
    Doing.DELETE: _VIEW,
    Doing.FIND: {**_VIEW, "read_message_history": "Read Message History"},
    Doing.POST: {**_WRITE, "send_messages": "Create Posts", "manage_threads": "Manage Posts"},
    Doing.EDIT_POST: {
        **_VIEW,
        "send_messages_in_threads": "Send Messages in Posts",
        "embed_links": "Embed Links",
        "manage_threads": "Manage Posts",
    },
    Doing.DELETE_POST: {**_VIEW, "manage_threads": "Manage Posts"},
}
"""What the bot needs, the most basic first: discord.py's names, and those in Discord's settings.

Manage Posts is needed for tags that only moderators may give and for posts that were locked.
"""

IN_THREADS = {"send_messages": ("send_messages_in_threads", "Send Messages in Threads")}
"""What stands in for a permission inside a thread."""

FOR_PICTURES = "attach_files"
"""What the bot needs for a message's picture, in discord.py's words; the text goes without it."""


def is_dead_interaction(error: BaseException) -> bool:
    """Tell whether an interaction can no longer be answered: too late, or dismissed."""
    return isinstance(error, discord.NotFound) and error.code in (
        UNKNOWN_INTERACTION,
        UNKNOWN_WEBHOOK,
        UNKNOWN_MESSAGE,
    )


def lacks_permission(error: discord.HTTPException) -> bool:
    """Tell whether Discord refused a call because of a permission, without saying which."""
    return error.status == 403 and error.code == MISSING_PERMISSIONS


def is_away(error: BaseException) -> bool:
    """Tell whether Discord, or the connection to it, is to blame and not the bot."""
    if isinstance(error, RuntimeError):
        # aiohttp's own words: the connection was given up while a command was still at work.
        return str(error) == "Session is closed"
    return isinstance(
        error, discord.DiscordServerError | discord.RateLimited | aiohttp.ClientError | TimeoutError
    )


def translate(
    error: Exception, doing: Doing, *, channel: str, missing: str | None = None
) -> BotError:
    """Choose the error whose reaction fits what happened to a call in `channel`.

    `channel` names it for people; `missing` is the permission known to be missing.
    """
    if isinstance(error, discord.RateLimited):
        return Throttled(
            "Discord asked the bot to slow down.", retry_after=timedelta(seconds=error.retry_after)
        )
    if isinstance(error, discord.HTTPException):
        return _of_answer(error, doing, channel, missing or _join(tuple(NEEDED[doing].values())))
    if isinstance(error, aiohttp.ClientConnectorError):
        return TemporaryError("Discord cannot be reached.")
    if isinstance(error, aiohttp.ClientError | OSError):
        return OutcomeUnknown("The connection to Discord broke before an answer came.")
    return TemporaryError("The bot is not logged in to Discord.")


def _of_answer(  # noqa: PLR0911
    error: discord.HTTPException, doing: Doing, channel: str, missing: str
) -> BotError:
    if error.status == 429:
        return Throttled("Discord asked the bot to slow down.", retry_after=_retry_after(error))
    if error.status >= 500:
        return OutcomeUnknown(f"Discord answered with status {error.status}.")
    if error.status == 401:
        return TemporaryError("Discord does not accept the bot's token at the moment.")
    if error.code == UNKNOWN_MESSAGE:
        return MessageGone(f"Somebody deleted the message in {channel}.")
    if error.code == UNKNOWN_CHANNEL:
        return PermanentError(
            f"There is no {channel} any more. Choose another one with `/patreon settings`."
        )
    if error.code == TAG_REQUIRED:
        return PermanentError(
            f"The forum {channel} wants a tag on every post, and this one has none. "
            "Choose a tag for it and publish it again."
        )
    if error.code in (MISSING_ACCESS, MISSING_PERMISSIONS):
        return PermanentError(
            f"The bot may not {doing.value} in {channel}: it lacks {missing}. "
            "Allow that in the channel's settings, under Permissions, for the bot's role."
        )
    return PermanentError(
        f"Discord refuses to let the bot {doing.value} in {channel}: {error.text} ({error.code})."
    )


def _retry_after(error: discord.HTTPException) -> timedelta | None:
    try:
        seconds = float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return timedelta(seconds=min(max(seconds, 0.0), 3_600.0))


def _join(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
