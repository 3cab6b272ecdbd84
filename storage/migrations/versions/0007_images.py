"""Pictures: whose they are, where their files lie."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

HAS_FILE = sa.text("digest IS NOT NULL")
IS_WAITING = sa.text("due_at IS NOT NULL")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def partly(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("key", KEY, nullable=False),
        sa.Column("public_key", KEY, nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("failure", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("media_type", sa.Text()),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key", name="pk_images"),
        sa.UniqueConstraint("public_key", name="uq_images_public_key"),
    )
    partly("ix_images_due_at_key", "images", ["due_at", "key"], IS_WAITING)
    partly("ix_images_digest", "images", ["digest"], HAS_FILE)
    partly("ix_images_used_at", "images", ["used_at"], HAS_FILE)
    op.create_table(
        "image_places",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.PrimaryKeyConstraint("kind", "owner_id", "slot", name="pk_image_places"),
        sa.ForeignKeyConstraint(["key"], ["images.key"], name="fk_image_places_key_images"),
    )
    op.create_index("ix_image_places_key", "image_places", ["key"])
    op.create_index("ix_image_places_campaign_id_kind", "image_places", ["campaign_id", "kind"])
    op.create_table(
        "renditions",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "size", name="pk_renditions"),
    )
    op.create_index("ix_renditions_digest", "renditions", ["digest"])
    op.create_table(
        "own_secrets",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_own_secrets"),
    )
