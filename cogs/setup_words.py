"""What the panel of `/patreon setup` and `/patreon settings` says."""

from collections.abc import Iterator, Set

import discord

from cogs.embeds import LONGEST_DESCRIPTION, LONGEST_VALUE
from cogs.setup_steps import (
    LONGEST_NAME,
    Situation,
    Step,
    Topic,
    channel_lines,
    is_done,
    is_green,
    next_topic,
    steps_of,
)
from cogs.text import escape, fit_lines
from cogs.words_draft import KIND_NAMES
from core.changes import Kind
from core.guild_settings import CampaignSettings, Place
from core.posts import PostDetail

_GREEN, _YELLOW, _BLUE, _RED = 0x3BA55D, 0xFAA61A, 0x5865F2, 0xED4245

WHO_SEES = (
    "Who *sees* `/patreon` is Discord's setting, which no bot can change: Server Settings → "
    "Integrations → this bot → Roles & Members. Allow there the roles that should see it, and "
    "nobody else. What they may *do* is the bot's: `/patreon permissions` explains and changes it."
)
POST_DETAILS: dict[PostDetail | None, tuple[str, str]] = {
    None: (
        "the usual: public posts begin, others the title",
        "What patrons pay for is not shown to others.",
    ),
    PostDetail.TITLE: ("the title alone", "Of every post, public ones as well."),
    PostDetail.TEASER: (
        "the beginning of every post",
        "Posts for patrons, too: everybody in the channel reads it.",
    ),
    PostDetail.WHOLE: (
        "as much as fits of every post",
        "Posts for patrons, too: everybody in the channel reads it.",
    ),
}
"""How much of a new post is told, and what that means; None is what holds unless one chooses."""

_PRIVACY = (
    "Amounts are named only where they are switched on. Mail addresses are never read from Patreon."
)


def steps_embed(situation: Situation) -> discord.Embed:
    """Show every step, and what comes next."""
    steps = steps_of(situation)
    topic = next_topic(steps)
    if is_green(steps):
        title, colour, head = "🟢 All set", _GREEN, "Changes are announced from now on."
    elif is_done(steps):
        title, colour = "🟡 Working, with something to look at", _YELLOW
        head = "What is 🟡 goes on by itself, or says what would be better."
    else:
        title, colour = "Set up the Patreon bot", _BLUE
        head = f"**Next:** {topic.value}." if topic is not None else ""
    embed = discord.Embed(title=title, description=head, colour=colour)
    for number, step in enumerate(steps, start=1):
        embed.add_field(
            name=f"{step.light} {number}. {step.topic}",
            value=fit_lines(step.text.split("\n"), LONGEST_VALUE),
            inline=False,
        )
    if is_done(steps):
        embed.add_field(name="Who sees the commands", value=WHO_SEES, inline=False)
    return embed


def campaigns_embed(shown: int, count: int) -> discord.Embed:
    """Ask which campaign to go on with."""
    more = f"The first {shown} of {count} are offered." if shown < count else ""
    text = (
        "Each campaign has its own channels and its own choice of what is announced. One that "
        f"this server does not follow yet is followed once a channel is chosen for it. {more}"
    )
    return discord.Embed(title="Choose the campaign", description=text.strip(), colour=_BLUE)


def channels_embed(campaign: CampaignSettings, situation: Situation) -> discord.Embed:
    """Say where things are shown, and what the bot lacks there."""
    lines = [
        "**Feed**: changes of members, for everybody who sees that channel.",
        "**Staff**: what only the team should see, and troubles of the bot.",
        "**Posts**: new posts of the creator.",
        "",
        *channel_lines(situation.channels),
    ]
    if campaign.channel_id(Place.FEED) is None:
        lines.append("🔴 Feed: choose a channel.")
    lines += ["", "Each choice is saved at once; choose nothing to stop using a channel."]
    return discord.Embed(
        title=f"Channels for {escape(campaign.name, LONGEST_NAME)}",
        description=fit_lines(lines, LONGEST_DESCRIPTION),
        colour=_BLUE,
    )


def kinds_embed(campaign: CampaignSettings) -> discord.Embed:
    """Say which changes are announced where."""
    embed = discord.Embed(
        title=f"What is announced of {escape(campaign.name, LONGEST_NAME)}",
        description=(
            "The first menu chooses which changes are announced at all, the second which of those "
            f"only the staff channel shows. {_PRIVACY}\n\nThe third says how much of a new post "
            "the posts channel is told."
        ),
        colour=_BLUE,
    )
    for name, value in _kinds_fields(campaign):
        embed.add_field(name=name, value=value, inline=False)
    return embed


def test_embed(situation: Situation) -> discord.Embed:
    """Say how the test announcement stands."""
    step = _step(situation, Topic.TEST)
    text = (
        f"{step.light} {step.text}\n\nThe test is marked as one, names nobody and takes the way "
        "that real announcements take. Anybody with the right to administrate can remove it."
    )
    return discord.Embed(title="Test announcement", description=text, colour=_BLUE)


def settings_embed(campaign: CampaignSettings, situation: Situation) -> discord.Embed:
    """Show everything that is set for a campaign."""
    name = escape(campaign.name, LONGEST_NAME)
    if campaign.link is None:
        return discord.Embed(
            title=f"{name} is not followed",
            description="Choose a channel below, and this server follows it.",
            colour=_BLUE,
        )
    embed = discord.Embed(title=f"Settings for {name}", colour=_BLUE)
    unused = [f"⚪ {_PLACES[place]}: none" for place in Place if campaign.channel_id(place) is None]
    channels = fit_lines([*channel_lines(situation.channels), *unused], LONGEST_VALUE)
    embed.add_field(name="Channels", value=channels, inline=False)
    for field, value in _kinds_fields(campaign):
        embed.add_field(name=field, value=value, inline=False)
    for topic in (Topic.HOOK, Topic.SYNC):
        step = _step(situation, topic)
        embed.add_field(name=topic, value=f"{step.light} {step.text}", inline=False)
    embed.set_footer(text="Each choice is saved at once. /patreon words changes what is said.")
    return embed


def unfollow_embed(campaign: CampaignSettings) -> discord.Embed:
    """Say what ends when a guild stops following, and what stays."""
    return discord.Embed(
        title=f"Stop following {escape(campaign.name, LONGEST_NAME)}?",
        description=(
            "Nothing more of it is announced here, and its channels and words are forgotten here "
            "as soon as nothing was announced with them. Messages that were posted stay, and so "
            "does the Patreon account: `/patreon disconnect` is for that. When no server follows "
            "it any more, the bot removes its webhook at Patreon."
        ),
        colour=_RED,
    )


def unfollowed_sentence(name: str) -> str:
    """Confirm the end."""
    return (
        f"This server no longer follows **{escape(name, LONGEST_NAME)}**. `/patreon setup` begins "
        "again at any time."
    )


def removing_sentence() -> str:
    """Confirm that a test announcement goes."""
    return "The test is being removed. Next: `/patreon setup` shows whether anything is left to do."


def _kinds_fields(campaign: CampaignSettings) -> Iterator[tuple[str, str]]:
    policy = campaign.policy
    staff = policy.kinds & policy.staff_kinds
    yield "In the feed", _listed(policy.kinds - staff)
    has_staff = campaign.channel_id(Place.STAFF) is not None
    warning = "" if has_staff or not staff else "\n🔴 There is no staff channel: shown nowhere."
    yield "For the staff", _listed(staff) + warning
    yield "Amounts", "shown" if policy.show_amounts else "hidden"
    yield "New posts", _told_of_posts(campaign)


def _told_of_posts(campaign: CampaignSettings) -> str:
    chosen = campaign.link.post_detail if campaign.link is not None else None
    label, meaning = POST_DETAILS[chosen]
    is_told = campaign.channel_id(Place.POSTS) is not None
    return f"{label}. {meaning}" if is_told else "there is no posts channel: shown nowhere"


def _listed(kinds: Set[Kind]) -> str:
    return ", ".join(name for kind, name in KIND_NAMES.items() if kind in kinds) or "nothing"


def _step(situation: Situation, topic: Topic) -> Step:
    return next(step for step in steps_of(situation) if step.topic is topic)


_PLACES = {Place.FEED: "Feed", Place.STAFF: "Staff", Place.POSTS: "Posts"}
