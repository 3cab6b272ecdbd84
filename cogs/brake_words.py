"""What replies say of the brake's question, and its buttons below them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from discord import ui

from cogs.embeds import ago, view_of
from cogs.text import escape
from core.brake import Question, named
from core.brake_words import HOW_TO_ANSWER, OTHERWISE, actions_of
from core.cards import Action

_LONGEST_NAME = 100
_CHOICES = {"apply": "they really left", "keep": "the list is wrong"}


def question_lines(question: Question, *, guild_id: int) -> Iterator[str]:
    """Say how a question stands, to readers in a guild, and what to do."""
    missing = (
        f"{question.missing:,} of {question.present:,} members are missing from Patreon's list"
    )
    if question.is_open:
        yield f"{missing} (found {ago(question.found_at)}). Nobody was marked as gone."
        yield HOW_TO_ANSWER
    elif question.is_kept:
        answer = question.answer
        until = answer.until if answer else None
        again = f" It is not asked again before {ago(until)}." if until else ""
        yield f"{missing} and are kept. {_who(question, guild_id)}{again}"
    elif question.is_being_applied:
        yield f"{missing} and are being removed. {_who(question, guild_id)}"


def kept_sentence(question: Question) -> str:
    """Confirm that everybody stays."""
    until = question.answer.until if question.answer else None
    again = f" The bot does not ask the same again before {ago(until)}." if until else ""
    return f"Everybody stays: {question.missing:,} missing members are kept.{again} {OTHERWISE}"


def too_late_sentence(question: Question, *, guild_id: int) -> str:
    """Tell the second one who was first."""
    return f"Somebody was faster. {_who(question, guild_id)} Nothing else was done."


def question_buttons(questions: Sequence[tuple[str, str, Question | None]]) -> ui.View | None:
    """Make the buttons of open questions, a row each; None when there is none to answer.

    Each question comes with its campaign's id and name; several open ones are told apart by name.
    """
    rows = [
        (name, actions_of(question, campaign_id))
        for campaign_id, name, question in questions
        if question is not None and question.is_open
    ]
    return view_of(*(_named(name, row) if len(rows) > 1 else row for name, row in rows))


def _named(name: str, row: Sequence[Action]) -> list[Action]:
    return [replace(one, label=f"{one.label.split(':')[0]}: {name}") for one in row]


def _who(question: Question, guild_id: int) -> str:
    answer = question.answer
    if answer is None:
        return ""
    by = escape(named(answer.by, guild_id), _LONGEST_NAME)
    return f"{by} answered {ago(answer.at)}: {_CHOICES[answer.choice]}."
