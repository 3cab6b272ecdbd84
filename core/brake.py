"""The brake: a list that lacks too many members is a question for a person, not news.

A campaign has at most one question. It is kept with its answer across restarts, as a note.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from core.errors import UserError
from core.store import Work
from core.turns import take_turn


class Choice(StrEnum):
    """What a person may answer. `APPLY`: they really left. `KEEP`: the list is wrong."""

    APPLY = "apply"
    KEEP = "keep"


class Verdict(StrEnum):
    """What a sync does about missing members."""

    BELIEVE = "believe"
    ASK = "ask"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrakePolicy:
    """How much a sync may take away unasked, and for how long the answer `KEEP` holds."""

    most_gone_percent: int = 10
    keep_for: timedelta = timedelta(hours=24)


USUAL_POLICY = BrakePolicy()
"""What holds where nothing is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presser:
    """Who answers: a name to be shown, and the guild in which they act (None: the terminal).

    `user_id` is their Discord id, for the audit.
    """

    name: str
    guild_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer and who gave it. `until` is how long `KEEP` holds."""

    choice: Choice
    by: Presser
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message that asks: the announcement, its marker, and where it was sent."""

    announcement_id: int
    marker: str
    link_id: int
    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether the `missing` of `present` members, who are in no page of Patreon's list, have left.

    `digest` stands for exactly these members, `version` for this question: a button carries it,
    so that one of an older question is recognised. `ended_at` is set once nothing depends on the
    answer any more; `gone` is how many its `APPLY` marked as gone, None when nobody counted.
    `trouble` says why an `APPLY` did not come to its end.
    """

    version: str
    digest: str
    missing: int
    present: int
    found_at: datetime
    asked: tuple[Asked, ...] = ()
    answer: Answer | None = None
    ended_at: datetime | None = None
    gone: int | None = None
    trouble: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answer is None and self.ended_at is None

    @property
    def is_kept(self) -> bool:
        """Whether somebody answered `KEEP` and members are still missing."""
        return self._is_under_way(Choice.KEEP)

    @property
    def is_being_applied(self) -> bool:
        """Whether somebody answered `APPLY` and the removal has not come to its end."""
        return self._is_under_way(Choice.APPLY)

    def _is_under_way(self, choice: Choice) -> bool:
        is_chosen = self.answer is not None and self.answer.choice is choice
        return is_chosen and self.ended_at is None


class NotOpen(UserError):  # noqa: N818  the name says what was found
    """There is no such question any more, or it is none of this guild's business."""

    def __init__(self) -> None:
        super().__init__(
            "This question is no longer open. `/patreon status` shows whether there is another."
        )


class AlreadyAnswered(UserError):  # noqa: N818
    """Somebody was faster: `question` holds the answer that counts."""

    def __init__(self, question: Question) -> None:
        super().__init__("Somebody has answered this question already.")
        self.question = question


PRESS_ID = re.compile(
    r"brake1\|(?P<choice>apply|keep)\|(?P<campaign>\w{1,40})\|(?P<version>\w{12})"
)
"""What `press_id` writes."""


def press_id(choice: Choice, campaign_id: str, version: str) -> str:
    """Write what a button carries: everything that it needs after a restart."""
    return f"brake1|{choice}|{campaign_id}|{version}"


def read_press_id(custom_id: str) -> tuple[Choice, str, str]:
    """Read what `press_id` wrote: the choice, the campaign's id, and the question's version.

    Raises:
        NotOpen: it wrote no such thing.
    """
    match = PRESS_ID.fullmatch(custom_id)
    if match is None:
        raise NotOpen
    return Choice(match["choice"]), match["campaign"], match["version"]


def judge(
    policy: BrakePolicy,
    *,
    missing: int,
    present: int,
    confirmed: Question | None,
    known: Question | None,
    now: datetime,
) -> Verdict:
    """Decide whether `missing` of `present` members are believed to have left.

    `confirmed` is a question whose `APPLY` this pass carries out; `known` is the one before.
    """
    if missing * 100 <= present * policy.most_gone_percent:
        return Verdict.BELIEVE
    if confirmed is not None and missing <= allowance(policy, confirmed):
        return Verdict.BELIEVE
    answer = known.answer if known is not None else None
    if known is None or answer is None or answer.until is None:
        return Verdict.ASK
    is_same = missing <= allowance(policy, known)
    return Verdict.KEEP if is_same and now < answer.until else Verdict.ASK


def allowance(policy: BrakePolicy, question: Question) -> int:
    """Tell how many members an answer speaks for.

    Those that were missing, and what a sync would believe unasked of those who were left.
    """
    left = max(question.present - question.missing, 0)
    return question.missing + left * policy.most_gone_percent // 100


def new_question(digest: str, *, missing: int, present: int, now: datetime) -> Question:
    """Make a question; its version is its own even when the same members are missing again."""
    version = sha256(f"{digest} {now.isoformat()}".encode()).hexdigest()[:12]
    return Question(version=version, digest=digest, missing=missing, present=present, found_at=now)


def marker_of(question: Question, link_id: int) -> str:
    """Give the marker of the message that asks a question for a link; unique to the two."""
    return sha256(f"{question.version} {link_id}".encode()).hexdigest()[:16]


def named(by: Presser, guild_id: int | None) -> str:
    """Name who answered, for readers in a guild: a person of another guild stays unnamed.

    None stands for the admin, who may see everything.
    """
    if guild_id is None or by.guild_id is None or by.guild_id == guild_id:
        return by.name
    return "A moderator of another server"


async def load_question(work: Work, campaign_id: str) -> Question | None:
    """Recall a campaign's latest question, whether it is open or not."""
    text = await work.notes.get(_note(campaign_id))
    if not text:
        return None
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return None


async def save_question(work: Work, campaign_id: str, question: Question) -> None:
    """Remember a campaign's question in place of the one before."""
    await work.notes.set(_note(campaign_id), _ADAPTER.dump_json(question).decode())


async def lock_question(work: Work, campaign_id: str) -> Question | None:
    """Recall a campaign's question so that nobody else changes it before this commit."""
    await take_turn(work, f"{_note(campaign_id)}:lock")
    return await load_question(work, campaign_id)


def _note(campaign_id: str) -> str:
    return f"brake:{campaign_id}"


_ADAPTER = TypeAdapter(Question)
