"""What the list of posts says, and the menus and buttons below it."""

from collections.abc import Sequence
from dataclasses import replace

import discord
from discord import ui

from cogs.embeds import LONGEST_DESCRIPTION, ago
from cogs.post_form_words import form_words
from cogs.post_ids import Act, Target
from cogs.post_list_ids import PAGE, PostList, Press
from cogs.post_views import MOST_OPTIONS, button, menu, option, sent
from cogs.post_words import STATES, moment
from cogs.text import counted, escape, fit_lines, plain
from core.draft_rows import DraftLine, DraftPage, Pause, Submission
from core.drafts import DraftState, HandOver

_COLOUR = 0x99AAB5
_MARKS = {
    DraftState.EDITING: "✏️",
    DraftState.WAITING: "⏳",
    DraftState.SCHEDULED: "🕒",
    DraftState.PUBLISHED: "📣",
    DraftState.RETRACTED: "↩️",
    DraftState.DISCARDED: "🗑️",
    DraftState.TEMPLATE: "💾",
}


def list_view_of(wanted: PostList) -> ui.View:
    """The way to the list."""
    made = ui.View(timeout=None)
    made.add_item(_press("All posts", wanted, Press.SHOW))
    return sent(made)


def list_embed(
    page: DraftPage, wanted: PostList, *, unused: int, pause: Pause | None, note: str
) -> discord.Embed:
    """Show a page of the list; `unused` counts the person's forms that were not used."""
    title = STATES[wanted.state] if wanted.state else "Posts"
    lines = [note] if note else []
    if pause is not None and not note:
        lines.append(f"⏸️ Scheduled posts are paused: <@{pause.by}> said so {ago(pause.at)}.")
    lines += [_line(line) for line in page.lines]
    if not page.lines:
        lines.append("There are none. Write one with `/patreon post`.")
    if unused:
        were = "was" if unused == 1 else "were"
        lines.append(
            f"🟡 {counted(unused, 'form')} of yours {were} not used. Below you open one again, "
            "filled in, or dismiss it."
        )
    embed = discord.Embed(title=f"{title} ({page.matching:,})", colour=_COLOUR)
    embed.description = fit_lines(lines, LONGEST_DESCRIPTION)
    if page.matching > PAGE:
        first, last = wanted.offset + 1, wanted.offset + len(page.lines)
        embed.set_footer(text=f"{first:,}-{last:,} of {page.matching:,}")
    return embed


def _line(line: DraftLine) -> str:
    name = line.name if line.state is DraftState.TEMPLATE and line.name else line.title
    words = [f"{_MARKS[line.state]} **#{line.id} {escape(name, 80)}**", STATES[line.state]]
    if line.state is DraftState.SCHEDULED and line.publish_at is not None:
        words[-1] = f"goes out {moment(line.publish_at)}"
    if line.state is DraftState.PUBLISHED and line.published_at is not None:
        words[-1] = f"published {moment(line.published_at)}"
    if line.state is DraftState.WAITING and line.is_approved:
        words[-1] = "Approved"
    words.append(f"<@{line.author_id}>")
    if line.hand_over is HandOver.READY:
        words.append("ready to publish on Patreon")
    if line.hand_over is HandOver.LINKED:
        words.append("on Patreon")
    if line.state in (DraftState.EDITING, DraftState.DISCARDED, DraftState.TEMPLATE):
        words.append(f"changed {ago(line.updated_at)}")
    said = " · ".join(words)
    return f"{said}\n🟡 {escape(line.note, 120)}" if line.note else said


def list_view(
    page: DraftPage,
    wanted: PostList,
    unused: Sequence[Submission],
    *,
    is_paused: bool | None,
) -> ui.View:
    """Menus that open a post, or a form again, and buttons; `is_paused` None: not known."""
    made = ui.View(timeout=None)
    if page.lines:
        options = [
            option(f"#{line.id} {plain(line.name or line.title)}", str(line.id))
            for line in page.lines
        ]
        made.add_item(menu(Target(Act.OPEN), "Open a post…", options))
    if unused:
        for act, placeholder in (
            (Act.REOPEN, "Open a form again…"),
            (Act.DISMISS, "Dismiss a form…"),
        ):
            forms = [_form_option(one) for one in unused[:MOST_OPTIONS]]
            made.add_item(menu(Target(act), placeholder, forms))
    if page.matching > PAGE:
        for label, offset in (
            ("Prev", max(wanted.offset - PAGE, 0)),
            ("Next", wanted.offset + PAGE),
        ):
            is_off = offset == wanted.offset or offset >= page.matching
            turned = replace(wanted, offset=offset)
            made.add_item(_press(label, turned, Press.TURN, is_off=is_off))
    if is_paused is not True:
        made.add_item(_press("Pause all", wanted, Press.PAUSE))
    if is_paused is not False:
        made.add_item(_press("Go on", wanted, Press.RESUME))
    made.add_item(button("Schedule from a file…", Target(Act.BULK, extra=wanted.campaign_id)))
    return sent(made)


def _form_option(kept: Submission) -> discord.SelectOption:
    """Name a form by when it came and what was typed into it, with what was wrong."""
    words = f"{kept.received_at:%b %d, %H:%M}: {form_words(kept)}"
    return option(words, str(kept.id), description=kept.problem or "")


def _press(
    label: str, wanted: PostList, press: Press, *, is_off: bool = False
) -> ui.Button[ui.View]:
    return ui.Button(label=label, custom_id=wanted.encode(press), disabled=is_off)
