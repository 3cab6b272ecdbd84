"""Forms of posts: where they were sent, their pictures, and that somebody needs one no more."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submissions", sa.Column("channel_id", sa.BigInteger()))
    op.add_column("submissions", sa.Column("message_id", sa.BigInteger()))
    op.add_column("submissions", sa.Column("dismissed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "form_pictures",
        sa.Column("submission_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "digest", name="pk_form_pictures"),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name="fk_form_pictures_submission_id_submissions",
        ),
    )
    op.create_index("ix_form_pictures_digest", "form_pictures", ["digest"])
