"""A Discord server and its channels, as the bot sees them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.doctor.checks import Check, Rule
from core.doctor.rules import (
    APPLICATION,
    ATTACH,
    COMMANDS,
    CONNECTION,
    EMBED,
    EXISTS,
    GUILD,
    HISTORY,
    HOLDS,
    ROLES,
    SEND,
    VIEW,
)
from core.ports import Connection

_SLOW = timedelta(seconds=1)


class Place(StrEnum):
    """What is known of a channel."""

    THERE = "there"
    GONE = "gone"
    HIDDEN = "hidden"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """A channel that a link names; `option` is what for: feed, staff or posts.

    `reason` is why nothing is known. The permissions count in a channel that is `THERE`.
    """

    option: str
    channel_id: int
    name: str = ""
    place: Place = Place.THERE
    holds_messages: bool = True
    can_send: bool = True
    can_embed: bool = True
    can_read_history: bool = True
    can_attach: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildFacts:
    """A server. `role_ids` is None when they are not known; `reason` is why nothing is."""

    guild_id: int
    name: str = ""
    is_member: bool = True
    invite: str = ""
    role_ids: frozenset[int] | None = None
    channels: tuple[ChannelFacts, ...] = ()
    reason: str = ""


def judge_guild(guild: GuildFacts, granted: Collection[int] = ()) -> Iterator[Check]:
    """Judge a server and its channels; `granted` are the roles that were given rights there."""
    about = f"server {guild.guild_id}"
    if guild.reason:
        yield GUILD.skip(guild.reason, about=about)
        return
    if not guild.is_member:
        yield GUILD.fail(
            "The bot is not in this server.", f"Invite it: {guild.invite}", about=about
        )
        return
    yield GUILD.ok(f"The bot is in {' '.join(guild.name.split())}.", about=about)
    yield judge_roles(granted, guild.role_ids, about=about)
    for channel in guild.channels:
        yield from _of_channel(channel)


def judge_roles(
    wanted: Collection[int], existing: frozenset[int] | None, *, about: str = ""
) -> Check:
    """Judge whether the roles that somebody named still exist; None: not known which do."""
    if existing is None:
        return ROLES.skip("The server's roles are not known.", about=about)
    gone = sorted(role for role in wanted if role not in existing)
    if gone:
        return ROLES.warn(
            f"Roles that were given rights are gone: {', '.join(str(role) for role in gone)}.",
            "Give their rights to other roles with /patreon permissions; roles of the "
            "configuration stand in `discord.moderator_roles`.",
            about=about,
        )
    return ROLES.ok(f"{len(wanted)} named, and all exist.", about=about)


def judge_application(name: str, *, needs_code_grant: bool) -> Check:
    """Judge the application's registration."""
    if needs_code_grant:
        return APPLICATION.fail(
            "The application requires an OAuth2 code grant, so nobody can invite the bot.",
            "Switch it off in the Developer Portal, under Bot: Requires OAuth2 Code Grant.",
        )
    return APPLICATION.ok(f"It is {' '.join(name.split()) or 'nameless'}.")


def judge_commands(names: Collection[str] | None, root: str = "patreon") -> Check:
    """Judge which slash commands Discord knows; None: it did not say."""
    if names is None:
        return COMMANDS.skip("Discord did not tell which it knows.")
    if root not in names:
        return COMMANDS.warn(
            f"Discord does not know /{root} yet.",
            "Start the bot: it sends its commands. Restart Discord (Ctrl+R) if you do not see "
            "them then.",
        )
    return COMMANDS.ok(f"Discord knows /{root}.")


def judge_connection(connection: Connection | None) -> Check:
    """Judge the gateway; None: this process does not connect."""
    if connection is None:
        return CONNECTION.skip("Only the running bot is connected: /patreon doctor tells.")
    if not connection.is_ready:
        return CONNECTION.fail(
            connection.reason or "The bot is not connected.",
            "Nothing, if it passes: the bot tries again by itself. Else look at the log.",
        )
    if connection.latency is not None and connection.latency > _SLOW:
        milliseconds = round(connection.latency / timedelta(milliseconds=1))
        return CONNECTION.warn(
            f"Discord answers after {milliseconds:,} ms.",
            "Check this machine's connection and load.",
        )
    return CONNECTION.ok("The bot is connected, with the intent for servers alone.")


def _of_channel(channel: ChannelFacts) -> Iterator[Check]:
    about = f"{channel.option} channel {channel.channel_id}"
    title = f"#{' '.join(channel.name.split())}" if channel.name else "the channel"
    fix = "Choose another channel with `/patreon settings` in the server."
    if channel.place is Place.UNKNOWN:
        yield EXISTS.skip(channel.reason, about=about)
        return
    if channel.place is Place.GONE:
        yield EXISTS.fail("There is no such channel.", fix, about=about)
        return
    if channel.place is Place.ELSEWHERE:
        yield EXISTS.fail("It belongs to another server than the link.", fix, about=about)
        return
    yield EXISTS.ok(f"It is {title}." if channel.name else "There is one.", about=about)
    yield _permission(VIEW, title, about, is_given=channel.place is not Place.HIDDEN)
    if channel.place is Place.HIDDEN:
        return
    if not channel.holds_messages:
        yield HOLDS.fail(f"{title} cannot hold messages of its own.", fix, about=about)
        return
    yield HOLDS.ok("It can.", about=about)
    yield _permission(SEND, title, about, is_given=channel.can_send)
    yield _permission(EMBED, title, about, is_given=channel.can_embed)
    yield _permission(HISTORY, title, about, is_given=channel.can_read_history)
    yield _attaching(title, about, is_given=channel.can_attach)


def _permission(rule: Rule, title: str, about: str, *, is_given: bool) -> Check:
    if is_given:
        return rule.ok("The bot has it.", about=about)
    return rule.fail(
        f"The bot lacks {rule.title} in {title}.",
        _give(title),
        about=about,
    )


def _attaching(title: str, about: str, *, is_given: bool) -> Check:
    """Judge what announcements can do without: their pictures are files."""
    if is_given:
        return ATTACH.ok("The bot has it.", about=about)
    return ATTACH.warn(
        f"The bot lacks {ATTACH.title} in {title}: announcements go there without pictures.",
        _give(title),
        about=about,
    )


def _give(title: str) -> str:
    return f"Give it in the settings of {title}, under Permissions, or to the bot's role."
