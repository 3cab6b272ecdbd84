"""The tables, in the words of the design; `migrations/` must build exactly these.

`due_at` is when a row should be worked on (NULL: nothing to do). A claim moves it to the end of
the lease and keeps the earlier value in `leased_from`. Rules for both databases: no ON DELETE
CASCADE; what must sort or compare alike has the collation of its bytes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from storage.types import ForeignText, Key, Secret, Snowflake, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only a column that is exactly an INTEGER PRIMARY KEY.
_COUNTED = BigInteger().with_variant(Integer(), "sqlite")
_IS_WAITING = text("due_at IS NOT NULL")
_IS_PARKED = text("parked_at IS NOT NULL")
_HAS_CAMPAIGN = text("campaign_id IS NOT NULL")
_IS_KEPT = text("finished_at IS NOT NULL AND body_deleted_at IS NULL")
_IS_EMPTIED = text("body_deleted_at IS NOT NULL")
_HAS_FILE = text("digest IS NOT NULL")
_IS_FOLDED = text("digest_id IS NOT NULL")
_HAS_POST = text("post_id IS NOT NULL")

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

# Hooks and links may be configured before their campaign's first sync: no foreign key to it.
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
    Column("id", _COUNTED, primary_key=True),
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
    Index(None, "due_at", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
    Index(None, "parked_at", sqlite_where=_IS_PARKED, postgresql_where=_IS_PARKED),
    Index(None, "campaign_id", "id", sqlite_where=_HAS_CAMPAIGN, postgresql_where=_HAS_CAMPAIGN),
    Index(None, "finished_at", sqlite_where=_IS_KEPT, postgresql_where=_IS_KEPT),
    Index(None, "body_deleted_at", sqlite_where=_IS_EMPTIED, postgresql_where=_IS_EMPTIED),
)

changes = Table(
    "changes",
    metadata,
    Column("id", _COUNTED, primary_key=True),
    Column("member_id", Key, nullable=False),
    Column("campaign_id", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entry", ForeignText),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "member_id", "id"),
)

guilds = Table(
    "guilds",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("added_at", UtcDateTime, nullable=False),
)

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

# Through which guilds an account was connected: they may follow its campaigns.
guild_creators = Table(
    "guild_creators",
    metadata,
    Column("guild_id", Snowflake, ForeignKey("guilds.id"), primary_key=True, autoincrement=False),
    Column("creator_id", Integer, ForeignKey("creators.id"), primary_key=True, autoincrement=False),
    Column("connected_by", Snowflake),
    Column("connected_at", UtcDateTime, nullable=False),
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

# Who did what. No foreign key: an entry outlives the guild. `guild_id` NULL: at the terminal.
audit = Table(
    "audit",
    metadata,
    Column("id", _COUNTED, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("guild_id", Snowflake),
    Column("user_id", Snowflake),
    Column("action", Text, nullable=False),
    Column("detail", ForeignText, nullable=False),
    Index(None, "guild_id", "id"),
)

# An announcement's id is the nonce of its message: it must never be used again. `digest_id` is the
# announcement whose message tells this one's change, too; a digest names itself.
announcements = Table(
    "announcements",
    metadata,
    Column("id", _COUNTED, primary_key=True),
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
    Index(None, "channel_id", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
    Index(None, "parked_at", sqlite_where=_IS_PARKED, postgresql_where=_IS_PARKED),
    Index(None, "digest_id", sqlite_where=_IS_FOLDED, postgresql_where=_IS_FOLDED),
    sqlite_autoincrement=True,
)

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
    Index(None, "due_at", "key", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
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
    Column("id", _COUNTED, primary_key=True),
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
    Index(None, "due_at", "id", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
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
