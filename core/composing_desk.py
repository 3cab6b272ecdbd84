"""What every use case of composing needs: who acts, on which draft, and how it is written down."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.announcements import Standing
from core.audit import AuditEntry
from core.draft_forms import Problem
from core.draft_rows import DraftMessage, DraftPage, DraftQuery, Pause
from core.draft_rules import Act, Actor, Stale, allowed, expect
from core.draft_sheets import Setting, missing, sheets_for
from core.draft_typesets import Typesets
from core.draft_words import request_card
from core.drafts import Draft, DraftState, HandOver, Target
from core.errors import UserError
from core.guilds import Link
from core.members import Campaign, Tier
from core.ports import Clock
from core.rights import Person, Right, rights_of
from core.sheets import Sheet
from core.store import Store, Work
from core.tier_names import shown_as
from core.typesetting import Typeset

log = logging.getLogger(__name__)

_PREVIEW = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A draft as one person sees it.

    `tiers` are the campaign's as the guild calls them, `currency` is the campaign's. `acts` are
    what the person may do now, `problems` what keeps it from going out. `sheets` are the messages
    of its first channel, exactly as they would be sent; `standings` tell how far the messages of a
    published draft have come. `pause` is set while the guild's schedule is held back.
    """

    draft: Draft
    campaign: Campaign
    link: Link | None
    tiers: Mapping[str, Tier]
    acts: frozenset[Act]
    typeset: Typeset
    problems: tuple[Problem, ...]
    sheets: tuple[Sheet, ...]
    standings: tuple[tuple[DraftMessage, Standing], ...]
    pause: Pause | None


class Desk:
    """Opens and saves drafts.

    `new_marker` names messages, `new_key` pages, both so that nobody guesses them. `page_url` gives
    the address of a page by its key, None when there are no pages. `target_of` describes a channel
    of a guild. `look_id` gives the custom id of the button that opens a draft. `on_announced` is
    called when messages wait, `on_scheduled` when the schedule changed.
    """

    def __init__(
        self,
        store: Store,
        typesets: Typesets,
        *,
        clock: Clock,
        new_marker: Callable[[], str],
        new_key: Callable[[], str],
        on_announced: Callable[[], None],
        on_scheduled: Callable[[], None] = lambda: None,
        page_url: Callable[[str], str | None] = lambda _: None,
        target_of: Callable[[int, int], Target] = lambda _, channel_id: Target(
            channel_id=channel_id
        ),
        look_id: Callable[[Draft], str | None] = lambda _: None,
        moderator_role_ids: frozenset[int] = frozenset(),
    ) -> None:
        self._store = store
        self._typesets = typesets
        self._clock = clock
        self._new_marker = new_marker
        self._new_key = new_key
        self._on_announced = on_announced
        self._on_scheduled = on_scheduled
        self._page_url = page_url
        self._target_of = target_of
        self._look_id = look_id
        self._moderator_role_ids = moderator_role_ids

    async def get(self, guild_id: int, by: Person, draft_id: int) -> View:
        """Show a draft.

        Raises:
            UserError: the guild has no such draft, or the person may not see it.
        """
        async with self._store.read() as work:
            actor = await self._actor(work, guild_id, by)
            draft = found(await work.drafts.get(draft_id, guild_id=guild_id))
            setting = await self._setting(work, draft)
            link = await link_of(work, guild_id, draft.campaign_id)
            messages = await work.drafts.messages(draft.id)
            standings = [
                (one, await work.announcements.standing(one.announcement_id)) for one in messages
            ]
            pause = await work.drafts.paused(guild_id)
        typeset = await self._typeset(draft.content.body)
        target = draft.targets[0] if draft.targets else Target(channel_id=1)
        return View(
            draft=draft,
            campaign=setting.campaign,
            link=link,
            tiers=setting.tiers,
            acts=allowed(draft, actor),
            typeset=typeset,
            problems=missing(draft, setting, typeset, link=link),
            sheets=sheets_for(
                draft,
                target,
                typeset,
                replace(setting, post_url=url_of(messages) or setting.post_url),
                new_marker=lambda: _PREVIEW,
                at=draft.published_at or self._clock(),
            ),
            standings=tuple((one, standing) for one, standing in standings if standing is not None),
            pause=pause,
        )

    async def listed(self, by: Person, query: DraftQuery) -> DraftPage:
        """List drafts of a guild.

        Raises:
            UserError: the person may not see them.
        """
        async with self._store.read() as work:
            await self._actor(work, query.guild_id, by)
            return await work.drafts.page(query)

    async def _actor(self, work: Work, guild_id: int, by: Person) -> Actor:
        """Give what a person may do with posts.

        Raises:
            UserError: nothing.
        """
        if by.user_id is None:
            raise UserError("Posts are written in Discord, by somebody with an account there.")
        rights = rights_of(
            by,
            moderator_role_ids=self._moderator_role_ids,
            granted=await work.role_rights.of_guild(guild_id),
        )
        actor = Actor(
            user_id=by.user_id,
            may_compose=Right.COMPOSE in rights,
            may_approve=Right.APPROVE in rights,
        )
        if not (actor.may_compose or actor.may_approve):
            raise UserError(
                "Posts are for those who may compose or approve them. Somebody with Manage Server "
                "gives these rights with `/patreon permissions`."
            )
        return actor

    async def _locked(self, work: Work, guild_id: int, draft_id: int, version: int) -> Draft:
        draft = found(await work.drafts.lock(draft_id, guild_id=guild_id))
        expect(draft, version)
        return draft

    async def _save(
        self, work: Work, before: Draft, after: Draft, action: str, by: int | None, detail: str = ""
    ) -> Draft:
        """Write a change of a draft and who made it; nothing when there is none."""
        if after is before:
            return before
        if not await work.drafts.save(after, expected=before.version):
            raise Stale
        await self._audit(work, after, action, by, detail)
        asking = before.approval
        is_over = before.state is not after.state or asking != after.approval
        if asking is not None and asking.announcement_id is not None and is_over:
            card = request_card(after, asking.marker or "", at=self._clock())
            await work.announcements.reword(asking.announcement_id, card, at=self._clock())
            self._on_announced()
        return after

    async def _audit(
        self, work: Work, draft: Draft, action: str, by: int | None, detail: str = ""
    ) -> None:
        await work.audit.add(
            AuditEntry(
                at=self._clock(),
                guild_id=draft.guild_id,
                user_id=by,
                action=action,
                detail=f"Post {draft.id} “{draft.content.title}”. {detail}".strip(),
            )
        )
        facts = {"guild": draft.guild_id, "draft": draft.id, "action": action}
        log.info("post changed", extra=facts)

    def _rescheduled(self, before: Draft, after: Draft) -> None:
        """Wake the schedule when a draft came to it, left it or moved on it."""
        if _due(before) != _due(after):
            self._on_scheduled()

    async def _setting(self, work: Work, draft: Draft) -> Setting:
        """Read what the messages of a draft are worded with."""
        stored = await work.campaigns.get(draft.campaign_id)
        campaign = (
            stored.campaign
            if stored
            else Campaign(id=draft.campaign_id, name=f"Campaign {draft.campaign_id}")
        )
        names = await work.tier_names.of_guild(draft.guild_id)
        return Setting(
            campaign=campaign,
            tiers=shown_as(await work.campaigns.tiers(draft.campaign_id), names),
            page_url=self._page_url(draft.page_key),
            post_url=await self._post_url(work, draft),
        )

    async def _post_url(self, work: Work, draft: Draft) -> str | None:
        if draft.hand_over is not HandOver.LINKED or draft.post_id is None:
            return None
        post = (await work.posts.load([draft.post_id])).get(draft.post_id)
        return post.url if post else None

    async def _typeset(self, body: str) -> Typeset:
        return await self._typesets.of(body)


def _due(draft: Draft) -> datetime | None:
    return draft.publish_at if draft.state is DraftState.SCHEDULED else None


def found(draft: Draft | None) -> Draft:
    """Give a draft that has to be there.

    Raises:
        UserError: it is not.
    """
    if draft is None:
        raise UserError("This server has no such draft (any more). See `/patreon posts`.")
    return draft


async def link_of(work: Work, guild_id: int, campaign_id: str) -> Link | None:
    """Give the link by which a guild follows a campaign."""
    links = await work.links.of_guild(guild_id)
    return next((link for link in links if link.campaign_id == campaign_id), None)


def url_of(messages: Sequence[DraftMessage]) -> str | None:
    """Give the post at Patreon to which messages lead."""
    return messages[0].sheet.url if messages else None
