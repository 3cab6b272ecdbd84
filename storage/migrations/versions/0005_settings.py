"""What guilds, moderators and patrons decide, and who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _extend()
    _create_guild_tables()
    _create_people()
    _create_audit()


def _extend() -> None:
    for table, columns in (
        (
            "creators",
            (
                sa.Column("scopes", sa.Text()),
                sa.Column("renewing_by", sa.Text()),
                sa.Column("renewing_until", MOMENT),
            ),
        ),
        (
            "tiers",
            (
                sa.Column("patron_limit", sa.Integer()),
                sa.Column("benefits", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
            ),
        ),
        (
            "links",
            (
                sa.Column("kinds", sa.Text()),
                sa.Column("staff_kinds", sa.Text()),
                sa.Column("shows_amounts", sa.Boolean()),
            ),
        ),
    ):
        for column in columns:
            op.add_column(table, column)


def _create_guild_tables() -> None:
    op.create_table(
        "words",
        sa.Column("link_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_words_link_id_links"),
        sa.PrimaryKeyConstraint("link_id", "kind", "is_staff", name="pk_words"),
    )
    op.create_table(
        "role_rights",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_role_rights_guild_id_guilds"),
        sa.PrimaryKeyConstraint("guild_id", "role_id", "right", name="pk_role_rights"),
    )
    op.create_table(
        "tier_names",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tier_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_tier_names_guild_id_guilds"),
        sa.PrimaryKeyConstraint("guild_id", "tier_id", name="pk_tier_names"),
    )
    op.create_table(
        "guild_creators",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("creator_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("connected_by", sa.BigInteger()),
        sa.Column("connected_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guilds.id"], name="fk_guild_creators_guild_id_guilds"
        ),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.id"], name="fk_guild_creators_creator_id_creators"
        ),
        sa.PrimaryKeyConstraint("guild_id", "creator_id", name="pk_guild_creators"),
    )


def _create_people() -> None:
    op.create_table(
        "oauth_states",
        sa.Column("digest", KEY, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("guild_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oauth_states"),
    )
    op.create_index("ix_oauth_states_expires_at", "oauth_states", ["expires_at"])
    op.create_table(
        "people",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("discord_id", sa.BigInteger()),
        sa.Column("linked_at", MOMENT),
        sa.Column("hides_name", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hides_tier", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_forgotten", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_people"),
    )
    op.create_index("ix_people_discord_id", "people", ["discord_id"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_guild_id_id", "audit", ["guild_id", "id"])
