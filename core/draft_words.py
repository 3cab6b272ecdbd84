"""How people say what a draft is set to."""

from collections.abc import Mapping
from datetime import datetime

from core.cards import Action, Card, Tone
from core.drafts import Audience, AudienceKind, Draft, DraftState
from core.members import Tier
from core.money import format_money
from core.names import visible

_LONGEST = 200


def audience_words(audience: Audience, tiers: Mapping[str, Tier], currency: str) -> str:
    """Say who a post is for, such as "for Friend, Patron": plain, one line, never empty."""
    match audience.kind:
        case AudienceKind.PUBLIC:
            return "for everyone"
        case AudienceKind.PATRONS:
            return "for patrons"
        case AudienceKind.MINIMUM:
            if audience.minimum_cents is None:
                return "for patrons from an amount on"
            return f"for patrons from {format_money(audience.minimum_cents, currency)} a month"
        case AudienceKind.TIERS:
            named = [visible(tiers[one].title) for one in audience.tier_ids if one in tiers]
            if not named:
                return "for chosen tiers"
            words = "for " + ", ".join(named)
            return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"


_OUTCOMES = {
    DraftState.EDITING: (Tone.NEUTRAL, "No approval needed now", "It is being changed again."),
    DraftState.SCHEDULED: (Tone.GOOD, "Scheduled", "It goes out by itself."),
    DraftState.PUBLISHED: (Tone.GOOD, "Published", "It went out."),
    DraftState.DISCARDED: (Tone.NEUTRAL, "Thrown away", "Nothing is to be done."),
}


def request_card(draft: Draft, marker: str, *, at: datetime, look_id: str | None = None) -> Card:
    """Word the card that asks for approval in the staff channel, or tells how that ended.

    `look_id` is the custom id of the button that opens the draft.
    """
    if draft.state is DraftState.WAITING and not draft.is_approved:
        tone, title = Tone.WARNING, "A post waits for approval"
        said = "Somebody who may approve posts looks at it and decides."
        actions = (Action(label="Look at it", custom_id=look_id),) if look_id else ()
    elif draft.is_approved and draft.state is DraftState.WAITING:
        tone, title, said = Tone.GOOD, "Approved", "It can be published or scheduled now."
        actions = ()
    else:
        tone, title, said = _OUTCOMES.get(draft.state, _OUTCOMES[DraftState.EDITING])
        actions = ()
    return Card(
        marker=marker,
        tone=tone,
        title=title,
        text=f"“{draft.content.title}”\n{said}",
        at=at,
        actions=actions,
    )
