"""What people do at Patreon, for machines that choose by numbers."""

from sandbox.patreon import Kind, Member, PatreonWorld

POOL = 4
"""So few members at a time are chosen from: lives are to grow long."""


def _is_active(member: Member) -> bool:
    return member.patron_status == "active_patron"


def _is_paying(member: Member) -> bool:
    return _is_active(member) and member.will_pay_cents > 0


def _is_granted(member: Member) -> bool:
    return member.is_gifted or member.is_free_trial


def _is_former(member: Member) -> bool:
    return member.patron_status == "former_patron"


_WHO = {
    "upgrade": lambda m: m.patron_status is None or _is_active(m),
    "downgrade": _is_paying,
    "add a tier": _is_paying,
    "decline": _is_paying,
    "recover": lambda m: m.patron_status == "declined_patron",
    "renew": _is_paying,
    "cancel": lambda m: _is_paying(m) or m.patron_status == "declined_patron",
    "cancel at once": _is_paying,
    "end": lambda m: (_is_former(m) and m.tier_ids) or _is_granted(m),
    "refund": _is_paying,
    "come back": lambda m: _is_former(m) and not m.tier_ids,
    "delete": lambda m: m.patron_status is None and not m.lifetime_cents,
}
DEEDS = (*(f"join {kind}" for kind in ("paid", "free", "gift", "trial", "annual")), *_WHO)
"""Everything that can be done."""


def do(world: PatreonWorld, deed: str, who: int, *, member_id: str | None = None):
    """Let a deed happen to `member_id`, or to one of those to whom it can; gives the event.

    Where nobody fits, somebody joins for free.
    """
    if deed in _WHO:
        everybody = [world.member(member_id)] if member_id else list(world.members())
        fitting = [m for m in everybody if m is not None and _WHO[deed](m)]
        # The newest ones first: what is known since long gets its turn when they are used up.
        fitting = fitting[::-1][:POOL]
        if fitting:
            return _do(world, deed, fitting[who % len(fitting)], who)
        deed = "join free"
    tiers = [tier for tier in world.tiers() if tier.amount_cents]
    kind = Kind(deed.removeprefix("join "))
    number = world.roster().size
    return world.join(tiers[who % len(tiers)], kind=kind, name=f"Patron {number}")


def _do(world: PatreonWorld, deed: str, member: Member, who: int):
    tiers = sorted((t for t in world.tiers() if t.amount_cents), key=lambda t: t.amount_cents)
    ids = [tier.id for tier in tiers]
    place = ids.index(member.pledged_tier_id) if member.pledged_tier_id in ids else 0
    match deed:
        case "upgrade":
            return world.upgrade(member, tiers[min(place + 1, len(tiers) - 1)])
        case "downgrade":
            return world.downgrade(member, tiers[max(place - 1, 0)], at_period_end=who % 3 == 0)
        case "add a tier":
            return world.add_tier(member, tiers[who % len(tiers)])
        case "cancel at once":
            return world.cancel(member, at_once=True)
        case "come back":
            return world.come_back(member, tiers[who % len(tiers)])
        case _:
            return getattr(world, deed)(member)
