"""Several posts from one file: what each says and when it goes out, or what is wrong with it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.bulk_table import TableRow, read_table
from core.calendars import When, parse_when
from core.draft_forms import Form, filled_in, parse_minimum, split
from core.draft_templates import filled, own_variables, values_at
from core.drafts import Audience, AudienceKind, Content
from core.errors import UserError
from core.members import Campaign, Tier
from core.names import visible

SHOWN_PROBLEMS = 10

COLUMNS: Mapping[str, str] = {
    "title": "the title",
    "body": "the text, in Markdown",
    "template": "the name of a template, instead of a title and a body",
    "when": "when it goes out",
    "zone": "the time zone of that time",
    "audience": "`everyone`, `patrons`, a minimum such as `5.00`, or names of tiers",
    "paid": "`yes` for a paid post",
}
"""The columns that a file may have; others are the variables of its templates."""

_EVERYONE = frozenset({"everyone", "public", "all"})
_PATRONS = frozenset({"patrons", "all patrons", "members"})
_YES = frozenset({"yes", "y", "true", "1", "x", "paid"})
_NO = frozenset({"", "no", "n", "false", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a file may speak of: the campaign, its tiers as the guild calls them, its templates.

    `templates` go by their names; `zone` is meant where a row names none.
    """

    campaign: Campaign
    tiers: Sequence[Tier] = ()
    templates: Mapping[str, Content] = field(default_factory=dict)
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPost:
    """A row that is fit to be scheduled; `line` is where it begins in the file."""

    line: int
    content: Content
    when: When


class FileRefused(UserError):  # noqa: N818  the name says what happened
    """Nothing of the file is used; `problems` are sentences by the numbers of their lines."""

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        self.problems = tuple(problems)
        shown = [f"Line {line}: {text}" for line, text in problems[:SHOWN_PROBLEMS]]
        if len(problems) > SHOWN_PROBLEMS:
            shown.append(f"{len(problems) - SHOWN_PROBLEMS} more lines have problems.")
        super().__init__("\n".join(["Nothing was scheduled. Put this right:", *shown]))


def read_posts(raw: bytes, known: Known, now: datetime) -> tuple[PlannedPost, ...]:
    """Read a CSV file with a post in each row: all of them, or none.

    Raises:
        FileRefused: some rows cannot be used.
        UserError: the file as a whole cannot be read.
    """
    table = read_table(raw)
    _check(table.columns, known)
    posts: list[PlannedPost] = []
    problems: list[tuple[int, str]] = []
    for row in table.rows:
        try:
            posts.append(_post(row, known, now))
        except UserError as error:
            problems.append((row.line, str(error)))
    if problems:
        raise FileRefused(problems)
    return tuple(posts)


def _check(columns: Sequence[str], known: Known) -> None:
    if "when" not in columns:
        raise UserError(
            "Line 1: the column “when” is missing. The header names the columns: "
            f"{', '.join(COLUMNS)}."
        )
    has_templates = "template" in columns
    for name in ("title", "body"):
        if name not in columns and not has_templates:
            raise UserError(f"Line 1: the column “{name}” is missing; “template” would do, too.")
    variables = _variables(known) if has_templates else frozenset()
    for name in columns:
        if name not in COLUMNS and name not in variables:
            raise UserError(
                f"Line 1: there is no column “{name[:40]}”. There are: {', '.join(COLUMNS)}"
                f"{', and the variables of your templates' if has_templates else ''}."
            )


def _variables(known: Known) -> frozenset[str]:
    found: set[str] = set()
    for content in known.templates.values():
        # Whoever uses one that is broken is told so in its row.
        with suppress(UserError):
            found |= {name.casefold() for name in own_variables(content)}
    return frozenset(found)


def _post(row: TableRow, known: Known, now: datetime) -> PlannedPost:
    zone = row.cells.get("zone", "").strip() or known.zone
    if not zone:
        raise UserError("Name its time zone in the column “zone”, such as Europe/Berlin.")
    when = parse_when(row.cells["when"], zone, now)
    if row.cells.get("template", "").strip():
        content = _from_template(row, known, when)
    else:
        content = _written(row)
    if said := row.cells.get("audience", "").strip():
        content = replace(content, audience=audience_of(said, known.tiers, known.campaign.currency))
    if "paid" in row.cells and row.cells["paid"].strip():
        content = replace(content, is_paid=_is_paid(row.cells["paid"]))
    content, problems = filled_in(content, Form(title=content.title))
    if problems:
        raise UserError(" ".join(problem.text for problem in problems))
    return PlannedPost(line=row.line, content=content, when=when)


def _written(row: TableRow) -> Content:
    form = Form(title=row.cells.get("title", ""), more=(row.cells.get("body", ""),))
    content, _ = filled_in(None, form)
    return content


def _from_template(row: TableRow, known: Known, when: When) -> Content:
    for column in ("title", "body"):
        if row.cells.get(column, "").strip():
            raise UserError(f"It has a template, so the column “{column}” stays empty.")
    name = visible(row.cells["template"])
    by_name = {known_as.casefold(): one for known_as, one in known.templates.items()}
    content = by_name.get(name.casefold())
    if content is None:
        raise UserError(f"There is no template “{name[:80]}”. See `/patreon template`.")
    # Columns' names are in small letters, variables' as somebody wrote them.
    own = {each: row.cells.get(each.casefold(), "") for each in own_variables(content)}
    local = when.at.astimezone(ZoneInfo(when.zone))
    made = filled(content, own | dict(values_at(known.campaign, local)))
    return replace(made, parts=tuple(piece for part in made.parts for piece in split(part)))


def audience_of(said: str, tiers: Sequence[Tier], currency: str) -> Audience:
    """Read who a post is for: everyone, patrons, an amount, or tiers by name, apart by `|` or `+`.

    Raises:
        UserError: it is none of these; the sentence names the tiers.
    """
    words = visible(said)
    folded = words.casefold()
    if folded in _EVERYONE:
        return Audience(kind=AudienceKind.PUBLIC)
    if folded in _PATRONS:
        return Audience(kind=AudienceKind.PATRONS)
    by_title = {visible(tier.title).casefold(): tier.id for tier in tiers}
    if folded in by_title:
        return Audience(kind=AudienceKind.TIERS, tier_ids=(by_title[folded],))
    named = [name.strip() for name in folded.replace("+", "|").split("|")]
    if all(name in by_title for name in named):
        ids = tuple(dict.fromkeys(by_title[name] for name in named))
        return Audience(kind=AudienceKind.TIERS, tier_ids=ids)
    if words[:1].isdecimal():
        minimum = parse_minimum(words, currency)
        return Audience(kind=AudienceKind.MINIMUM, minimum_cents=minimum)
    titles = ", ".join(f"“{visible(tier.title)[:60]}”" for tier in tiers[:10])
    choice = f" The tiers are {titles}." if titles else ""
    raise UserError(
        f"“{words[:60]}” is no audience. Write `everyone`, `patrons`, an amount such as `5.00`, "
        f"or names of tiers with `|` between them.{choice}"
    )


def _is_paid(said: str) -> bool:
    word = visible(said).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise UserError(f"“{word[:40]}” in the column “paid” is neither `yes` nor `no`.")
