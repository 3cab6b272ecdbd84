"""Templates and copies, and several posts from one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.composing_desk import found, link_of
from core.composing_text import Writing, chosen_link
from core.draft_forms import Field, Form, Problem, filled_in, is_seen
from core.draft_rules import Act, check, edited, scheduled
from core.draft_sheets import missing
from core.draft_templates import LONGEST_NAME, filled, own_variables, values_at
from core.drafts import Content, Draft, Target
from core.errors import UserError
from core.guilds import Link
from core.names import visible
from core.rights import Person
from core.store import Work
from core.typesetting import Typeset

MOST_PLANS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A post of a file that schedules several. `targets` None: the campaign's channel."""

    content: Content
    publish_at: datetime
    zone: str
    targets: tuple[Target, ...] | None = None


class PlansRefused(UserError):  # noqa: N818  the name says what happened
    """Nothing was scheduled; `problems` says by a plan's number, from 0, what is wrong with it."""

    def __init__(self, problems: Mapping[int, tuple[Problem, ...]]) -> None:
        first = min(problems)
        rest = f" ({len(problems) - 1} more have problems.)" if len(problems) > 1 else ""
        text = " ".join(problem.text for problem in problems[first])
        super().__init__(f"Nothing was scheduled. Post {first + 1}: {text}{rest}")
        self.problems = problems


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
        self, guild_id: int, by: Person, draft_id: int, version: int, name: str
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
            actor = await self._actor(work, guild_id, by)
            draft = await self._locked(work, guild_id, draft_id, version)
            check(draft, Act.SAVE_TEMPLATE, actor)
            own_variables(draft.content)
            known = await work.drafts.template(guild_id, named)
            if known is not None:
                before = found(await work.drafts.lock(known.id, guild_id=guild_id))
                check(before, Act.EDIT, actor)
                after = edited(before, draft.content, actor=actor, at=self._clock())
                return await self._save(work, before, after, "post.template_saved", actor.user_id)
            link = found_link(await link_of(work, guild_id, draft.campaign_id))
            return await self._begin(
                work,
                link,
                draft.content,
                actor.user_id,
                at=self._clock(),
                targets=draft.targets,
                name=named,
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
    ) -> Draft:
        """Begin a draft from a template; dates are those of today in the time zone `zone`.

        Raises:
            UserError: a value is missing, what comes out is too long, or this person may not.
        """
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            template = found(await work.drafts.get(template_id, guild_id=guild_id))
            check(template, Act.USE_TEMPLATE, actor)
            setting = await self._setting(work, template)
            local = self._clock().astimezone(_zone(zone))
            known = {**(values or {}), **values_at(setting.campaign, local)}
            content = filled(template.content, known)
            content, problems = filled_in(content, Form(title=content.title))
            if problems:
                raise UserError(" ".join(problem.text for problem in problems))
            return await self._again(work, template, content, actor.user_id)

    async def schedule_many(
        self,
        guild_id: int,
        by: Person,
        plans: Sequence[Plan],
        *,
        campaign_id: str | None = None,
        submission_id: int | None = None,
    ) -> tuple[Draft, ...]:
        """Schedule several posts in one transaction: all of them or none.

        `campaign_id` None: the guild's first. A file that was kept as a form (`submission_id`) is
        used once.

        Raises:
            PlansRefused: something is wrong with some of them.
            UserError: this person may not, or the file was used already.
        """
        if not plans or len(plans) > MOST_PLANS:
            raise UserError(f"A file schedules 1 to {MOST_PLANS} posts; this has {len(plans)}.")
        typesets = [await self._typeset(plan.content.body) for plan in plans]
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            if not (actor.may_approve and actor.may_compose):
                raise UserError(
                    "Scheduling several posts at once needs the rights to compose and to approve "
                    "posts. Ask somebody who has both."
                )
            if submission_id is not None:
                await _refuse_used(work, submission_id)
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
            if submission_id is not None:
                await work.submissions.note(submission_id, draft_id=done[0].id)
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
        wrong: dict[int, tuple[Problem, ...]] = {}
        for number, (draft, plan) in enumerate(zip(drafts, plans, strict=True)):
            problems = list(missing(draft, setting, typesets[number], link=link))
            if plan.publish_at <= self._clock():
                problems.append(Problem(field=Field.DRAFT, text="Its time is past."))
            if problems:
                wrong[number] = tuple(problems)
        if wrong:
            raise PlansRefused(wrong)

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
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UserError(
            f"There is no time zone “{visible(name)[:60]}”. Write one such as Europe/Berlin."
        ) from error


async def _refuse_used(work: Work, submission_id: int) -> None:
    if not await work.submissions.lock(submission_id):
        raise UserError("This file was scheduled already. See `/patreon posts`.")
