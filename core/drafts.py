"""Drafts: posts that are being composed, and what may be done with them next."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LONGEST_TITLE = 200
LONGEST_PART = 4_000
MOST_PARTS = 30
LONGEST_BODY_BYTES = 100_000
MOST_PICTURES = 10
LONGEST_DESCRIPTION = 1_024
"""Of a picture. Source: docs.discord.com, "Attachment", "description"."""


class DraftState(StrEnum):
    """How far a draft has come.

    `EDITING`: somebody writes. `WAITING`: somebody asked for approval. `SCHEDULED`: goes out at
    its time. `PUBLISHED`: handed to the outbox. `RETRACTED`: was published, and taken back.
    `DISCARDED`: thrown away. `TEMPLATE`: never goes out itself; drafts are made from it.
    """

    EDITING = "editing"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    RETRACTED = "retracted"
    DISCARDED = "discarded"
    TEMPLATE = "template"


class AudienceKind(StrEnum):
    """Who may read a post on Patreon, and which channels it fits."""

    PUBLIC = "public"
    PATRONS = "patrons"
    TIERS = "tiers"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who a post is for. `tier_ids` belong to `TIERS`, `minimum_cents` (a month) to `MINIMUM`."""

    kind: AudienceKind = AudienceKind.PUBLIC
    tier_ids: tuple[str, ...] = ()
    minimum_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A channel in which a draft goes out.

    `is_forum`: it becomes a post there, with `tag_ids`. `crosspost`: an announcement channel's
    followers get it. `role_ids` are pinged, and only those.
    """

    channel_id: int
    is_forum: bool = False
    crosspost: bool = False
    tag_ids: tuple[int, ...] = ()
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPicture:
    """An uploaded picture: `digest` is its SHA-256 on the shelf, as it was uploaded.

    `name` is a safe file name with the right ending, `description` is for those who cannot see it.
    """

    digest: str
    name: str
    media_type: str
    size_bytes: int
    description: str | None = None


class HandOver(StrEnum):
    """How a draft stands with Patreon: never "published" before Patreon says so.

    `READY`: somebody was given the page to copy from. `DOUBTFUL`: a post there may be it, and
    somebody is asked. `LINKED`: Patreon has it.
    """

    NONE = "none"
    READY = "ready"
    DOUBTFUL = "doubtful"
    LINKED = "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who asked for approval and who gave it, for exactly the draft's present content.

    `announcement_id` and `marker` are those of the card in the staff channel that asks for it.
    """

    asked_by: int
    asked_at: datetime
    approved_by: int | None = None
    approved_at: datetime | None = None
    announcement_id: int | None = None
    marker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a draft says: plain `title`, and a body in Markdown, in parts as they were written."""

    title: str
    parts: tuple[str, ...]
    audience: Audience = field(default_factory=Audience)
    is_paid: bool = False
    pictures: tuple[DraftPicture, ...] = ()

    @property
    def body(self) -> str:
        """The whole body; parts are paragraphs apart."""
        return "\n\n".join(part.strip("\n") for part in self.parts if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post being composed for one campaign in one guild.

    `version` counts every change: whoever acts names the version that they saw, and of two only
    one wins. `page_key` names the page with the whole text and cannot be guessed. `name` is a
    template's. `publish_at` goes with `time_zone`, the IANA name in which it was chosen.
    """

    id: int
    guild_id: int
    campaign_id: str
    author_id: int
    state: DraftState
    version: int
    content: Content
    targets: tuple[Target, ...] = ()
    approval: Approval | None = None
    publish_at: datetime | None = None
    time_zone: str | None = None
    name: str | None = None
    note: str | None = None
    page_key: str
    hand_over: HandOver = HandOver.NONE
    handed_over_at: datetime | None = None
    post_id: str | None = None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None

    @property
    def is_approved(self) -> bool:
        """Whether a second person approved what it says now."""
        return self.approval is not None and self.approval.approved_by is not None


def title_key(title: str) -> str:
    """Give what two titles have in common when people would call them the same.

    Compatibility forms, case, marks of punctuation and runs of spaces do not tell titles apart.
    """
    folded = unicodedata.normalize("NFKC", title).casefold()
    kept = (
        character if unicodedata.category(character)[0] in "LNMS" else " " for character in folded
    )
    return " ".join("".join(kept).split())
