"""Sheets through the outbox: one message or post each, handed on once, whatever goes wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.announcements import Wanted, deadline_of
from core.digest import DigestPolicy
from core.errors import OutcomeUnknown, PermanentError, TemporaryError
from core.outbox import LATE, MOST_ATTEMPTS, Outbox
from core.sheets import ForumEntry, Sheet, SheetPicture
from tests import factories
from tests.factories import save_campaign, save_link
from tests.flows.channels import TORN, Channels

FEED = 10
SHEET = Sheet(marker="m-1", title="New video", text="Out now.", at=factories.NOW)
NEWS = replace(SHEET, crosspost=True)
POST = replace(SHEET, forum=ForumEntry(title="New video"))
PICTURES = replace(
    SHEET,
    pictures=tuple(
        SheetPicture(digest=f"{number:064x}", name="cover.png", size_bytes=9_000_000)
        for number in range(3)
    ),
)
AWAY = TemporaryError("Discord is away.")
REFUSED = PermanentError("The bot may not.")


@pytest.fixture
def channels(clock):
    return Channels(clock)


@pytest.fixture
def new_outbox(store, channels, clock):
    def new_outbox(**overrides):
        return Outbox(
            store,
            channels,
            clock=clock,
            random=lambda: 0.5,
            alarm=Alarm(clock),
            monotonic=lambda: clock().timestamp(),
            **overrides,
        )

    return new_outbox


@pytest.fixture
def outbox(new_outbox):
    return new_outbox()


@pytest.fixture
async def link(store):
    await save_campaign(store)
    return await save_link(store)


@pytest.fixture
def post(store, clock, link):
    async def post(sheet, channel_id=FEED):
        async with store.write() as work:
            return await work.announcements.post(
                sheet, channel_id=channel_id, link_id=link.id, at=clock()
            )

    return post


@pytest.fixture
def change(store, clock):
    async def change(number, sheet=None, wanted=Wanted.SHOWN):
        async with store.write() as work:
            await work.announcements.change(number, card=sheet, wanted=wanted, at=clock())

    return change


@pytest.fixture
def restart(store, new_outbox):
    """The process dies and another one starts, which knows nothing of its sends."""

    async def restart():
        async with store.write() as work:
            await work.announcements.release_leases()
        return new_outbox()

    return restart


async def drain(outbox, clock, rounds=20):
    for _ in range(rounds):
        while await outbox.deliver_due():
            pass
        clock.advance(seconds=30)


async def standing(store, number):
    async with store.read() as work:
        return await work.announcements.standing(number)


async def test_a_sheet_is_sent_once(outbox, post, channels, clock):
    await post(SHEET)

    await drain(outbox, clock)

    assert channels.titles(FEED) == ["New video"]
    assert channels.calls == ["send"]


async def test_news_is_sent_and_handed_on_once(outbox, post, channels, clock):
    await post(NEWS)

    await drain(outbox, clock)

    assert [one.is_crossposted for one in channels.shown] == [True]
    assert channels.calls == ["send", "crosspost"]


@pytest.mark.parametrize("failure", [AWAY, TORN])
async def test_a_failed_crosspost_is_repeated_without_sending_again(
    outbox, post, channels, clock, failure
):
    await post(NEWS)
    channels.failures.extend([None, failure, failure])

    await drain(outbox, clock)

    assert [one.is_crossposted for one in channels.shown] == [True]
    assert channels.calls == ["send", "crosspost", "crosspost", "crosspost"]


async def test_a_refused_crosspost_is_set_aside_and_never_sent_again(
    outbox, post, channels, store, clock
):
    number = await post(NEWS)
    channels.failures.extend([None, REFUSED])
    await drain(outbox, clock)
    assert (await standing(store, number)).is_parked

    clock.advance(hours=5)
    await outbox.revive(younger_than=timedelta(days=1))
    await drain(outbox, clock)

    assert [one.is_crossposted for one in channels.shown] == [True]
    assert channels.calls == ["send", "crosspost", "crosspost"]


async def test_a_message_whose_crosspost_was_refused_can_be_edited_and_removed(
    outbox, post, change, channels, clock
):
    number = await post(NEWS)
    channels.failures.extend([None, REFUSED])
    await drain(outbox, clock)

    await change(number, replace(NEWS, title="Renamed"))
    await drain(outbox, clock)
    assert channels.titles() == ["Renamed"]
    assert channels.shown[0].is_crossposted

    await change(number, wanted=Wanted.GONE)
    await drain(outbox, clock)
    assert channels.shown == []


async def test_an_edit_of_what_was_handed_on_is_only_an_edit(outbox, post, change, channels, clock):
    number = await post(NEWS)
    await drain(outbox, clock)

    await change(number, replace(NEWS, title="Renamed"))
    await drain(outbox, clock)

    assert channels.calls == ["send", "crosspost", "edit"]


async def test_a_message_that_somebody_deleted_before_it_was_handed_on_stays_deleted(
    outbox, post, channels, clock
):
    await post(NEWS)
    await outbox.deliver_due()
    channels.shown.clear()

    await drain(outbox, clock)

    assert channels.shown == []
    assert channels.calls == ["send", "crosspost"]


@pytest.mark.parametrize("wait", [timedelta(seconds=1), timedelta(hours=5)])
@pytest.mark.parametrize("is_sent", [False, True])
async def test_news_of_a_process_that_died_is_sent_and_handed_on_once(
    restart, post, channels, store, clock, is_sent, wait
):
    number = await post(NEWS)
    async with store.write() as work:
        await work.announcements.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
        await work.announcements.mark_started(number, at=clock())
    if is_sent:
        await channels.send(FEED, NEWS)
    clock.advance(wait)

    await drain(await restart(), clock)

    assert [one.is_crossposted for one in channels.shown] == [True]


async def test_a_post_is_opened_once(outbox, post, channels, clock):
    await post(POST)

    await drain(outbox, clock)

    assert channels.titles() == ["New video"]
    assert channels.calls == ["send"]


@pytest.mark.parametrize("is_sent", [False, True])
async def test_a_post_of_unknown_outcome_is_looked_for_even_at_once(
    outbox, post, channels, clock, is_sent
):
    await post(POST)
    (channels.failures_after if is_sent else channels.failures).append(TORN)

    await drain(outbox, clock)

    assert channels.titles() == ["New video"]
    assert channels.calls[:2] == ["send", "find"]
    assert channels.calls.count("send") == (1 if is_sent else 2)


async def test_a_post_that_appears_late_is_not_opened_again(outbox, post, channels, clock):
    await post(POST)
    channels.failures.append(TORN)
    started = clock()
    await outbox.deliver_due()
    while clock() - started < LATE - timedelta(seconds=20):
        clock.advance(seconds=10)
        await outbox.deliver_due()
    assert "find" in channels.calls
    assert channels.calls.count("send") == 1

    await channels.send(FEED, POST)
    await drain(outbox, clock)

    assert channels.titles() == ["New video"]


async def test_a_post_that_never_appears_is_opened_in_the_end(outbox, post, channels, clock):
    await post(POST)
    channels.failures.append(OutcomeUnknown("The connection broke."))

    await drain(outbox, clock)

    assert channels.titles() == ["New video"]


@pytest.mark.parametrize("is_sent", [False, True])
@pytest.mark.parametrize("wait", [timedelta(seconds=1), timedelta(minutes=2), timedelta(days=2)])
async def test_a_post_of_a_process_that_died_is_there_once(
    restart, post, channels, store, clock, is_sent, wait
):
    number = await post(POST)
    async with store.write() as work:
        await work.announcements.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
        await work.announcements.mark_started(number, at=clock())
    if is_sent:
        await channels.send(FEED, POST)
    clock.advance(wait)

    await drain(await restart(), clock)

    assert channels.titles() == ["New video"]
    assert channels.calls[-1] == ("find" if is_sent else "send")


async def test_a_post_that_is_taken_back_while_its_outcome_is_unknown_is_removed(
    outbox, post, change, channels, clock
):
    number = await post(POST)
    channels.failures_after.append(TORN)
    await outbox.deliver_due()

    await change(number, wanted=Wanted.GONE)
    await drain(outbox, clock)

    assert channels.shown == []
    assert channels.calls == ["send", "find", "delete"]


async def test_a_post_that_was_refused_is_tried_again_when_revived(outbox, post, channels, clock):
    await post(POST)
    channels.failures.append(REFUSED)
    await drain(outbox, clock)

    await outbox.revive(younger_than=timedelta(days=1))
    await drain(outbox, clock)

    assert channels.titles() == ["New video"]
    assert channels.calls == ["send", "send"]


async def test_pictures_that_never_arrive_in_time_are_set_aside_in_the_end(
    outbox, post, channels, store, clock
):
    number = await post(PICTURES)
    await post(replace(SHEET, marker="m-2", title="The next one"))
    send = channels.send

    async def be_too_slow(channel_id, sheet):
        if sheet != PICTURES:
            return await send(channel_id, sheet)
        channels.calls.append("upload")
        raise TimeoutError

    channels.send = be_too_slow
    await drain(outbox, clock, rounds=200)

    found = await standing(store, number)
    assert found.is_parked
    assert "too slow" in found.reason
    assert 2 <= channels.calls.count("upload") <= MOST_ATTEMPTS
    assert channels.titles(FEED) == ["The next one"]


async def test_pictures_that_were_set_aside_are_looked_for_before_they_are_sent_again(
    outbox, post, channels, clock
):
    await post(PICTURES)
    send = channels.send

    async def arrive_too_late(channel_id, sheet):
        if len(channels.calls) == MOST_ATTEMPTS:
            await send(channel_id, sheet)
        else:
            channels.calls.append("upload")
        raise TimeoutError

    channels.send = arrive_too_late
    await drain(outbox, clock, rounds=200)
    assert channels.titles(FEED) == ["New video"]

    channels.send, before = send, len(channels.calls)
    await outbox.revive(younger_than=timedelta(days=1))
    await drain(outbox, clock)

    assert channels.calls[before:] == ["find"]
    assert channels.titles(FEED) == ["New video"]


async def test_a_message_without_pictures_is_tried_for_as_long_as_discord_takes(
    outbox, post, channels, clock
):
    await post(SHEET)
    channels.failures.extend([TimeoutError()] * (3 * MOST_ATTEMPTS))

    await drain(outbox, clock, rounds=600)

    assert channels.titles(FEED) == ["New video"]


async def test_a_long_upload_is_not_begun_by_another_process_meanwhile(
    new_outbox, post, channels, clock
):
    await post(PICTURES)
    send, other, claimed = channels.send, new_outbox(), []

    async def take_long(channel_id, sheet):
        clock.advance(deadline_of(sheet))
        claimed.append(await other.deliver_due())
        return await send(channel_id, sheet)

    channels.send = take_long
    await new_outbox().deliver_due()

    assert claimed == [0]
    assert channels.titles(FEED) == ["New video"]


async def test_sheets_are_never_folded_however_many_and_old_they_are(
    new_outbox, post, channels, clock
):
    for number in range(12):
        await post(replace(SHEET, marker=f"m-{number}", title=f"Post {number}"))
    clock.advance(days=3)

    outbox = new_outbox(digests=DigestPolicy(above=2, stale=timedelta(hours=12)))
    await drain(outbox, clock)

    assert channels.titles(FEED) == [f"Post {number}" for number in range(12)]


async def test_a_digest_does_not_overtake_a_sheet(new_outbox, post, channels, store, clock, link):
    async def happen(*titles):
        async with store.write() as work:
            ids = await work.changes.add([factories.change()] * len(titles), at=clock())
            for change_id, title in zip(ids, titles, strict=True):
                await work.announcements.add(
                    factories.card(marker=f"c-{change_id}", title=title),
                    channel_id=FEED,
                    link_id=link.id,
                    change_id=change_id,
                    at=clock(),
                )

    await happen("a", "b", "c")
    await post(SHEET)
    await happen("d", "e", "f")

    await drain(new_outbox(digests=DigestPolicy(above=2)), clock)

    assert channels.told(FEED) == ["a", "b", "c", "New video", "d", "e", "f"]
    assert len(channels.shown) == 3
