from dataclasses import replace
from datetime import timedelta

import pytest

from cogs.advice import Level, advise
from cogs.status_words import status_embed
from core.accounts import Creator, TokenState
from core.listing import Totals
from core.members import Status
from core.missed import Missed
from core.ports import Connection, Usage
from core.queues import Backlog
from core.status import CampaignStatus, StatusReport
from core.store import StoredCampaign
from core.troubles import HOOK_REFUSED, OpenTrouble
from tests.factories import NOW, campaign, hook, link

READY = Connection(is_ready=True, latency=timedelta(milliseconds=42), since=NOW)
GOOD = CampaignStatus(
    link=link(),
    stored=StoredCampaign(campaign=campaign(), creator_id=1, baseline_at=NOW, synced_at=NOW),
    creator=Creator(id=1, token_state=TokenState.OK, token_checked_at=NOW),
    hook=hook(),
    totals=Totals(by_status={Status.ACTIVE: 3}),
    posts=7,
)
ALL_WELL = StatusReport(
    version="0.1.0",
    started_at=NOW,
    campaigns=(GOOD,),
    inbox=Backlog(),
    outbox=Backlog(),
    usage=Usage(total=9, last_minute=2, minute_limit=80, refused_last_10_minutes=0),
    last_event_at=NOW,
    has_configured_secret=False,
)


def with_campaign(**changes):
    return replace(ALL_WELL, campaigns=(replace(GOOD, **changes),))


def with_stored(**changes):
    return with_campaign(stored=replace(GOOD.stored, **changes))


def with_creator(**changes):
    return with_campaign(creator=replace(GOOD.creator, **changes))


def embed_of(report, connection=READY):
    return status_embed(report, connection, guild_id=6001, tier_counts={"1001": 4}, now=NOW)


def text_of(embed):
    return "\n".join([embed.title, embed.description or "", *(f.value for f in embed.fields)])


def test_nothing_is_advised_when_all_is_well():
    embed = embed_of(ALL_WELL)

    assert embed.title == "🟢 All is well"
    assert embed.description is None
    assert "latency 42 ms" in text_of(embed)
    assert "4 tiers · 7 posts" in text_of(embed)
    assert f"Last sync: 🟢 <t:{int(NOW.timestamp())}:R>" in text_of(embed)
    assert "registered · last event" in text_of(embed)


@pytest.mark.parametrize(
    ("report", "level", "words"),
    [
        (replace(ALL_WELL, campaigns=()), Level.BAD, "`/patreon setup`"),
        (with_campaign(stored=None), Level.BAD, "check the campaign's id"),
        (with_campaign(creator=None), Level.BAD, "no connected account"),
        (with_creator(token_state=TokenState.BROKEN), Level.BAD, "makes new tokens"),
        (with_creator(token_state=TokenState.BROKEN), Level.BAD, "Use `/patreon connect`"),
        (with_creator(token_state=TokenState.BLOCKED), Level.ODD, "refuses this machine"),
        (with_creator(token_state=TokenState.THROTTLED), Level.ODD, "requests_per_minute"),
        (with_creator(token_state=TokenState.DISCONNECTED), Level.BAD, "was disconnected"),
        (with_creator(scopes=frozenset({"identity"})), Level.ODD, "`campaigns.posts`"),
        (with_stored(baseline_at=None), Level.ODD, "first complete sync"),
        (with_stored(sync_error="Posts: 503"), Level.ODD, "failed in part"),
        (with_campaign(hook=None), Level.ODD, "sets up a webhook"),
        (with_campaign(hook=hook(is_paused=True)), Level.ODD, "paused the webhook"),
        (replace(ALL_WELL, outbox=Backlog(parked=2, reason="it lacks x")), Level.ODD, "it lacks x"),
        (
            replace(ALL_WELL, inbox=Backlog(waiting=1, oldest=NOW - timedelta(seconds=61))),
            Level.ODD,
            "1 webhook has been waiting since <t:",
        ),
        (
            replace(ALL_WELL, inbox=Backlog(waiting=2, oldest=NOW, failure="Status 500.")),
            Level.ODD,
            "2 webhooks are waiting: Status 500. The bot tries again by itself",
        ),
        (
            replace(ALL_WELL, outbox=Backlog(waiting=1, oldest=NOW, failure="Status 502.")),
            Level.ODD,
            "1 announcement is waiting: Status 502. The bot tries again by itself",
        ),
        (
            replace(ALL_WELL, outbox=Backlog(waiting=1, oldest=NOW - timedelta(minutes=11))),
            Level.ODD,
            "1 announcement has been waiting since <t:",
        ),
        (
            replace(ALL_WELL, inbox=Backlog(waiting=1, oldest=NOW, failure="KeyError")),
            Level.ODD,
            "1 webhook is waiting: KeyError. The bot",
        ),
        (
            replace(ALL_WELL, outbox=Backlog(parked=1)),
            Level.ODD,
            "1 announcement was set aside. Mend the cause",
        ),
        (
            replace(ALL_WELL, outbox=Backlog(parked=2)),
            Level.ODD,
            "for a day, the bot tries again by itself, at each of its regular syncs and when it "
            "starts",
        ),
    ],
)
def test_each_trouble_is_told_with_what_to_do(report, level, words):
    [advice] = advise(report, READY, now=NOW)

    assert advice.level is level
    assert words in advice.text


def test_being_away_from_discord_is_told():
    away = Connection(is_ready=False, reason="Discord answered with status 503.")

    embed = embed_of(ALL_WELL, away)

    assert embed.title.startswith("🟡")
    assert "not connected: Discord answered with status 503." in text_of(embed)


def test_a_configured_secret_is_a_webhook_too():
    report = replace(with_campaign(hook=None), has_configured_secret=True)

    assert advise(report, READY, now=NOW) == []
    assert "secret configured" in text_of(embed_of(report))


def test_what_no_webhook_told_is_shown_when_there_was_any():
    report = with_campaign(missed=Missed(3, NOW))

    expected = f"missed by webhook: 3 (last <t:{int(NOW.timestamp())}:R>)"
    assert expected in text_of(embed_of(report))
    assert "missed" not in text_of(embed_of(ALL_WELL))


def test_a_refused_webhook_is_told_with_the_reason_and_what_to_do():
    refused = OpenTrouble(trouble=HOOK_REFUSED, since=NOW, reason="They lack a scope.")

    report = with_campaign(hook=None, troubles=(refused,))

    [advice] = advise(report, READY, now=NOW)
    assert advice.level is Level.ODD
    assert "They lack a scope." in advice.text
    assert "w:campaigns.webhook" in advice.text
    assert "Webhook: 🟡 not registered" in text_of(embed_of(report))


def test_a_channel_in_a_reason_is_named_so_that_it_can_be_clicked():
    reason = (
        "The bot may not post in #patreon-feed (channel 111111111111111111): it lacks *x*. "
        "There is no channel 222222222222222222 any more."
    )
    report = replace(ALL_WELL, outbox=Backlog(parked=2, reason=reason))

    [advice] = advise(report, READY, now=NOW)

    assert "may not post in <#111111111111111111>\\: it lacks \\*x\\*." in advice.text
    assert "no <#222222222222222222> (channel 222222222222222222) any more. Mend" in advice.text


def test_what_waits_for_other_servers_is_only_counted():
    elsewhere = Backlog(waiting=3, parked=1)
    report = replace(ALL_WELL, inbox_elsewhere=elsewhere)

    embed = embed_of(report)

    assert embed.title == "🟢 All is well"
    assert "Webhooks: 0 waiting\nWebhooks of others: 3 waiting · 1 set aside\n" in text_of(embed)


def test_a_campaign_with_an_invisible_name_is_told_by_its_id():
    report = with_stored(campaign=campaign(name="\u3164"), sync_error="Posts: 503")

    [advice] = advise(report, READY, now=NOW)

    assert advice.text.startswith("Campaign 1001: the last sync failed in part")


def test_a_short_wait_is_no_trouble():
    waiting = Backlog(waiting=3, oldest=NOW - timedelta(minutes=1))

    report = replace(ALL_WELL, outbox=waiting)

    assert advise(report, READY, now=NOW) == []
    assert "Announcements: 3 waiting (oldest <t:" in text_of(embed_of(report))


def test_the_most_urgent_comes_first_and_colours_the_headline():
    report = replace(with_creator(token_state=TokenState.BROKEN), outbox=Backlog(parked=1))

    levels = [advice.level for advice in advise(report, READY, now=NOW)]

    assert levels == [Level.BAD, Level.ODD]
    assert embed_of(report).title.startswith("🔴")


def test_any_number_of_campaigns_with_any_names_fits():
    stored = replace(GOOD.stored, campaign=campaign(name="*" * 500), sync_error="_" * 5_000)
    broken = Creator(id=1, token_state=TokenState.BROKEN, token_reason="`" * 2_000)
    many = (replace(GOOD, stored=stored, creator=broken),) * 40
    parked = Backlog(waiting=9, parked=9, oldest=NOW, reason="|" * 5_000)
    report = replace(ALL_WELL, campaigns=many, inbox=parked, outbox=parked, version="#" * 500)

    embed = embed_of(report, Connection(is_ready=False, reason="<" * 5_000))

    assert len(embed) <= 6000
    assert len(embed.fields) <= 25
    assert len(embed.description) <= 4096
    assert all(len(field.value) <= 1024 for field in embed.fields)
    assert any("more campaigns" in field.value for field in embed.fields)
