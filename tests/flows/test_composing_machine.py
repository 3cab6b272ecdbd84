"""Whatever people do with a draft, in whatever order: nothing goes out that nobody may let out."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.drafts import Draft, DraftState, Target
from core.errors import UserError
from tests.flows.desks import (
    APPROVER,
    AUTHOR,
    CHIEF,
    COLLEAGUE,
    GUILD,
    NEWS,
    POSTS,
    STRANGER,
    Desk,
    open_desk,
)

PEOPLE = (AUTHOR, COLLEAGUE, APPROVER, CHIEF, STRANGER)
MAY_APPROVE = {APPROVER.user_id, CHIEF.user_id}
MAY_COMPOSE = {AUTHOR.user_id, COLLEAGUE.user_id, CHIEF.user_id}
ACTS = (
    "edit",
    "edit",
    "targets",
    "ask",
    "ask",
    "approve",
    "approve",
    "refuse",
    "publish",
    "publish",
    "schedule",
    "schedule",
    "unschedule",
    "retract",
    "discard",
    "restore",
    "hour",
    "hour",
)

doings = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.sampled_from(PEOPLE),
        st.sampled_from([0, 0, 0, 0, -1, 1]),
        st.none() | st.tuples(st.sampled_from(ACTS[:-2]), st.sampled_from(PEOPLE)),
    ),
    max_size=14,
)


def alone(*acts):
    """Give doings of one person at a time, who has seen the latest version."""
    return [(act, person, 0, None) for act, person in acts]


@dataclass
class Story:
    """What happened to one draft, told by who watched from outside."""

    desk: Desk
    draft: Draft
    approved: object = None
    trusted: object = None
    asker: int | None = None
    texts: int = 0
    forms: list[int] = field(default_factory=list)
    published: int = 0

    def said(self, draft):
        return (draft.content, draft.targets)

    async def act(self, name, person, version):
        composing = self.desk.composing
        here = (GUILD, person, self.draft.id, version)
        match name:
            case "edit":
                self.texts += 1
                done = await self.desk.send(
                    person, draft_id=self.draft.id, version=version, body=f"Text {self.texts}."
                )
                self.forms.append((person, done.submission_id))
                if done.draft is None:
                    raise UserError(done.problems[0].text)
                return done.draft
            case "targets":
                self.texts += 1
                channels = (POSTS, NEWS)[: 1 + self.texts % 2]
                targets = [Target(channel_id=one, role_ids=(self.texts,)) for one in channels]
                return await composing.set_targets(*here, targets)
            case "schedule":
                at = self.desk.clock() + timedelta(minutes=30)
                return await composing.schedule(*here, at=at, zone="UTC")
            case _:
                return await getattr(composing, name)(*here)

    async def happens(self, name, person, away, rival):
        before = self.draft
        if name == "hour":
            self.desk.clock.advance(hours=1)
            count = await self.desk.composing.publish_due()
            self.draft = await self.desk.draft(before.id)
            assert count == (before.state is DraftState.SCHEDULED)
            if count:
                assert self.said(self.draft) in (self.approved, self.trusted)
                self.published += 1
            return
        version = before.version + away
        tries = [(name, person), *([rival] if rival else [])]
        done = await asyncio.gather(
            *(self.act(*one, version) for one in tries), return_exceptions=True
        )
        after = await self.desk.draft(before.id)
        won = [
            (act, who, result)
            for (act, who), result in zip(tries, done, strict=True)
            if not isinstance(result, BaseException)
        ]
        assert all(isinstance(one, (UserError, Draft)) for one in done), done
        self.draft = after
        if not won:
            assert after == before
            return
        (one,) = won
        assert away == 0
        assert (after, after.version) == (one[2], before.version + 1)
        self.judge(before, after, one[0], one[1])

    def judge(self, before, after, name, person):
        may_approve = person.user_id in MAY_APPROVE
        assert person.user_id in MAY_APPROVE | MAY_COMPOSE
        assert may_approve or person.user_id == AUTHOR.user_id
        if name == "ask":
            self.asker = person.user_id
        elif name == "approve":
            assert may_approve
            assert person.user_id != self.asker
            self.approved = self.said(after)
        elif name in ("refuse", "discard", "restore"):
            self.approved = self.trusted = None
        if name in ("edit", "targets"):
            assert after.approval is None
            self.approved = None
            self.trusted = self.said(after) if may_approve else None
        else:
            assert after.content == before.content
        if name in ("publish", "schedule"):
            assert may_approve or self.approved == self.said(after)
            self.trusted = self.said(after)
        self.published += name == "publish"

    async def ends(self):
        """Nothing was lost, and what went out is what is stored."""
        for person, number in self.forms:
            assert await self.desk.composing.submission(GUILD, person, number)
        messages = await self.desk.messages(self.draft.id)
        if self.draft.state is DraftState.PUBLISHED:
            assert {one.channel_id for one in messages} == {
                one.channel_id for one in self.draft.targets
            }
            assert {one.sheet.text for one in messages} == {self.draft.content.body}
            assert set(await self.desk.wanted(self.draft.id)) == {"shown"}
        else:
            assert set(await self.desk.wanted(self.draft.id)) <= {"gone"}
        assert (await self.desk.acts()).count("post.published") == self.desk.published


async def test_nothing_goes_out_without_who_may_let_it_and_nothing_is_lost(store, clock):
    desk = await open_desk(store, clock)
    desk.published = 0
    loop = asyncio.get_running_loop()

    @settings(max_examples=60)
    @given(doings)
    @example(alone(("ask", CHIEF), ("approve", CHIEF), ("approve", APPROVER)))
    @example(alone(("ask", AUTHOR), ("approve", CHIEF), ("edit", AUTHOR), ("publish", AUTHOR)))
    @example(alone(("schedule", CHIEF), ("edit", AUTHOR), ("hour", CHIEF), ("schedule", AUTHOR)))
    @example(
        alone(("publish", CHIEF), ("retract", AUTHOR), ("restore", AUTHOR), ("publish", AUTHOR))
    )
    @example(
        [("publish", CHIEF, 0, ("publish", APPROVER)), ("edit", CHIEF, 0, ("retract", AUTHOR))]
    )
    @example(
        alone(
            ("ask", AUTHOR),
            ("approve", CHIEF),
            ("schedule", AUTHOR),
            ("edit", CHIEF),
            ("unschedule", AUTHOR),
            ("publish", AUTHOR),
        )
    )
    def lives(story):
        asyncio.run_coroutine_threadsafe(live(story), loop).result(60)

    async def live(doings):
        story = Story(desk, await desk.write())
        for doing in doings:
            told = story.published
            await story.happens(*doing)
            desk.published += story.published - told
        await story.ends()
        if story.draft.state is DraftState.SCHEDULED:
            last = story.draft
            await desk.composing.unschedule(GUILD, CHIEF, last.id, last.version)

    await asyncio.to_thread(lives)

    assert (await desk.acts()).count("post.published") == desk.published > 0
