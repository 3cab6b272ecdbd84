"""Telling again, with less, what announcements have told of somebody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.cards import Card
from core.digest import first_title, retitled
from core.feed import FeedPolicy, News, compose, without_tiers
from core.guilds import Link
from core.members import Member, Tier
from core.privacy import EVERYTHING_HIDDEN, Privacy
from core.store import StoredCampaign, Work
from core.tellings import Telling
from core.tier_names import Names, shown_as
from core.words import Slot, Variant, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Campaign:
    """What the announcements of a campaign are worded with."""

    stored: StoredCampaign
    tiers: Mapping[str, Tier]
    links: Mapping[int, Link]
    names: Mapping[int, Names]
    words: Mapping[Slot, Words]


class Retelling:
    """Words announcements anew for members who are no longer named as they were."""

    def __init__(self, policy: FeedPolicy) -> None:
        self._policy = policy

    async def without(
        self,
        work: Work,
        members: Sequence[Member],
        privacy: Privacy,
        *,
        since: datetime | None = None,
    ) -> dict[int, Card]:
        """Word every announcement of `members` that is not older than `since`, less what is hidden.

        Gives the cards that become others, by announcement, digests among them. What a card shows
        beside its words stays as it was told.
        """
        return await self._cards(work, members, privacy, since, is_bare=False)

    async def anonymous(self, work: Work, members: Sequence[Member]) -> dict[int, Card]:
        """Word every announcement of `members` so that nothing in it tells who they are.

        Gives the cards that become others, by announcement, digests among them.
        """
        return await self._cards(work, members, EVERYTHING_HIDDEN, None, is_bare=True)

    async def _cards(
        self,
        work: Work,
        members: Sequence[Member],
        privacy: Privacy,
        since: datetime | None,
        *,
        is_bare: bool,
    ) -> dict[int, Card]:
        by_id = {member.id: member for member in members}
        tellings = await work.tellings.of_members(list(by_id), since=since, is_locked=True)
        campaigns = {
            campaign_id: await _campaign(work, campaign_id)
            for campaign_id in sorted({telling.change.campaign_id for telling in tellings})
        }
        before: dict[int, Card] = {}
        cards: dict[int, Card] = {}
        for telling in tellings:
            before[telling.id] = telling.card
            member = by_id[telling.change.member_id]
            campaign = campaigns[telling.change.campaign_id]
            card = self._reworded(telling, member, campaign, privacy)
            facts = () if is_bare else telling.card.facts
            cards[telling.id] = replace(
                card,
                facts=without_tiers(facts) if privacy.hides_tier else facts,
                portrait=None if privacy.hides_name else telling.card.portrait,
            )
        digest_ids = sorted({t.digest_id for t in tellings if t.digest_id is not None})
        for digest_id, told in _by_digest(await work.tellings.of_digests(digest_ids)).items():
            card = told[0].card
            titles = [
                cards[t.id].title
                if t.id in cards
                else first_title(card)
                if t.is_digest
                else t.card.title
                for t in told
            ]
            before[digest_id] = card
            cards[digest_id] = retitled(card, titles)
        return {number: card for number, card in cards.items() if card != before[number]}

    def _reworded(
        self, telling: Telling, member: Member, campaign: _Campaign, privacy: Privacy
    ) -> Card:
        """Word one change anew; who read of it then decides whose words these are."""
        link = campaign.links.get(telling.link_id)
        is_staff = (
            link is not None
            and telling.channel_id == link.staff_channel_id
            and telling.channel_id != link.feed_channel_id
        )
        variant = Variant.STAFF if is_staff else Variant.PUBLIC
        guild_id = 0 if link is None else link.guild_id
        return compose(
            News(change_id=0, change=telling.change, member=member),
            campaign.stored,
            shown_as(campaign.tiers, campaign.names.get(guild_id, {})),
            at=telling.card.at,
            marker=telling.card.marker,
            show_amounts=link is not None and self._policy.of(link).show_amounts,
            variant=variant,
            words=campaign.words.get(Slot(telling.link_id, telling.change.kind, variant)),
            privacy=privacy,
        )


async def _campaign(work: Work, campaign_id: str) -> _Campaign:
    stored = await work.campaigns.get(campaign_id)
    if stored is None:
        raise ValueError(f"There are members of the campaign {campaign_id}, which is unknown.")
    links = await work.links.of_campaign(campaign_id)
    return _Campaign(
        stored=stored,
        tiers=await work.campaigns.tiers(campaign_id),
        links={link.id: link for link in links},
        names=await work.tier_names.of_campaign(campaign_id),
        words=await work.words.of_links([link.id for link in links]),
    )


def _by_digest(tellings: Sequence[Telling]) -> dict[int, list[Telling]]:
    """Sort what digests tell to their digests, each of which comes first of its own."""
    told: defaultdict[int, list[Telling]] = defaultdict(list)
    for telling in tellings:
        if telling.digest_id is not None:
            told[telling.digest_id].append(telling)
    return told
