"""Posts that are composed here, with the forms and pages around them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import COUNTED, IS_WAITING, metadata
from storage.types import ForeignText, Key, Snowflake, UtcDateTime

_HAS_POST = text("post_id IS NOT NULL")

# Forms as they were sent: kept before anybody looks at them.
submissions = Table(
    "submissions",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("guild_id", Snowflake, nullable=False),
    Column("user_id", Snowflake, nullable=False),
    Column("custom_id", ForeignText, nullable=False),
    Column("fields", ForeignText, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("draft_id", BigInteger),
    Column("problem", ForeignText),
    Column("channel_id", Snowflake),
    Column("message_id", Snowflake),
    Column("dismissed_at", UtcDateTime),
    Index(None, "guild_id", "user_id", "received_at"),
)

# Which files of the shelf forms need that were not used.
form_pictures = Table(
    "form_pictures",
    metadata,
    Column(
        "submission_id",
        BigInteger,
        ForeignKey("submissions.id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("digest", Text, primary_key=True, index=True),
)

# Posts that are composed here. `due_at` is set while one is scheduled, `name_key` while it is a
# template that can be found by its name.
drafts = Table(
    "drafts",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("guild_id", Snowflake, nullable=False),
    Column("campaign_id", Key, nullable=False),
    Column("author_id", Snowflake, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", ForeignText, nullable=False),
    Column("content", ForeignText, nullable=False),
    Column("targets", Text, nullable=False),
    Column("approval", Text),
    Column("is_approved", Boolean, nullable=False),
    Column("publish_at", UtcDateTime),
    Column("time_zone", ForeignText),
    Column("due_at", UtcDateTime),
    Column("name", ForeignText),
    Column("name_key", Key),
    Column("note", ForeignText),
    Column("page_key", Key, nullable=False, unique=True),
    Column("hand_over", Text, nullable=False),
    Column("handed_over_at", UtcDateTime),
    Column("post_id", Key),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    UniqueConstraint("guild_id", "name_key"),
    Index(None, "guild_id", "state", "updated_at"),
    Index(None, "campaign_id", "hand_over"),
    Index(None, "due_at", "id", sqlite_where=IS_WAITING, postgresql_where=IS_WAITING),
    Index(None, "post_id", sqlite_where=_HAS_POST, postgresql_where=_HAS_POST),
    sqlite_autoincrement=True,
)

# Which files of the shelf drafts need.
draft_pictures = Table(
    "draft_pictures",
    metadata,
    Column("draft_id", BigInteger, ForeignKey("drafts.id"), primary_key=True, autoincrement=False),
    Column("digest", Text, primary_key=True, index=True),
    Column("size_bytes", BigInteger, nullable=False),
)

# The messages of published drafts.
draft_messages = Table(
    "draft_messages",
    metadata,
    Column("draft_id", BigInteger, ForeignKey("drafts.id"), primary_key=True, autoincrement=False),
    Column("channel_id", Snowflake, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column(
        "announcement_id", BigInteger, ForeignKey("announcements.id"), nullable=False, unique=True
    ),
)

# Guilds whose scheduled posts wait.
paused_guilds = Table(
    "paused_guilds",
    metadata,
    Column("guild_id", Snowflake, primary_key=True, autoincrement=False),
    Column("paused_by", Snowflake, nullable=False),
    Column("paused_at", UtcDateTime, nullable=False),
)

# One-time links to pages that hand drafts over to Patreon, under the digests of their tokens.
# `session` is the digest of what the browser shows that opened one; NULL: nobody did yet. Links to
# previews, which are never opened, have the session "preview".
handovers = Table(
    "handovers",
    metadata,
    Column("digest", Key, primary_key=True),
    Column("draft_id", BigInteger, nullable=False),
    Column("guild_id", Snowflake, nullable=False),
    Column("user_id", Snowflake, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("session", Key),
    Index(None, "user_id", "draft_id"),
)
