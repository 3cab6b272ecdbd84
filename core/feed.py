"""What the feed says about a change, and in which channels."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.built_in_words import built_in, tone_of
from core.cards import Card, Fact
from core.changes import Change, Kind
from core.errors import UserError
from core.guilds import Link
from core.members import Member, Tiers, top_tier
from core.money import format_money
from core.people import Person
from core.portraits import portrait_of
from core.privacy import NOTHING_HIDDEN, Privacy
from core.store import StoredCampaign, Work
from core.tier_names import shown_as
from core.word_values import shown_name, values_of
from core.words import Slot, Variant, Words, filled

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPolicy:
    """What is announced where. `staff_kinds` go to the staff channel instead of the feed."""

    kinds: frozenset[Kind] = frozenset(Kind)
    staff_kinds: frozenset[Kind] = frozenset()
    show_amounts: bool = False

    def of(self, link: Link) -> "FeedPolicy":
        """Give what holds for a link: its own settings, and this for what it leaves open."""
        return FeedPolicy(
            kinds=self.kinds if link.kinds is None else link.kinds,
            staff_kinds=self.staff_kinds if link.staff_kinds is None else link.staff_kinds,
            show_amounts=self.show_amounts if link.shows_amounts is None else link.shows_amounts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A recorded change of `member`, ready to be announced."""

    change_id: int
    change: Change
    member: Member


class Feed:
    """Turns changes into announcements, inside the transaction that records them."""

    def __init__(self, policy: FeedPolicy, *, new_marker: Callable[[], str]) -> None:
        self._policy = policy
        self._new_marker = new_marker

    async def announce(
        self,
        work: Work,
        news: Sequence[News],
        stored: StoredCampaign,
        tiers: Tiers,
        *,
        wishes: Mapping[str, Person],
        at: datetime,
    ) -> int:
        """Ask for one message per change and channel; gives how many were asked for.

        `wishes` are what the members want of their names, by their user ids.
        """
        if not news:
            return 0
        links = await work.links.of_campaign(stored.campaign.id)
        policies = {link.id: self._policy.of(link) for link in links}
        names = await work.tier_names.of_campaign(stored.campaign.id)
        shown = {link.id: shown_as(tiers, names.get(link.guild_id, {})) for link in links}
        words = await work.words.of_links([link.id for link in links])
        count = 0
        for item in news:
            person = wishes.get(item.member.user_id or "")
            for link in links:
                policy = policies[link.id]
                channel_id = channel_for(item.change.kind, link, policy)
                if channel_id is None:
                    continue
                variant = variant_for(item.change.kind, policy)
                count += await work.announcements.add(
                    compose(
                        item,
                        stored,
                        shown[link.id],
                        at=at,
                        marker=self._new_marker(),
                        show_amounts=policy.show_amounts,
                        variant=variant,
                        words=words.get(Slot(link.id, item.change.kind, variant)),
                        privacy=person.privacy if person else NOTHING_HIDDEN,
                    ),
                    channel_id=channel_id,
                    link_id=link.id,
                    change_id=item.change_id,
                    at=at,
                )
        return count


def channel_for(kind: Kind, link: Link, policy: FeedPolicy) -> int | None:
    """Pick the channel of `link` that shows changes of `kind`, None when none does."""
    if kind not in policy.kinds:
        return None
    if kind in policy.staff_kinds:
        return link.staff_channel_id
    return link.feed_channel_id


def variant_for(kind: Kind, policy: FeedPolicy) -> Variant:
    """Tell who reads of changes of `kind`."""
    return Variant.STAFF if kind in policy.staff_kinds else Variant.PUBLIC


def compose(
    news: News,
    stored: StoredCampaign,
    tiers: Tiers,
    *,
    at: datetime,
    marker: str,
    show_amounts: bool = False,
    variant: Variant = Variant.PUBLIC,
    words: Words | None = None,
    privacy: Privacy = NOTHING_HIDDEN,
) -> Card:
    """Word one change, with the guild's own `words` where there are any.

    The amounts stay out unless `show_amounts`; the guild's words for its staff may name them all
    the same. What the member hides is never said, and in public neither is what they hide on
    Patreon: how much they pledge. Whoever hides their name is not shown by a picture either.
    """
    if variant is Variant.PUBLIC and news.member.hides_pledges:
        show_amounts = False
    said = _own(words, news, stored, tiers, at, show_amounts, variant, privacy)
    if said is None:
        said = _built_in(news, stored, tiers, privacy)
    return Card(
        marker=marker,
        tone=tone_of(news.change.kind),
        title=said.title,
        text=said.text,
        facts=tuple(_facts(news, stored, tiers, show_amounts=show_amounts, privacy=privacy)),
        at=at,
        url=stored.campaign.url,
        portrait=None if privacy.hides_name else portrait_of(news.member),
    )


def _own(
    words: Words | None,
    news: News,
    stored: StoredCampaign,
    tiers: Tiers,
    at: datetime,
    show_amounts: bool,
    variant: Variant,
    privacy: Privacy,
) -> Words | None:
    if words is None:
        return None
    may_name_amount = show_amounts or variant is Variant.STAFF
    values = values_of(
        news.change,
        news.member,
        stored.campaign,
        at=at,
        tier=_titles(news.change.after, tiers),
        tier_before=_titles(news.change.before, tiers),
        amount=_amount(news, stored, tiers) if may_name_amount else None,
        privacy=privacy,
    )
    try:
        return filled(words, values)
    except UserError:
        # Another version of the bot wrote them; a change must be told whatever they say.
        log.warning("stored words are unreadable", extra={"kind": news.change.kind.value})
        return None


def _built_in(news: News, stored: StoredCampaign, tiers: Tiers, privacy: Privacy) -> Words:
    tier = "" if privacy.hides_tier else _titles(news.change.after, tiers)
    words = built_in(news.change, has_tier=bool(tier))
    name = shown_name(news.member, privacy)
    return Words(
        title=words.title.format(name=name),
        text=words.text.format(name=name, tier=tier, campaign=stored.campaign.name),
    )


def _amount(news: News, stored: StoredCampaign, tiers: Tiers) -> str | None:
    tier = top_tier(news.change.after, tiers)
    cents = news.member.entitled_cents or (tier.amount_cents if tier else 0)
    return format_money(cents, stored.campaign.currency) if cents else None


def _titles(tier_ids: Sequence[str], tiers: Tiers) -> str:
    paid = [tiers[tier_id] for tier_id in tier_ids if tier_id in tiers]
    if any(tier.is_paid for tier in paid):
        paid = [tier for tier in paid if tier.is_paid]
    return ", ".join(tier.title for tier in sorted(paid, key=lambda t: -t.amount_cents))


def _facts(
    news: News, stored: StoredCampaign, tiers: Tiers, *, show_amounts: bool, privacy: Privacy
) -> list[Fact]:
    change, member = news.change, news.member
    facts = [] if privacy.hides_tier else _tier_facts(news, stored, tiers, show_amounts)
    if change.kind in _SHOWS_SINCE and member.pledge_started_at is not None:
        facts.append(Fact(name="Member since", moment=member.pledge_started_at))
    if change.kind is Kind.CANCELLED and member.next_charge_at is not None:
        facts.append(Fact(name="Access until", moment=member.next_charge_at))
    return facts


def without_tiers(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Leave out what tells of tiers or amounts."""
    return tuple(fact for fact in facts if fact.name not in (_TIER, _AMOUNT))


def _tier_facts(news: News, stored: StoredCampaign, tiers: Tiers, show_amounts: bool) -> list[Fact]:
    change = news.change
    facts: list[Fact] = []
    before, after = _titles(change.before, tiers), _titles(change.after, tiers)
    if change.kind in _SHOWS_BOTH_TIERS and before and after:
        facts.append(Fact(name=_TIER, text=f"{before} → {after}"))
    elif after or before:
        facts.append(Fact(name=_TIER, text=after or before))
    amount = _amount(news, stored, tiers) if show_amounts else None
    if amount and change.kind in _SHOWS_AMOUNT:
        facts.append(Fact(name=_AMOUNT, text=amount))
    return facts


_TIER = "Tier"
_AMOUNT = "Amount"
_SHOWS_BOTH_TIERS = (Kind.UPGRADED, Kind.DOWNGRADED, Kind.TIERS_ADDED, Kind.TIERS_REMOVED)
_SHOWS_AMOUNT = (Kind.JOINED, Kind.RETURNED, Kind.UPGRADED, Kind.DOWNGRADED, Kind.RECOVERED)
_SHOWS_SINCE = tuple(kind for kind in Kind if kind is not Kind.DELETED)
