"""Found a campaign: its creator, tiers and first posts, without its members."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.patreon.records import Benefit, Campaign, Person, Tier
from sandbox.patreon.shelf import Shelf, seed_posts

TIERS: Mapping[str, int] = {
    "Free": 0,
    "Stargazer": 300,
    "Night Watch": 800,
    "Keeper of the Lamp": 2000,
}


BENEFITS = ("Early posts", "Monthly star map", "Night sky call", "A name on the dome")
"""Each paid tier comes with what the ones before it have, and one more."""


@dataclass(frozen=True, slots=True)
class Founded:
    """A new campaign with what belongs to it; `at` is the present in whole seconds."""

    campaign: Campaign
    creator: Person
    tiers: tuple[Tier, ...]
    shelf: Shelf
    at: datetime


def found(
    number: int, name: str, currency: str, tiers: Mapping[str, int], *, posts: int, now: datetime
) -> Founded:
    """Make the campaign that is the `number`th of its world, counted from 0."""
    at = now.replace(microsecond=0)
    opened = at - timedelta(days=1600)
    vanity = "".join(letter for letter in name.lower() if letter.isalnum()) or "page"
    creator = Person(
        id=str(7_000_001 + number),
        full_name="Mira Holm" if number == 0 else f"Creator {number + 1}",
        email=f"creator{number + 1}@example.com",
        created_at=opened - timedelta(days=90),
        is_creator=True,
        vanity=vanity,
    )
    campaign = Campaign(
        id=str(1_234_567 + number),
        name=name,
        vanity=vanity,
        creator_id=creator.id,
        currency=currency,
        created_at=opened,
        summary="<p>We watch the sky and write down what we see.</p>",
    )
    benefits = [
        Benefit(
            id=str(30_000_001 + 100 * number + place),
            campaign_id=campaign.id,
            title=title,
            created_at=opened,
        )
        for place, title in enumerate(BENEFITS)
    ]
    made = tuple(
        Tier(
            id=str(20_000_001 + 100 * number + place),
            campaign_id=campaign.id,
            title=title,
            amount_cents=cents,
            created_at=opened,
            description=f"<p>{title}</p>" if cents else "",
            has_image=cents > 0,
            benefits=tuple(benefits[: place + 1]) if cents else (),
        )
        for place, (title, cents) in enumerate(tiers.items())
    )
    first_post = 150_000_000 + 1_000_000 * number
    written = seed_posts(campaign, made, posts, now=at, first_id=first_post)
    return Founded(campaign, creator, made, Shelf(written, first_id=first_post), at)
