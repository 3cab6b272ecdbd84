"""Guilds, what they follow and how they want it."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from storage.tables.base import COUNTED, metadata
from storage.types import ForeignText, Key, Snowflake, UtcDateTime

guilds = Table(
    "guilds",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("added_at", UtcDateTime, nullable=False),
)

# A link may be configured before its campaign's first sync: no foreign key to it.
links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", Snowflake, ForeignKey("guilds.id"), nullable=False),
    Column("campaign_id", Key, nullable=False, index=True),
    Column("feed_channel_id", Snowflake),
    Column("staff_channel_id", Snowflake),
    Column("posts_channel_id", Snowflake),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    Column("kinds", Text),
    Column("staff_kinds", Text),
    Column("shows_amounts", Boolean),
    Column("post_detail", Text),
    UniqueConstraint("guild_id", "campaign_id"),
)

# What a link says instead of the built-in words; the staff channel has its own variant.
words = Table(
    "words",
    metadata,
    Column("link_id", Integer, ForeignKey("links.id"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("is_staff", Boolean, primary_key=True),
    Column("title", ForeignText, nullable=False),
    Column("text", ForeignText, nullable=False),
)

role_rights = Table(
    "role_rights",
    metadata,
    Column("guild_id", Snowflake, ForeignKey("guilds.id"), primary_key=True, autoincrement=False),
    Column("role_id", Snowflake, primary_key=True, autoincrement=False),
    Column("right", Text, primary_key=True),
)

tier_names = Table(
    "tier_names",
    metadata,
    Column("guild_id", Snowflake, ForeignKey("guilds.id"), primary_key=True, autoincrement=False),
    Column("tier_id", Key, primary_key=True),
    Column("name", ForeignText, nullable=False),
)

# Who did what. No foreign key: an entry outlives the guild. `guild_id` NULL: at the terminal.
audit = Table(
    "audit",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("guild_id", Snowflake),
    Column("user_id", Snowflake),
    Column("action", Text, nullable=False),
    Column("detail", ForeignText, nullable=False),
    Index(None, "guild_id", "id"),
)
