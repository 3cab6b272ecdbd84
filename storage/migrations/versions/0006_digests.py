"""Which announcements a digest tells."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IS_FOLDED = sa.text("digest_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("announcements", sa.Column("digest_id", sa.BigInteger()))
    op.create_index(
        "ix_announcements_digest_id",
        "announcements",
        ["digest_id"],
        sqlite_where=IS_FOLDED,
        postgresql_where=IS_FOLDED,
    )
