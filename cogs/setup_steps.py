"""The steps of `/patreon setup`: how each stands and what to do next, decided without I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cogs.channel_checks import ChannelCheck
from cogs.embeds import ago
from cogs.text import counted, escape
from core.accounts import Creator, TokenState
from core.changes import Kind
from core.guild_settings import CampaignSettings, GuildSettings, Place
from core.trial import Trial, TrialState
from core.troubles import HOOK_PAUSED, HOOK_REFUSED, HOOK_VANISHED

LONGEST_NAME = 60
_LONGEST_REASON = 200


class Light(StrEnum):
    """How a step stands. `WAITING`: it goes on by itself, or is not needed. `OFF`: not its turn."""

    DONE = "✅"
    WAITING = "🟡"
    TODO = "🔴"
    OFF = "⚪"


class Topic(StrEnum):
    """What a step is about, in the order in which a newcomer takes them."""

    CONNECT = "Connect Patreon"
    CAMPAIGN = "Choose the campaign"
    CHANNELS = "Choose channels"
    KINDS = "Choose what is announced"
    HOOK = "Webhook"
    SYNC = "First sync"
    TEST = "Test announcement"


@dataclass(frozen=True, slots=True)
class Step:
    """A step, and what is said of it: a finding, or the next thing to do."""

    topic: Topic
    light: Light
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that the steps depend on. `campaign` None: none is chosen."""

    guild: GuildSettings
    campaign: CampaignSettings | None
    channels: tuple[ChannelCheck, ...] = ()
    trial: Trial | None = None
    is_syncing: bool = False


def steps_of(situation: Situation) -> tuple[Step, ...]:
    """Tell how every step stands, in their order."""
    return (
        _connect(situation),
        _campaign(situation),
        _channels(situation),
        _kinds(situation),
        _hook(situation),
        _sync(situation),
        _test(situation),
    )


def next_topic(steps: Sequence[Step]) -> Topic | None:
    """Pick the step that comes next, None when nothing is left to do."""
    return next((step.topic for step in steps if step.light is Light.TODO), None)


def is_done(steps: Sequence[Step]) -> bool:
    """Tell whether every step is done, or goes on by itself."""
    return not any(step.light in (Light.TODO, Light.OFF) for step in steps)


def is_green(steps: Sequence[Step]) -> bool:
    """Tell whether every step is done."""
    return all(step.light is Light.DONE for step in steps)


def channel_lines(checks: Sequence[ChannelCheck]) -> Iterator[str]:
    """Say of each channel whether the bot can work there, and what is missing by name."""
    for check in checks:
        where = f"{_PLACES[check.place]}: <#{check.channel_id}>"
        if not check.is_there:
            yield f"🔴 {_PLACES[check.place]}: the channel is gone. Choose another one."
        elif check.missing:
            names = ", ".join(f"**{name}**" for name in check.missing)
            yield (
                f"🔴 {where}: the bot lacks {names}. Allow it in the channel's settings, under "
                "Permissions, for the bot's role."
            )
        elif check.place is Place.STAFF and check.is_public:
            yield f"🟡 {where}: everybody sees this channel. The team's news are usually private."
        else:
            yield f"✅ {where}"


def _connect(situation: Situation) -> Step:
    creators = situation.guild.creators
    if situation.campaign is not None and situation.campaign.creator is not None:
        creators = (situation.campaign.creator,)
    if not creators:
        return Step(Topic.CONNECT, Light.TODO, "Press the button and log in at Patreon.")
    broken = [one for one in creators if one.token_state in _BROKEN]
    if broken:
        names = _names(broken)
        return Step(
            Topic.CONNECT, Light.TODO, f"Patreon refuses the access to {names}. Connect it again."
        )
    return Step(Topic.CONNECT, Light.DONE, f"Connected as {_names(creators)}.")


def _campaign(situation: Situation) -> Step:
    chosen = situation.campaign
    if chosen is not None:
        name = f"**{escape(chosen.name, LONGEST_NAME)}**"
        others = len(situation.guild.campaigns) - 1
        more = f" ({counted(others, 'other campaign')} to choose from)" if others else ""
        return Step(Topic.CAMPAIGN, Light.DONE, name + more)
    if situation.guild.campaigns:
        return Step(Topic.CAMPAIGN, Light.TODO, "Choose the one that this server follows.")
    if situation.guild.creators:
        text = (
            "The account has no campaign that the bot could read. Connect the creator's account, "
            "or look again in a minute."
        )
        return Step(Topic.CAMPAIGN, Light.TODO, text)
    return Step(Topic.CAMPAIGN, Light.OFF, "After Patreon is connected.")


def _channels(situation: Situation) -> Step:
    campaign = situation.campaign
    if campaign is None:
        return Step(Topic.CHANNELS, Light.OFF, "After the campaign is chosen.")
    lines = list(channel_lines(situation.channels))
    if campaign.channel_id(Place.FEED) is None:
        lines.append("Choose where changes are announced (feed); staff and posts are optional.")
        return Step(Topic.CHANNELS, Light.TODO, "\n".join(lines))
    is_good = all(check.is_good for check in situation.channels)
    return Step(Topic.CHANNELS, Light.DONE if is_good else Light.TODO, "\n".join(lines))


def _kinds(situation: Situation) -> Step:
    campaign = situation.campaign
    if campaign is None or campaign.link is None:
        return Step(Topic.KINDS, Light.OFF, "After a channel is chosen.")
    policy = campaign.policy
    staff = policy.kinds & policy.staff_kinds
    text = (
        f"{len(policy.kinds)} of {counted(len(Kind), 'kind')} of changes are announced, "
        f"{len(staff)} of them to the staff. "
        f"Amounts are {'shown' if policy.show_amounts else 'hidden'}."
    )
    if not policy.kinds:
        return Step(Topic.KINDS, Light.TODO, "Nothing is announced: choose at least one kind.")
    if staff and campaign.channel_id(Place.STAFF) is None:
        return Step(
            Topic.KINDS,
            Light.TODO,
            f"{text}\nThere is no staff channel, so those {len(staff)} are shown nowhere: choose "
            "a staff channel, or send them to the feed.",
        )
    return Step(Topic.KINDS, Light.DONE, text)


def _hook(situation: Situation) -> Step:
    campaign = situation.campaign
    if campaign is None or campaign.link is None:
        return Step(Topic.HOOK, Light.OFF, "The bot registers it by itself.")
    open_ones = {one.trouble: one for one in campaign.troubles}
    refused = open_ones.get(HOOK_REFUSED)
    if refused is not None:
        reason = escape(refused.reason, _LONGEST_REASON)
        return Step(Topic.HOOK, Light.TODO, f"Patreon refuses it: {reason}")
    if HOOK_VANISHED not in open_ones and campaign.hook is not None:
        if HOOK_PAUSED in open_ones or campaign.hook.is_paused:
            text = "Patreon paused it; the bot ends the pause by itself."
            return Step(Topic.HOOK, Light.WAITING, text)
        return Step(Topic.HOOK, Light.DONE, "Registered: changes arrive at once.")
    return _without_hook(situation.guild)


def _without_hook(guild: GuildSettings) -> Step:
    if guild.has_configured_secret:
        return Step(Topic.HOOK, Light.DONE, "Its secret is in the configuration.")
    if not guild.has_public_url:
        text = (
            "The bot has no address that Patreon can reach, so changes arrive with the periodic "
            "sync only. Its admin sets `server.public_url` and restarts the bot."
        )
        return Step(Topic.HOOK, Light.WAITING, text)
    return Step(Topic.HOOK, Light.WAITING, "It is being registered; look again in a minute.")


def _sync(situation: Situation) -> Step:
    campaign = situation.campaign
    if campaign is None or campaign.link is None:
        return Step(Topic.SYNC, Light.OFF, "After a channel is chosen.")
    stored = campaign.stored
    if stored is not None and stored.baseline_at is not None and stored.synced_at is not None:
        text = f"Last complete sync {ago(stored.synced_at)}."
        if stored.sync_error:
            text += f" Since then: {escape(stored.sync_error, _LONGEST_REASON)}"
        return Step(Topic.SYNC, Light.WAITING if stored.sync_error else Light.DONE, text)
    if situation.is_syncing:
        return Step(Topic.SYNC, Light.WAITING, "It is running. Press the button to watch it.")
    if stored is not None and stored.sync_error:
        reason = escape(stored.sync_error, _LONGEST_REASON)
        return Step(Topic.SYNC, Light.TODO, f"It did not work: {reason}")
    return Step(Topic.SYNC, Light.TODO, "It reads what there is and announces nothing of it.")


def _test(situation: Situation) -> Step:
    campaign, trial = situation.campaign, situation.trial
    feed_id = campaign.channel_id(Place.FEED) if campaign is not None else None
    if feed_id is None:
        return Step(Topic.TEST, Light.OFF, "After a feed channel is chosen.")
    if trial is None or trial.channel_id != feed_id:
        return Step(Topic.TEST, Light.TODO, f"Send one to <#{feed_id}>; a button removes it.")
    where = f"<#{trial.channel_id}> ({ago(trial.at)})"
    match trial.state:
        case TrialState.SHOWN:
            return Step(Topic.TEST, Light.DONE, f"It arrived in {where}.")
        case TrialState.REMOVED:
            return Step(Topic.TEST, Light.DONE, f"Sent to {where} and removed.")
        case TrialState.FAILED:
            reason = escape(trial.reason, _LONGEST_REASON)
            return Step(Topic.TEST, Light.TODO, f"It could not be shown: {reason}")
        case TrialState.WAITING:
            reason = f": {escape(trial.reason, _LONGEST_REASON)}" if trial.reason else "."
            return Step(Topic.TEST, Light.WAITING, f"It is on its way to {where}{reason}")


def _names(creators: Sequence[Creator]) -> str:
    names = (f"**{escape(one.name or 'a Patreon account', LONGEST_NAME)}**" for one in creators)
    return ", ".join(names)


_BROKEN = (TokenState.BROKEN, TokenState.DISCONNECTED)
_PLACES = {Place.FEED: "Feed", Place.STAFF: "Staff", Place.POSTS: "Posts"}
