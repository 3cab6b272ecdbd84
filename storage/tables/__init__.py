"""The tables, in the words of the design; `migrations/` must build exactly these.

`due_at` is when a row should be worked on (NULL: nothing to do). A claim moves it to the end of
the lease and keeps the earlier value in `leased_from`. Rules for both databases: no ON DELETE
CASCADE; what must sort or compare alike has the collation of its bytes.
"""

from storage.tables.accounts import creators, guild_creators, notes, oauth_states, own_secrets
from storage.tables.base import metadata
from storage.tables.campaigns import campaigns, changes, member_tiers, members, people, tiers
from storage.tables.drafts import (
    draft_messages,
    draft_pictures,
    drafts,
    form_pictures,
    handovers,
    paused_guilds,
    submissions,
)
from storage.tables.guilds import audit, guilds, links, role_rights, tier_names, words
from storage.tables.images import image_places, images, renditions
from storage.tables.posts import post_doubts, post_messages, post_readings, posts
from storage.tables.queues import announcements, events, hooks

__all__ = [
    "announcements",
    "audit",
    "campaigns",
    "changes",
    "creators",
    "draft_messages",
    "draft_pictures",
    "drafts",
    "events",
    "form_pictures",
    "guild_creators",
    "guilds",
    "handovers",
    "hooks",
    "image_places",
    "images",
    "links",
    "member_tiers",
    "members",
    "metadata",
    "notes",
    "oauth_states",
    "own_secrets",
    "paused_guilds",
    "people",
    "post_doubts",
    "post_messages",
    "post_readings",
    "posts",
    "renditions",
    "role_rights",
    "submissions",
    "tier_names",
    "tiers",
    "words",
]
