"""Campaigns with their tiers and members, and what patrons asked for."""

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
    false,
    text,
    true,
)

from storage.tables.base import COUNTED, metadata
from storage.types import ForeignText, Key, Snowflake, UtcDateTime

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Key, primary_key=True),
    Column("creator_id", Integer, ForeignKey("creators.id"), nullable=False),
    Column("name", ForeignText, nullable=False),
    Column("currency", ForeignText, nullable=False),
    Column("url", ForeignText),
    Column("patron_count", Integer),
    Column("baseline_at", UtcDateTime),
    Column("synced_at", UtcDateTime),
    Column("sync_error", ForeignText),
)

tiers = Table(
    "tiers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("campaign_id", Key, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("title", ForeignText, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("is_published", Boolean, nullable=False, server_default=true()),
    Column("patron_count", Integer),
    Column("patron_limit", Integer),
    Column("benefits", Text, nullable=False, server_default=text("'[]'")),
)

members = Table(
    "members",
    metadata,
    Column("row", Integer, primary_key=True, quote=True),
    Column("id", Key, nullable=False, unique=True),
    Column("campaign_id", Key, ForeignKey("campaigns.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("user_id", Key),
    Column("name", ForeignText),
    Column("name_folded", Key, nullable=False),
    Column("is_trial", Boolean, nullable=False),
    Column("is_gift", Boolean, nullable=False),
    Column("cadence_months", Integer),
    Column("entitled_cents", BigInteger, nullable=False),
    Column("will_pay_cents", BigInteger, nullable=False),
    Column("lifetime_cents", BigInteger, nullable=False),
    Column("last_charge_status", ForeignText),
    Column("last_charge_at", UtcDateTime),
    Column("next_charge_at", UtcDateTime),
    Column("pledge_started_at", UtcDateTime),
    Column("discord_id", Snowflake),
    Column("hides_pledges", Boolean, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index(None, "campaign_id", "row"),
    Index(None, "campaign_id", "status"),
    sqlite_autoincrement=True,
)

# A tier may be named before it is known, so there is no foreign key to `tiers`.
member_tiers = Table(
    "member_tiers",
    metadata,
    Column("member_row", Integer, ForeignKey("members.row"), primary_key=True, autoincrement=False),
    Column("tier_id", Key, primary_key=True),
    Index(None, "tier_id", "member_row"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("member_id", Key, nullable=False),
    Column("campaign_id", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entry", ForeignText),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "member_id", "id"),
)

# What patrons asked for about themselves, by Patreon's user.
people = Table(
    "people",
    metadata,
    Column("user_id", Key, primary_key=True),
    Column("discord_id", Snowflake, index=True),
    Column("linked_at", UtcDateTime),
    Column("hides_name", Boolean, nullable=False, server_default=false()),
    Column("hides_tier", Boolean, nullable=False, server_default=false()),
    Column("is_forgotten", Boolean, nullable=False, server_default=false()),
    Column("changed_at", UtcDateTime, nullable=False),
)
