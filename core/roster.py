"""Looking members up, within what a guild may see."""

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from core.changes import Change
from core.errors import UserError
from core.listing import MemberPage, MemberQuery
from core.members import Member, Tier
from core.rights import Right
from core.store import Store, Work
from core.tier_names import shown_as

MOST_SUGGESTED = 25
LONGEST_HISTORY = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPage:
    """A page of a guild's members with the tiers that it names, as the guild calls them.

    `query` is what was answered: its offset is moved back when the list has become shorter.
    `currencies` are those of the campaigns, by campaign.
    """

    page: MemberPage
    tiers: Mapping[str, Tier]
    query: MemberQuery
    currencies: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """One member with the tiers by id, as the guild calls them, and their latest changes.

    `history` holds at most `LONGEST_HISTORY` of `change_count` changes, latest first.
    """

    member: Member
    campaign_name: str
    currency: str
    tiers: Mapping[str, Tier]
    history: Sequence[tuple[Change, datetime]]
    change_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Members who may be meant, with what tells those of one name apart.

    `campaign_names` are by campaign, and empty for a guild that follows one campaign alone.
    """

    members: Sequence[Member]
    tiers: Mapping[str, Tier]
    campaign_names: Mapping[str, str]


class Roster:
    """The members of the campaigns that a guild follows; no other member is ever found."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, guild_id: int, query: MemberQuery) -> RosterPage:
        """Answer `query` for the guild's campaigns only, whatever campaigns it names.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            campaign_ids = await _campaign_ids(work, guild_id)
            scoped = replace(query, campaign_ids=campaign_ids)
            page = await work.members.page(scoped)
            if not page.members and page.matching:
                last = (page.matching - 1) // scoped.limit * scoped.limit
                scoped = replace(scoped, offset=last)
                page = await work.members.page(scoped)
            tiers: dict[str, Tier] = {}
            currencies: dict[str, str] = {}
            for campaign_id in campaign_ids:
                tiers |= await work.campaigns.tiers(campaign_id)
                if stored := await work.campaigns.get(campaign_id):
                    currencies[campaign_id] = stored.campaign.currency
            tiers = shown_as(tiers, await work.tier_names.of_guild(guild_id))
        return RosterPage(page=page, tiers=tiers, query=scoped, currencies=currencies)

    async def suggest(self, guild_id: int, typed: str) -> Found:
        """Up to `MOST_SUGGESTED` members whose name contains what was typed, the likeliest first.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            campaign_ids = await _campaign_ids(work, guild_id)
            found = await work.members.find(campaign_ids, typed.strip(), limit=MOST_SUGGESTED)
            tiers: dict[str, Tier] = {}
            names: dict[str, str] = {}
            for campaign_id in sorted({member.campaign_id for member in found}):
                tiers |= await work.campaigns.tiers(campaign_id)
                if len(campaign_ids) > 1 and (stored := await work.campaigns.get(campaign_id)):
                    names[campaign_id] = stored.campaign.name
            tiers = shown_as(tiers, await work.tier_names.of_guild(guild_id))
        return Found(members=found, tiers=tiers, campaign_names=names)

    async def meant(self, guild_id: int, typed: str) -> Sequence[Member]:
        """The members that somebody may mean by an id or a name: none, one, or up to 25.

        An id means its member, and a whole name those who are called so; else any name that
        contains what was typed will do.

        Raises:
            UserError: the guild follows no campaign.
        """
        text = typed.strip()
        async with self._store.read() as work:
            campaign_ids = await _campaign_ids(work, guild_id)
            known = await work.members.load([text]) if text else {}
            by_id = [one for one in known.values() if one.campaign_id in campaign_ids]
            if by_id or not text:
                return by_id
            found = await work.members.find(campaign_ids, text, limit=MOST_SUGGESTED)
        return [one for one in found if is_called(one, text)] or found

    async def member(self, guild_id: int, member_id: str) -> MemberView | None:
        """Everything about one member, None when there is no such member here.

        Raises:
            UserError: the guild follows no campaign.
        """
        async with self._store.read() as work:
            campaign_ids = await _campaign_ids(work, guild_id)
            member = (await work.members.load([member_id])).get(member_id)
            if member is None or member.campaign_id not in campaign_ids:
                return None
            stored = await work.campaigns.get(member.campaign_id)
            tiers = await work.campaigns.tiers(member.campaign_id)
            return MemberView(
                member=member,
                campaign_name=stored.campaign.name if stored else member.campaign_id,
                currency=stored.campaign.currency if stored else "USD",
                tiers=shown_as(tiers, await work.tier_names.of_guild(guild_id)),
                history=await work.changes.of_member(member.id, limit=LONGEST_HISTORY),
                change_count=await work.changes.count_of_member(member.id),
            )

    async def tiers(self, guild_id: int) -> list[Tier]:
        """The tiers of the guild's campaigns, cheapest first, as the guild calls them."""
        async with self._store.read() as work:
            links = await work.links.of_guild(guild_id)
            found: dict[str, Tier] = {}
            for campaign_id in dict.fromkeys(link.campaign_id for link in links):
                found |= await work.campaigns.tiers(campaign_id)
            found = shown_as(found, await work.tier_names.of_guild(guild_id))
        return list(found.values())


def may_see_amounts(member: Member, rights: Set[Right]) -> bool:
    """Tell whether somebody with `rights` may see what a member pays.

    What a member hides on Patreon is for those who administrate the guild alone: to the creator,
    for whom they act, Patreon itself shows it.
    """
    if Right.SEE_AMOUNTS not in rights:
        return False
    return not member.hides_pledges or Right.ADMINISTRATE in rights


def is_called(member: Member, name: str) -> bool:
    """Tell whether a member has this name, ignoring case."""
    return _folded(member.name or "") == _folded(name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


async def _campaign_ids(work: Work, guild_id: int) -> tuple[str, ...]:
    links = await work.links.of_guild(guild_id)
    if not links:
        raise UserError(not_linked())
    return tuple(dict.fromkeys(link.campaign_id for link in links))


def not_linked() -> str:
    """Say that a guild follows no campaign, and the cure."""
    return (
        "This server follows no campaign yet. Somebody who may administrate the bot here uses "
        "`/patreon setup`."
    )
