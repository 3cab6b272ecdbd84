"""Everything that is stored about a person, as a file for that person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from core.audit import AuditEntry
from core.changes import Change
from core.members import Campaign, Member, Tier
from core.people import Person
from core.tellings import Telling

_NOTES = (
    "This is what the bot stores about you in the campaigns that the server follows in which you "
    "asked. Amounts are in cents of the campaign's currency, times are in UTC.",
    "Patreon's webhooks are left out: their content is deleted after some days, and they only "
    "tell the bot whom to ask Patreon about.",
    "Of your picture at Patreon small copies are kept, to show them beside what is told of you.",
    "Messages in Discord itself, and what Patreon stores, are not the bot's.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is stored about one membership. `tiers` are those that member or history name."""

    campaign: Campaign
    member: Member
    tiers: Sequence[Tier]
    history: Sequence[tuple[Change, datetime]]
    tellings: Sequence[Telling]


def write_file(
    parts: Sequence[Part],
    *,
    person: Person,
    discord_id: int,
    acts: Sequence[AuditEntry],
    at: datetime,
) -> bytes:
    """Write the file: JSON in UTF-8, indented, with sorted keys."""
    document = {
        "notes": _NOTES,
        "written_at": at,
        "person": asdict(person)
        | {"discord_id": _snowflake(person.discord_id), "asked_as": _snowflake(discord_id)},
        "memberships": [_part(part) for part in parts],
        "done_with_the_bot": [
            {"action": act.action, "at": act.at, "detail": act.detail} for act in acts
        ],
    }
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, default=_spelled)
    return text.encode()


def _part(part: Part) -> Mapping[str, object]:
    return {
        "campaign": asdict(part.campaign),
        "member": asdict(part.member) | {"discord_id": _snowflake(part.member.discord_id)},
        "tiers": [{"id": tier.id, "title": tier.title} for tier in part.tiers],
        "history": [asdict(change) | {"at": at} for change, at in part.history],
        "announcements": [_telling(telling) for telling in part.tellings],
    }


def _telling(telling: Telling) -> Mapping[str, object]:
    """Tell of an announcement; a digest's own words tell of others, too, and stay out."""
    said = (
        {"told_in_digest": telling.digest_id}
        if telling.is_digest
        else {"title": telling.card.title, "text": telling.card.text}
        | {"facts": [asdict(fact) for fact in telling.card.facts]}
    )
    return said | {
        "id": telling.id,
        "kind": telling.change.kind,
        "created_at": telling.created_at,
        "channel_id": _snowflake(telling.channel_id),
        "message_id": _snowflake(telling.message_id),
    }


def _snowflake(number: int | None) -> str | None:
    """Write an id of Discord's as Discord does: many readers of JSON round such numbers."""
    return None if number is None else str(number)


def _spelled(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"A {type(value).__name__} cannot be written.")
