"""Which draft a post on Patreon is: by its title and time, without any I/O.

Nothing of a draft comes back from Patreon, so a title that people would call the same, published
there in the days after the draft was handed over, is all that there is to go by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from core.drafts import Draft, HandOver, title_key
from core.posts import Post

LATEST = timedelta(days=14)
"""So long after it was handed over, or published in Discord, a draft may turn up on Patreon."""

EARLY = timedelta(minutes=5)
"""Patreon's clock may be behind ours."""

NEAR = 0.8
"""Titles that are this much alike (0 to 1) may be the same post's."""

MOST_DOUBTFUL = 4
"""Drafts that one question names."""

_MOST_COMPARED = 50
_LONGEST_COMPARED = 300
"""Characters; a draft's title is never so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a post is: surely one draft, perhaps one of several, or (both empty) none."""

    sure: Draft | None = None
    doubtful: tuple[Draft, ...] = ()


NO_MATCH = Match()


def match(post: Post, drafts: Sequence[Draft]) -> Match:
    """Find which of one guild's drafts `post` is.

    One draft of the same title is it. Several of the same title, or titles that are only alike,
    are a question: the drafts that are most alike, the best first.
    """
    key = _key(post.title or "")
    if not key or post.published_at is None:
        return NO_MATCH
    in_time = [draft for draft in drafts if is_in_time(draft, post.published_at)]
    keys = {draft.id: _key(draft.content.title) for draft in in_time}
    same = [draft for draft in in_time if keys[draft.id] == key]
    if len(same) == 1:
        return Match(sure=same[0])
    if same:
        return Match(doubtful=tuple(same[-MOST_DOUBTFUL:]))
    alike = [(_likeness(key, keys[draft.id]), draft) for draft in in_time[-_MOST_COMPARED:]]
    near = sorted(
        ((ratio, draft) for ratio, draft in alike if ratio >= NEAR),
        key=lambda one: (-one[0], -one[1].id),
    )
    return Match(doubtful=tuple(draft for _, draft in near[:MOST_DOUBTFUL]))


def is_in_time(draft: Draft, published_at: datetime) -> bool:
    """Tell whether a draft waits for its post, and a post of that time may be it."""
    if draft.hand_over is HandOver.LINKED:
        return False
    moments = [one for one in (draft.handed_over_at, draft.published_at) if one is not None]
    if not moments:
        return False
    return min(moments) - EARLY <= published_at <= max(moments) + LATEST


def _key(title: str) -> str:
    return title_key(title[:_LONGEST_COMPARED])


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR:
        return 0.0
    return matcher.ratio()
