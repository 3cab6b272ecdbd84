"""The buttons and menus of the panel's pages; what they do stands in their custom ids."""

from collections.abc import Iterable, Sequence, Set

import discord
from discord import ui

from cogs.channel_checks import TYPES
from cogs.setup_ids import Act, Item, Page, Target, stale
from cogs.setup_steps import Light, Situation, Topic, next_topic, steps_of
from cogs.setup_words import POST_DETAILS
from cogs.text import cut, plain
from cogs.words_draft import KIND_NAMES
from core.changes import Kind
from core.guild_settings import CampaignSettings, GuildSettings, Place
from core.posts import PostDetail
from core.trial import TrialState

MOST_OPTIONS = 25
_LONGEST_OPTION = 100
_USUAL = "usual"
_PRIMARY, _SECONDARY = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
_DANGER = discord.ButtonStyle.danger

_ACTS = {Place.FEED: Act.FEED, Place.STAFF: Act.STAFF, Place.POSTS: Act.POSTS}
_PLACEHOLDERS = {
    Place.FEED: "Feed channel…",
    Place.STAFF: "Staff channel…",
    Place.POSTS: "Posts channel…",
}
_STEPS: dict[Topic, tuple[str, Act, Page]] = {
    Topic.CONNECT: ("Connect Patreon", Act.CONNECT, Page.STEPS),
    Topic.CAMPAIGN: ("Campaign", Act.SHOW, Page.CAMPAIGNS),
    Topic.CHANNELS: ("Channels", Act.SHOW, Page.CHANNELS),
    Topic.KINDS: ("Changes", Act.SHOW, Page.KINDS),
    Topic.SYNC: ("Sync", Act.SYNC, Page.STEPS),
    Topic.TEST: ("Test", Act.SHOW, Page.TEST),
    Topic.HOOK: ("Look again", Act.LOOK_AGAIN, Page.STEPS),
}


def steps_view(situation: Situation) -> ui.View:
    """A button for every step, the next one highlighted."""
    campaign_id = situation.campaign.campaign_id if situation.campaign else ""
    steps = {step.topic: step for step in steps_of(situation)}
    highlighted = next_topic(tuple(steps.values()))
    view = ui.View(timeout=None)
    for number, (topic, (label, act, page)) in enumerate(_STEPS.items()):
        is_off = steps[topic].light is Light.OFF and topic is not Topic.HOOK
        if topic is Topic.CAMPAIGN:
            is_off = not situation.guild.campaigns
        style = _PRIMARY if topic is highlighted else _SECONDARY
        target = Target(act, page, campaign_id)
        view.add_item(_button(label, target, style=style, row=number // 4, is_off=is_off))
    return _sent(view)


def campaigns_view(guild: GuildSettings, page: Page) -> ui.View:
    """A menu of the campaigns, which leads to the home of `page`."""
    view = ui.View(timeout=None)
    options = [
        discord.SelectOption(
            label=cut(plain(one.name), _LONGEST_OPTION) or "…",
            value=one.campaign_id,
            description="followed" if one.link is not None else "not followed yet",
        )
        for one in guild.campaigns[:MOST_OPTIONS]
    ]
    menu: ui.Select[ui.View] = ui.Select(
        custom_id=Target(Act.PICK, page.home).encode(Item.MENU),
        placeholder="Choose a campaign…",
        options=options,
    )
    view.add_item(menu)
    view.add_item(_back(page, ""))
    return _sent(view)


def channels_view(campaign: CampaignSettings, situation: Situation) -> ui.View:
    """A menu for every kind of channel."""
    view = ui.View(timeout=None)
    _add_channel_menus(view, campaign, situation, Page.CHANNELS)
    view.add_item(_back(Page.CHANNELS, campaign.campaign_id))
    return _sent(view)


def kinds_view(campaign: CampaignSettings, page: Page) -> ui.View:
    """Menus of what is announced, for whom, and how much of posts; the amounts."""
    view, campaign_id = ui.View(timeout=None), campaign.campaign_id
    policy = campaign.policy
    _add_kinds_menu(view, Act.KINDS, page, campaign, policy.kinds)
    _add_kinds_menu(view, Act.STAFF_KINDS, page, campaign, policy.staff_kinds)
    _add_posts_menu(view, page, campaign)
    view.add_item(_amounts(campaign, page))
    view.add_item(_button("As configured", Target(Act.DEFAULTS, page, campaign_id)))
    view.add_item(_back(page, campaign_id))
    return _sent(view)


def test_view(situation: Situation) -> ui.View:
    """Send the test, remove it, look again."""
    campaign_id = situation.campaign.campaign_id if situation.campaign else ""
    view, trial = ui.View(timeout=None), situation.trial
    is_shown = trial is not None and trial.state in (TrialState.SHOWN, TrialState.WAITING)
    label = "Send another one" if is_shown else "Send a test"
    view.add_item(_button(label, Target(Act.SEND_TEST, Page.TEST, campaign_id), style=_PRIMARY))
    if is_shown:
        target = Target(Act.REMOVE_TEST, Page.TEST, campaign_id)
        view.add_item(_button("Remove the test", target, style=_DANGER))
    view.add_item(_button("Look again", Target(Act.SHOW, Page.TEST, campaign_id)))
    view.add_item(_back(Page.TEST, campaign_id))
    return _sent(view)


def settings_view(campaign: CampaignSettings, situation: Situation) -> ui.View:
    """Everything that can be set for a campaign, at once."""
    view, campaign_id = ui.View(timeout=None), campaign.campaign_id
    _add_channel_menus(view, campaign, situation, Page.SETTINGS)
    if campaign.link is not None:
        _add_kinds_menu(view, Act.KINDS, Page.SETTINGS, campaign, campaign.policy.kinds)
        staff = Target(Act.SHOW, Page.SETTINGS_KINDS, campaign_id)
        view.add_item(_button("Staff and posts…", staff))
        view.add_item(_amounts(campaign, Page.SETTINGS))
    view.add_item(_button("All steps", Target(Act.SHOW, Page.STEPS, campaign_id)))
    if len(situation.guild.campaigns) > 1:
        others = Target(Act.SHOW, Page.SETTINGS_CAMPAIGNS, campaign_id)
        view.add_item(_button("Other campaign…", others))
    if campaign.link is not None:
        stop = Target(Act.SHOW, Page.SETTINGS_UNFOLLOW, campaign_id)
        view.add_item(_button("Stop following…", stop, style=_DANGER))
    return _sent(view)


def unfollow_view(campaign_id: str) -> ui.View:
    """The question whether to stop following."""
    view = ui.View(timeout=None)
    target = Target(Act.UNFOLLOW, Page.SETTINGS, campaign_id)
    view.add_item(_button("Stop following", target, style=_DANGER))
    view.add_item(_back(Page.SETTINGS_UNFOLLOW, campaign_id))
    return _sent(view)


def invitation_view(url: str, campaign_id: str) -> ui.View:
    """The way to the browser, and back."""
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Open Patreon", emoji="🔗", url=url))
    view.add_item(_back(Page.STEPS, campaign_id))
    return _sent(view)


def _add_channel_menus(
    view: ui.View, campaign: CampaignSettings, situation: Situation, page: Page
) -> None:
    there = {check.place: check.channel_id for check in situation.channels if check.is_there}
    for place in Place:
        chosen = [_default(channel_id) for where, channel_id in there.items() if where is place]
        menu: ui.ChannelSelect[ui.View] = ui.ChannelSelect(
            custom_id=Target(_ACTS[place], page, campaign.campaign_id).encode(Item.CHANNELS),
            channel_types=list(TYPES[place]),
            placeholder=_PLACEHOLDERS[place],
            min_values=0,
            required=False,
            default_values=chosen,
        )
        view.add_item(menu)


def _default(channel_id: int) -> discord.SelectDefaultValue:
    # Discord wants ids as text; discord.py sends the one it is given, and types it as a number.
    payload = {"id": str(channel_id), "type": "channel"}
    return discord.SelectDefaultValue.from_dict(payload)  # type: ignore[arg-type]


def _add_kinds_menu(
    view: ui.View, act: Act, page: Page, campaign: CampaignSettings, chosen: Set[Kind]
) -> None:
    names = KIND_NAMES.items()
    what = "Only for the staff: nothing" if act is Act.STAFF_KINDS else "Announce nothing"
    menu: ui.Select[ui.View] = ui.Select(
        custom_id=Target(act, page, campaign.campaign_id).encode(Item.MENU),
        placeholder=what,
        min_values=0,
        max_values=len(names),
        required=False,
        options=[
            discord.SelectOption(label=_label(name, act), value=kind.value, default=kind in chosen)
            for kind, name in names
        ],
    )
    view.add_item(menu)


def _add_posts_menu(view: ui.View, page: Page, campaign: CampaignSettings) -> None:
    chosen = campaign.link.post_detail if campaign.link is not None else None
    menu: ui.Select[ui.View] = ui.Select(
        custom_id=Target(Act.POST_DETAIL, page, campaign.campaign_id).encode(Item.MENU),
        placeholder="Of new posts…",
        options=[
            discord.SelectOption(
                label=f"new posts: {label}",
                value=_USUAL if detail is None else detail.value,
                description=meaning,
                default=detail is chosen,
            )
            for detail, (label, meaning) in POST_DETAILS.items()
        ],
    )
    view.add_item(menu)


def _label(name: str, act: Act) -> str:
    return f"staff only: {name}" if act is Act.STAFF_KINDS else name


def _amounts(campaign: CampaignSettings, page: Page) -> ui.Button[ui.View]:
    are_shown = campaign.policy.show_amounts
    act = Act.HIDE_AMOUNTS if are_shown else Act.SHOW_AMOUNTS
    label = "Hide amounts" if are_shown else "Show amounts"
    return _button(label, Target(act, page, campaign.campaign_id))


def _back(page: Page, campaign_id: str) -> ui.Button[ui.View]:
    return _button("Back", Target(Act.SHOW, page.home, campaign_id))


def _button(
    label: str,
    target: Target,
    *,
    style: discord.ButtonStyle = _SECONDARY,
    row: int | None = None,
    is_off: bool = False,
) -> ui.Button[ui.View]:
    custom_id = target.encode(Item.BUTTON)
    return ui.Button(label=label, style=style, custom_id=custom_id, row=row, disabled=is_off)


def _sent(view: ui.View) -> ui.View:
    # A finished view is sent and forgotten: presses belong to the dynamic items.
    view.stop()
    return view


def kinds_of(values: Iterable[str]) -> frozenset[Kind] | None:
    """Read the kinds that were picked, None when one of them is unknown."""
    picked = frozenset(values)
    return frozenset(Kind(value) for value in picked) if picked <= set(Kind) else None


def detail_of(values: Sequence[str]) -> PostDetail | None:
    """Read how much of posts was picked, None for the usual.

    Raises:
        UserError: there is no such choice (any more).
    """
    if len(values) != 1 or values[0] not in (_USUAL, *PostDetail):
        raise stale()
    return None if values[0] == _USUAL else PostDetail(values[0])
