"""Every check made to end badly once, and what is true of all of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts import Creator, TokenState
from core.backups import BackupNote
from core.brake import new_question
from core.consents import SCOPES, Purpose
from core.doctor import rules
from core.doctor.checks import Group, Outcome, arranged, counts, without
from core.doctor.guild import (
    ChannelFacts,
    GuildFacts,
    Place,
    judge_application,
    judge_commands,
    judge_connection,
    judge_guild,
)
from core.doctor.hook import judge_door, judge_hooks
from core.doctor.machine import judge_clocks, judge_machine
from core.doctor.patreon import Account, Found, judge_account, judge_found, judge_seed, judge_state
from core.doctor.work import judge_links, judge_usage, judge_work
from core.errors import PermanentError, TemporaryError, TokenBroken
from core.guilds import Link
from core.inbox import Hook
from core.listing import Totals
from core.missed import Missed
from core.ports import Connection, RemoteHook, Usage
from core.queues import Backlog
from core.remote_hooks import TRIGGERS, address
from core.status import CampaignStatus, StatusReport
from core.store import StoredCampaign
from tests.cogs.calm import CHOICES, DOOR, MACHINE
from tests.factories import NOW, campaign

URL = "https://bot.example"
KEY = "k" * 32
LINK = Link(guild_id=1, campaign_id="1001", feed_channel_id=2, staff_channel_id=3)
CREATOR = Creator(
    id=7, name="Ada", token_state=TokenState.OK, scopes=frozenset(SCOPES[Purpose.CONNECT])
)
ACCOUNT = Account(
    creator=CREATOR,
    can_be_renewed=True,
    obtained_at=NOW - timedelta(days=3),
    expires_at=NOW + timedelta(days=27),
)
HOOK = Hook(id=1, key=KEY, campaign_id="1001", secrets=("s",), patreon_id="h1")
REMOTE = RemoteHook(
    id="h1", uri=address(URL, KEY), triggers=TRIGGERS, secret="s", is_paused=False, failures=0
)
FOUND = Found(owner="Ada", campaigns={"1001": "Workshop"}, hooks=[REMOTE])
STORED = StoredCampaign(campaign=campaign(), creator_id=7, baseline_at=NOW, synced_at=NOW)
STATUS = CampaignStatus(
    link=LINK,
    stored=STORED,
    creator=CREATOR,
    hook=HOOK,
    totals=Totals(by_status={}, by_tier={}),
    posts=0,
)
USAGE = Usage(total=1, last_minute=1, minute_limit=90, refused_last_10_minutes=0)
REPORT = StatusReport(
    version="1",
    started_at=NOW,
    campaigns=(STATUS,),
    inbox=Backlog(),
    outbox=Backlog(),
    usage=USAGE,
    last_event_at=NOW,
    backup=BackupNote(at=NOW),
    has_configured_secret=False,
)
CHANNEL = ChannelFacts(option="feed", channel_id=2, name="feed")
GUILD = GuildFacts(guild_id=1, name="Here", role_ids=frozenset({1}), channels=(CHANNEL,))
SKEW = timedelta(seconds=45)
EARLIER = NOW - timedelta(days=90)


def machine(**facts):
    return judge_machine(replace(MACHINE, **facts))


def door(**facts):
    return judge_door(replace(DOOR, **facts))


def links(choices=CHOICES, **facts):
    return judge_links([replace(LINK, **facts)], choices)


def stored(**facts):
    status = replace(STATUS, stored=replace(STORED, **facts))
    return judge_work(replace(REPORT, campaigns=(status,)), CHOICES, now=NOW)


def work(choices=CHOICES, **facts):
    return judge_work(replace(REPORT, **facts), choices, now=NOW)


def status(**facts):
    return judge_work(replace(REPORT, campaigns=(replace(STATUS, **facts),)), CHOICES, now=NOW)


def hooks(found=FOUND, report=REPORT, **facts):
    report = replace(report, campaigns=(replace(STATUS, **facts),))
    return judge_hooks(report, {7: found} if found else {}, DOOR, now=NOW)


def remote(**facts):
    return hooks(replace(FOUND, hooks=[replace(REMOTE, **facts)]))


def account(**facts):
    return judge_account(replace(ACCOUNT, **facts), now=NOW)


def state(token_state):
    return [judge_state(replace(CREATOR, token_state=token_state))]


def found(**facts):
    return judge_found(replace(FOUND, **facts), CREATOR, ["1001"], lists_all=True)


def guild(granted=(), **facts):
    return judge_guild(replace(GUILD, **facts), granted)


def channel(**facts):
    return guild(channels=(replace(CHANNEL, **facts),))


def used(**facts):
    return [judge_usage(replace(USAGE, **facts))]


def seeded(*, can_be_renewed):
    refused = Found(error=TokenBroken("Refused."))
    return judge_seed(refused, can_be_renewed=can_be_renewed, linked=[])


WARN, FAIL, SKIP = Outcome.WARN, Outcome.FAIL, Outcome.SKIP

BAD = [
    (rules.PYTHON, FAIL, machine(python=(3, 10))),
    (rules.LIBRARIES, FAIL, machine(versions=MACHINE.versions | {"sqlalchemy": "2.0.45"})),
    (rules.LIBRARIES, FAIL, machine(versions=MACHINE.versions | {"aiosqlite": None})),
    (rules.LIBRARIES, FAIL, machine(has_foreign_patreon=True)),
    (rules.MEMORY, WARN, machine(memory_bytes=2**26)),
    (rules.MEMORY, SKIP, machine(memory_bytes=None)),
    (rules.DESCRIPTORS, WARN, machine(descriptor_limit=256)),
    (rules.DESCRIPTORS, WARN, machine(descriptors_open=1000)),
    (rules.DESCRIPTORS, SKIP, machine(descriptor_limit=None)),
    (rules.STALLS, WARN, machine(stalls=2)),
    (rules.STALLS, SKIP, machine(stalls=None)),
    (rules.SPACE, FAIL, machine(free_bytes=2**20)),
    (rules.SPACE, WARN, machine(free_bytes=2**29)),
    (rules.SPACE, WARN, machine(free_bytes=2**31, database_bytes=2**31)),
    (rules.SPACE, SKIP, machine(free_bytes=None)),
    (rules.INODES, WARN, machine(free_inodes=9)),
    (rules.INODES, SKIP, machine(total_inodes=0)),
    (rules.WAL, WARN, machine(wal_bytes=2**30)),
    (rules.WAL, SKIP, machine(wal_bytes=None)),
    (rules.ZONE, WARN, machine(is_zone_known=False)),
    (rules.PATREON_CLOCK, WARN, judge_clocks(SKEW, None)),
    (rules.PATREON_CLOCK, WARN, judge_clocks(-SKEW, None)),
    (rules.PATREON_CLOCK, SKIP, judge_clocks(None, SKEW)),
    (rules.DISCORD_CLOCK, WARN, judge_clocks(None, SKEW)),
    (rules.PUBLIC_URL, WARN, door(public_url=None)),
    (rules.PUBLIC_URL, WARN, door(public_url="http://127.0.0.1")),
    (rules.PROXIES, FAIL, door(proxies=["127.0.0.1/32", "0.0.0.0/0"])),
    (rules.PROXIES, FAIL, door(proxies=["::/0"])),
    (rules.PORT, FAIL, door(is_running=False, is_free=False)),
    (rules.ADDRESS, FAIL, door(status=0, why="cannot be reached (TimeoutError)")),
    (rules.ADDRESS, WARN, door(status=502, why="answers", is_running=False, is_free=True)),
    (rules.LINKS, WARN, judge_links([], CHOICES)),
    (rules.KINDS, WARN, links(kinds=frozenset())),
    (rules.FEED, WARN, links(feed_channel_id=None)),
    (rules.STAFF, WARN, links(staff_channel_id=None)),
    (rules.DIGESTS, WARN, links(replace(CHOICES, digest_above=0))),
    (rules.BASELINE, FAIL, status(stored=None)),
    (rules.BASELINE, WARN, stored(baseline_at=None)),
    (rules.SYNC, WARN, stored(sync_error="Patreon is away.")),
    (rules.SYNC, WARN, stored(synced_at=NOW - timedelta(hours=3))),
    (rules.SYNC, WARN, stored(synced_at=None)),
    (rules.QUESTION, WARN, status(question=new_question("d", missing=9, present=10, now=NOW))),
    (rules.EVENTS, WARN, work(inbox=Backlog(parked=1, reason="Unreadable."))),
    (rules.EVENTS, WARN, work(inbox=Backlog(waiting=1, oldest=EARLIER))),
    (rules.BACKUP, WARN, work(backup=BackupNote(at=NOW, failures=2, reason="No space."))),
    (rules.BACKUP, WARN, work(backup=BackupNote(at=EARLIER))),
    (rules.BACKUP, SKIP, work(backup=None)),
    (rules.BACKUP, WARN, work(replace(CHOICES, backup_every=timedelta(1)), backup=None)),
    (rules.ANNOUNCEMENTS, WARN, work(outbox=Backlog(parked=1))),
    (rules.ANNOUNCEMENTS, WARN, work(outbox=Backlog(waiting=1, oldest=EARLIER))),
    (rules.BUDGET, WARN, used(last_minute=89)),
    (rules.BUDGET, WARN, used(refused_last_10_minutes=50)),
    (rules.BUDGET, SKIP, [judge_usage(None)]),
    (rules.HOOK_SECRET, WARN, hooks(hook=None)),
    (
        rules.REGISTERED,
        SKIP,
        hooks(report=replace(REPORT, has_configured_secret=True), hook=None),
    ),
    (rules.REGISTERED, SKIP, hooks(replace(FOUND, hooks=None, no_hooks="They lack a scope."))),
    (rules.REGISTERED, FAIL, hooks(replace(FOUND, hooks=[]))),
    (rules.HOOK_URL, FAIL, remote(uri=address("https://old.example", KEY))),
    (rules.TRIGGERS, WARN, remote(triggers=TRIGGERS[1:])),
    (rules.PAUSED, FAIL, remote(is_paused=True)),
    (rules.PAUSED, FAIL, hooks(None, hook=replace(HOOK, is_paused=True))),
    (rules.FAILURES, WARN, remote(failures=3)),
    (rules.MISSED, WARN, hooks(missed=Missed(count=2, last_at=NOW))),
    (rules.DELIVERIES, WARN, hooks(report=replace(REPORT, last_event_at=EARLIER))),
    (
        rules.DELIVERIES,
        WARN,
        hooks(
            report=replace(REPORT, last_event_at=None),
            stored=replace(STORED, baseline_at=EARLIER),
        ),
    ),
    (rules.DELIVERIES, SKIP, hooks(report=replace(REPORT, last_event_at=None))),
    (rules.EXPIRY, FAIL, account(expires_at=EARLIER, can_be_renewed=False)),
    (rules.EXPIRY, WARN, account(expires_at=EARLIER)),
    (rules.EXPIRY, WARN, account(obtained_at=EARLIER, expires_at=NOW + timedelta(days=5))),
    (rules.RENEWAL, WARN, account(can_be_renewed=False)),
    (rules.RENEWAL, SKIP, account(can_be_renewed=None)),
    (rules.SCOPES, WARN, account(creator=replace(CREATOR, scopes=frozenset({"identity"})))),
    (rules.SCOPES, SKIP, account(creator=replace(CREATOR, scopes=None))),
    (rules.TOKEN, FAIL, state(TokenState.BROKEN)),
    (rules.TOKEN, FAIL, state(TokenState.DISCONNECTED)),
    (rules.TOKEN, WARN, state(TokenState.BLOCKED)),
    (rules.TOKEN, FAIL, found(error=TokenBroken("Refused."))),
    (rules.TOKEN, FAIL, found(error=PermanentError("They lack a scope."))),
    (rules.TOKEN, WARN, seeded(can_be_renewed=True)),
    (rules.TOKEN, FAIL, seeded(can_be_renewed=False)),
    (rules.REACH, FAIL, found(error=TemporaryError("Patreon cannot be reached."))),
    (rules.CAMPAIGNS, FAIL, found(campaigns={})),
    (rules.LINKED, FAIL, found(campaigns={"5": "Another"})),
    (rules.CONNECTION, FAIL, [judge_connection(Connection(is_ready=False))]),
    (rules.CONNECTION, WARN, [judge_connection(Connection(is_ready=True, latency=SKEW))]),
    (rules.CONNECTION, SKIP, [judge_connection(None)]),
    (rules.APPLICATION, FAIL, [judge_application("Bot", needs_code_grant=True)]),
    (rules.COMMANDS, WARN, [judge_commands(["other"])]),
    (rules.COMMANDS, SKIP, [judge_commands(None)]),
    (rules.GUILD, FAIL, guild(is_member=False, invite="https://discord.com")),
    (rules.GUILD, SKIP, guild(reason="Discord is away.")),
    (rules.ROLES, WARN, guild(granted=[1, 99])),
    (rules.ROLES, SKIP, guild(role_ids=None)),
    (rules.EXISTS, FAIL, channel(place=Place.GONE)),
    (rules.EXISTS, FAIL, channel(place=Place.ELSEWHERE)),
    (rules.EXISTS, SKIP, channel(place=Place.UNKNOWN, reason="Discord is away.")),
    (rules.VIEW, FAIL, channel(place=Place.HIDDEN)),
    (rules.HOLDS, FAIL, channel(holds_messages=False)),
    (rules.SEND, FAIL, channel(can_send=False)),
    (rules.EMBED, FAIL, channel(can_embed=False)),
    (rules.HISTORY, FAIL, channel(can_read_history=False)),
    (rules.ATTACH, WARN, channel(can_attach=False)),
]
BAD = [(rule, result, tuple(checks)) for rule, result, checks in BAD]

AT_THE_TERMINAL = {
    rules.CONFIG,
    rules.CONFIG_MODE,
    rules.FOLDER,
    rules.KEY,
    rules.KEY_MODE,
    rules.IMAGES,
    rules.OPENS,
    rules.MIGRATIONS,
    rules.INTEGRITY,
    rules.SEALED,
    rules.ALONE,
    rules.RECIPIENT,
    rules.BACKUP_FOLDER,
    rules.IMAGES_ROOM,
    rules.BOT_TOKEN,
}
"""Those that look at real files, a real database or a real token: tests/bot/test_checks.py."""


@pytest.mark.parametrize(
    ("rule", "result", "checks"), BAD, ids=[f"{n}-{bad[0].id}" for n, bad in enumerate(BAD)]
)
def test_a_check_ends_badly_with_a_cure_and_nothing_else_is_said_to_fail(rule, result, checks):
    (check,) = [check for check in checks if check.id == rule.id]
    others = [c for c in checks if c.id != rule.id and c.result is FAIL]

    assert check.result is result
    assert check.found.endswith((".", "!"))
    assert bool(check.cure) == (result is not SKIP)
    assert others == []


@pytest.mark.parametrize(
    "checks",
    [
        machine(),
        judge_clocks(timedelta(), timedelta(seconds=-2)),
        door(),
        links(),
        work(),
        hooks(),
        account(),
        state(TokenState.OK),
        found(),
        guild(granted=[1]),
        used(),
        [judge_connection(Connection(is_ready=True, latency=timedelta(milliseconds=50)))],
        [judge_application("Bot", needs_code_grant=False), judge_commands(["patreon"])],
    ],
)
def test_what_is_as_it_should_be_is_said_to_be_well(checks):
    assert {check.result for check in checks} == {Outcome.OK}


def test_every_check_is_made_to_end_badly_by_a_test():
    tried = {rule for rule, result, _ in BAD if result is not SKIP}

    assert tried | AT_THE_TERMINAL == set(rules.RULES)
    assert not tried & AT_THE_TERMINAL


def test_a_backup_is_old_when_two_more_should_have_been_made():
    rare = replace(CHOICES, backup_every=timedelta(days=31))
    note = BackupNote(at=NOW - timedelta(days=40))

    assert all(check.result is not WARN for check in work(rare, backup=note))
    assert any(check.result is WARN for check in work(backup=note))


def test_ids_are_unique_and_begin_with_their_group():
    assert len({rule.id for rule in rules.RULES}) == len(rules.RULES) >= 30
    assert {rule.group for rule in rules.RULES} == set(Group)


def test_no_check_shows_the_key_of_a_webhook():
    for _, _, checks in BAD:
        assert not any(KEY in check.found + check.cure + check.about for check in checks)


def test_the_group_with_the_worst_check_comes_first_and_the_worst_first_in_it():
    checks = [
        rules.KEY.ok("1."),
        rules.SYNC.warn("2.", "Cure."),
        rules.EXISTS.ok("3."),
        rules.VIEW.fail("4.", "Cure."),
        rules.CONFIG.skip("5."),
    ]

    assert [check.found for check in arranged(checks)] == ["4.", "3.", "2.", "1.", "5."]
    assert counts(checks) == {Outcome.OK: 2, WARN: 1, FAIL: 1, SKIP: 1}


def test_secrets_are_taken_out_whoever_said_them_and_short_words_stay():
    check = rules.TOKEN.fail("It says geheim-0815-long.", "Not geheim-0815.", about="geheim-0815")

    (told,) = without([check], ["geheim-0815", "geheim-0815-long", "It"])

    assert (told.found, told.cure) == ("It says (hidden).", "Not (hidden).")
    assert told.about == "(hidden)"
