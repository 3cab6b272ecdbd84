"""What the staff channel reads of a brake's question: asked, answered, over."""

from datetime import datetime

from core.brake import Answer, Choice, Question, named, press_id
from core.cards import Action, ActionStyle, Card, Fact, Tone
from core.members import Campaign

APPLY_LABEL = "Apply: they really left"
KEEP_LABEL = "Keep: the list is wrong"

HOW_TO_ANSWER = (
    "Apply: they really left. The bot reads the list again and marks those as gone whom it still "
    "lacks, never more than are missing now. Keep: the list is wrong. Everybody stays, and the bot "
    "does not ask the same again for a while."
)
"""What the two buttons do."""

OTHERWISE = (
    "To remove them all the same, the bot's admin runs `python -m bot sync --apply-removals`."
)


def actions_of(question: Question, campaign_id: str) -> tuple[Action, ...]:
    """Give the two buttons of an open question, none when it is not open."""
    if not question.is_open:
        return ()
    version = question.version
    return (
        Action(
            label=APPLY_LABEL,
            style=ActionStyle.DANGER,
            custom_id=press_id(Choice.APPLY, campaign_id, version),
        ),
        Action(label=KEEP_LABEL, custom_id=press_id(Choice.KEEP, campaign_id, version)),
    )


def card_of(
    question: Question, campaign: Campaign, *, guild_id: int, marker: str, at: datetime
) -> Card:
    """Word a question as it stands, for the staff of one guild."""
    tone, title, text = _say(question, campaign.name, guild_id)
    return Card(
        marker=marker,
        tone=tone,
        title=title,
        text=text,
        facts=_facts(question),
        at=at,
        url=campaign.url,
        actions=actions_of(question, campaign.id),
    )


def _say(question: Question, campaign: str, guild_id: int) -> tuple[Tone, str, str]:
    missing = f"{question.missing:,}"
    answer = question.answer
    if answer is None:
        return _unanswered(question, campaign)
    by = named(answer.by, guild_id)
    if answer.choice is Choice.KEEP:
        return (
            Tone.NEUTRAL,
            f"{missing} members of {campaign} are kept",
            f"{by} answered: the list is wrong. Nobody was marked as gone. {OTHERWISE}",
        )
    if question.ended_at is None:
        return (
            Tone.WARNING,
            f"Missing members of {campaign} are being removed",
            f"{by} answered: they really left. The bot reads Patreon's list again.",
        )
    return (
        Tone.NEUTRAL,
        f"Missing members of {campaign} were removed",
        f"{by} answered: they really left. Who is still missing from Patreon's list is marked as "
        "gone.",
    )


def _unanswered(question: Question, campaign: str) -> tuple[Tone, str, str]:
    if question.ended_at is not None:
        return (
            Tone.GOOD,
            f"No question about {campaign} any more",
            "Patreon's list names the missing members again, or most of them. Nobody has to "
            "answer.",
        )
    failed = f"Applying did not come to its end. {question.trouble}\n\n" if question.trouble else ""
    return (
        Tone.WARNING,
        f"Have {question.missing:,} members of {campaign} left?",
        f"{failed}Patreon's list lacks so many members that the bot stopped and marked nobody as "
        f"gone.\n\n{HOW_TO_ANSWER}",
    )


def _facts(question: Question) -> tuple[Fact, ...]:
    facts = [
        Fact(name="Missing", text=f"{question.missing:,} of {question.present:,} members"),
        Fact(name="Found", moment=question.found_at),
    ]
    return (*facts, *(_answer_facts(question.answer, question.gone) if question.answer else ()))


def _answer_facts(answer: Answer, gone: int | None) -> list[Fact]:
    facts = [Fact(name="Answered", moment=answer.at)]
    if answer.until is not None:
        facts.append(Fact(name="Not asked again before", moment=answer.until))
    if gone is not None:
        facts.append(Fact(name="Marked as gone", text=f"{gone:,}"))
    return facts
