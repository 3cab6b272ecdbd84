"""Variables in templates: `{month}`, `{campaign}`, and whatever else somebody writes in braces."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from string import Formatter

from core.drafts import Content
from core.errors import UserError
from core.members import Campaign
from core.names import display_name

LONGEST_NAME = 80
MOST_OWN = 5
"""Variables of a template that are asked for when it is used: as many as a form has fields."""

VARIABLES: Mapping[str, str] = {
    "campaign": "the campaign's name",
    "date": "the day, such as 21 November 2026",
    "weekday": "the day of the week, such as Saturday",
    "month": "the month, such as November",
    "year": "the year",
}
"""The variables that fill themselves, with what stands in their place."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,29}")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def own_variables(content: Content) -> tuple[str, ...]:
    """Give the variables of a template that somebody has to fill, in their order.

    Raises:
        UserError: a brace is left alone, or there are too many; the sentence says what to do.
    """
    named = [
        name
        for text in (content.title, *content.parts)
        for _, name in _pieces(text)
        if name is not None and name not in VARIABLES
    ]
    own = tuple(dict.fromkeys(named))
    if len(own) > MOST_OWN:
        raise UserError(
            f"A template has at most {MOST_OWN} variables of its own; this has {len(own)}: "
            f"{', '.join(f'`{{{name}}}`' for name in own[:10])}. Fill some in."
        )
    return own


def values_at(campaign: Campaign, at: datetime) -> Mapping[str, str]:
    """Give the values of the variables that fill themselves, as of a local time."""
    month = _MONTHS[at.month - 1]
    return {
        "campaign": display_name(campaign.name),
        "date": f"{at.day} {month} {at.year}",
        "weekday": _DAYS[at.weekday()],
        "month": month,
        "year": str(at.year),
    }


def filled(content: Content, values: Mapping[str, str]) -> Content:
    """Put values in the place of all variables; braces in a value are only text.

    Raises:
        UserError: a value is missing, or a brace is left alone.
    """
    lacking = [name for name in own_variables(content) if not values.get(name, "").strip()]
    if lacking:
        raise UserError(
            f"Fill in {', '.join(f'`{{{name}}}`' for name in lacking)}: the template needs it."
        )
    return replace(
        content,
        title=_fill(content.title, values),
        parts=tuple(_fill(part, values) for part in content.parts),
    )


def _fill(text: str, values: Mapping[str, str]) -> str:
    return "".join(
        literal + ("" if name is None else values.get(name, "")) for literal, name in _pieces(text)
    )


def _pieces(text: str) -> list[tuple[str, str | None]]:
    """Split a text into literal texts, each with the variable that follows it.

    The standard parser only splits: nothing is looked up, called or formatted.
    """
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise _left_alone() from error
    pieces: list[tuple[str, str | None]] = []
    for literal, name, spec, conversion in parsed:
        if name is not None and (spec or conversion or not _NAME.fullmatch(name)):
            raise _left_alone()
        pieces.append((literal, name))
    return pieces


def _left_alone() -> UserError:
    return UserError(
        "In a template, braces belong around the name of a variable, such as `{month}`. Write "
        "`{{` or `}}` for a brace that is shown."
    )
