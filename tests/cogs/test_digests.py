"""Digests as Discord takes and shows them."""

from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.announcements import Wanted
from core.digest import DigestPolicy
from core.outbox import Outbox
from tests.cogs.reading import HOSTILE, armed, shown
from tests.factories import card, change

MESSAGES = "/channels/{channel_id}/messages"


@pytest.fixture
def outbox(store, part, clock):
    return Outbox(
        store,
        part.publisher,
        clock=clock,
        random=lambda: 0.5,
        alarm=Alarm(clock),
        digests=DigestPolicy(above=20, stale=timedelta(hours=12)),
    )


@pytest.fixture
def happen(store, clock, linked, feed):
    async def happen(*titles):
        async with store.write() as work:
            ids = await work.changes.add([change()] * len(titles), at=clock())
            for change_id, title in zip(ids, titles, strict=True):
                await work.announcements.add(
                    card(marker=f"m-{change_id}", title=title, at=clock()),
                    channel_id=feed.id,
                    link_id=linked.id,
                    change_id=change_id,
                    at=clock(),
                )

    return happen


@pytest.fixture
def messages(world, feed):
    return lambda: world.messages.seen_by(world.bot.id, feed)


async def drain(outbox):
    for _ in range(50):
        if not await outbox.deliver_due():
            return
    raise AssertionError("there is always something due")


async def test_three_hundred_declines_are_one_message(outbox, happen, messages, clock):
    await happen(*(f"Patron {number}'s payment was declined" for number in range(300)))

    await drain(outbox)

    [message] = messages()
    [embed] = message.embeds
    assert embed["title"] == "300 changes in the last hour"
    lines = shown(embed["description"]).split("\n")
    assert lines[2] == "Patron 0's payment was declined"
    assert lines[-1] == f"and {300 - len(lines) + 3} more; /patreon members shows all."
    moment = int(clock().timestamp())
    assert [field["value"] for field in embed["fields"]] == [f"<t:{moment}:D> (<t:{moment}:R>)"] * 2


async def test_hostile_names_stay_plain_and_ping_nobody(outbox, happen, messages):
    names = ["@everyone [x](http://evil.example)", *HOSTILE]
    await happen(*(f"{name} joined" for name in names))

    await drain(outbox)

    [message] = messages()
    [embed] = message.embeds
    assert armed(embed["description"]) is None
    assert "@everyone [x](http://evil.example) joined" in shown(embed["description"])
    assert not message.mention_everyone
    assert message.mention_ids == []


async def test_a_digest_cut_short_is_shown_once(outbox, happen, messages, server, clock):
    await happen(*(f"P{number} joined" for number in range(30)))
    server.faults.drop("POST", MESSAGES, after_effect=True)
    await outbox.deliver_due()
    clock.advance(minutes=30)

    await drain(outbox)

    [message] = messages()
    assert message.embeds[0]["title"] == "30 changes in the last hour"


async def test_a_digest_that_somebody_deleted_is_not_put_back(
    outbox, happen, messages, part, store, clock
):
    await happen(*(f"P{number} joined" for number in range(30)))
    await drain(outbox)
    [message] = messages()
    await part.publisher.delete(message.channel_id, message.id)
    async with store.write() as work:
        await work.announcements.change(1, card=card(marker="m-1"), wanted=Wanted.SHOWN, at=clock())

    await drain(outbox)

    assert messages() == []
