"""What people may know of events, and which bodies are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
HAS_CAMPAIGN = sa.text("campaign_id IS NOT NULL")
IS_KEPT = sa.text("finished_at IS NOT NULL AND body_deleted_at IS NULL")
IS_EMPTIED = sa.text("body_deleted_at IS NOT NULL")


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # Columns behind the body would be read through it: SQLite makes the table anew.
    with op.batch_alter_table("events", recreate="always" if is_sqlite else "never") as batch:
        for column in (
            sa.Column("campaign_id", KEY),
            sa.Column("discarded_by", sa.Text()),
            sa.Column("body_deleted_at", sa.DateTime(timezone=True)),
        ):
            batch.add_column(column, insert_before="body" if is_sqlite else None)
    op.execute(
        "UPDATE events SET campaign_id = "
        "(SELECT hooks.campaign_id FROM hooks WHERE hooks.id = events.hook_id) "
        "WHERE hook_id IS NOT NULL"
    )
    for columns, where in (
        (["campaign_id", "id"], HAS_CAMPAIGN),
        (["finished_at"], IS_KEPT),
        (["body_deleted_at"], IS_EMPTIED),
    ):
        op.create_index(
            f"ix_events_{'_'.join(columns)}",
            "events",
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )
