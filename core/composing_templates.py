"""Templates and copies, and several posts from one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from core.bulk import FileRefused
from core.composing_desk import found, link_of
from core.composing_forms import Sent
from core.composing_text import Writing, chosen_link
from core.draft_forms import Form, filled_in, is_seen
from core.draft_rules import Act, Actor, check, edited, scheduled
from core.draft_sheets import missing
from core.draft_templates import LONGEST_NAME, filled, own_variables, values_at
from core.drafts import Content, Draft, Target
from core.errors import UserError
from core.guilds import Link
from core.names import visible
from core.rights import Person
from core.store import Work
from core.time_zones import find_zone
from core.typesetting import Typeset

MOST_PLANS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A post of a file that schedules several; `line` is where it begins there.

    `targets` None: the campaign's channel.
    """

    line: int
    content: Content
    publish_at: datetime
    zone: str
    targets: tuple[Target, ...] | None = None


class Templates(Writing):
    """Makes drafts of what is there already."""

    async def copy(self, guild_id: int, by: Person, draft_id: int) -> Draft:
        """Begin a new draft that says the same, with the same channels.

        Raises:
            UserError: there is no such draft, its campaign is followed no more, or this person
                may not write posts.
        """
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            draft = found(await work.drafts.get(draft_id, guild_id=guild_id))
            check(draft, Act.COPY, actor)
            return await self._again(work, draft, draft.content, actor.user_id)

    async def save_template(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        name: str,
        *,
        sent: Sent | None = None,
    ) -> Draft:
        """Make a template of what a draft says; gives the template.

        A template of this name says this from now on, when it is this person's or they may
        approve posts.

        Raises:
            UserError: the name or a variable is no good, or this person may not.
        """
        named = visible(name)
        if not is_seen(named) or len(named) > LONGEST_NAME:
            raise UserError(f"A template needs a name of 1 to {LONGEST_NAME} characters.")
        async with self._store.write() as work:
            known = await self._take(work, guild_id, by, sent)
            if known is not None:
                return known
            actor = await self._actor(work, guild_id, by)
            draft = await self._locked(work, guild_id, draft_id, version)
            check(draft, Act.SAVE_TEMPLATE, actor)
            own_variables(draft.content)
            saved = await self._saved_template(work, draft, named, actor)
            await self._used(work, by, sent, saved)
        return saved

    async def _saved_template(self, work: Work, draft: Draft, name: str, actor: Actor) -> Draft:
        known = await work.drafts.template(draft.guild_id, name)
        if known is not None:
            before = found(await work.drafts.lock(known.id, guild_id=draft.guild_id))
            check(before, Act.EDIT, actor)
            after = edited(before, draft.content, actor=actor, at=self._clock())
            return await self._save(work, before, after, "post.template_saved", actor.user_id)
        link = found_link(await link_of(work, draft.guild_id, draft.campaign_id))
        return await self._begin(
            work,
            link,
            draft.content,
            actor.user_id,
            at=self._clock(),
            targets=draft.targets,
            name=name,
        )

    async def variables(self, guild_id: int, by: Person, template_id: int) -> tuple[str, ...]:
        """Give the variables of a template that have to be filled when it is used.

        Raises:
            UserError: there is no such template.
        """
        async with self._store.read() as work:
            await self._actor(work, guild_id, by)
            template = found(await work.drafts.get(template_id, guild_id=guild_id))
        return own_variables(template.content)

    async def from_template(
        self,
        guild_id: int,
        by: Person,
        template_id: int,
        *,
        values: Mapping[str, str] | None = None,
        zone: str | None = None,
        sent: Sent | None = None,
    ) -> Draft:
        """Begin a draft from a template; dates are those of today in the time zone `zone`.

        `sent` is the form in which the values were typed.

        Raises:
            UserError: a value is missing, there is no such zone, what comes out is too long, or
                this person may not.
        """
        async with self._store.write() as work:
            known = await self._take(work, guild_id, by, sent, makes_post=True)
            if known is not None:
                return known
            actor = await self._actor(work, guild_id, by)
            template = found(await work.drafts.get(template_id, guild_id=guild_id))
            check(template, Act.USE_TEMPLATE, actor)
            setting = await self._setting(work, template)
            local = self._clock().astimezone(_zone(zone))
            given = {**(values or {}), **values_at(setting.campaign, local)}
            content = filled(template.content, given)
            content, problems = filled_in(content, Form(title=content.title))
            if problems:
                raise UserError(" ".join(problem.text for problem in problems))
            made = await self._again(work, template, content, actor.user_id)
            await self._used(work, by, sent, made)
        return made

    async def schedule_many(
        self,
        guild_id: int,
        by: Person,
        plans: Sequence[Plan],
        *,
        campaign_id: str | None = None,
        sent: Sent | None = None,
    ) -> tuple[Draft, ...]:
        """Schedule several posts in one transaction: all of them or none.

        `campaign_id` None: the guild's first. A form with which a file came (`sent`) is used once.

        Raises:
            FileRefused: something is wrong with some of them.
            UserError: this person may not, or the file was used already.
        """
        if not plans or len(plans) > MOST_PLANS:
            raise UserError(f"A file schedules 1 to {MOST_PLANS} posts; this has {len(plans)}.")
        typesets = [await self._typeset(plan.content.body) for plan in plans]
        async with self._store.write() as work:
            if await self._take(work, guild_id, by, sent, makes_post=True) is not None:
                raise UserError("This file was scheduled already. See `/patreon posts`.")
            actor = await self._actor(work, guild_id, by)
            if not (actor.may_approve and actor.may_compose):
                raise UserError(
                    "Scheduling several posts at once needs the rights to compose and to approve "
                    "posts. Ask somebody who has both."
                )
            link = await chosen_link(work, guild_id, campaign_id)
            drafts = [
                await self._begin(
                    work,
                    link,
                    plan.content,
                    actor.user_id,
                    at=self._clock(),
                    targets=plan.targets,
                )
                for plan in plans
            ]
            await self._refuse_bad(work, drafts, plans, typesets)
            done = []
            for draft, plan in zip(drafts, plans, strict=True):
                after = scheduled(draft, plan.publish_at, plan.zone, at=self._clock())
                done.append(await self._save(work, draft, after, "post.scheduled", actor.user_id))
            await self._used(work, by, sent, done[0])
        self._on_scheduled()
        return tuple(done)

    async def _refuse_bad(
        self,
        work: Work,
        drafts: Sequence[Draft],
        plans: Sequence[Plan],
        typesets: Sequence[Typeset],
    ) -> None:
        link = await link_of(work, drafts[0].guild_id, drafts[0].campaign_id)
        setting = await self._setting(work, drafts[0])
        wrong: list[tuple[int, str]] = []
        for draft, plan, typeset in zip(drafts, plans, typesets, strict=True):
            problems = [one.text for one in missing(draft, setting, typeset, link=link)]
            if plan.publish_at <= self._clock():
                problems.append("Its time is past. Choose a later one.")
            if problems:
                wrong.append((plan.line, " ".join(problems)))
        if wrong:
            raise FileRefused(wrong)

    async def _again(self, work: Work, draft: Draft, content: Content, author_id: int) -> Draft:
        link = found_link(await link_of(work, draft.guild_id, draft.campaign_id))
        return await self._begin(
            work, link, content, author_id, at=self._clock(), targets=draft.targets
        )


def found_link(link: Link | None) -> Link:
    """Give a link that has to be there.

    Raises:
        UserError: it is not.
    """
    if link is None:
        raise UserError(
            "This server does not follow the campaign (any more). Use `/patreon setup`."
        )
    return link


def _zone(name: str | None) -> tzinfo:
    return UTC if name is None else ZoneInfo(find_zone(name))
