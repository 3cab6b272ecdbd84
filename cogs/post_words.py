"""What the panel of a post says about it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import discord

from cogs.embeds import LONGEST_VALUE, ago
from cogs.post_targets import TargetCheck
from cogs.text import counted, cut, escape, fit_lines, units
from core.composing import View
from core.draft_rules import STATES as STATES_OF
from core.draft_rules import Act
from core.draft_words import audience_words
from core.drafts import (
    LONGEST_BODY_BYTES,
    LONGEST_TITLE,
    MOST_PICTURES,
    Approval,
    AudienceKind,
    Content,
    DraftState,
    HandOver,
)
from core.names import display_name
from core.typesetting import Finding, Remark

STATES = {
    DraftState.EDITING: "Draft",
    DraftState.WAITING: "Waits for approval",
    DraftState.SCHEDULED: "Scheduled",
    DraftState.PUBLISHED: "Published in Discord",
    DraftState.RETRACTED: "Taken back",
    DraftState.DISCARDED: "Discarded",
    DraftState.TEMPLATE: "Template",
}
"""Every state as people call it."""

AUDIENCES = {
    AudienceKind.PUBLIC: "Everybody",
    AudienceKind.PATRONS: "All patrons",
    AudienceKind.TIERS: "Chosen tiers",
    AudienceKind.MINIMUM: "Patrons from an amount on",
}
"""Every kind of audience as people pick it."""

COLOURS = {
    DraftState.WAITING: 0xFAA61A,
    DraftState.SCHEDULED: 0x5865F2,
    DraftState.PUBLISHED: 0x3BA55D,
}
_COLOUR, _WARNING = 0x99AAB5, 0xFAA61A
_LEAST_VALUE = 100
_MOST_FINDINGS = 8
_LONGEST_FINDING = 120

_REMARKS = {
    Remark.TABLE: "Discord shows no tables: it is drawn with letters, or as lines",
    Remark.IMAGE: "a picture in the text becomes a link: add it as a file instead",
    Remark.DEEP_HEADING: "Discord has three levels of headings: shown in bold",
    Remark.HTML: "HTML is shown as it was typed, not carried out",
    Remark.RULE: "a line across is drawn with dashes",
    Remark.BROKEN_LINK: "this link leads nowhere",
    Remark.UNKNOWN_MENTION: "this mention pings nobody",
    Remark.TOO_DEEP: "nested too deep: shown flat",
    Remark.TOO_MUCH: "too much formatting: shown as it was typed from here on",
}
_HAND_OVERS = {
    HandOver.NONE: "Not handed over yet",
    HandOver.READY: "Ready to publish on Patreon",
    HandOver.DOUBTFUL: "A post on Patreon may be this one: somebody is asked",
    HandOver.LINKED: "Published on Patreon",
}


def panel_embed(
    view: View, *, targets: Sequence[TargetCheck], room: int, notes: Sequence[str] = ()
) -> discord.Embed:
    """Say everything about a draft that its preview does not show, in at most `room` units.

    `notes` say what just happened. What does not fit is left out from the
    end, and said to be.
    """
    draft, content = view.draft, view.draft.content
    embed = discord.Embed(
        title=f"{STATES[draft.state]} · #{draft.id}", colour=COLOURS.get(draft.state, _COLOUR)
    )
    embed.description = fit_lines([*notes, *_standing(view)], min(900, room - 200))
    used = units(embed.title or "") + units(embed.description)
    for name, value in (
        ("Before it can go out", _problems(view)),
        ("Goes to", target_lines(targets)),
        ("On Patreon", _patreon(view)),
        ("Size", "\n".join(_counters(content, len(view.sheets)))),
        ("Worth a look", finding_lines(view.typeset.findings)),
    ):
        left = min(room - used - units(name), LONGEST_VALUE)
        if not value or left < _LEAST_VALUE:
            continue
        shown = fit_lines(value.split("\n"), left)
        embed.add_field(name=name, value=shown, inline=False)
        used += units(name) + units(shown)
    return embed


def problem_embed(problems: Sequence[str], *, files: Sequence[str] = ()) -> discord.Embed:
    """Say what is wrong with a form; what was typed is kept, and what is in `files`."""
    lines = [f"🔴 {cut(problem.removeprefix('🔴 '), 1_500)}" for problem in problems]
    embed = discord.Embed(title="This is not done yet", colour=_WARNING)
    kept = "Everything that you typed is kept."
    if files:
        kept = f"{kept[:-1]}, and so are {', '.join(files)}: do not upload them again."
    embed.description = fit_lines([*lines, kept], 3_500)
    return embed


def handed_over_embed(expires_at: datetime) -> discord.Embed:
    """Say what the page is for, and until when its link works."""
    embed = discord.Embed(title="Ready to publish on Patreon", colour=_COLOUR)
    embed.description = (
        "The page has the title, the text and the pictures to copy, and says what to set. Paste "
        "them into Patreon's editor and publish there; the bot notices by itself.\n\n"
        f"The link works once, and for you alone, until <t:{int(expires_at.timestamp())}:t>."
    )
    return embed


def preview_embed(expires_at: datetime) -> discord.Embed:
    """Say what the preview's page shows, to whom, and until when."""
    embed = discord.Embed(title="How it will look on Patreon", colour=_COLOUR)
    embed.description = (
        "The page shows the draft as it is whenever you load it: title, pictures, text, who may "
        "read it, and what had to be converted. It publishes nothing.\n\n"
        "Whoever has the link sees the page, until "
        f"<t:{int(expires_at.timestamp())}:f>. Discarding the draft ends it, and so does a newer "
        "link of yours."
    )
    return embed


def taken_embed() -> discord.Embed:
    """Say that Patreon has the post."""
    embed = discord.Embed(title="Published on Patreon", colour=_COLOUR)
    embed.description = (
        "Patreon took the post and says that it is published. Its messages in Discord lead to it "
        "as soon as the bot has read it there."
    )
    return embed


def target_lines(targets: Sequence[TargetCheck]) -> str:
    """Say in which channels a post goes out, and what hinders that."""
    return fit_lines([_target(check) for check in targets], 600)


def finding_lines(findings: Sequence[Finding]) -> str:
    """Say what looks different in Discord, or like a mistake; "" when nothing does."""
    lines = [
        cut(f"🟡 {_REMARKS[one.remark]}: “{escape(one.detail, 50)}”", _LONGEST_FINDING)
        for one in findings[:_MOST_FINDINGS]
    ]
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"… and {len(findings) - _MOST_FINDINGS} more")
    return "\n".join(lines)


def _standing(view: View) -> Iterator[str]:
    draft = view.draft
    yield f"By <@{draft.author_id}>, changed {ago(draft.updated_at)}."
    if draft.name is not None:
        yield f"Template “{escape(draft.name, 80)}”."
    if draft.note is not None:
        yield f"🟡 {escape(draft.note, 250)}"
    if draft.approval is not None:
        yield _approval(draft.approval)
    if draft.publish_at is not None and draft.state is DraftState.SCHEDULED:
        yield f"🕒 Goes out {moment(draft.publish_at)}{_zone(draft.time_zone)}."
        if view.pause is not None:
            yield "⏸️ Scheduled posts are paused in this server: it waits until somebody goes on."
    if draft.published_at is not None:
        yield f"📣 Published in Discord {moment(draft.published_at)}. {_arrived(view)}".rstrip()


def moment(at: datetime) -> str:
    """Write a time that every reader sees in their own time zone, and how far away it is."""
    stamp = int(at.timestamp())
    return f"<t:{stamp}:F> (<t:{stamp}:R>)"


def _zone(name: str | None) -> str:
    return f", chosen in {escape(name, 40)}" if name else ""


def _arrived(view: View) -> str:
    """Say how far the messages have come."""
    standings = [standing for _, standing in view.standings]
    if not standings:
        return ""
    there = sum(one.message_id is not None for one in standings)
    reason = next((one.reason for one in standings if one.reason and one.message_id is None), None)
    said = f"{there} of {counted(len(standings), 'message')} there."
    return f"{said} 🔴 {escape(reason, 200)}" if reason else said


def _problems(view: View) -> str:
    if view.draft.state not in STATES_OF[Act.PUBLISH]:
        return ""
    return fit_lines([f"🔴 {escape(one.text, 200)}" for one in view.problems], 600)


def _patreon(view: View) -> str:
    draft = view.draft
    who = audience_words(draft.content.audience, view.tiers, view.campaign.currency)
    paid = " · paid post" if draft.content.is_paid else ""
    name = escape(display_name(view.campaign.name), 80)
    said = f"{name} · {escape(who, 200)}{paid}"
    if draft.state is DraftState.TEMPLATE:
        return said
    return f"{said}\n{_HAND_OVERS[draft.hand_over]}"


def _approval(approval: Approval) -> str:
    asked = f"<@{approval.asked_by}> asked for approval {ago(approval.asked_at)}"
    if approval.approved_by is None or approval.approved_at is None:
        return f"⏳ {asked}."
    return f"✅ {asked}, <@{approval.approved_by}> approved {ago(approval.approved_at)}."


def _counters(content: Content, messages: int) -> Iterator[str]:
    yield f"Title {_of(units(content.title), LONGEST_TITLE)} characters"
    size = len(content.body.encode(errors="replace"))
    parts = f", in {counted(len(content.parts), 'part')}" if len(content.parts) > 1 else ""
    yield f"Text {_of(size, LONGEST_BODY_BYTES)} bytes{parts}"
    yield f"{counted(messages, 'message')} in Discord"
    yield f"Pictures {_of(len(content.pictures), MOST_PICTURES)}"


def _of(count: int, most: int) -> str:
    mark = "🔴 " if count > most else ""
    return f"{mark}{count:,} of {most:,}"


def _target(check: TargetCheck) -> str:
    words = [f"<#{check.target.channel_id}>" if check.is_there else "🔴 a channel that is gone"]
    if check.target.crosspost:
        words.append("followers get it")
    if check.target.tag_ids:
        words.append(counted(len(check.target.tag_ids), "tag"))
    if check.target.role_ids:
        words.append("pings " + " ".join(f"<@&{each}>" for each in check.target.role_ids))
    line = " · ".join(words)
    if check.troubles:
        line += f"\n🔴 {'; '.join(check.troubles)}"
    return line
