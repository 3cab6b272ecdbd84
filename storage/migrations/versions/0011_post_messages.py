"""Which messages tell of a post, what a guild wants told of it, and what it is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("links", sa.Column("post_detail", sa.Text()))
    op.create_table(
        "post_readings",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("seen_at", MOMENT),
        sa.Column("told_at", MOMENT),
        sa.PrimaryKeyConstraint("post_id", name="pk_post_readings"),
    )
    # What is known by now is no news.
    op.execute(
        "INSERT INTO post_readings (post_id, campaign_id, told_at) "
        "SELECT id, campaign_id, published_at FROM posts WHERE published_at <= CURRENT_TIMESTAMP"
    )
    op.create_table(
        "post_messages",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("link_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "link_id", name="pk_post_messages"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_post_messages_link_id_links"),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="fk_post_messages_announcement_id_announcements",
        ),
        sa.UniqueConstraint("announcement_id", name="uq_post_messages_announcement_id"),
    )
    op.create_table(
        "post_doubts",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("draft_ids", sa.Text(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answer", sa.BigInteger()),
        sa.Column("answered_by", sa.BigInteger()),
        sa.Column("answered_at", MOMENT),
        sa.PrimaryKeyConstraint("post_id", "guild_id", name="pk_post_doubts"),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="fk_post_doubts_announcement_id_announcements",
        ),
        sa.UniqueConstraint("announcement_id", name="uq_post_doubts_announcement_id"),
    )
