"""The buttons below a post; what they do stands in their custom ids."""

from collections.abc import Iterable, Sequence

import discord
from discord import ui

from cogs.post_ids import Act, Item, Page, Target
from cogs.text import cut, plain
from core import draft_rules as rules
from core.composing import View
from core.drafts import DraftPicture

MOST_OPTIONS = 25
LONGEST_OPTION = 100
"""Source: docs.discord.com, "String Select"."""

BEGINNING = 32
"""So much of a picture's digest stands for it in a custom id."""

_PRIMARY, _SECONDARY = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
_SUCCESS, _DANGER = discord.ButtonStyle.success, discord.ButtonStyle.danger

_NEXT_STEPS = (
    (rules.Act.PUBLISH, Act.PUBLISH, "Publish now", _SUCCESS),
    (rules.Act.SCHEDULE, Act.SCHEDULE, "Schedule…", _PRIMARY),
    (rules.Act.UNSCHEDULE, Act.UNSCHEDULE, "Take off the schedule", _SECONDARY),
    (rules.Act.ASK, Act.ASK, "Ask for approval", _SECONDARY),
    (rules.Act.APPROVE, Act.APPROVE, "Approve", _SUCCESS),
    (rules.Act.REFUSE, Act.REFUSE, "Send back…", _SECONDARY),
    (rules.Act.RETRACT, Act.RETRACT, "Take back", _DANGER),
    (rules.Act.RESTORE, Act.RESTORE, "Restore", _PRIMARY),
    (rules.Act.USE_TEMPLATE, Act.USE, "Write a post from it", _PRIMARY),
)
_WRITING = (
    (Act.EDIT, "", "Edit…"),
    (Act.ADD, "", "Add text…"),
    (Act.UPLOAD, "", "Add files…"),
)
_KEEPING = (
    (rules.Act.PREVIEW, Act.PATREON, "Preview for Patreon", _SECONDARY),
    (rules.Act.HAND_OVER, Act.HAND_OVER, "Hand over to Patreon", _PRIMARY),
    (rules.Act.COPY, Act.COPY, "Duplicate", _SECONDARY),
    (rules.Act.SAVE_TEMPLATE, Act.TEMPLATE, "Save as template…", _SECONDARY),
    (rules.Act.DISCARD, Act.DISCARD, "Discard", _DANGER),
)


def panel_view(view: View, *, sheet: int = 0, has_campaigns: bool = False) -> ui.View:
    """Everything that the person may do with the draft now.

    `sheet` is the number of the message that is shown; `has_campaigns`: there are others to choose.
    """
    made, draft = ui.View(timeout=None), view.draft
    needs_repair = bool(view.problems)
    for rule, act, label, style in _NEXT_STEPS:
        if rule in view.acts:
            is_off = needs_repair and rule in (rules.Act.PUBLISH, rules.Act.SCHEDULE)
            made.add_item(button(label, target_on(view, act), style=style, row=0, is_off=is_off))
    if rules.Act.EDIT in view.acts:
        for act, extra, label in _WRITING:
            made.add_item(button(label, target_on(view, act, extra), row=1))
        if len(draft.content.parts) > 1:
            made.add_item(button("Parts", shows(view, Page.TEXT), row=1))
        if draft.content.pictures:
            made.add_item(button("Pictures", shows(view, Page.PICTURES), row=1))
        made.add_item(button("Audience", shows(view, Page.AUDIENCE), row=2))
    if rules.Act.TARGETS in view.acts:
        made.add_item(button("Channels", shows(view, Page.CHANNELS), row=2))
        if has_campaigns:
            made.add_item(button("Campaign", shows(view, Page.CAMPAIGN), row=2))
    made.add_item(button("Preview", target_on(view, Act.PREVIEW), row=2))
    if len(view.sheets) > 1:
        following = (sheet + 1) % len(view.sheets)
        label = f"Message {following + 1} of {len(view.sheets)}"
        made.add_item(button(label, target_on(view, Act.SHEET, str(following)), row=2))
    for rule, act, label, style in _KEEPING:
        if rule in view.acts:
            made.add_item(button(label, target_on(view, act), style=style, row=3))
    return sent(made)


def text_view(view: View) -> ui.View:
    """Menus of the parts of the text: to edit one, and to remove one."""
    made, parts = ui.View(timeout=None), view.draft.content.parts
    for act, placeholder in ((Act.PART, "Edit a part…"), (Act.CUT, "Remove a part…")):
        for start in range(0, len(parts), MOST_OPTIONS):
            options = [
                option(f"{number + 1}: {parts[number]}", str(number))
                for number in range(start, min(start + MOST_OPTIONS, len(parts)))
            ]
            words = placeholder if not start else f"{placeholder[:-1]} ({start + 1} and on)…"
            made.add_item(menu(target_on(view, act, str(start)), words, options))
    made.add_item(button("Add text…", target_on(view, Act.ADD)))
    made.add_item(back_button(view))
    return sent(made)


def pictures_view(view: View) -> ui.View:
    """Menus of the pictures, to describe or remove one; a single one is described by a button."""
    made, pictures = ui.View(timeout=None), view.draft.content.pictures
    if len(pictures) > 1:
        options = [_picture_option(*each, said=True) for each in enumerate(pictures, 1)]
        made.add_item(menu(target_on(view, Act.DESCRIBE), "Describe a picture…", options))
    if pictures:
        options = [_picture_option(*each) for each in enumerate(pictures, 1)]
        made.add_item(menu(target_on(view, Act.DROP), "Remove a picture…", options))
    if len(pictures) == 1:
        target = target_on(view, Act.DESCRIBE, pictures[0].digest[:BEGINNING])
        made.add_item(button("Describe it…", target))
    made.add_item(button("Add files…", target_on(view, Act.UPLOAD)))
    made.add_item(back_button(view))
    return sent(made)


def campaign_view(view: View, campaigns: Iterable[tuple[str, str]]) -> ui.View:
    """A menu of the campaigns, each by id and name."""
    made = ui.View(timeout=None)
    options = [
        option(name, campaign_id, is_chosen=campaign_id == view.draft.campaign_id)
        for campaign_id, name in campaigns
    ][:MOST_OPTIONS]
    made.add_item(menu(target_on(view, Act.CAMPAIGN), "Campaign…", options))
    made.add_item(back_button(view))
    return sent(made)


def reopen_view(submission_id: int, draft_id: int = 0) -> ui.View:
    """The way back into a form that was sent, with everything that was typed; to dismiss it; and to
    the draft that it is about, when it is about one.
    """
    made = ui.View(timeout=None)
    again = Target(Act.REOPEN, submission_id)
    made.add_item(button("Open the form again", again, style=_PRIMARY))
    made.add_item(button("Dismiss it", Target(Act.DISMISS, submission_id)))
    if draft_id:
        made.add_item(button("Back", Target(Act.SHOW, draft_id, extra=Page.MAIN)))
    return sent(made)


def open_view(draft_id: int, label: str = "Open the post") -> ui.View:
    """The way to a draft's panel."""
    made = ui.View(timeout=None)
    made.add_item(button(label, Target(Act.SHOW, draft_id, extra=Page.MAIN)))
    return sent(made)


def link_view(label: str, url: str | None, draft_id: int) -> ui.View:
    """The way to a page (None: there is none), and back to the draft."""
    made = ui.View(timeout=None)
    if url is not None:
        made.add_item(ui.Button(label=label, url=url))
    made.add_item(button("Back", Target(Act.SHOW, draft_id, extra=Page.MAIN)))
    return sent(made)


def page_view(label: str, url: str) -> ui.View:
    """The way to a page, below a message of its own."""
    made = ui.View(timeout=None)
    made.add_item(ui.Button(label=label, url=url))
    return sent(made)


def sent(view: ui.View) -> ui.View:
    """Have a view sent and forgotten: presses belong to the dynamic items."""
    view.stop()
    return view


def target_on(view: View, act: Act, extra: str = "") -> Target:
    """Name what to do with the draft as it is shown."""
    return Target(act, view.draft.id, view.draft.version, extra)


def shows(view: View, page: Page) -> Target:
    """Lead to a page of the panel."""
    return target_on(view, Act.SHOW, page)


def back_button(view: View) -> ui.Button[ui.View]:
    """Lead to the draft as a whole."""
    return button("Back", shows(view, Page.MAIN))


def button(
    label: str,
    target: Target,
    *,
    style: discord.ButtonStyle = _SECONDARY,
    row: int | None = None,
    is_off: bool = False,
) -> ui.Button[ui.View]:
    """Make a button."""
    custom_id = target.encode(Item.BUTTON)
    return ui.Button(label=label, style=style, custom_id=custom_id, row=row, disabled=is_off)


def menu(
    target: Target,
    placeholder: str,
    options: Sequence[discord.SelectOption],
    *,
    least: int = 1,
    most: int = 1,
) -> ui.Select[ui.View]:
    """Make a menu in which `least` to `most` options are picked."""
    return ui.Select(
        custom_id=target.encode(Item.MENU),
        placeholder=placeholder,
        min_values=least,
        max_values=most,
        required=least > 0,
        options=list(options),
    )


def option(
    label: str, value: str, *, is_chosen: bool = False, description: str = ""
) -> discord.SelectOption:
    """Make an option, whatever its label and description say."""
    return discord.SelectOption(
        label=cut(plain(label), LONGEST_OPTION) or "…",
        value=value,
        default=is_chosen,
        description=cut(plain(description), LONGEST_OPTION) or None,
    )


def _picture_option(
    number: int, picture: DraftPicture, *, said: bool = False
) -> discord.SelectOption:
    """Name a picture, and what is `said` of it."""
    description = picture.description or "No description yet" if said else ""
    label, value = f"{number}: {picture.name}", picture.digest[:BEGINNING]
    return option(label, value, description=description)
