"""What is said about posts on Patreon: in their own channels, and to the staff that is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.cards import Action, Card, Fact, Tone
from core.draft_words import audience_words
from core.drafts import Audience, AudienceKind, Draft
from core.members import Campaign, Tier
from core.names import display_name, visible
from core.posts import Post, PostDetail
from core.sheets import LONGEST_SHEET, Sheet

LONGEST_TITLE = 200
LONGEST_TEASER = 1_500
"""Characters; a block of the typesetter is never longer."""

GOES_ON = "*The post goes on at Patreon.*"
UNTITLED = "A new post"
_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Body:
    """A post's text as Discord's Markdown in blocks; `goes_on`: there is more than these."""

    blocks: tuple[str, ...]
    goes_on: bool = False


def sheet_of(
    post: Post,
    campaign: Campaign,
    tiers: Mapping[str, Tier],
    *,
    detail: PostDetail | None,
    body: Callable[[], Body],
    marker: str,
    at: datetime,
) -> Sheet:
    """Say what one channel is told of a post.

    `tiers` are the campaign's as the guild calls them, `detail` is what the link says. `body`
    gives the text, and is asked only when some of it is shown.
    """
    return Sheet(
        marker=marker,
        title=title_of(post),
        text=_text(post.detail(detail), body),
        at=post.published_at or at,
        url=post.url,
        link=post.url,
        footer=_footer(post, campaign, tiers),
    )


def title_of(post: Post) -> str:
    """Give a post's title on one line, bounded, never empty."""
    title = visible(post.title or "")
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    return title or UNTITLED


def question_of(
    post: Post, drafts: Sequence[Draft], campaign: Campaign, *, marker: str, at: datetime
) -> Card:
    """Ask a guild's staff which of its drafts a post is."""
    yes = [
        Action(label=f"It is “{_short(draft)}” ({draft.id})", custom_id=press_id(post.id, draft.id))
        for draft in drafts
    ]
    return Card(
        marker=marker,
        tone=Tone.NEUTRAL,
        title="Is this post one of your drafts?",
        text=(
            f"“{title_of(post)}” is on Patreon. It may be one that was written here: choose which. "
            "Then the messages here lead to it, and it is not announced a second time in their "
            "channels. Until somebody chooses, those channels do not hear of it."
        ),
        facts=_facts(post, campaign),
        at=at,
        url=post.url,
        actions=(*yes, Action(label="None of these", custom_id=press_id(post.id, 0))),
    )


def answered_of(
    post: Post, chosen: Draft | None, campaign: Campaign, *, by: str, marker: str, at: datetime
) -> Card:
    """Say what the staff answered."""
    said = "it is none of them" if chosen is None else f"it is “{_short(chosen)}” ({chosen.id})"
    then = "" if chosen is None else " Its messages lead to the post now."
    return Card(
        marker=marker,
        tone=Tone.GOOD,
        title="No question any more",
        text=f"“{title_of(post)}” is on Patreon. {by} answered: {said}.{then}",
        facts=_facts(post, campaign),
        at=at,
        url=post.url,
    )


def press_id(post_id: str, draft_id: int) -> str:
    """Write what a button of the question carries; `draft_id` 0 stands for "none of these"."""
    return f"postmatch:{'yes' if draft_id else 'no'}:{draft_id}:{post_id}"


def _text(detail: PostDetail, body: Callable[[], Body]) -> str:
    if detail is PostDetail.TITLE:
        return ""
    longest = LONGEST_TEASER if detail is PostDetail.TEASER else LONGEST_SHEET
    every = body()
    text, is_cut = _head(every.blocks, longest)
    if not (is_cut or every.goes_on):
        return text
    # The note goes where there is room for it; a teaser has some beyond its own measure.
    room = LONGEST_SHEET - len(GOES_ON) - 2
    head, _ = _head(every.blocks, min(longest, room))
    return f"{head}\n\n{GOES_ON}".lstrip("\n")


def _head(blocks: Sequence[str], longest: int) -> tuple[str, bool]:
    """Join the first blocks, as many as fit whole but at least one; tells whether some did not."""
    text = ""
    for number, block in enumerate(blocks):
        joined = f"{text}\n\n{block}" if number else block
        if number and _units(joined) > longest:
            return text, True
        text = joined
    return text, False


def _units(text: str) -> int:
    """Count UTF-16 units: never fewer than the characters that Discord counts."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _footer(post: Post, campaign: Campaign, tiers: Mapping[str, Tier]) -> str:
    paid = " · paid post" if post.is_paid else ""
    audience = audience_words(_audience(post), tiers, campaign.currency)
    return f"{display_name(campaign.name)} · {audience}{paid}"


def _audience(post: Post) -> Audience:
    if post.is_public:
        return Audience(kind=AudienceKind.PUBLIC)
    if post.tier_ids:
        return Audience(kind=AudienceKind.TIERS, tier_ids=post.tier_ids)
    return Audience(kind=AudienceKind.PATRONS)


def _facts(post: Post, campaign: Campaign) -> tuple[Fact, ...]:
    facts = [Fact(name="Campaign", text=display_name(campaign.name))]
    if post.published_at is not None:
        facts.append(Fact(name="Published", moment=post.published_at))
    return tuple(facts)


def _short(draft: Draft) -> str:
    title = visible(draft.content.title)
    return title if len(title) <= _LONGEST_LABEL else title[: _LONGEST_LABEL - 1].rstrip() + "…"
