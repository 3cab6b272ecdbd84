"""Is the Discord part of the configuration true? Asks Discord, changes nothing."""

from collections.abc import Mapping

import aiohttp

from bot.checks import Check, bad, good
from bot.config import Config, LinkSection
from bot.permissions import (
    EMBED_LINKS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    missing,
    permissions_in,
)
from bot.settings import DISCORD_API_URL

TIMEOUT_SECONDS = 10
_INVITED = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY
_THREADS = (10, 11, 12)
_WITH_MESSAGES = (0, 2, 5, 13, *_THREADS)

Document = dict[str, object]


class _Refused(Exception):  # noqa: N818
    """Discord did not give what was asked for; `status` 0 means that it was not reached."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class DiscordChecks:
    """Asks Discord's REST API with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, config: Config) -> None:
        self._session = session
        self._config = config
        self._base = config.discord.api_url or DISCORD_API_URL
        self._user_id = ""

    async def run(self) -> list[Check]:
        """Check the token, then every channel of every link."""
        try:
            user = await self._get("/users/@me")
        except _Refused as error:
            cure = "Check this machine's connection and try again."
            if error.status == 401:
                cure = (
                    "Copy the token again (Developer Portal, Bot, Reset Token) into "
                    "`discord.token` (DISCORD_TOKEN)."
                )
            return [bad("discord token", str(error), cure)]
        self._user_id = str(user.get("id"))
        checks = [good("discord token", f"The bot is {user.get('username')} ({self._user_id}).")]
        for link in self._config.links:
            checks += await self._check_link(link)
        return checks

    async def _check_link(self, link: LinkSection) -> list[Check]:
        name = f"guild {link.guild}"
        try:
            guild = await self._get(f"/guilds/{link.guild}")
            member = await self._get(f"/guilds/{link.guild}/members/{self._user_id}")
        except _Refused as error:
            if error.status not in (403, 404):
                return [bad(name, str(error), "Try again later.")]
            invite = (
                f"https://discord.com/oauth2/authorize?client_id={self._user_id}"
                f"&scope=bot%20applications.commands&permissions={_INVITED}"
            )
            return [bad(name, "The bot is not in this server.", f"Invite it: {invite}")]
        roles = member.get("roles")
        role_ids = [str(role) for role in roles] if isinstance(roles, list) else []
        checks = [good(name, f"The bot is in {guild.get('name')}.")]
        wanted = {"feed": link.feed, "staff": link.staff, "posts": link.posts}
        for option, channel_id in wanted.items():
            if channel_id is not None:
                checks.append(await self._check_channel(option, channel_id, guild, role_ids))
        return checks

    async def _check_channel(
        self, option: str, channel_id: int, guild: Document, role_ids: list[str]
    ) -> Check:
        name = f"{option} channel {channel_id}"
        fix = f"Correct `links.{option}`: right-click the channel in Discord, Copy Channel ID."
        try:
            channel = await self._get(f"/channels/{channel_id}")
            parent = f"/channels/{channel.get('parent_id')}"
            place = await self._get(parent) if _is_thread(channel) else channel
        except _Refused as error:
            return _unreadable(name, error, fix)
        title = f"#{channel.get('name')}"
        if str(channel.get("guild_id")) != str(guild["id"]):
            return bad(name, f"{title} belongs to another server than the link.", fix)
        if channel.get("type") not in _WITH_MESSAGES:
            return bad(name, f"{title} cannot hold messages of its own.", fix)
        overwrites = place.get("permission_overwrites")
        permissions = permissions_in(
            guild, role_ids, self._user_id, overwrites if isinstance(overwrites, list) else []
        )
        send = SEND_MESSAGES_IN_THREADS if _is_thread(channel) else SEND_MESSAGES
        lacking = missing(permissions, (VIEW_CHANNEL, send, EMBED_LINKS, READ_MESSAGE_HISTORY))
        if lacking:
            return bad(
                name,
                f"The bot lacks {_enumerate(lacking)} in {title}.",
                f"Give it in the settings of {title}, under Permissions, or to the bot's role.",
            )
        return good(name, f"The bot may write in {title}.")

    async def _get(self, path: str) -> Document:
        token = self._config.discord.token.get_secret_value()
        headers = {
            "Authorization": f"Bot {token}",
            "User-Agent": "DiscordBot (https://github.com/Rapptz/discord.py, 2)",
        }
        try:
            async with self._session.get(
                self._base + path,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise _Refused(answer.status, _why(answer.status))
                document = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _Refused(0, f"Discord cannot be reached ({type(error).__name__}).") from error
        if not isinstance(document, dict):
            raise _Refused(0, "Discord answered with something else than asked for.")
        return document


def _unreadable(name: str, error: _Refused, fix: str) -> Check:
    if error.status == 404:
        return bad(name, "There is no such channel.", fix)
    if error.status == 403:
        return bad(
            name,
            "The bot lacks View Channel there.",
            "Give it that permission in the channel's settings, under Permissions.",
        )
    return bad(name, str(error), "Try again later.")


def _is_thread(channel: Mapping[str, object]) -> bool:
    return channel.get("type") in _THREADS


def _why(status: int) -> str:
    if status == 401:
        return "Discord refuses the token."
    if status == 429:
        return "Discord asks to wait before anything more is asked."
    return f"Discord answered with status {status}."


def _enumerate(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
