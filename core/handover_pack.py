"""What a person copies to Patreon: a draft with everything to choose there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.drafts import Audience, AudienceKind, Draft, DraftPicture, HandOver
from core.members import Campaign, Tier
from core.money import format_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """All of a draft that goes to Patreon.

    `html` is clean, `text` the same in plain text. `tiers` are the ones to choose, as Patreon
    titles them and with their prices; none where the audience is not about tiers. `minimum` is an
    amount with its currency. `until` is when the page closes.
    """

    title: str
    html: str
    text: str
    pictures: tuple[DraftPicture, ...]
    campaign: str
    audience: AudienceKind
    tiers: tuple[str, ...]
    minimum: str | None
    is_paid: bool
    hand_over: HandOver
    until: datetime


def pack_of(
    draft: Draft,
    html: str,
    text: str,
    *,
    campaign: Campaign | None,
    tiers: Mapping[str, Tier],
    until: datetime,
) -> Pack:
    """Put a draft together; `tiers` are all of the campaign's by id, cheapest first.

    `html` and `text` are the body as it was typeset.
    """
    content, audience = draft.content, draft.content.audience
    currency = "USD" if campaign is None else campaign.currency
    minimum = audience.minimum_cents
    return Pack(
        title=content.title,
        html=html,
        text=text,
        pictures=content.pictures,
        campaign="" if campaign is None else campaign.name,
        audience=audience.kind,
        tiers=tuple(_to_choose(audience, tiers, currency)),
        minimum=None if minimum is None else format_money(minimum, currency),
        is_paid=content.is_paid,
        hand_over=draft.hand_over,
        until=until,
    )


def _to_choose(audience: Audience, tiers: Mapping[str, Tier], currency: str) -> Iterator[str]:
    """Name the tiers to choose: Patreon's editor knows tiers, and no minimum pledge."""
    for tier in tiers.values():
        if tier.id in audience.tier_ids or _reaches(tier, audience.minimum_cents):
            yield f"{tier.title} ({format_money(tier.amount_cents, currency)})"
    for tier_id in audience.tier_ids:
        if tier_id not in tiers:
            yield f"a tier that is not there any more (id {tier_id})"


def _reaches(tier: Tier, minimum_cents: int | None) -> bool:
    return minimum_cents is not None and tier.is_published and tier.amount_cents >= minimum_cents
