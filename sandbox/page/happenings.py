"""Let something happen on Patreon, to a chosen member or to one that fits."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.patreon.member_events import MemberEvent
from sandbox.patreon.records import Kind, Member, PatronStatus, Tier
from sandbox.patreon.world import PatreonWorld

from .patreon_view import name_of
from .protocol import NotNow

_TRIES = 500
_JOIN_KINDS: Final = (Kind.PAID, Kind.ANNUAL, Kind.GIFT, Kind.TRIAL, Kind.FREE)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that can happen: to whom, how, and in which words."""

    fits: Callable[[PatreonWorld, Member], bool]
    happen: Callable[[PatreonWorld, Member], MemberEvent]
    words: str
    nobody: str


class Happenings:
    """Everything that the buttons of "Play Patreon" do. `dice` chooses who is meant."""

    def __init__(self, world: PatreonWorld, dice: random.Random) -> None:
        self._world = world
        self._dice = dice

    def join(self, tier_id: str, kind: str, name: str | None) -> str:
        """Let somebody join; returns a sentence about it.

        Raises:
            NotNow: there is no such tier or way to join.
        """
        try:
            tier = self._world.find_tier(tier_id)
        except KeyError as error:
            raise NotNow("There is no such tier.") from error
        if kind not in _JOIN_KINDS:
            raise NotNow("Nobody can join in this way.")
        chosen = Kind.FREE if tier.amount_cents == 0 else Kind(kind)
        member = self._world.join(tier, kind=chosen, name=name or None).member
        return f"{name_of(member)} joined {tier.title}{_HOW.get(chosen, '')}."

    def publish(self, title: str | None) -> str:
        """Publish a post for everybody; returns a sentence about it."""
        shown = title or f"Night log no. {len(self._world.posts()) + 1}"
        content = "<p>Clear skies, and a <strong>new photograph</strong> of the Moon.</p>"
        self._world.publish_post(shown, content, with_image=True)
        return f"The post “{shown}” was published."

    def let(self, event: str, member_id: str | None) -> str:
        """Let `event` happen to a member, or to one of those it fits; returns a sentence about it.

        Raises:
            NotNow: there is no such event or member, or it does not fit.
        """
        happening = HAPPENINGS.get(event)
        if happening is None:
            raise NotNow("Nothing of that name can happen.")
        member = self._chosen(happening, member_id) if member_id else self._anybody(happening)
        after = happening.happen(self._world, member).member
        tiers = [self._world.tier(after.campaign_id, each).title for each in after.tier_ids]
        text = happening.words.format(name=name_of(after), tier=", ".join(tiers) or "no tier")
        return f"{text}."

    def _chosen(self, happening: Happening, member_id: str) -> Member:
        member = self._world.member(member_id)
        if member is None:
            raise NotNow("The chosen member is gone.")
        if not happening.fits(self._world, member):
            raise NotNow(f"This cannot happen to {name_of(member)} now. {happening.nobody}")
        return member

    def _anybody(self, happening: Happening) -> Member:
        roster = self._world.roster()
        for _ in range(_TRIES):
            member = roster.at(self._dice.randrange(max(1, roster.size)))
            if member is not None and happening.fits(self._world, member):
                return member
        for member in roster.page(0, 10_000):
            if happening.fits(self._world, member):
                return member
        raise NotNow(f"There is nobody to whom this can happen. {happening.nobody}")


def _next_tier(world: PatreonWorld, member: Member, step: int) -> Tier | None:
    """Find the next dearer (`step` 1) or cheaper (-1) paid tier than the one held."""
    paid = sorted(
        (tier for tier in world.tiers(member.campaign_id) if tier.amount_cents > 0),
        key=lambda tier: tier.amount_cents,
    )
    held = [at for at, tier in enumerate(paid) if tier.id in member.tier_ids]
    at = (held[-1] if held else -1) + step
    return paid[at] if 0 <= at < len(paid) else None


def _target(world: PatreonWorld, member: Member, step: int) -> Tier:
    tier = _next_tier(world, member, step)
    if tier is None:
        raise NotNow("There is no such tier.")
    return tier


def _is_paying(world: PatreonWorld, member: Member) -> bool:
    return world.is_paying(member)


_HOW: Mapping[Kind, str] = {
    Kind.ANNUAL: " for a year",
    Kind.GIFT: " with a gift",
    Kind.TRIAL: " on a free trial",
    Kind.FREE: " for free",
}

HAPPENINGS: Mapping[str, Happening] = {
    "upgrade": Happening(
        lambda world, one: world.is_paying(one) and _next_tier(world, one, 1) is not None,
        lambda world, one: world.upgrade(one, _target(world, one, 1)),
        "{name} upgraded to {tier}",
        "Somebody who pays for less than the highest tier is needed.",
    ),
    "downgrade": Happening(
        lambda world, one: world.is_paying(one) and _next_tier(world, one, -1) is not None,
        lambda world, one: world.downgrade(one, _target(world, one, -1)),
        "{name} downgraded to {tier}",
        "Somebody who pays for more than the lowest tier is needed.",
    ),
    "decline": Happening(
        _is_paying,
        lambda world, one: world.decline(one),
        "A payment by {name} was declined",
        "Somebody who pays is needed.",
    ),
    "recover": Happening(
        lambda _, one: one.patron_status == PatronStatus.DECLINED,
        lambda world, one: world.recover(one),
        "The payment by {name} went through at last",
        "Somebody whose payment was declined is needed.",
    ),
    "cancel": Happening(
        _is_paying,
        lambda world, one: world.cancel(one),
        "{name} cancelled and keeps {tier} until the paid period ends",
        "Somebody who pays is needed.",
    ),
    "come_back": Happening(
        lambda world, one: one.patron_status == PatronStatus.FORMER and not world.is_entitled(one),
        lambda world, one: world.come_back(one),
        "{name} came back to {tier}",
        "A former member is needed.",
    ),
    "leave": Happening(
        lambda _, one: one.patron_status is None and one.lifetime_cents == 0,
        lambda world, one: world.delete(one),
        "{name}, who never paid, left",
        "A free member who never paid is needed.",
    ),
}
