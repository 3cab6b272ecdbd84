"""What may be done with a draft, by whom, and what becomes of it then; no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.drafts import Approval, Content, Draft, DraftState, Target
from core.errors import UserError


class Act(StrEnum):
    """Something that a person does with a draft. `EDIT` is any change of what it says.

    `PREVIEW` is looking at the page that shows how it will look on Patreon.
    """

    EDIT = "edit"
    TARGETS = "targets"
    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    RETRACT = "retract"
    DISCARD = "discard"
    RESTORE = "restore"
    COPY = "copy"
    SAVE_TEMPLATE = "save_template"
    USE_TEMPLATE = "use_template"
    HAND_OVER = "hand_over"
    PREVIEW = "preview"


class Stale(UserError):  # noqa: N818  the name says what it is
    """Somebody looks at an older version of the draft."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this draft meanwhile; look at it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, and with which rights."""

    user_id: int
    may_compose: bool = False
    may_approve: bool = False


_S = DraftState
_OPEN = frozenset({_S.EDITING, _S.WAITING, _S.SCHEDULED})
_REAL = frozenset(_S) - {_S.TEMPLATE}

STATES: Mapping[Act, frozenset[DraftState]] = {
    Act.EDIT: _OPEN | {_S.PUBLISHED, _S.TEMPLATE},
    Act.TARGETS: _OPEN | {_S.TEMPLATE},
    Act.ASK: frozenset({_S.EDITING}),
    Act.APPROVE: frozenset({_S.WAITING}),
    Act.REFUSE: frozenset({_S.WAITING}),
    Act.PUBLISH: _OPEN,
    Act.SCHEDULE: _OPEN,
    Act.UNSCHEDULE: frozenset({_S.SCHEDULED}),
    Act.RETRACT: frozenset({_S.PUBLISHED}),
    Act.DISCARD: _OPEN | {_S.TEMPLATE, _S.RETRACTED},
    Act.RESTORE: frozenset({_S.DISCARDED, _S.RETRACTED}),
    Act.COPY: _REAL,
    Act.SAVE_TEMPLATE: _REAL - {_S.DISCARDED},
    Act.USE_TEMPLATE: frozenset({_S.TEMPLATE}),
    Act.HAND_OVER: _OPEN | {_S.PUBLISHED},
    Act.PREVIEW: frozenset(_S) - {_S.DISCARDED},
}
"""In which states each act makes sense."""

_IS = {
    _S.EDITING: "This draft is being written",
    _S.WAITING: "This draft waits for approval",
    _S.SCHEDULED: "This draft is scheduled",
    _S.PUBLISHED: "This post is published",
    _S.RETRACTED: "This post was taken back",
    _S.DISCARDED: "This draft was thrown away",
    _S.TEMPLATE: "This is a template",
}
_CURES = {
    _S.EDITING: "ask for approval, schedule or publish it first.",
    _S.WAITING: "somebody with the right to approve decides now.",
    _S.SCHEDULED: "take it off the schedule first.",
    _S.PUBLISHED: "take it back or copy it instead.",
    _S.RETRACTED: "restore or copy it first.",
    _S.DISCARDED: "restore it first.",
    _S.TEMPLATE: "make a post from it first.",
}
_COMPOSES = {
    **dict.fromkeys((Act.COPY, Act.SAVE_TEMPLATE, Act.USE_TEMPLATE), "Writing posts"),
    Act.PREVIEW: "The page that shows how it will look on Patreon",
}
_GOES_OUT = frozenset({Act.PUBLISH, Act.SCHEDULE})
_JUDGES = frozenset({Act.APPROVE, Act.REFUSE})


def check(draft: Draft, act: Act, actor: Actor) -> None:
    """Refuse what cannot be done with a draft now, or not by this person.

    Raises:
        UserError: the sentence says why, and what to do.
    """
    if not (actor.may_compose or actor.may_approve):
        raise UserError(
            "Posts are for those who may compose or approve them. Somebody with Manage Server "
            "gives these rights with `/patreon permissions`."
        )
    if draft.state not in STATES[act]:
        raise UserError(f"{_IS[draft.state]}: {_CURES[draft.state]}")
    if act in _COMPOSES:
        if not actor.may_compose:
            raise UserError(f"{_COMPOSES[act]} needs the right to compose posts; ask for it.")
    elif act in _JUDGES:
        _check_judge(draft, act, actor)
    elif not actor.may_approve:
        _check_author(draft, act, actor)


def _check_judge(draft: Draft, act: Act, actor: Actor) -> None:
    if not actor.may_approve:
        raise UserError("Approving needs the right to approve posts; ask somebody who has it.")
    if draft.is_approved and act is Act.APPROVE:
        raise UserError("This draft is approved already: publish or schedule it.")
    if act is Act.APPROVE and draft.approval and draft.approval.asked_by == actor.user_id:
        raise UserError(
            "You asked for this approval, so somebody else has to give it. You may publish it "
            "at once yourself."
        )


def _check_author(draft: Draft, act: Act, actor: Actor) -> None:
    if draft.author_id != actor.user_id:
        raise UserError(
            "This draft is somebody else's. Its author, or somebody who may approve posts, can "
            "do that; you can copy it."
        )
    if act is Act.EDIT and draft.state is _S.PUBLISHED:
        raise UserError("It is published: somebody who may approve posts can change it now.")
    if act in _GOES_OUT and not draft.is_approved:
        raise UserError(
            "Somebody who may approve posts has to approve this first: press “Ask for approval”."
        )


def allowed(draft: Draft, actor: Actor) -> frozenset[Act]:
    """Give everything that a person may do with a draft now."""
    found = set()
    for act in Act:
        try:
            check(draft, act, actor)
        except UserError:
            continue
        found.add(act)
    return frozenset(found)


def expect(draft: Draft, version: int) -> None:
    """Refuse who looks at another version.

    Raises:
        Stale: somebody was faster.
    """
    if draft.version != version:
        raise Stale


def edited(draft: Draft, content: Content, *, actor: Actor, at: datetime) -> Draft:
    """Say something else. An approval was for what it said before, so it is void.

    A scheduled draft stays so only when the person may approve posts.
    """
    if content == draft.content:
        return draft
    return _changed(replace(draft, content=content), actor=actor, at=at)


def retargeted(draft: Draft, targets: tuple[Target, ...], *, actor: Actor, at: datetime) -> Draft:
    """Go out elsewhere; this voids an approval, too."""
    if targets == draft.targets:
        return draft
    return _changed(replace(draft, targets=targets), actor=actor, at=at)


def moved(draft: Draft, campaign_id: str, *, actor: Actor, at: datetime) -> Draft:
    """Belong to another campaign; this voids an approval, too."""
    if campaign_id == draft.campaign_id:
        return draft
    return _changed(replace(draft, campaign_id=campaign_id), actor=actor, at=at)


def _changed(draft: Draft, *, actor: Actor, at: datetime) -> Draft:
    stays = draft.state in (_S.PUBLISHED, _S.TEMPLATE, _S.EDITING) or (
        draft.state is _S.SCHEDULED and actor.may_approve
    )
    if stays:
        return _next(draft, at=at, approval=None, note=None)
    was_scheduled = draft.state is _S.SCHEDULED
    return _next(
        draft,
        at=at,
        state=_S.EDITING,
        approval=None,
        publish_at=None,
        note=(
            "It changed after it was scheduled, so it is off the schedule: ask for approval again."
            if was_scheduled
            else "It changed after approval was asked for: ask again."
        ),
    )


def asked(draft: Draft, *, by: int, at: datetime) -> Draft:
    """Wait for a second person."""
    approval = Approval(asked_by=by, asked_at=at)
    return _next(draft, at=at, state=_S.WAITING, approval=approval, note=None)


def approved(draft: Draft, *, by: int, at: datetime) -> Draft:
    """Be approved; it still waits for somebody to publish or schedule it."""
    before = draft.approval or Approval(asked_by=draft.author_id, asked_at=at)
    return _next(draft, at=at, approval=replace(before, approved_by=by, approved_at=at), note=None)


def refused(draft: Draft, reason: str, *, at: datetime) -> Draft:
    """Go back to the author, with a reason."""
    note = f"Sent back: {reason}" if reason else "Sent back without a reason."
    return _next(draft, at=at, state=_S.EDITING, approval=None, note=note)


def scheduled(draft: Draft, publish_at: datetime, zone: str, *, at: datetime) -> Draft:
    """Go out later."""
    return _next(draft, at=at, state=_S.SCHEDULED, publish_at=publish_at, time_zone=zone, note=None)


def unscheduled(draft: Draft, *, at: datetime) -> Draft:
    """Stay here after all; an approval stays good."""
    state = _S.WAITING if draft.approval else _S.EDITING
    return _next(draft, at=at, state=state, publish_at=None, note=None)


def sent_back(draft: Draft, note: str, *, at: datetime) -> Draft:
    """Return from the schedule because it could not go out; an approval stays good."""
    return replace(unscheduled(draft, at=at), note=note)


def published(draft: Draft, *, at: datetime) -> Draft:
    """Be handed to the outbox."""
    return _next(draft, at=at, state=_S.PUBLISHED, published_at=at, note=None)


def retracted(draft: Draft, *, at: datetime) -> Draft:
    """Be taken back."""
    return _next(draft, at=at, state=_S.RETRACTED)


def discarded(draft: Draft, *, at: datetime) -> Draft:
    """Be thrown away; nothing of it is lost yet."""
    return _next(draft, at=at, state=_S.DISCARDED, approval=None, publish_at=None)


def restored(draft: Draft, *, at: datetime) -> Draft:
    """Be written on; what was a template is one again."""
    state = _S.EDITING if draft.name is None else _S.TEMPLATE
    return _next(
        draft, at=at, state=state, approval=None, publish_at=None, published_at=None, note=None
    )


def _next(draft: Draft, *, at: datetime, **changes: Any) -> Draft:
    return replace(draft, version=draft.version + 1, updated_at=at, **changes)
