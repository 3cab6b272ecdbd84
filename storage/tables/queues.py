"""What comes in and what goes out: webhooks' events and announcements."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.tables.base import COUNTED, IS_PARKED, IS_WAITING, metadata
from storage.types import ForeignText, Key, Secret, Snowflake, UtcDateTime

_HAS_CAMPAIGN = text("campaign_id IS NOT NULL")
_IS_KEPT = text("finished_at IS NOT NULL AND body_deleted_at IS NULL")
_IS_EMPTIED = text("body_deleted_at IS NOT NULL")
_IS_FOLDED = text("digest_id IS NOT NULL")

# A hook may be configured before its campaign's first sync: no foreign key to it.
hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Key, nullable=False, unique=True),
    Column("campaign_id", Key, nullable=False),
    Column("patreon_id", Key),
    Column("secrets", Secret, nullable=False),
    Column("is_paused", Boolean, nullable=False, server_default=false()),
    Column("failures", Integer, nullable=False, server_default=text("0")),
)

# The inbox takes every signed delivery: no foreign key can refuse one. The body stands last, so
# that the other columns are read without it. What a delivery does not bring is in no index before
# processing, so that accepting one writes as little as possible.
events = Table(
    "events",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("hook_id", Integer),
    Column("trigger", ForeignText, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("leased_from", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("finished_at", UtcDateTime),
    Column("parked_at", UtcDateTime),
    Column("note", ForeignText),
    Column("campaign_id", Key),
    Column("discarded_by", ForeignText),
    Column("body_deleted_at", UtcDateTime),
    Column("body", LargeBinary, nullable=False),
    Index(None, "due_at", "id", sqlite_where=IS_WAITING, postgresql_where=IS_WAITING),
    Index(None, "parked_at", sqlite_where=IS_PARKED, postgresql_where=IS_PARKED),
    Index(None, "campaign_id", "id", sqlite_where=_HAS_CAMPAIGN, postgresql_where=_HAS_CAMPAIGN),
    Index(None, "finished_at", sqlite_where=_IS_KEPT, postgresql_where=_IS_KEPT),
    Index(None, "body_deleted_at", sqlite_where=_IS_EMPTIED, postgresql_where=_IS_EMPTIED),
)

# An announcement's id is the nonce of its message: it must never be used again. `digest_id` is the
# announcement whose message tells this one's change, too; a digest names itself.
announcements = Table(
    "announcements",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("link_id", Integer, ForeignKey("links.id"), nullable=False, index=True),
    Column("change_id", BigInteger, ForeignKey("changes.id")),
    Column("channel_id", Snowflake, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("shown_version", Integer, nullable=False, server_default=text("0")),
    Column("message_id", Snowflake),
    Column("send_started_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("leased_from", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("parked_at", UtcDateTime),
    Column("reason", ForeignText),
    Column("created_at", UtcDateTime, nullable=False),
    Column("shown_at", UtcDateTime),
    Column("card", Text, nullable=False),
    Column("digest_id", BigInteger),
    UniqueConstraint("change_id", "channel_id"),
    Index(None, "channel_id", "id", sqlite_where=IS_WAITING, postgresql_where=IS_WAITING),
    Index(None, "parked_at", sqlite_where=IS_PARKED, postgresql_where=IS_PARKED),
    Index(None, "digest_id", sqlite_where=_IS_FOLDED, postgresql_where=_IS_FOLDED),
    sqlite_autoincrement=True,
)
