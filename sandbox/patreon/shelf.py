"""The posts of one campaign."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sandbox.patreon.records import Campaign, Post, Tier

_TITLES = (
    "The winter sky, week by week",
    "New mirror, first light",
    "Notes from a cloudy night",
    "A comet in the east",
    "Sketches of the Moon",
    "What the lamp keeper saw",
)


class Shelf:
    """Posts of a campaign, oldest first, as the API lists them."""

    def __init__(self, posts: Iterable[Post], *, first_id: int = 150_000_000) -> None:
        self._posts = {post.id: post for post in posts}
        self._next_id = max((int(post.id) for post in self._posts.values()), default=first_id) + 1

    def __len__(self) -> int:
        return len(self._posts)

    def all(self) -> list[Post]:
        """Read every post."""
        return list(self._posts.values())

    def find(self, post_id: str) -> Post | None:
        """Read a post by its id."""
        return self._posts.get(post_id)

    def next_id(self) -> str:
        """Take the id of the next post; none is given twice."""
        self._next_id += 1
        return str(self._next_id - 1)

    def after(self, post_id: str | None, count: int) -> list[Post]:
        """Read up to `count` posts that follow `post_id`, even when that one is gone."""
        start = 0 if post_id is None else int(post_id)
        return [post for post in self._posts.values() if int(post.id) > start][:count]

    def in_tier(self, tier_id: str) -> int:
        """Count the posts that a tier gates."""
        return sum(tier_id in post.tier_ids for post in self._posts.values())

    def put(self, post: Post) -> None:
        """Add or replace a post."""
        self._posts[post.id] = post

    def remove(self, post_id: str) -> None:
        """Delete a post."""
        del self._posts[post_id]


def seed_posts(
    campaign: Campaign, tiers: tuple[Tier, ...], count: int, *, now: datetime, first_id: int
) -> list[Post]:
    """Make `count` posts: public ones, patrons-only ones and ones for a single tier."""
    paid = [tier for tier in tiers if tier.amount_cents > 0]
    posts = []
    for number in range(count):
        title = f"{_TITLES[number % len(_TITLES)]} ({number + 1})"
        gates: tuple[str, ...] = ()
        if number % 3 == 1:
            gates = tuple(tier.id for tier in paid)
        elif number % 3 == 2 and paid:
            gates = (paid[number % len(paid)].id,)
        posts.append(
            Post(
                id=str(first_id + number),
                campaign_id=campaign.id,
                user_id=campaign.creator_id,
                title=title,
                content=f"<p>{title}.</p><p>Clear skies, <strong>friends</strong>.</p>",
                published_at=now - timedelta(days=7 * (count - number)),
                is_public=not gates,
                is_paid=number % 12 == 1,
                tier_ids=gates,
                image_number=1 if number % 4 == 0 else None,
            )
        )
    return posts
