"""`python -m bot events …` as the admin uses it."""

import json
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet

from storage.store import SqlStore
from tests.factories import NOW, FakeClock, delivery

BODY = '{"data": {"name": "Zoë \\u001b[31m", "email": "ada@example.com"}}'.encode()


@pytest.fixture
async def inbox(bot):
    """A database with a parked, a done and a waiting event: numbers 1 to 3."""
    assert (await bot.run("migrate"))[0] == 0
    keys = MultiFernet([Fernet(Fernet.generate_key())])
    store = SqlStore(f"sqlite:///{bot.folder}/data/bot.db", keys=keys, clock=FakeClock())
    await store.add_deliveries(
        [delivery(body=BODY), delivery(), delivery(trigger="posts:publish\x1b[2J")]
    )
    async with store.write() as work:
        lease = timedelta(minutes=2)
        await work.events.claim_due(NOW, lease=lease, limit=2)
        await work.events.park([1], reason="Unreadable.", campaign_id="1001")
        await work.events.finish([2], at=NOW, note="1 announced")
    yield store
    await store.close()


async def answer(bot, *arguments):
    """What a command answers in JSON."""
    code, out, _ = await bot.run("events", *arguments, "--json")
    assert code == 0
    return json.loads(out)


async def test_events_are_listed_by_state_without_their_bodies(bot, inbox):
    parked = await bot.run("events", "list")
    everything = await bot.run("events", "list", "--state", "all")

    assert (parked[0], parked[2]) == (0, "")
    assert len(parked[1].splitlines()) == 1
    assert "parked     members:update  campaign 1001  attempts 1  Unreadable." in parked[1]
    assert [line.split()[0] for line in everything[1].splitlines()] == ["3", "2", "1"]
    assert "ada@example.com" not in parked[1] + everything[1]


async def test_an_events_trigger_does_not_steer_the_terminal(bot, inbox):
    for arguments in (("list", "--state", "all"), ("show", "3"), ("show", "1", "--body")):
        _, out, _ = await bot.run("events", *arguments)
        assert "\x1b" not in out


async def test_the_list_is_read_in_pages(bot, inbox):
    code, out, _ = await bot.run("events", "list", "--state", "all", "--limit", "2")
    rest = await answer(bot, "list", "--state", "all", "--limit", "2", "--offset", "2")

    assert code == 0
    assert out.endswith("There are older ones: --offset 2.\n")
    assert [event["id"] for event in rest] == [1]


async def test_one_event_is_shown_and_its_body_only_when_asked_for(bot, inbox):
    plain = await bot.run("events", "show", "1")
    whole = await bot.run("events", "show", "1", "--body")
    as_json = await answer(bot, "show", "1", "--body")

    assert "ada@example.com" not in plain[1]
    assert "reason: Unreadable." in plain[1]
    assert plain[2] == ""
    assert '"email": "ada@example.com"' in whole[1]
    assert "Zoë" in whole[1]
    assert "personal data" in whole[2]
    assert as_json["body"].encode() == BODY
    assert as_json["state"] == "parked"
    assert "body" not in await answer(bot, "show", "1")


async def test_events_are_replayed_one_or_several(bot, inbox):
    code, out, _ = await bot.run("events", "replay", "1", "2")

    assert code == 0
    assert "Event 1 is due again" in out
    assert "Event 2 is due again" in out
    waiting = await answer(bot, "list", "--state", "waiting")
    assert [(event["id"], event["attempts"]) for event in waiting] == [(3, 0), (2, 0), (1, 0)]
    assert waiting[2]["reason"] == "replayed by the admin at the terminal"


async def test_an_event_is_discarded_and_may_still_be_replayed(bot, inbox):
    (discarded,) = await answer(bot, "discard", "1")
    (replayed,) = await answer(bot, "replay", "1")

    assert (discarded["state"], discarded["reason"]) == ("discarded", "Unreadable.")
    assert discarded["discarded_by"] == "the admin at the terminal"
    assert replayed["state"] == "waiting"


async def test_what_cannot_be_done_is_a_sentence_and_does_not_stop_the_rest(bot, inbox):
    code, out, err = await bot.run("events", "discard", "2", "99", "1")

    assert code == 1
    assert out == "Event 1 is discarded.\n"
    assert err.splitlines() == [
        "Event 2 is already dealt with: only events that are set aside can be discarded.",
        "There is no event 99.",
    ]


async def test_an_event_without_its_body_says_so(bot, inbox):
    async with inbox.write() as work:
        await work.letters.delete_bodies(ended_by=NOW, at=NOW, limit=10)

    code, _, err = await bot.run("events", "show", "2", "--body")
    refused = await bot.run("events", "replay", "2")

    assert (code, err) == (0, "The body was deleted.\n")
    assert refused[0] == 1
    assert "its body was deleted" in refused[2]
    assert "Traceback" not in refused[2]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["burn"],
        ["show"],
        ["show", "x"],
        ["replay"],
        ["replay", "-1"],
        ["show", "9" * 19],
        ["list", "--state", "lost"],
    ],
)
async def test_wrong_arguments_are_a_matter_of_usage(bot, arguments):
    code, _, err = await bot.run("events", *arguments)

    assert code == 2
    assert "usage:" in err
