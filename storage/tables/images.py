"""Pictures and their files."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from storage.tables.base import IS_WAITING, metadata
from storage.types import ForeignText, Key, UtcDateTime

_HAS_FILE = text("digest IS NOT NULL")

# Pictures, by the path of their links. `url` is kept only until there is a file.
images = Table(
    "images",
    metadata,
    Column("key", Key, primary_key=True),
    Column("public_key", Key, nullable=False, unique=True),
    Column("url", ForeignText),
    Column("expires_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("failure", Text),
    Column("digest", Text),
    Column("media_type", Text),
    Column("size_bytes", BigInteger),
    Column("width", Integer),
    Column("height", Integer),
    Column("fetched_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    Index(None, "due_at", "key", sqlite_where=IS_WAITING, postgresql_where=IS_WAITING),
    Index(None, "digest", sqlite_where=_HAS_FILE, postgresql_where=_HAS_FILE),
    Index(None, "used_at", sqlite_where=_HAS_FILE, postgresql_where=_HAS_FILE),
)

# Whose pictures they are, and which of the owner's.
image_places = Table(
    "image_places",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("owner_id", Key, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("key", Key, ForeignKey("images.key"), nullable=False, index=True),
    Column("campaign_id", Key, nullable=False),
    Index(None, "campaign_id", "kind"),
)

# The sizes that were made from a picture's file.
renditions = Table(
    "renditions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("size", Text, primary_key=True),
    Column("digest", Text, nullable=False, index=True),
    Column("size_bytes", BigInteger, nullable=False),
)
