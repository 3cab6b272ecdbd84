"""A server's channels and roles, as the connected bot knows them: no request is made."""

from collections.abc import Iterable

import discord

from core.doctor.guild import ChannelFacts, GuildFacts, Place
from core.guilds import Link

Messageable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


def guild_facts(guild: discord.Guild | None, guild_id: int, links: Iterable[Link]) -> GuildFacts:
    """Gather what the doctor asks about a server and the channels of its links."""
    if guild is None:
        return GuildFacts(guild_id=guild_id, reason="The bot has not heard of this server yet.")
    wanted = dict.fromkeys(named for link in links for named in _channels(link))
    return GuildFacts(
        guild_id=guild_id,
        name=guild.name,
        role_ids=frozenset(role.id for role in guild.roles),
        channels=tuple(_facts(guild, option, channel_id) for option, channel_id in wanted),
    )


def _channels(link: Link) -> list[tuple[str, int]]:
    named = {
        "feed": link.feed_channel_id,
        "staff": link.staff_channel_id,
        "posts": link.posts_channel_id,
    }
    return [(option, channel_id) for option, channel_id in named.items() if channel_id is not None]


def _facts(guild: discord.Guild, option: str, channel_id: int) -> ChannelFacts:
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None:
        return ChannelFacts(option=option, channel_id=channel_id, place=Place.GONE)
    may = channel.permissions_for(guild.me)
    is_thread = isinstance(channel, discord.Thread)
    return ChannelFacts(
        option=option,
        channel_id=channel_id,
        name=channel.name,
        place=Place.THERE if may.view_channel else Place.HIDDEN,
        holds_messages=isinstance(channel, Messageable),
        can_send=may.send_messages_in_threads if is_thread else may.send_messages,
        can_embed=may.embed_links,
        can_read_history=may.read_message_history,
        can_attach=may.attach_files,
    )
