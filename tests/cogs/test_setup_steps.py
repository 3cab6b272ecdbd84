"""How every step of the setup stands, and which one comes next."""

from dataclasses import replace

import pytest

from cogs.channel_checks import ChannelCheck
from cogs.setup_steps import (
    Light,
    Situation,
    Topic,
    is_done,
    is_green,
    next_topic,
    steps_of,
)
from cogs.setup_words import steps_embed
from core.accounts import Creator, TokenState
from core.changes import Kind
from core.feed import FeedPolicy
from core.guild_settings import CampaignSettings, GuildSettings, Place
from core.store import StoredCampaign
from core.trial import Trial, TrialState
from core.troubles import HOOK_PAUSED, HOOK_REFUSED, HOOK_VANISHED, OpenTrouble
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, campaign, hook, link

CREATOR = Creator(id=1, patreon_id="9001", name="Ada", token_state=TokenState.OK)
STORED = StoredCampaign(campaign=campaign(), creator_id=1, baseline_at=NOW, synced_at=NOW)
CAMPAIGN = CampaignSettings(
    campaign_id="1001",
    link=link(staff_channel_id=8),
    stored=STORED,
    policy=FeedPolicy(),
    creator=CREATOR,
    hook=hook(),
)
GUILD = GuildSettings(
    creators=(CREATOR,), campaigns=(CAMPAIGN,), has_public_url=True, has_configured_secret=False
)
ALL_GREEN = Situation(
    guild=GUILD,
    campaign=CAMPAIGN,
    channels=(ChannelCheck(place=Place.FEED, channel_id=7001, is_there=True),),
    trial=Trial(state=TrialState.SHOWN, channel_id=7001, at=NOW, message_id=1),
)


def with_campaign(**overrides):
    return replace(ALL_GREEN, campaign=replace(CAMPAIGN, **overrides))


def trouble(kind, reason=""):
    return (OpenTrouble(trouble=kind, since=NOW, reason=reason),)


def step(situation, topic):
    return next(step for step in steps_of(situation) if step.topic is topic)


def test_all_is_green_when_every_step_is_done():
    steps = steps_of(ALL_GREEN)

    assert [one.light for one in steps] == [Light.DONE] * len(Topic)
    assert is_green(steps)
    assert next_topic(steps) is None


def test_nothing_is_offered_before_its_turn():
    nothing = Situation(guild=replace(GUILD, creators=(), campaigns=()), campaign=None)

    steps = steps_of(nothing)

    assert [one.light for one in steps] == [Light.TODO] + [Light.OFF] * 6
    assert next_topic(steps) is Topic.CONNECT
    assert not is_done(steps)


@pytest.mark.parametrize(
    ("topic", "situation", "light", "words"),
    [
        (
            Topic.CONNECT,
            with_campaign(creator=replace(CREATOR, token_state=TokenState.BROKEN)),
            Light.TODO,
            "Connect it again",
        ),
        (
            Topic.CONNECT,
            with_campaign(creator=replace(CREATOR, token_state=TokenState.BLOCKED)),
            Light.DONE,
            "Connected as",
        ),
        (
            Topic.CAMPAIGN,
            replace(ALL_GREEN, campaign=None, guild=replace(GUILD, campaigns=())),
            Light.TODO,
            "has no campaign",
        ),
        (
            Topic.CHANNELS,
            replace(
                ALL_GREEN,
                channels=(
                    ChannelCheck(
                        place=Place.FEED, channel_id=1, is_there=True, missing=("Embed Links",)
                    ),
                ),
            ),
            Light.TODO,
            "lacks **Embed Links**",
        ),
        (
            Topic.KINDS,
            with_campaign(policy=FeedPolicy(kinds=frozenset())),
            Light.TODO,
            "Nothing is announced",
        ),
        (
            Topic.KINDS,
            with_campaign(link=link(), policy=FeedPolicy(staff_kinds=frozenset({Kind.ENDED}))),
            Light.TODO,
            "shown nowhere",
        ),
        (
            Topic.HOOK,
            with_campaign(troubles=trouble(HOOK_REFUSED, "No scope.")),
            Light.TODO,
            "Patreon refuses it: No scope.",
        ),
        (Topic.HOOK, with_campaign(troubles=trouble(HOOK_PAUSED)), Light.WAITING, "paused"),
        (Topic.HOOK, with_campaign(hook=hook(is_paused=True)), Light.WAITING, "paused"),
        (Topic.HOOK, with_campaign(troubles=trouble(HOOK_VANISHED)), Light.WAITING, "registered"),
        (Topic.HOOK, with_campaign(hook=None), Light.WAITING, "being registered"),
        (
            Topic.HOOK,
            replace(with_campaign(hook=None), guild=replace(GUILD, has_public_url=False)),
            Light.WAITING,
            "`server.public_url`",
        ),
        (
            Topic.HOOK,
            replace(with_campaign(hook=None), guild=replace(GUILD, has_configured_secret=True)),
            Light.DONE,
            "configuration",
        ),
        (
            Topic.SYNC,
            with_campaign(stored=replace(STORED, baseline_at=None, synced_at=None)),
            Light.TODO,
            "announces nothing of it",
        ),
        (
            Topic.SYNC,
            replace(
                with_campaign(stored=replace(STORED, baseline_at=None, synced_at=None)),
                is_syncing=True,
            ),
            Light.WAITING,
            "running",
        ),
        (
            Topic.SYNC,
            with_campaign(
                stored=replace(STORED, baseline_at=None, synced_at=None, sync_error="Away.")
            ),
            Light.TODO,
            "did not work: Away.",
        ),
        (
            Topic.SYNC,
            with_campaign(stored=replace(STORED, sync_error="Away.")),
            Light.WAITING,
            "Since then: Away.",
        ),
        (Topic.TEST, replace(ALL_GREEN, trial=None), Light.TODO, "Send one to <#7001>"),
        (
            Topic.TEST,
            replace(ALL_GREEN, trial=Trial(state=TrialState.SHOWN, channel_id=1, at=NOW)),
            Light.TODO,
            "Send one to <#7001>",
        ),
        (
            Topic.TEST,
            replace(
                ALL_GREEN,
                trial=Trial(
                    state=TrialState.FAILED, channel_id=7001, at=NOW, reason="No permission."
                ),
            ),
            Light.TODO,
            "No permission.",
        ),
        (
            Topic.TEST,
            replace(ALL_GREEN, trial=Trial(state=TrialState.WAITING, channel_id=7001, at=NOW)),
            Light.WAITING,
            "on its way",
        ),
        (
            Topic.TEST,
            replace(ALL_GREEN, trial=Trial(state=TrialState.REMOVED, channel_id=7001, at=NOW)),
            Light.DONE,
            "removed",
        ),
    ],
)
def test_a_step_says_how_it_stands_and_what_to_do(topic, situation, light, words):
    found = step(situation, topic)

    assert found.light is light
    assert words in found.text
    assert (next_topic(steps_of(situation)) is topic) == (light is Light.TODO)


def test_what_goes_on_by_itself_is_not_asked_for():
    steps = steps_of(with_campaign(hook=None))

    assert is_done(steps)
    assert not is_green(steps)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_others_means_anything_in_the_panel(text):
    creator = replace(CREATOR, name=text)
    hostile = replace(
        with_campaign(
            creator=creator,
            stored=replace(STORED, campaign=campaign(name=text), sync_error=text),
            troubles=trouble(HOOK_REFUSED, text),
        ),
        trial=Trial(state=TrialState.FAILED, channel_id=7001, at=NOW, reason=text),
    )

    embed = steps_embed(hostile)

    for field, topic in zip(embed.fields, Topic, strict=False):
        said = str(field.value)
        for own in ("<#7001>", "**", "<t:1795262400:R>", "\u2705", "`server.public_url`"):
            said = said.replace(own, "")
        assert armed(said) is None, (topic, field.value)
    assert len(embed) <= 6000
