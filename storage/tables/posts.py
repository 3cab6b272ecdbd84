"""Posts on Patreon, and what is told of them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from storage.tables.base import metadata
from storage.types import ForeignText, Key, Snowflake, UtcDateTime

posts = Table(
    "posts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("campaign_id", Key, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("title", ForeignText),
    Column("content", ForeignText),
    Column("url", ForeignText),
    Column("is_public", Boolean, nullable=False),
    Column("is_paid", Boolean, nullable=False),
    Column("tier_ids", Text, nullable=False),
    Column("published_at", UtcDateTime),
)

# What became of each post that Patreon ever told of; deleted ones stay, so that a late reading
# does not bring them back. `told_at` is NULL as long as a post is not out.
post_readings = Table(
    "post_readings",
    metadata,
    Column("post_id", Key, primary_key=True),
    Column("campaign_id", Key, nullable=False),
    Column("seen_at", UtcDateTime),
    Column("told_at", UtcDateTime),
)

# Which announcement tells of a post for a link: never more than one.
post_messages = Table(
    "post_messages",
    metadata,
    Column("post_id", Key, primary_key=True),
    Column("link_id", Integer, ForeignKey("links.id"), primary_key=True, autoincrement=False),
    Column(
        "announcement_id", BigInteger, ForeignKey("announcements.id"), nullable=False, unique=True
    ),
)

# Questions to a guild, which of its drafts a post is. `answer` is a draft's id, 0 for none of
# them. No foreign key to drafts: those may be forgotten.
post_doubts = Table(
    "post_doubts",
    metadata,
    Column("post_id", Key, primary_key=True),
    Column("guild_id", Snowflake, primary_key=True, autoincrement=False),
    Column("draft_ids", Text, nullable=False),
    Column(
        "announcement_id", BigInteger, ForeignKey("announcements.id"), nullable=False, unique=True
    ),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answer", BigInteger),
    Column("answered_by", Snowflake),
    Column("answered_at", UtcDateTime),
)
