"""The channels in which a post goes out: what they are, what they take, what is missing there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import discord

from cogs.channel_checks import check_channel, own_channel
from core.drafts import Target
from core.errors import UserError
from core.guild_settings import Place

MOST_TARGETS = 5
MOST_ROLES = 5
MOST_TAGS = 5
"""Tags of a forum's post. Source: docs.discord.com, "Start Thread in Forum or Media Channel"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """A channel of a draft; `troubles` are short sentences about what will not work."""

    target: Target
    is_there: bool
    troubles: tuple[str, ...] = ()


def check_targets(
    guild: discord.Guild, targets: Iterable[Target], *, is_for_all: bool
) -> tuple[TargetCheck, ...]:
    """Look at a draft's channels as the gateway has told of them.

    `is_for_all`: everybody may read the post, so a channel that everybody sees is fine.
    """
    return tuple(_check(guild, target, is_for_all=is_for_all) for target in targets)


def target_in(guild: discord.Guild, channel_id: int) -> Target:
    """Describe a channel as the target that it is until somebody changes that."""
    is_forum = isinstance(guild.get_channel(channel_id), discord.ForumChannel)
    return Target(channel_id=channel_id, is_forum=is_forum)


def with_channels(
    guild: discord.Guild, targets: Sequence[Target], channel_ids: Sequence[int]
) -> tuple[Target, ...]:
    """Give the targets for these channels; those that stay keep what was set for them.

    Raises:
        UserError: one is none of the guild's, or of a kind that cannot be used.
    """
    if len(channel_ids) > MOST_TARGETS:
        raise UserError(f"Choose at most {MOST_TARGETS} channels.")
    known = {target.channel_id: target for target in targets}
    wanted = [own_channel(guild, Place.POSTS, each) for each in dict.fromkeys(channel_ids)]
    return tuple(known.get(each) or target_in(guild, each) for each in wanted)


def with_roles(guild: discord.Guild, target: Target, role_ids: Sequence[int]) -> Target:
    """Let a target ping these roles and no others.

    Raises:
        UserError: one is @everyone, or none of the guild's.
    """
    if len(role_ids) > MOST_ROLES:
        raise UserError(f"Choose at most {MOST_ROLES} roles.")
    for role_id in role_ids:
        if role_id == guild.id:
            raise UserError("A post never pings @everyone. Choose a role instead.")
        if guild.get_role(role_id) is None:
            raise UserError("This server has no such role (any more). Choose another one.")
    return replace(target, role_ids=tuple(dict.fromkeys(role_ids)))


def with_tags(guild: discord.Guild, target: Target, tag_ids: Sequence[int]) -> Target:
    """Give a forum's post these tags and no others.

    Raises:
        UserError: the channel is no forum, or has no such tag.
    """
    known = {tag.id for tag in tags_of(guild, target)}
    if len(tag_ids) > MOST_TAGS or not set(tag_ids) <= known:
        raise UserError("This forum has no such tag (any more). Open Channels again.")
    return replace(target, tag_ids=tuple(dict.fromkeys(tag_ids)))


def tags_of(guild: discord.Guild, target: Target) -> Sequence[discord.ForumTag]:
    """Give a forum's tags; nothing for other channels."""
    channel = guild.get_channel(target.channel_id)
    return channel.available_tags if isinstance(channel, discord.ForumChannel) else ()


def fitted(guild: discord.Guild, targets: Sequence[Target]) -> tuple[Target, ...]:
    """Give the targets as what the guild's channels are: forums take posts, others messages."""
    return tuple(
        replace(each, is_forum=target_in(guild, each.channel_id).is_forum) for each in targets
    )


def can_crosspost(guild: discord.Guild, target: Target) -> bool:
    """Tell whether a channel has followers that can get a post."""
    channel = guild.get_channel(target.channel_id)
    return isinstance(channel, discord.TextChannel) and channel.is_news()


def pick(targets: Sequence[Target], channel_id: int) -> Target:
    """Find the target of a channel.

    Raises:
        UserError: the draft does not go there (any more).
    """
    for target in targets:
        if target.channel_id == channel_id:
            return target
    raise UserError("This post does not go to that channel any more. Open Channels again.")


def replaced(targets: Sequence[Target], changed: Target) -> tuple[Target, ...]:
    """Give the targets with one of them changed."""
    return tuple(changed if each.channel_id == changed.channel_id else each for each in targets)


def _check(guild: discord.Guild, target: Target, *, is_for_all: bool) -> TargetCheck:
    found = check_channel(guild, Place.POSTS, target.channel_id)
    if not found.is_there:
        return TargetCheck(target=target, is_there=False)
    troubles = [f"the bot lacks {', '.join(found.missing)}"] if found.missing else []
    if found.is_public and not is_for_all:
        troubles.append("everybody in this server can read it, and the post is for patrons")
    troubles += _troubles(guild, target)
    return TargetCheck(target=target, is_there=True, troubles=tuple(troubles))


def _troubles(guild: discord.Guild, target: Target) -> Iterator[str]:
    channel = guild.get_channel(target.channel_id)
    if isinstance(channel, discord.ForumChannel):
        if channel.flags.require_tag and not target.tag_ids:
            yield "this forum wants a tag"
        if not set(target.tag_ids) <= {tag.id for tag in channel.available_tags}:
            yield "a tag is gone"
    if target.crosspost and not can_crosspost(guild, target):
        yield "nobody can follow this channel"
    may_ping = channel is not None and channel.permissions_for(guild.me).mention_everyone
    for role_id in target.role_ids:
        role = guild.get_role(role_id)
        if role is None:
            yield "a role is gone"
        elif not role.mentionable and not may_ping:
            yield f"<@&{role_id}> cannot be pinged: allow that in its settings"
