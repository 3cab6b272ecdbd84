"""The brake at work: asks, takes the answer, and keeps the messages that ask up to date."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from core.audit import AuditEntry
from core.brake import (
    AlreadyAnswered,
    Answer,
    Asked,
    BrakePolicy,
    Choice,
    NotOpen,
    Presser,
    Question,
    Verdict,
    judge,
    load_question,
    lock_question,
    marker_of,
    new_question,
    save_question,
)
from core.brake_words import card_of
from core.guilds import Link
from core.members import Campaign
from core.ports import Clock
from core.store import Store, StoredCampaign, Work

log = logging.getLogger(__name__)


class Brake:
    """Stops a sync that would take away too much, until a person has answered.

    The staff channel of each link is asked, once a question; a question that changes or ends
    changes its messages. Links without a staff channel see it in their status.
    """

    def __init__(
        self,
        store: Store,
        policy: BrakePolicy,
        *,
        clock: Clock,
        on_announced: Callable[[], None],
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._on_announced = on_announced

    async def weigh(
        self,
        stored: StoredCampaign,
        *,
        missing: int,
        present: int,
        digest: str,
        confirmed: Question | None,
    ) -> Question | None:
        """Decide about missing members: None lets them go, a question keeps everybody.

        The question is open, or one that was answered with `KEEP` not long ago. Safe to repeat:
        the very same members are not asked about twice.
        """
        campaign_id, now = stored.campaign.id, self._clock()
        async with self._store.write() as work:
            known = await lock_question(work, campaign_id)
            verdict = judge(
                self._policy,
                missing=missing,
                present=present,
                confirmed=confirmed,
                known=known,
                now=now,
            )
            if verdict is Verdict.BELIEVE:
                return None
            if verdict is Verdict.KEEP and known is not None:
                kept = replace(known, ended_at=None)
                await save_question(work, campaign_id, kept)
                return kept
            question = await self._ask(
                work, stored, known, new_question(digest, missing=missing, present=present, now=now)
            )
        self._on_announced()
        if known is None or known.version != question.version:
            log.info(
                "sync stopped by missing members",
                extra={"campaign_id": campaign_id, "missing": missing, "present": present},
            )
        return question

    async def settle(
        self, stored: StoredCampaign, *, confirmed: Question | None, gone: int
    ) -> None:
        """Say that a pass found few enough missing, and marked `gone` members as gone.

        An open question is closed by it, and the one that this pass carried out is done.
        """
        async with self._store.read() as work:
            known = await load_question(work, stored.campaign.id)
        if known is None or known.ended_at is not None:
            return
        async with self._store.write() as work:
            known = await lock_question(work, stored.campaign.id)
            if known is None or known.ended_at is not None:
                return
            is_ours = confirmed is not None and confirmed.version == known.version
            ended = replace(known, ended_at=self._clock(), gone=gone if is_ours else None)
            await save_question(work, stored.campaign.id, ended)
            if not known.is_kept:
                await self._reword(work, stored.campaign, ended)
        self._on_announced()

    async def answer(
        self, campaign_id: str, version: str | None, choice: Choice, by: Presser
    ) -> Question:
        """Take an answer; exactly one of several people is the first.

        `version` None stands for the latest question, whose answer may be changed so.

        Raises:
            NotOpen: there is no such question for this guild.
            AlreadyAnswered: somebody was faster.
        """
        now = self._clock()
        async with self._store.write() as work:
            known = await lock_question(work, campaign_id)
            stored = await work.campaigns.get(campaign_id)
            links = await work.links.of_campaign(campaign_id)
            is_theirs = by.guild_id is None or by.guild_id in {link.guild_id for link in links}
            if known is None or stored is None or not is_theirs:
                raise NotOpen
            if version is not None and known.version != version:
                raise NotOpen
            if version is not None and known.answer is not None:
                raise AlreadyAnswered(known)
            if known.ended_at is not None:
                raise NotOpen
            until = now + self._policy.keep_for if choice is Choice.KEEP else None
            answered = replace(
                known, answer=Answer(choice=choice, by=by, at=now, until=until), trouble=""
            )
            await save_question(work, campaign_id, answered)
            await self._reword(work, stored.campaign, answered)
            await work.audit.add(_audited(campaign_id, answered, choice, by, now))
        self._on_announced()
        log.info("brake answered", extra={"campaign_id": campaign_id, "choice": choice.value})
        return answered

    async def reopen(self, campaign_id: str, version: str, *, trouble: str) -> Question | None:
        """Ask a question again whose `APPLY` did not come to its end; `trouble` says why.

        One that ended, or was replaced meanwhile, is left alone: then None.
        """
        async with self._store.write() as work:
            known = await lock_question(work, campaign_id)
            stored = await work.campaigns.get(campaign_id)
            if known is None or stored is None or known.version != version:
                return None
            if not known.is_being_applied:
                return None
            again = replace(known, answer=None, trouble=trouble)
            await save_question(work, campaign_id, again)
            await self._reword(work, stored.campaign, again)
        self._on_announced()
        return again

    async def _ask(
        self, work: Work, stored: StoredCampaign, known: Question | None, found: Question
    ) -> Question:
        """Make `found` the campaign's question; the messages of one that it replaces ask it."""
        question = found
        if known is not None and known.is_open and known.digest == found.digest:
            question = known
        elif known is not None and (known.is_open or known.is_being_applied):
            question = replace(found, asked=known.asked)
            await self._reword(work, stored.campaign, question)
        links = await work.links.of_campaign(stored.campaign.id)
        question = replace(question, asked=await self._tell(work, stored.campaign, question, links))
        await save_question(work, stored.campaign.id, question)
        return question

    async def _tell(
        self, work: Work, campaign: Campaign, question: Question, links: Sequence[Link]
    ) -> tuple[Asked, ...]:
        """Ask in the staff channels that were not asked yet; gives all messages that ask."""
        asked = list(question.asked)
        told = {(one.link_id, one.channel_id) for one in asked}
        now = self._clock()
        for link in links:
            channel_id = link.staff_channel_id
            if channel_id is None or (link.id, channel_id) in told:
                continue
            marker = marker_of(question, link.id)
            announcement_id = await work.announcements.post(
                card_of(question, campaign, guild_id=link.guild_id, marker=marker, at=now),
                channel_id=channel_id,
                link_id=link.id,
                at=now,
            )
            asked.append(
                Asked(
                    announcement_id=announcement_id,
                    marker=marker,
                    link_id=link.id,
                    channel_id=channel_id,
                )
            )
        return tuple(asked)

    async def _reword(self, work: Work, campaign: Campaign, question: Question) -> None:
        """Make the messages say how the question stands, where the campaign is still followed."""
        now = self._clock()
        guilds = {link.id: link.guild_id for link in await work.links.of_campaign(campaign.id)}
        for asked in question.asked:
            if asked.link_id in guilds:
                card = card_of(
                    question,
                    campaign,
                    guild_id=guilds[asked.link_id],
                    marker=asked.marker,
                    at=now,
                )
                await work.announcements.reword(asked.announcement_id, card, at=now)


def _audited(
    campaign_id: str, question: Question, choice: Choice, by: Presser, now: datetime
) -> AuditEntry:
    said = "Said that they left" if choice is Choice.APPLY else "Kept everybody"
    return AuditEntry(
        at=now,
        guild_id=by.guild_id,
        user_id=by.user_id,
        action="brake.applied" if choice is Choice.APPLY else "brake.kept",
        detail=f"Campaign {campaign_id}. {said}: {question.missing:,} of {question.present:,} "
        "members were missing from Patreon's list.",
    )
