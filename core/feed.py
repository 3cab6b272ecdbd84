"""What the feed says about a change, and in which channels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.cards import Card, Fact, Tone
from core.changes import Change, Entry, Kind
from core.guilds import Link
from core.members import Member, Tiers, top_tier
from core.money import format_money
from core.names import display_name
from core.store import StoredCampaign, Work


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
        at: datetime,
    ) -> int:
        """Ask for one message per change and channel; gives how many were asked for."""
        if not news:
            return 0
        links = await work.links.of_campaign(stored.campaign.id)
        policies = {link.id: self._policy.of(link) for link in links}
        count = 0
        for item in news:
            for link in links:
                policy = policies[link.id]
                channel_id = channel_for(item.change.kind, link, policy)
                if channel_id is None:
                    continue
                count += await work.announcements.add(
                    compose(
                        item,
                        stored,
                        tiers,
                        at=at,
                        marker=self._new_marker(),
                        show_amounts=policy.show_amounts,
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


def compose(
    news: News,
    stored: StoredCampaign,
    tiers: Tiers,
    *,
    at: datetime,
    marker: str,
    show_amounts: bool = False,
) -> Card:
    """Word one change. The amounts stay out unless `show_amounts`."""
    change, member = news.change, news.member
    name = display_name(member.name)
    now_tier = _titles(change.after, tiers)
    words = _WORDS[change.kind]
    text = words.text if now_tier or "{tier}" not in words.text else words.text_without_tier
    if change.entry is not None:
        text = _ENTRIES[change.kind][change.entry]
        if not now_tier:
            text = text.replace(" at {tier}", "").replace(" to {tier}", "")
    return Card(
        marker=marker,
        tone=words.tone,
        title=words.title.format(name=name),
        text=text.format(name=name, tier=now_tier, campaign=stored.campaign.name),
        facts=tuple(_facts(news, stored, tiers, show_amounts=show_amounts)),
        at=at,
        url=stored.campaign.url,
    )


def _titles(tier_ids: Sequence[str], tiers: Tiers) -> str:
    paid = [tiers[tier_id] for tier_id in tier_ids if tier_id in tiers]
    if any(tier.is_paid for tier in paid):
        paid = [tier for tier in paid if tier.is_paid]
    return ", ".join(tier.title for tier in sorted(paid, key=lambda t: -t.amount_cents))


def _facts(news: News, stored: StoredCampaign, tiers: Tiers, *, show_amounts: bool) -> list[Fact]:
    change, member = news.change, news.member
    facts: list[Fact] = []
    before, after = _titles(change.before, tiers), _titles(change.after, tiers)
    if change.kind in _SHOWS_BOTH_TIERS and before and after:
        facts.append(Fact(name="Tier", text=f"{before} → {after}"))
    elif after or before:
        facts.append(Fact(name="Tier", text=after or before))
    if show_amounts and change.kind in _SHOWS_AMOUNT:
        tier = top_tier(change.after, tiers)
        cents = member.entitled_cents or (tier.amount_cents if tier else 0)
        if cents:
            facts.append(Fact(name="Amount", text=format_money(cents, stored.campaign.currency)))
    if change.kind in _SHOWS_SINCE and member.pledge_started_at is not None:
        facts.append(Fact(name="Member since", moment=member.pledge_started_at))
    if change.kind is Kind.CANCELLED and member.next_charge_at is not None:
        facts.append(Fact(name="Access until", moment=member.next_charge_at))
    return facts


_SHOWS_BOTH_TIERS = (Kind.UPGRADED, Kind.DOWNGRADED, Kind.TIERS_ADDED, Kind.TIERS_REMOVED)
_SHOWS_AMOUNT = (Kind.JOINED, Kind.RETURNED, Kind.UPGRADED, Kind.DOWNGRADED, Kind.RECOVERED)
_SHOWS_SINCE = tuple(kind for kind in Kind if kind is not Kind.DELETED)


@dataclass(frozen=True, slots=True)
class _Words:
    tone: Tone
    title: str
    text: str
    text_without_tier: str = ""


_WORDS = {
    Kind.JOINED: _Words(Tone.WELCOME, "{name} joined", ""),
    Kind.RETURNED: _Words(Tone.WELCOME, "{name} is back", ""),
    Kind.UPGRADED: _Words(Tone.GOOD, "{name} upgraded", "Now at {tier}."),
    Kind.DOWNGRADED: _Words(Tone.NEUTRAL, "{name} changed tier", "Now at {tier}."),
    Kind.TIERS_ADDED: _Words(Tone.GOOD, "{name} added a tier", "Now at {tier}."),
    Kind.TIERS_REMOVED: _Words(Tone.NEUTRAL, "{name} left a tier", "Now at {tier}."),
    Kind.DECLINED: _Words(
        Tone.WARNING,
        "{name}'s payment was declined",
        "Patreon tries again over the next days; most declines are mended within a week.",
    ),
    Kind.RECOVERED: _Words(
        Tone.GOOD, "{name}'s payment went through", "Back at {tier}.", "All is well again."
    ),
    Kind.CANCELLED: _Words(
        Tone.FAREWELL,
        "{name} cancelled",
        "Keeps {tier} until the paid period ends.",
        "Keeps access until the paid period ends.",
    ),
    Kind.ENDED: _Words(
        Tone.FAREWELL,
        "{name}'s membership ended",
        "Stays on at {tier}.",
        "Thank you for the time together.",
    ),
    Kind.DELETED: _Words(Tone.FAREWELL, "{name} left", "No longer a member of {campaign}."),
}

_ENTRIES = {
    Kind.JOINED: {
        Entry.FREE: "A new free member of {campaign}.",
        Entry.PAID: "A new patron of {campaign} at {tier}.",
        Entry.GIFT: "Received a gift membership of {campaign} at {tier}.",
        Entry.TRIAL: "Started a free trial of {campaign} at {tier}.",
    },
    Kind.RETURNED: {
        Entry.FREE: "Back as a free member of {campaign}.",
        Entry.PAID: "Back as a patron of {campaign} at {tier}.",
        Entry.GIFT: "Back at {campaign} with a gift membership at {tier}.",
        Entry.TRIAL: "Back at {campaign} with a free trial at {tier}.",
    },
}
