"""Write records as the JSON that Discord sends."""

from collections.abc import Iterable
from datetime import datetime

from .records import (
    THREADS,
    Channel,
    ChannelType,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
)
from .wire import Json, stamp


def user(record: User) -> Json:
    """Write a user."""
    return {
        "id": str(record.id),
        "username": record.username,
        "global_name": record.global_name,
        "discriminator": "0000" if record.bot else "0",
        "avatar": record.avatar,
        "bot": record.bot,
        "system": False,
        "banner": None,
        "accent_color": None,
        "public_flags": 0,
        "flags": 0,
    }


def member(record: Member, account: User | None) -> Json:
    """Write a member, with `account` as its user unless that is None."""
    body: Json = {
        "roles": [str(role_id) for role_id in sorted(record.role_ids)],
        "joined_at": stamp(record.joined_at),
        "nick": record.nick,
        "avatar": None,
        "banner": None,
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    return body if account is None else {**body, "user": user(account)}


def role(record: Role) -> Json:
    """Write a role."""
    body: Json = {
        "id": str(record.id),
        "name": record.name,
        "permissions": str(int(record.permissions)),
        "position": record.position,
        "color": record.color,
        "colors": {
            "primary_color": record.color,
            "secondary_color": None,
            "tertiary_color": None,
        },
        "hoist": record.hoist,
        "mentionable": record.mentionable,
        "managed": record.managed,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if record.bot_id:
        body["tags"] = {"bot_id": str(record.bot_id)}
    return body


def _overwrite(record: Overwrite) -> Json:
    return {
        "id": str(record.id),
        "type": 0 if record.is_role else 1,
        "allow": str(int(record.allow)),
        "deny": str(int(record.deny)),
    }


def channel(record: Channel, recipients: Iterable[User] = ()) -> Json:
    """Write a channel or thread; `recipients` are the other people of a direct message."""
    body: Json = {
        "id": str(record.id),
        "type": int(record.type),
        "last_message_id": str(record.last_message_id) if record.last_message_id else None,
        "flags": 0,
    }
    if record.type is ChannelType.DM:
        return body | {"recipients": [user(account) for account in recipients]}
    body |= {
        "guild_id": str(record.guild_id),
        "name": record.name,
        "parent_id": str(record.parent_id) if record.parent_id else None,
        "rate_limit_per_user": record.slowmode_seconds,
    }
    if record.type in THREADS:
        return body | _thread(record)
    body |= {
        "position": record.position,
        "topic": record.topic,
        "nsfw": record.nsfw,
        "permission_overwrites": [_overwrite(each) for each in record.overwrites.values()],
    }
    if record.type is ChannelType.FORUM:
        body |= {
            "available_tags": [
                {
                    "id": str(tag.id),
                    "name": tag.name,
                    "moderated": tag.moderated,
                    "emoji_id": None,
                    "emoji_name": None,
                }
                for tag in record.tags
            ],
            "flags": 1 << 4 if record.requires_tag else 0,
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "default_thread_rate_limit_per_user": 0,
        }
    return body


def _thread(record: Channel) -> Json:
    thread = record.thread
    if thread is None:
        raise ValueError(f"Channel {record.id} has a thread's type and no thread.")
    return {
        "owner_id": str(thread.owner_id),
        "message_count": thread.message_count,
        "total_message_sent": thread.message_count,
        "member_count": len(thread.member_ids),
        "applied_tags": [str(tag_id) for tag_id in record.applied_tag_ids],
        "thread_metadata": {
            "archived": thread.archived,
            "locked": thread.locked,
            "auto_archive_duration": thread.auto_archive_minutes,
            "archive_timestamp": stamp(thread.archived_at or thread.created_at),
            "create_timestamp": stamp(thread.created_at),
        },
    }


def thread_member(channel_id: int, user_id: int, joined_at: datetime) -> Json:
    """Write somebody's membership of a thread."""
    return {
        "id": str(channel_id),
        "user_id": str(user_id),
        "join_timestamp": stamp(joined_at),
        "flags": 0,
    }


def guild(record: Guild) -> Json:
    """Write a guild as `GET /guilds/{id}` returns it, without channels and members."""
    return {
        "id": str(record.id),
        "name": record.name,
        "owner_id": str(record.owner_id),
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "features": ["COMMUNITY", "NEWS"],
        "roles": [role(each) for each in record.roles.values()],
        "emojis": [],
        "stickers": [],
        "preferred_locale": record.locale,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 2,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "max_members": 500000,
        "vanity_url_code": None,
        "approximate_member_count": len(record.members),
        "approximate_presence_count": len(record.members),
    }
