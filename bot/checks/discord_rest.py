"""What Discord says about the bot, its servers and their channels. Changes nothing there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from bot.config import Config
from bot.permissions import (
    ATTACH_FILES,
    EMBED_LINKS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    permissions_in,
)
from bot.settings import DISCORD_API_URL
from core.doctor.checks import Check
from core.doctor.guild import (
    ChannelFacts,
    GuildFacts,
    Place,
    judge_application,
    judge_commands,
    judge_guild,
    judge_roles,
)
from core.doctor.rules import BOT_TOKEN
from core.guilds import Link

TIMEOUT_SECONDS = 10
_INVITED = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | ATTACH_FILES
_THREADS = (10, 11, 12)
_WITH_MESSAGES = (0, 2, 5, 13, *_THREADS)

Document = dict[str, object]
Granted = Mapping[int, Iterable[int]]
"""The roles that were given rights, by server."""


class _Refused(Exception):  # noqa: N818
    """Discord did not give what was asked for; `status` 0 means that it was not reached."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Home:
    """A server's document, and the bot's roles there."""

    guild: Document
    role_ids: Sequence[str]


class DiscordChecks:
    """Asks Discord's REST API with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, config: Config) -> None:
        self._session = session
        self._config = config
        self._base = config.discord.api_url or DISCORD_API_URL
        self._user_id = ""

    async def run(self, links: Iterable[Link], granted: Granted) -> list[Check]:
        """Check the token, then every server and channel of the links."""
        try:
            user = await self._document("/users/@me")
        except _Refused as error:
            cure = "Check this machine's connection and try again."
            if error.status == 401:
                cure = (
                    "Copy the token again (Developer Portal, Bot, Reset Token) into "
                    "`discord.token` (DISCORD_TOKEN)."
                )
            return [BOT_TOKEN.fail(str(error), cure)]
        self._user_id = str(user.get("id"))
        name = " ".join(str(user.get("username")).split())
        checks = [BOT_TOKEN.ok(f"The bot is {name} ({self._user_id}).")]
        checks += await self._application()
        facts: list[GuildFacts] = []
        of_guild: dict[int, list[Link]] = {}
        for link in links:
            of_guild.setdefault(link.guild_id, []).append(link)
        for guild_id, own in of_guild.items():
            facts.append(await self._guild(guild_id, own))
            checks += judge_guild(facts[-1], list(granted.get(guild_id, ())))
        if roles := self._config.discord.moderator_roles:
            known = [guild.role_ids for guild in facts if guild.role_ids is not None]
            existing = frozenset().union(*known) if known else None
            checks.append(judge_roles(roles, existing, about="the configuration"))
        return checks

    async def _application(self) -> list[Check]:
        try:
            application = await self._document("/applications/@me")
            commands = await self._get(f"/applications/{application.get('id')}/commands")
        except _Refused:
            return [judge_commands(None)]
        return [
            judge_application(
                str(application.get("name", "")),
                needs_code_grant=application.get("bot_require_code_grant") is True,
            ),
            judge_commands([str(command.get("name")) for command in _documents(commands)]),
        ]

    async def _guild(self, guild_id: int, links: Iterable[Link]) -> GuildFacts:
        try:
            guild = await self._document(f"/guilds/{guild_id}")
            member = await self._document(f"/guilds/{guild_id}/members/{self._user_id}")
        except _Refused as error:
            if error.status not in (403, 404):
                return GuildFacts(guild_id=guild_id, reason=str(error))
            invite = (
                f"https://discord.com/oauth2/authorize?client_id={self._user_id}"
                f"&scope=bot%20applications.commands&permissions={_INVITED}"
            )
            return GuildFacts(guild_id=guild_id, is_member=False, invite=invite)
        held = member.get("roles")
        home = _Home(guild, [str(role) for role in held] if isinstance(held, list) else [])
        ids = [str(role.get("id")) for role in _documents(guild.get("roles"))]
        wanted = dict.fromkeys(named for link in links for named in channels_of(link))
        return GuildFacts(
            guild_id=guild_id,
            name=str(guild.get("name")),
            role_ids=frozenset({guild_id, *(int(each) for each in ids if each.isdigit())}),
            channels=tuple([await self._channel(*named, home) for named in wanted]),
        )

    async def _channel(self, option: str, channel_id: int, home: _Home) -> ChannelFacts:
        try:
            channel = await self._document(f"/channels/{channel_id}")
            parent = f"/channels/{channel.get('parent_id')}"
            place = await self._document(parent) if _is_thread(channel) else channel
        except _Refused as error:
            known = {404: Place.GONE, 403: Place.HIDDEN}
            return ChannelFacts(
                option=option,
                channel_id=channel_id,
                place=known.get(error.status, Place.UNKNOWN),
                reason=str(error),
            )
        may = permissions_in(
            home.guild,
            home.role_ids,
            self._user_id,
            _documents(place.get("permission_overwrites")),
        )
        is_here = str(channel.get("guild_id")) == str(home.guild["id"])
        there = Place.THERE if may & VIEW_CHANNEL else Place.HIDDEN
        return ChannelFacts(
            option=option,
            channel_id=channel_id,
            name=str(channel.get("name")) if is_here else "",
            place=there if is_here else Place.ELSEWHERE,
            holds_messages=channel.get("type") in _WITH_MESSAGES,
            can_send=bool(
                may & (SEND_MESSAGES_IN_THREADS if _is_thread(channel) else SEND_MESSAGES)
            ),
            can_embed=bool(may & EMBED_LINKS),
            can_read_history=bool(may & READ_MESSAGE_HISTORY),
            can_attach=bool(may & ATTACH_FILES),
        )

    async def _document(self, path: str) -> Document:
        found = await self._get(path)
        if not isinstance(found, dict):
            raise _Refused(0, "Discord answered with something else than asked for.")
        return found

    async def _get(self, path: str) -> object:
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
                found: object = await answer.json(content_type=None)
                return found
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _Refused(0, f"Discord cannot be reached ({type(error).__name__}).") from error


def channels_of(link: Link) -> list[tuple[str, int]]:
    """List what a link's channels are for, with their ids."""
    named = {
        "feed": link.feed_channel_id,
        "staff": link.staff_channel_id,
        "posts": link.posts_channel_id,
    }
    return [(option, channel_id) for option, channel_id in named.items() if channel_id is not None]


def _documents(value: object) -> list[Document]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_thread(channel: Mapping[str, object]) -> bool:
    return channel.get("type") in _THREADS


def _why(status: int) -> str:
    if status == 401:
        return "Discord refuses the token."
    if status == 429:
        return "Discord asks to wait before anything more is asked."
    return f"Discord answered with status {status}."
