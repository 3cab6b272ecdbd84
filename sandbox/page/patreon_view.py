"""Write what the page shows of Patreon."""

import json
from collections.abc import Iterator
from itertools import islice

from sandbox.discord.wire import Json
from sandbox.patreon.hooks import Delivery
from sandbox.patreon.records import Member, PatronStatus, Tier
from sandbox.patreon.world import PatreonWorld

from .protocol import NotNow
from .scene import Scene

MAX_DELIVERIES = 30
MAX_SEARCHED = 50_000
"""How many members a search looks at."""
PAGE = 20


def patreon_view(scene: Scene) -> Json:
    """Write the campaign: its tiers, its numbers, its hooks."""
    world = scene.campaigns
    campaign = world.campaign()
    roster = world.roster()
    requests = scene.patreon.requests
    last = requests[-1] if requests else None
    return {
        "campaign": campaign.name,
        "tiers": [
            {
                "id": tier.id,
                "title": tier.title,
                "amount_cents": tier.amount_cents,
                "price": price(tier.amount_cents, campaign.currency),
                "members": roster.in_tier(tier.id),
            }
            for tier in world.tiers()
        ],
        "members": len(roster),
        "active": roster.active,
        "posts": len(world.posts()),
        "requests": len(requests),
        "last_request": f"{last.route} → {last.status}" if last else None,
        "hooks": [
            {"uri": hook.uri, "paused": hook.paused, "failures": hook.failures}
            for hook in world.hooks.hooks.values()
        ],
    }


def deliveries_view(world: PatreonWorld) -> list[Json]:
    """Write the latest webhooks, newest first, without their bodies."""
    latest = list(islice(reversed(world.hooks.deliveries), MAX_DELIVERIES))
    return [
        {
            "id": each.id,
            "version": f"{len(each.attempts)}",
            "trigger": each.trigger,
            "about": _about(each),
            "created_at": each.created_at.isoformat(),
            "signature": each.signature,
            "attempts": [{"status": one.status, "answer": one.answer} for one in each.attempts],
        }
        for each in latest
    ]


def delivery_body(world: PatreonWorld, delivery_id: int) -> str:
    """Write the body of one webhook for people to read.

    Raises:
        NotNow: it is no longer kept.
    """
    for each in reversed(world.hooks.deliveries):
        if each.id == delivery_id:
            return json.dumps(json.loads(each.body), indent=2, ensure_ascii=False)
    raise NotNow("This webhook is no longer kept.")


def members_view(world: PatreonWorld, text: str, page: int) -> Json:
    """Find members by name or status, `PAGE` a page; a page beyond the last is the last."""
    wanted = text.casefold().split()
    currency = world.campaign().currency
    found = [member for member in _newest_first(world) if _fits(world, member, wanted)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    return {
        "members": [member_view(world, each, currency) for each in shown],
        "page": page,
        "pages": pages,
        "total": len(found),
    }


def member_view(world: PatreonWorld, member: Member, currency: str) -> Json:
    """Write one member as a row of the table."""
    status, tone = status_of(world, member)
    return {
        "id": member.id,
        "name": name_of(member),
        "tiers": ", ".join(tier.title for tier in tiers_of(world, member)) or "—",
        "status": status,
        "tone": tone,
        "amount": price(member.will_pay_cents, currency) if member.will_pay_cents else "—",
    }


def name_of(member: Member) -> str:
    """Name a member, even one without a name."""
    return member.full_name or "(no name)"


def tiers_of(world: PatreonWorld, member: Member) -> list[Tier]:
    """List the tiers a member is entitled to."""
    return [world.tier(member.campaign_id, tier_id) for tier_id in member.tier_ids]


def status_of(world: PatreonWorld, member: Member) -> tuple[str, str]:
    """Say in a word how a member stands, and whether that is good, mild, bad or neither."""
    match member.patron_status:
        case PatronStatus.ACTIVE if member.is_gifted:
            return "gift", "good"
        case PatronStatus.ACTIVE if member.is_free_trial:
            return "trial", "good"
        case PatronStatus.ACTIVE:
            return ("paying yearly" if member.pledge_cadence == 12 else "paying"), "good"
        case PatronStatus.DECLINED:
            return "declined", "bad"
        case PatronStatus.FORMER:
            is_still_in = world.is_entitled(member)
            return ("cancelled, still entitled", "mild") if is_still_in else ("former", "none")
        case _:
            return "free", "none"


def price(cents: int, currency: str) -> str:
    """Write an amount of money."""
    return f"{cents / 100:.2f} {currency}" if cents else "free"


def _newest_first(world: PatreonWorld) -> Iterator[Member]:
    roster = world.roster()
    for index in islice(range(roster.size - 1, -1, -1), MAX_SEARCHED):
        if (member := roster.at(index)) is not None:
            yield member


def _fits(world: PatreonWorld, member: Member, wanted: list[str]) -> bool:
    if not wanted:
        return True
    titles = " ".join(tier.title for tier in tiers_of(world, member))
    words = f"{name_of(member)} {status_of(world, member)[0]} {titles}".casefold()
    return all(each in words for each in wanted)


def _about(delivery: Delivery) -> str:
    try:
        data = json.loads(delivery.body)["data"]
        attributes = data["attributes"]
        return str(attributes.get("full_name") or attributes.get("title") or data["id"])
    except (ValueError, KeyError, TypeError):
        return "?"
