"""Connected Patreon accounts, and what the bot keeps for itself."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, text

from storage.tables.base import metadata
from storage.types import ForeignText, Key, Secret, Snowflake, UtcDateTime

creators = Table(
    "creators",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("patreon_id", Key),
    Column("name", ForeignText),
    Column("token_state", Text, nullable=False),
    Column("token_reason", ForeignText),
    Column("token_checked_at", UtcDateTime),
    Column("seed_hash", Text),
    Column("access", Secret),
    Column("refresh", Secret),
    Column("expires_at", UtcDateTime),
    Column("obtained_at", UtcDateTime),
    Column("token_version", Integer, nullable=False, server_default=text("0")),
    Column("scopes", ForeignText),
    Column("renewing_by", Text),
    Column("renewing_until", UtcDateTime),
)

# Consents that somebody began: only the digest of the one-use state is kept. `ending` is NULL while
# one is open, empty while it is being finished, and then says how it ended, for who waits to hear.
oauth_states = Table(
    "oauth_states",
    metadata,
    Column("digest", Key, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("guild_id", Snowflake),
    Column("user_id", Snowflake, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("user_name", ForeignText, nullable=False),
    Column("guild_name", ForeignText, nullable=False),
    Column("ending", ForeignText),
)

# Through which guilds an account was connected: they may follow its campaigns.
guild_creators = Table(
    "guild_creators",
    metadata,
    Column("guild_id", Snowflake, ForeignKey("guilds.id"), primary_key=True, autoincrement=False),
    Column("creator_id", Integer, ForeignKey("creators.id"), primary_key=True, autoincrement=False),
    Column("connected_by", Snowflake),
    Column("connected_at", UtcDateTime, nullable=False),
)

# Small secrets of the bot's own, such as the key of public addresses.
own_secrets = Table(
    "own_secrets",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Secret, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", ForeignText, nullable=False),
)
