"""Posts that are composed here: forms, drafts, their pictures and messages."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HAS_POST = sa.text("post_id IS NOT NULL")
IS_WAITING = sa.text("due_at IS NOT NULL")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("custom_id", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft_id", sa.BigInteger()),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
    )
    op.create_index("ix_submissions_received_at", "submissions", ["received_at"])
    op.create_index(
        "ix_submissions_guild_id_user_id_received_at",
        "submissions",
        ["guild_id", "user_id", "received_at"],
    )
    op.create_table(
        "drafts",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("approval", sa.Text()),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True)),
        sa.Column("time_zone", sa.Text()),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("name", sa.Text()),
        sa.Column("name_key", KEY),
        sa.Column("note", sa.Text()),
        sa.Column("page_key", KEY, nullable=False),
        sa.Column("hand_over", sa.Text(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True)),
        sa.Column("post_id", KEY),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.UniqueConstraint("page_key", name="uq_drafts_page_key"),
        sa.UniqueConstraint("guild_id", "name_key", name="uq_drafts_guild_id_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_drafts_guild_id_state_updated_at", "drafts", ["guild_id", "state", "updated_at"]
    )
    op.create_index("ix_drafts_campaign_id_hand_over", "drafts", ["campaign_id", "hand_over"])
    partly("ix_drafts_due_at_id", "drafts", ["due_at", "id"], IS_WAITING)
    partly("ix_drafts_post_id", "drafts", ["post_id"], HAS_POST)
    op.create_table(
        "draft_pictures",
        sa.Column("draft_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "digest", name="pk_draft_pictures"),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name="fk_draft_pictures_draft_id_drafts"
        ),
    )
    op.create_index("ix_draft_pictures_digest", "draft_pictures", ["digest"])
    op.create_table(
        "draft_messages",
        sa.Column("draft_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "channel_id", "position", name="pk_draft_messages"),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name="fk_draft_messages_draft_id_drafts"
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="fk_draft_messages_announcement_id_announcements",
        ),
        sa.UniqueConstraint("announcement_id", name="uq_draft_messages_announcement_id"),
    )
    op.create_table(
        "paused_guilds",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paused_by", sa.BigInteger(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_paused_guilds"),
    )


def partly(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
