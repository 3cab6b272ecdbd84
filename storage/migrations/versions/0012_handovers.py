"""One-time links to the pages that hand drafts over to Patreon."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("digest", KEY, nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session", KEY),
        sa.PrimaryKeyConstraint("digest", name="pk_handovers"),
    )
    op.create_index("ix_handovers_expires_at", "handovers", ["expires_at"])
    op.create_index("ix_handovers_user_id_draft_id", "handovers", ["user_id", "draft_id"])
