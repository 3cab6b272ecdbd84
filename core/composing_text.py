"""Writing: forms become drafts, and change drafts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.composing_desk import link_of
from core.composing_forms import Receiving, Sent
from core.composing_messages import Wording, reword_messages
from core.draft_forms import Field, Form, Problem, filled_in, problems_of
from core.draft_rules import Act, Stale, check, edited
from core.draft_sheets import Setting
from core.drafts import Content, Draft, DraftState, Target
from core.errors import UserError
from core.guilds import Link
from core.rights import Person
from core.roster import not_linked
from core.store import Work
from core.typesetting import Typeset


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a form: the draft that it made or changed, or what is wrong with it.

    With problems nothing has changed; the form itself is kept under `submission_id`.
    """

    submission_id: int
    draft: Draft | None
    problems: tuple[Problem, ...] = ()


class Writing(Receiving):
    """Makes drafts of forms."""

    async def submit(
        self,
        guild_id: int,
        by: Person,
        submission_id: int,
        form: Form,
        *,
        earlier: Sequence[int] = (),
    ) -> Submitted:
        """Make or change a draft by a form that was kept; `earlier` are forms it is a new try of.

        Safe to repeat: the same form does it once. Whatever is wrong with it, or with who sent
        it, is a problem of the answer, and noted with the form.

        Raises:
            UserError: the form was never kept.
        """
        await self.submission(guild_id, by, submission_id)
        sent = Sent(id=submission_id, earlier=tuple(earlier))
        try:
            return await self._use(guild_id, by, sent, form)
        except UserError as error:
            problem = Problem(field=Field.DRAFT, text=str(error))
            await self.note_problem(guild_id, by, submission_id, problem.text)
            return Submitted(submission_id=submission_id, draft=None, problems=(problem,))

    async def _use(self, guild_id: int, by: Person, sent: Sent, form: Form) -> Submitted:
        typeset = await self._foreseen(guild_id, form)
        async with self._store.write() as work:
            is_new = form.draft_id is None
            known = await self._take(work, guild_id, by, sent, makes_post=is_new)
            if known is not None:
                return Submitted(submission_id=sent.id, draft=known)
            before, draft, problems = await self._apply(work, guild_id, by, form, typeset)
            if draft is None:
                text = " ".join(problem.text for problem in problems)
                await work.submissions.refuse(sent.id, text)
                return Submitted(submission_id=sent.id, draft=None, problems=problems)
            await self._used(work, by, sent, draft)
        if before is not None:
            self._changed(before, draft)
        return Submitted(submission_id=sent.id, draft=draft)

    async def _apply(
        self, work: Work, guild_id: int, by: Person, form: Form, typeset: Typeset | None
    ) -> tuple[Draft | None, Draft | None, tuple[Problem, ...]]:
        """Give the draft before and after a form, and what is wrong with it."""
        actor = await self._actor(work, guild_id, by)
        now = self._clock()
        if form.draft_id is not None:
            before = await self._locked(work, guild_id, form.draft_id, form.version)
            check(before, Act.EDIT, actor)
            content, problems = filled_in(before.content, form)
            if problems:
                return before, None, problems
            after = edited(before, content, actor=actor, at=now)
            after = await self._saved_edit(work, before, after, actor.user_id, typeset)
            return before, after, ()
        if not actor.may_compose:
            raise UserError("Writing posts needs the right to compose posts; ask for it.")
        link = await chosen_link(work, guild_id, form.campaign_id)
        content, problems = filled_in(None, form)
        if problems:
            return None, None, problems
        return None, await self._begin(work, link, content, actor.user_id, at=now), ()

    async def _begin(
        self,
        work: Work,
        link: Link,
        content: Content,
        author_id: int,
        *,
        at: datetime,
        targets: tuple[Target, ...] | None = None,
        name: str | None = None,
    ) -> Draft:
        """Store a new draft, or a template when it has a name."""
        draft = await work.drafts.add(
            Draft(
                id=0,
                guild_id=link.guild_id,
                campaign_id=link.campaign_id,
                author_id=author_id,
                state=DraftState.EDITING if name is None else DraftState.TEMPLATE,
                version=1,
                content=content,
                targets=self._default_targets(link) if targets is None else targets,
                name=name,
                page_key=self._new_key(),
                created_at=at,
                updated_at=at,
            )
        )
        action = "post.begun" if name is None else "post.template_saved"
        await self._audit(work, draft, action, author_id)
        return draft

    def _default_targets(self, link: Link | None) -> tuple[Target, ...]:
        if link is None or link.posts_channel_id is None:
            return ()
        return (self._target_of(link.guild_id, link.posts_channel_id),)

    async def _edit(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        change: Callable[[Draft, Setting], Content],
        *,
        sent: Sent | None = None,
    ) -> Draft:
        typeset = await self._foreseen(guild_id, Form(draft_id=draft_id, version=version), change)
        async with self._store.write() as work:
            known = await self._take(work, guild_id, by, sent)
            if known is not None:
                return known
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, Act.EDIT, actor)
            content = change(before, await self._setting(work, before))
            refuse_problems(problems_of(content))
            after = edited(before, content, actor=actor, at=self._clock())
            after = await self._saved_edit(work, before, after, actor.user_id, typeset)
            await self._used(work, by, sent, after)
        self._changed(before, after)
        return after

    def _changed(self, before: Draft, after: Draft) -> None:
        self._rescheduled(before, after)
        if after.state is DraftState.PUBLISHED:
            self._on_announced()

    async def _foreseen(
        self,
        guild_id: int,
        form: Form,
        change: Callable[[Draft, Setting], Content] | None = None,
    ) -> Typeset | None:
        """Typeset what a published draft will say, because that takes too long for a transaction.

        None for all others. The draft's version tells later whether this still holds.
        """
        if form.draft_id is None:
            return None
        async with self._store.read() as work:
            draft = await work.drafts.get(form.draft_id, guild_id=guild_id)
            if draft is None or draft.state is not DraftState.PUBLISHED:
                return None
            if change is None:
                content, _ = filled_in(draft.content, form)
            else:
                content = change(draft, await self._setting(work, draft))
        return await self._typeset(content.body)

    async def _saved_edit(
        self, work: Work, before: Draft, after: Draft, by: int, typeset: Typeset | None
    ) -> Draft:
        after = await self._save(work, before, after, "post.changed", by)
        if after is before or after.state is not DraftState.PUBLISHED:
            return after
        if typeset is None:
            # It was published after it was looked at, and so has another version by now.
            raise Stale
        if not typeset.blocks:
            raise UserError("The text shows nothing. Write something that can be seen.")
        wording = Wording(
            typeset=typeset,
            setting=await self._setting(work, after),
            new_marker=self._new_marker,
        )
        link = await link_of(work, after.guild_id, after.campaign_id)
        await reword_messages(work, after, wording, link, at=self._clock())
        return after


def refuse_problems(problems: Sequence[Problem]) -> None:
    """Refuse what has problems, with all of them.

    Raises:
        UserError: there are some.
    """
    if problems:
        raise UserError(" ".join(problem.text for problem in problems))


async def chosen_link(work: Work, guild_id: int, campaign_id: str | None) -> Link:
    """Give the link to a campaign, or to the guild's first one.

    Raises:
        UserError: the guild follows no such campaign.
    """
    links = await work.links.of_guild(guild_id)
    if not links:
        raise UserError(not_linked())
    chosen = [link for link in links if campaign_id in (None, link.campaign_id)]
    if not chosen:
        raise UserError("This server follows no such campaign. Use `/patreon setup`.")
    return chosen[0]
