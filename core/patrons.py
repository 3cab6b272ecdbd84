"""What patrons may ask of the bot about themselves."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.audit import AuditEntry, AuditQuery
from core.changes import Change
from core.consents import Proof
from core.errors import UserError
from core.feed import FeedPolicy
from core.forgetting import empty_bodies
from core.images import ImageKind
from core.members import Campaign, Member, Tier
from core.patron_file import Part, write_file
from core.people import Person
from core.ports import Clock
from core.privacy import Privacy, kept_of
from core.retelling import Retelling
from core.store import Store, StoredCampaign, Work
from core.tier_names import shown_as

log = logging.getLogger(__name__)

REWRITTEN = timedelta(days=30)
"""How old the announcements are at most that are told again when somebody begins to hide."""

_LONGEST_HISTORY = 10_000
_MOST_ACTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A person's membership of a campaign.

    `history` is every stored change with its time, latest first. `announcements` is how many
    tell of them. `tiers` are those that the member or the history names, as the guild calls
    them, cheapest first.
    """

    campaign: Campaign
    member: Member
    history: tuple[tuple[Change, datetime], ...]
    announcements: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known about a person; `linked_at` is when they proved who they are."""

    memberships: tuple[Membership, ...]
    privacy: Privacy
    linked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What forgetting came to: memberships in all campaigns, and announcements of them."""

    memberships: int
    announcements: int
    was_already: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Whom a Discord account means: the user, and their members in the guild's campaigns."""

    person: Person
    member_ids: Sequence[str]


class Patrons:
    """The use cases of a patron: a Discord account in a guild, which learns of itself alone.

    Who that is at Patreon was proven by signing in there, or else Patreon itself says it. A proof
    outweighs Patreon's word, and the newest proof every other one. `on_announced` is called when
    messages wait to be edited.
    """

    def __init__(
        self,
        store: Store,
        policy: FeedPolicy,
        *,
        clock: Clock,
        on_announced: Callable[[], None],
    ) -> None:
        self._store = store
        self._retelling = Retelling(policy)
        self._clock = clock
        self._on_announced = on_announced

    async def about(self, guild_id: int, discord_id: int) -> About | None:
        """Tell a person what is known, by campaign.

        None: nobody in the campaigns that the guild follows is known to be this account.
        """
        async with self._store.read() as work:
            known = await _find(work, guild_id, discord_id)
            if known is None:
                return None
            parts = await _parts(work, guild_id, known)
            counts = await work.tellings.count(known.member_ids)
        return About(
            memberships=tuple(
                Membership(
                    campaign=part.campaign,
                    member=part.member,
                    history=tuple(part.history),
                    announcements=counts.get(part.member.id, 0),
                    tiers=tuple(part.tiers),
                )
                for part in parts
            ),
            privacy=known.person.privacy,
            linked_at=known.person.linked_at,
        )

    async def export(self, guild_id: int, discord_id: int) -> bytes | None:
        """Give a person everything that is stored about them in the guild's campaigns: JSON.

        None: nobody there is known to be this account. Webhooks' bodies are not in it.
        """
        async with self._store.read() as work:
            known = await _find(work, guild_id, discord_id)
            if known is None:
                return None
            parts = [
                replace(part, tellings=await work.tellings.of_members([part.member.id]))
                for part in await _parts(work, guild_id, known)
            ]
            acts = await work.audit.page(
                AuditQuery(guild_id=guild_id, user_id=discord_id, limit=_MOST_ACTS)
            )
        return write_file(
            parts,
            person=known.person,
            discord_id=discord_id,
            acts=acts.entries,
            at=self._clock(),
        )

    async def forget(self, guild_id: int, discord_id: int) -> Forgotten:
        """Forget who a person is, in all campaigns and for good; they may link again.

        Their members stay, without a name: what Patreon goes on sending would be news otherwise.
        Every announcement of them is told again without saying of whom.

        Raises:
            UserError: nobody in the guild's campaigns is known to be this account.
        """
        at = self._clock()
        async with self._store.write() as work:
            await work.people.freeze()
            known = await _found(work, guild_id, discord_id)
            user_id = known.person.user_id
            member_ids = await work.people.memberships(user_id)
            await work.members.stamps(member_ids)
            members = list((await work.members.load(member_ids)).values())
            counts = await work.tellings.count(member_ids)
            blank = [kept_of(None, member, is_forgotten=True) for member in members]
            cards = await self._retelling.anonymous(work, blank)
            await work.tellings.rewrite(cards, at=at)
            await work.people.forget_consents(_accounts(discord_id, known.person, members))
            await work.people.blank(member_ids)
            await work.images.forget(ImageKind.USER, member_ids)
            await work.people.save(Person(user_id=user_id, is_forgotten=True), at=at)
            await _note(work, guild_id, at, "patron.forgotten", "A patron asked to be forgotten.")
        if cards:
            self._on_announced()
        emptied = await empty_bodies(self._store, frozenset((user_id, *member_ids)), at=at)
        log.info("patron forgotten", extra={"guild": guild_id, "bodies": emptied})
        return Forgotten(
            memberships=len(member_ids),
            announcements=sum(counts.values()),
            was_already=known.person.is_forgotten,
        )

    async def hide(
        self,
        guild_id: int,
        discord_id: int,
        *,
        name: bool | None = None,
        tier: bool | None = None,
    ) -> Privacy:
        """Hide a person's name or tier, or show it again; None leaves it. Gives what is hidden.

        It counts for all that is announced from now on. When something more is hidden, what was
        announced in the last 30 days is told again without it; what was hidden stays so there.

        Raises:
            UserError: nobody in the guild's campaigns is known to be this account.
        """
        at = self._clock()
        async with self._store.write() as work:
            await work.people.freeze()
            before = (await _found(work, guild_id, discord_id)).person
            after = replace(
                before,
                hides_name=before.hides_name if name is None else name,
                hides_tier=before.hides_tier if tier is None else tier,
            )
            if after.privacy == before.privacy:
                return after.privacy
            await work.people.save(after, at=at)
            is_more = after.hides_name > before.hides_name or after.hides_tier > before.hides_tier
            cards = {}
            if is_more:
                member_ids = await work.people.memberships(after.user_id)
                members = list((await work.members.load(member_ids)).values())
                cards = await self._retelling.without(
                    work, members, after.privacy, since=at - REWRITTEN
                )
                await work.tellings.rewrite(cards, at=at)
            await _note(work, guild_id, at, "patron.privacy_changed", _wish(after.privacy))
        if cards:
            self._on_announced()
        log.info("patron's privacy changed", extra={"guild": guild_id, "edits": len(cards)})
        return after.privacy

    async def link_proven(self, proof: Proof) -> tuple[str, ...]:
        """Believe a proof; see `link`."""
        user_id = proof.patron.identity.patreon_id
        return await self.link(user_id, proof.discord_id, guild_id=proof.guild_id)

    async def link(
        self, user_id: str, discord_id: int, *, guild_id: int | None = None
    ) -> tuple[str, ...]:
        """Believe from now on that a Patreon user and a Discord account are one person.

        Earlier proofs of either give way, and somebody who was forgotten is so no longer: the
        next sync reads who they are. Gives the names of the campaigns that have them as a
        member: of those that the guild follows, or of all.
        """
        at = self._clock()
        async with self._store.write() as work:
            await work.people.freeze()
            other = await work.people.by_discord(discord_id)
            if other is not None and other.user_id != user_id:
                await work.people.save(replace(other, discord_id=None, linked_at=None), at=at)
            before = await work.people.get(user_id) or Person(user_id=user_id)
            after = replace(before, discord_id=discord_id, linked_at=at, is_forgotten=False)
            await work.people.save(after, at=at)
            if before.is_forgotten:
                await work.people.read_again(await work.people.memberships(user_id))
            of_guild = None if guild_id is None else await _followed(work, guild_id)
            member_ids = await work.people.memberships(user_id, of_guild)
            members = (await work.members.load(member_ids)).values()
            campaigns = [await _campaign(work, member.campaign_id) for member in members]
            await _note(work, guild_id, at, "patron.linked", "A patron proved who they are.")
        log.info("patron linked", extra={"guild": guild_id, "memberships": len(campaigns)})
        return tuple(sorted({campaign.name for campaign in campaigns}))

    async def unlink(self, guild_id: int, discord_id: int) -> bool:
        """Forget that a person proved who they are; False when they did not.

        What they hide stays hidden. Patreon may still say who they are.
        """
        at = self._clock()
        async with self._store.write() as work:
            await work.people.freeze()
            person = await work.people.by_discord(discord_id)
            if person is None:
                return False
            await work.people.save(replace(person, discord_id=None, linked_at=None), at=at)
            await _note(work, guild_id, at, "patron.unlinked", "A patron took their proof back.")
        log.info("patron unlinked", extra={"guild": guild_id})
        return True


async def _found(work: Work, guild_id: int, discord_id: int) -> _Known:
    known = await _find(work, guild_id, discord_id)
    if known is None:
        raise UserError(
            "Nobody in the campaigns that this server follows is known to be you. Connect Discord "
            "in your settings at Patreon, or use `/patron link`."
        )
    return known


async def _find(work: Work, guild_id: int, discord_id: int) -> _Known | None:
    campaign_ids = await _followed(work, guild_id)
    proven = await work.people.by_discord(discord_id)
    if proven is not None:
        person = proven
    else:
        users = await work.people.users_at_patreon(discord_id, campaign_ids)
        if not users:
            return None
        person = await work.people.get(users[0]) or Person(user_id=users[0])
    member_ids = await work.people.memberships(person.user_id, campaign_ids)
    return _Known(person=person, member_ids=member_ids) if member_ids else None


async def _parts(work: Work, guild_id: int, known: _Known) -> list[Part]:
    """Read what is stored about each membership but its announcements, by campaign."""
    names = await work.tier_names.of_guild(guild_id)
    parts = []
    for member in (await work.members.load(known.member_ids)).values():
        history = await work.changes.of_member(member.id, limit=_LONGEST_HISTORY)
        named = {*member.tier_ids}.union(*({*c.before, *c.after} for c, _ in history))
        tiers = shown_as(await work.campaigns.tiers(member.campaign_id), names)
        parts.append(
            Part(
                campaign=await _campaign(work, member.campaign_id),
                member=member,
                tiers=[tier for tier_id, tier in tiers.items() if tier_id in named],
                history=history,
                tellings=(),
            )
        )
    return sorted(parts, key=lambda part: (part.campaign.name.casefold(), part.campaign.id))


async def _followed(work: Work, guild_id: int) -> list[str]:
    links = await work.links.of_guild(guild_id)
    return list(dict.fromkeys(link.campaign_id for link in links))


async def _campaign(work: Work, campaign_id: str) -> Campaign:
    stored: StoredCampaign | None = await work.campaigns.get(campaign_id)
    return stored.campaign if stored else Campaign(id=campaign_id, name=f"Campaign {campaign_id}")


async def _note(work: Work, guild_id: int | None, at: datetime, action: str, detail: str) -> None:
    """Write into the audit what a patron did, but not who it was."""
    await work.audit.add(
        AuditEntry(at=at, guild_id=guild_id, user_id=None, action=action, detail=detail)
    )


def _accounts(discord_id: int, person: Person, members: Sequence[Member]) -> list[int]:
    """List every Discord account that was taken for the person's."""
    found = {discord_id, person.discord_id, *(member.discord_id for member in members)}
    return sorted(account for account in found if account is not None)


def _wish(privacy: Privacy) -> str:
    hidden: Mapping[str, bool] = {"name": privacy.hides_name, "tier": privacy.hides_tier}
    named = [what for what, is_hidden in hidden.items() if is_hidden]
    return f"A patron hides their {' and '.join(named)}." if named else "A patron hides nothing."
