"""Who may do what with a draft, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import draft_rules as rules
from core.draft_rules import Act, Actor
from core.drafts import Approval, Content, Draft, DraftState, Target
from core.errors import UserError
from tests.factories import NOW

AUTHOR = Actor(user_id=1, may_compose=True)
COLLEAGUE = Actor(user_id=2, may_compose=True)
APPROVER = Actor(user_id=3, may_approve=True)
CHIEF = Actor(user_id=4, may_compose=True, may_approve=True)
STRANGER = Actor(user_id=5)

LATER = NOW + timedelta(hours=1)
APPROVED = Approval(asked_by=1, asked_at=NOW, approved_by=3, approved_at=NOW)


def draft(**overrides):
    valid = Draft(
        id=1,
        guild_id=6001,
        campaign_id="1001",
        author_id=1,
        state=DraftState.EDITING,
        version=1,
        content=Content(title="News", parts=("Something new.",)),
        page_key="k",
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(valid, **overrides)


def is_allowed(one, act, actor):
    return act in rules.allowed(one, actor)


@pytest.mark.parametrize("state", DraftState)
def test_a_stranger_may_do_nothing(state):
    assert rules.allowed(draft(state=state, author_id=5), STRANGER) == frozenset()


def test_an_author_who_lost_the_right_may_do_nothing():
    assert rules.allowed(draft(), Actor(user_id=1)) == frozenset()


@pytest.mark.parametrize("act", [Act.PUBLISH, Act.SCHEDULE])
@pytest.mark.parametrize("state", [DraftState.EDITING, DraftState.WAITING, DraftState.SCHEDULED])
def test_nothing_of_an_author_goes_out_without_approval(act, state):
    one = draft(state=state, approval=Approval(asked_by=1, asked_at=NOW))

    assert not is_allowed(one, act, AUTHOR)
    assert is_allowed(one, act, APPROVER)
    assert is_allowed(replace(one, approval=APPROVED), act, AUTHOR)
    assert not is_allowed(replace(one, approval=APPROVED), act, COLLEAGUE)


def test_who_asked_does_not_approve_but_may_publish():
    asked = rules.asked(draft(), by=CHIEF.user_id, at=NOW)

    assert not is_allowed(asked, Act.APPROVE, CHIEF)
    assert is_allowed(asked, Act.APPROVE, APPROVER)
    assert is_allowed(asked, Act.PUBLISH, CHIEF)


def test_a_colleague_may_only_look_and_copy():
    assert rules.allowed(draft(), COLLEAGUE) == {Act.COPY, Act.SAVE_TEMPLATE, Act.PREVIEW}


@pytest.mark.parametrize("state", DraftState)
def test_the_preview_for_patreon_is_for_who_may_compose_and_not_of_what_is_thrown_away(state):
    one = draft(state=state)

    assert is_allowed(one, Act.PREVIEW, COLLEAGUE) is (state is not DraftState.DISCARDED)
    assert not is_allowed(one, Act.PREVIEW, APPROVER)


def test_only_who_may_approve_edits_what_is_published():
    one = draft(state=DraftState.PUBLISHED)

    assert not is_allowed(one, Act.EDIT, AUTHOR)
    assert is_allowed(one, Act.EDIT, APPROVER)
    assert is_allowed(one, Act.RETRACT, AUTHOR)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", DraftState)
def test_a_refusal_is_a_sentence_that_says_what_to_do(act, state):
    for actor in (AUTHOR, COLLEAGUE, APPROVER, CHIEF, STRANGER):
        one = draft(state=state)
        if act not in rules.allowed(one, actor):
            with pytest.raises(UserError, match=r"\.$") as caught:
                rules.check(one, act, actor)
            assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "state", [DraftState.EDITING, DraftState.WAITING, DraftState.SCHEDULED, DraftState.PUBLISHED]
)
@pytest.mark.parametrize("actor", [AUTHOR, CHIEF])
@pytest.mark.parametrize("what", ["content", "targets", "campaign"])
def test_a_change_voids_the_approval(state, actor, what):
    before = draft(state=state, approval=APPROVED, publish_at=LATER)

    match what:
        case "content":
            new = replace(before.content, title="Other news")
            after = rules.edited(before, new, actor=actor, at=NOW)
        case "targets":
            after = rules.retargeted(before, (Target(channel_id=1),), actor=actor, at=NOW)
        case _:
            after = rules.moved(before, "1002", actor=actor, at=NOW)

    assert after.approval is None
    assert after.version == before.version + 1


def test_no_change_is_no_new_version():
    before = draft(approval=APPROVED)

    assert rules.edited(before, before.content, actor=AUTHOR, at=LATER) is before
    assert rules.retargeted(before, (), actor=AUTHOR, at=LATER) is before


def test_a_scheduled_draft_stays_so_only_when_an_approver_changes_it():
    before = draft(state=DraftState.SCHEDULED, approval=APPROVED, publish_at=LATER)
    new = replace(before.content, title="Other news")

    by_author = rules.edited(before, new, actor=AUTHOR, at=NOW)
    by_chief = rules.edited(before, new, actor=CHIEF, at=NOW)

    assert (by_author.state, by_author.publish_at) == (DraftState.EDITING, None)
    assert "off the schedule" in by_author.note
    assert (by_chief.state, by_chief.publish_at) == (DraftState.SCHEDULED, LATER)


def test_what_leaves_the_schedule_keeps_its_approval():
    one = rules.scheduled(draft(approval=APPROVED), LATER, "Europe/Berlin", at=NOW)

    assert rules.unscheduled(one, at=NOW).approval == APPROVED
    assert rules.sent_back(one, "Why.", at=NOW).note == "Why."
    assert is_allowed(rules.sent_back(one, "Why.", at=NOW), Act.PUBLISH, AUTHOR)


def test_a_restored_draft_is_written_on_without_its_approval():
    gone = rules.discarded(draft(approval=APPROVED, state=DraftState.WAITING), at=NOW)

    back = rules.restored(gone, at=NOW)

    assert (back.state, back.approval) == (DraftState.EDITING, None)
    assert rules.restored(replace(gone, name="Weekly"), at=NOW).state is DraftState.TEMPLATE


def test_another_version_is_refused():
    rules.expect(draft(version=3), 3)
    with pytest.raises(UserError, match="changed this draft meanwhile; look at it again"):
        rules.expect(draft(version=3), 2)
