"""What can happen to members, each with the webhooks that tell of it.

Source for the triggers: reference "Triggers" (docs.patreon.com, "Webhooks").
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.patreon import changes
from sandbox.patreon.data import WorldData
from sandbox.patreon.documents import member_body
from sandbox.patreon.hooks import Delivery
from sandbox.patreon.records import Kind, Member, PatronStatus, Tier

CREATE = "members:create"
UPDATE = "members:update"
DELETE = "members:delete"
PLEDGED = "members:pledge:create"
REPLEDGED = "members:pledge:update"
UNPLEDGED = "members:pledge:delete"


@dataclass(frozen=True, slots=True)
class MemberEvent:
    """What became of a member, and the webhooks that tell of it."""

    member: Member
    deliveries: tuple[Delivery, ...] = ()


class MemberEvents(WorldData):
    """Let members join, change and leave.

    A member is named by record or id; the record at hand may be an old one. A tier is named by
    record, id or title. With `webhook=False` the change is silent, as some are in the field.
    Naming somebody or something that is not there raises `KeyError`.
    """

    def join(
        self,
        tier: Tier | str | None = None,
        *,
        kind: Kind | str = Kind.PAID,
        name: str | None = None,
        discord_id: str | None = None,
        campaign_id: str | None = None,
        webhook: bool = True,
    ) -> MemberEvent:
        """Let a newcomer join: paid, annual, free, as a gift or on trial.

        `tier` is the cheapest paid one unless told. A name or Discord id that is not given comes
        from the seed. The first paid webhooks still say 0 lifetime cents, as captured ones do.
        """
        campaign = self.campaign(campaign_id)
        kind = Kind(kind)
        person = self.roster(campaign.id).newcomer()
        person = replace(
            person,
            full_name=person.full_name if name is None else name,
            discord_id=person.discord_id if discord_id is None else discord_id,
            user_created_at=min(person.user_created_at, self._second()),
        )
        chosen = self._paid_tier(tier, campaign.id)
        match kind:
            case Kind.FREE:
                return self._tell(person, [CREATE], webhook=webhook)
            case Kind.GIFT:
                gift = changes.gifted(person, chosen, now=self._second())
                return self._tell(gift, [CREATE], webhook=webhook)
            case Kind.TRIAL:
                trial = changes.in_trial(person, chosen, now=self._second())
                return self._tell(trial, [CREATE, UPDATE], webhook=webhook)
            case Kind.PAID | Kind.ANNUAL:
                cadence = 12 if kind is Kind.ANNUAL else 1
                paid = changes.pledged(person, chosen, now=self._second(), cadence=cadence)
                shown = replace(paid, lifetime_cents=0)
                return self._tell(paid, [CREATE, PLEDGED, UPDATE], shown=shown, webhook=webhook)
            case _:
                raise ValueError(f"Nobody joins as {kind}: let a paid member join and change it.")

    def upgrade(
        self, member: Member | str, tier: Tier | str, *, webhook: bool = True
    ) -> MemberEvent:
        """Move to a dearer tier at once; a free member or a trial becomes a paid pledge."""
        old, target = self._pair(member, tier)
        if old.patron_status is None or old.is_free_trial or old.is_gifted:
            paid = changes.pledged(old, target, now=self._second())
            return self._tell(paid, [PLEDGED, UPDATE], webhook=webhook)
        new = changes.upgraded(old, target, now=self._second())
        return self._tell(new, [REPLEDGED, UPDATE], webhook=webhook)

    def downgrade(
        self,
        member: Member | str,
        tier: Tier | str,
        *,
        at_period_end: bool = False,
        webhook: bool = True,
    ) -> MemberEvent:
        """Move to a cheaper tier, now or, with `at_period_end`, when `renew` is called."""
        old, target = self._pair(member, tier)
        new = changes.downgraded(old, target, at_period_end=at_period_end)
        return self._tell(new, [REPLEDGED, UPDATE], webhook=webhook)

    def add_tier(
        self, member: Member | str, tier: Tier | str, *, webhook: bool = True
    ) -> MemberEvent:
        """Entitle a member to one more tier beside those they have."""
        old, target = self._pair(member, tier)
        return self._tell(changes.with_extra_tier(old, target), [UPDATE], webhook=webhook)

    def renew(self, member: Member | str, *, webhook: bool = True) -> MemberEvent:
        """Charge the next period successfully."""
        old = self._present(member)
        new = changes.renewed(old, self._pledged_tier(old), now=self._second())
        return self._tell(new, [UPDATE], webhook=webhook)

    def decline(self, member: Member | str, *, webhook: bool = True) -> MemberEvent:
        """Let a charge fail.

        Raises:
            ValueError: a free member has no pledge to charge.
        """
        new = changes.declined(self._with_pledge(member), now=self._second())
        return self._tell(new, [UPDATE], webhook=webhook)

    def recover(self, member: Member | str, *, webhook: bool = True) -> MemberEvent:
        """Let the repeated charge of a declined member succeed; in the field often silently."""
        old = self._present(member)
        new = changes.recovered(old, self._pledged_tier(old), now=self._second())
        return self._tell(new, [UPDATE], webhook=webhook)

    def cancel(
        self, member: Member | str, *, at_once: bool = False, webhook: bool = True
    ) -> MemberEvent:
        """Cancel a pledge; the paid tiers stay until `end` unless `at_once`.

        Raises:
            ValueError: a free member has no pledge to cancel.
        """
        old = self._with_pledge(member)
        new = changes.cancelled(old, at_once=at_once)
        triggers = [UPDATE] if old.is_gifted else [UNPLEDGED, UPDATE]
        return self._tell(new, triggers, webhook=webhook)

    def end(self, member: Member | str, *, webhook: bool = True) -> MemberEvent:
        """Let a paid period, trial or gift run out."""
        return self._tell(changes.ended(self._present(member)), [UPDATE], webhook=webhook)

    def refund(self, member: Member | str, *, webhook: bool = True) -> MemberEvent:
        """Give the last payment back and end the membership."""
        new = changes.refunded(self._present(member))
        return self._tell(new, [UNPLEDGED, UPDATE], webhook=webhook)

    def come_back(
        self, member: Member | str, tier: Tier | str | None = None, *, webhook: bool = True
    ) -> MemberEvent:
        """Let a former member pledge again, to the tier they had unless told."""
        old = self._present(member)
        target = self._pledged_tier(old) if tier is None else self.find_tier(tier, old.campaign_id)
        new = changes.came_back(old, target, now=self._second())
        return self._tell(new, [PLEDGED, UPDATE], webhook=webhook)

    def rename(
        self, member: Member | str, name: str | None, *, webhook: bool = True
    ) -> MemberEvent:
        """Give a member another name, or none."""
        new = replace(self._present(member), full_name=name)
        return self._tell(new, [UPDATE], webhook=webhook)

    def link_discord(self, member: Member | str, discord_id: str | None) -> MemberEvent:
        """Connect or disconnect a Discord account; Patreon sends no webhook for that."""
        new = replace(self._present(member), discord_id=discord_id)
        return self._tell(new, [], webhook=False)

    def put_member(self, member: Member, *triggers: str) -> MemberEvent:
        """Store any state of a member and tell of it by the triggers given."""
        return self._tell(member, triggers, webhook=True)

    def delete(self, member: Member | str, *, webhook: bool = True) -> MemberEvent:
        """Let a member who never paid leave: the API no longer knows them.

        Raises:
            ValueError: they paid once; such a member stays, with a changed status.
        """
        old = self._present(member)
        if old.lifetime_cents > 0:
            raise ValueError(f"Member {old.id} has paid before and is never deleted.")
        self.roster(old.campaign_id).remove(old)
        last = replace(old, tier_ids=(), patron_status=None, is_free_trial=False, is_gifted=False)
        return MemberEvent(last, self._send(last, [DELETE]) if webhook else ())

    def is_entitled(self, member: Member) -> bool:
        """Say whether a member may use a paid tier now."""
        return any(self.tier(member.campaign_id, t).amount_cents > 0 for t in member.tier_ids)

    def is_paying(self, member: Member) -> bool:
        """Say whether a member is active and pays: no gift, no trial."""
        return member.patron_status == PatronStatus.ACTIVE and member.will_pay_cents > 0

    def _tell(
        self,
        member: Member,
        triggers: Sequence[str],
        *,
        shown: Member | None = None,
        webhook: bool,
    ) -> MemberEvent:
        self.roster(member.campaign_id).put(member)
        return MemberEvent(member, self._send(shown or member, triggers) if webhook else ())

    def _send(self, member: Member, triggers: Sequence[str]) -> tuple[Delivery, ...]:
        body = json.dumps(self.member_document(member)).encode()
        stored = self.hooks.enqueue(member.campaign_id, [(trigger, body) for trigger in triggers])
        return tuple(stored)

    def member_document(self, member: Member) -> dict[str, object]:
        """Write the body that a webhook about `member` would carry now."""
        view = self.view(hide_tiers=self.quirks.empty_tiers_in_hooks)
        return member_body(self, view, member, api_url=self.api_url)

    def _present(self, member: Member | str) -> Member:
        found = self.member(member if isinstance(member, str) else member.id)
        if found is None:
            raise KeyError(member)
        return found

    def _with_pledge(self, member: Member | str) -> Member:
        found = self._present(member)
        if found.patron_status is None:
            raise ValueError(f"Member {found.id} has no pledge.")
        return found

    def _pair(self, member: Member | str, tier: Tier | str) -> tuple[Member, Tier]:
        present = self._present(member)
        return present, self.find_tier(tier, present.campaign_id)

    def _pledged_tier(self, member: Member) -> Tier:
        return self._paid_tier(member.pledged_tier_id, member.campaign_id)

    def _paid_tier(self, tier: Tier | str | None, campaign_id: str) -> Tier:
        if tier is not None:
            return self.find_tier(tier, campaign_id)
        tiers = self.tiers(campaign_id)
        return next((t for t in tiers if t.amount_cents > 0), tiers[0])

    def _second(self) -> datetime:
        return self.now().replace(microsecond=0)
