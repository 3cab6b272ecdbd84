"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
WAITING = sa.text("due_at IS NOT NULL")
PARKED = sa.text("parked_at IS NOT NULL")


def upgrade() -> None:
    _create_accounts()
    _create_members()
    _create_posts()
    _create_inbox()
    _create_outbox()
    _create_notes()


def _create_accounts() -> None:
    op.create_table(
        "creators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patreon_id", KEY),
        sa.Column("name", sa.Text()),
        sa.Column("token_state", sa.Text(), nullable=False),
        sa.Column("token_reason", sa.Text()),
        sa.Column("token_checked_at", MOMENT),
        sa.Column("seed_hash", sa.Text()),
        sa.Column("access", sa.Text()),
        sa.Column("refresh", sa.Text()),
        sa.Column("expires_at", MOMENT),
        sa.Column("obtained_at", MOMENT),
        sa.Column("token_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_creators"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("patron_count", sa.Integer()),
        sa.Column("baseline_at", MOMENT),
        sa.Column("synced_at", MOMENT),
        sa.Column("sync_error", sa.Text()),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.id"], name="fk_campaigns_creator_id_creators"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_table(
        "tiers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("is_published", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("patron_count", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_tiers_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tiers"),
    )
    op.create_index("ix_tiers_campaign_id", "tiers", ["campaign_id"])


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("user_id", KEY),
        sa.Column("name", sa.Text()),
        sa.Column("name_folded", KEY, nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("is_gift", sa.Boolean(), nullable=False),
        sa.Column("cadence_months", sa.Integer()),
        sa.Column("entitled_cents", sa.BigInteger(), nullable=False),
        sa.Column("will_pay_cents", sa.BigInteger(), nullable=False),
        sa.Column("lifetime_cents", sa.BigInteger(), nullable=False),
        sa.Column("last_charge_status", sa.Text()),
        sa.Column("last_charge_at", MOMENT),
        sa.Column("next_charge_at", MOMENT),
        sa.Column("pledge_started_at", MOMENT),
        sa.Column("discord_id", sa.BigInteger()),
        sa.Column("hides_pledges", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_members_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("row", name="pk_members"),
        sa.UniqueConstraint("id", name="uq_members_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_members_campaign_id_lifetime_cents", "members", ["campaign_id", "lifetime_cents"]
    )
    op.create_index(
        "ix_members_campaign_id_name_folded_id", "members", ["campaign_id", "name_folded", "id"]
    )
    op.create_index(
        "ix_members_campaign_id_pledge_started_at", "members", ["campaign_id", "pledge_started_at"]
    )
    op.create_index("ix_members_campaign_id_row", "members", ["campaign_id", "row"])
    op.create_index("ix_members_campaign_id_status", "members", ["campaign_id", "status"])
    op.create_table(
        "member_tiers",
        sa.Column("member_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tier_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_row"], ["members.row"], name="fk_member_tiers_member_row_members"
        ),
        sa.PrimaryKeyConstraint("member_row", "tier_id", name="pk_member_tiers"),
    )
    op.create_index("ix_member_tiers_tier_id_member_row", "member_tiers", ["tier_id", "member_row"])
    op.create_table(
        "changes",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text()),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_member_id_id", "changes", ["member_id", "id"])


def _create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("content", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("tier_ids", sa.Text(), nullable=False),
        sa.Column("published_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_posts_campaign_id_campaigns"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
    )
    op.create_index("ix_posts_campaign_id", "posts", ["campaign_id"])


def _create_inbox() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("patreon_id", KEY),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hooks"),
        sa.UniqueConstraint("key", name="uq_hooks_key"),
    )
    op.create_table(
        "events",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("hook_id", sa.Integer()),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("leased_from", MOMENT),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("parked_at", MOMENT),
        sa.Column("note", sa.Text()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index(
        "ix_events_due_at_id",
        "events",
        ["due_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_events_parked_at", "events", ["parked_at"], sqlite_where=PARKED, postgresql_where=PARKED
    )


def _create_outbox() -> None:
    op.create_table(
        "guilds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guilds"),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", KEY, nullable=False),
        sa.Column("feed_channel_id", sa.BigInteger()),
        sa.Column("staff_channel_id", sa.BigInteger()),
        sa.Column("posts_channel_id", sa.BigInteger()),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_links_guild_id_guilds"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("guild_id", "campaign_id", name="uq_links_guild_id_campaign_id"),
    )
    op.create_index("ix_links_campaign_id", "links", ["campaign_id"])
    op.create_table(
        "announcements",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("shown_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("send_started_at", MOMENT),
        sa.Column("due_at", MOMENT),
        sa.Column("leased_from", MOMENT),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("parked_at", MOMENT),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("shown_at", MOMENT),
        sa.Column("card", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name="fk_announcements_change_id_changes"
        ),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_announcements_link_id_links"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.UniqueConstraint(
            "change_id", "channel_id", name="uq_announcements_change_id_channel_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_announcements_channel_id_id",
        "announcements",
        ["channel_id", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_announcements_link_id", "announcements", ["link_id"])
    op.create_index(
        "ix_announcements_parked_at",
        "announcements",
        ["parked_at"],
        sqlite_where=PARKED,
        postgresql_where=PARKED,
    )


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notes"),
    )
