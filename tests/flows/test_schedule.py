"""Scheduled posts go out once, at their time, whatever clocks and processes do meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.alarm import Alarm
from core.calendars import parse_when
from core.drafts import DraftState
from core.errors import TemporaryError
from core.schedule import BREATH, Schedule
from storage.store import SqlStore
from tests.flows.desks import APPROVER, CHIEF, GUILD, Desk, open_desk
from tests.flows.seams import Killed, Seams, SeamStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
LONGEST_STEP = timedelta(hours=6)


@pytest.fixture
async def desk(store, clock):
    return await open_desk(store, clock)


def start(desk):
    """Start a process over the desk's database."""
    alarm = Alarm(desk.clock)
    return Schedule(desk.composing, clock=desk.clock, random=lambda: 0.5, alarm=alarm)


async def live(schedule, clock, until):
    """Let the worker work as long as the clock goes on; naps are as long as it says."""
    while clock() < until:
        wake = await schedule.work()
        clock.now = min(until, clock() + LONGEST_STEP, wake or until)
    await schedule.work()


async def plan(desk, said, zone="Europe/Berlin", title="News"):
    """Write a post and schedule it for a time as somebody writes it."""
    when = parse_when(said, zone, desk.clock())
    draft = await desk.write(CHIEF, title=title)
    return await desk.composing.schedule(
        GUILD, CHIEF, draft.id, draft.version, at=when.at, zone=when.zone
    )


async def went_out(desk, draft):
    """When a post went out, and that it did so with one message."""
    now = await desk.draft(draft.id)
    assert now.state is DraftState.PUBLISHED
    assert len(await desk.messages(draft.id)) == 1
    return now.published_at


async def is_waiting(desk, draft):
    assert await desk.messages(draft.id) == []
    return (await desk.draft(draft.id)).state is DraftState.SCHEDULED


async def test_a_post_goes_out_at_its_time_and_not_before(desk, clock):
    draft = await plan(desk, "24.12.2026 18:00")
    schedule = start(desk)

    await live(schedule, clock, draft.publish_at - timedelta(seconds=1))
    assert await is_waiting(desk, draft)
    await live(schedule, clock, draft.publish_at + DAY)

    assert await went_out(desk, draft) == draft.publish_at
    assert desk.announced == 1


@pytest.mark.parametrize(
    ("now", "said", "shown"),
    [
        # The clocks go forward at 02:00, back at 03:00.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "29.3.2026 02:30", "2026-03-29 03:30 +0200"),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "tomorrow 09:00", "2026-03-29 09:00 +0200"),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "today 23:59", "2026-03-28 23:59 +0100"),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "25.10.2026 02:30", "2026-10-25 02:30 +0200"),
        (
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            "2026-10-25T02:30+01:00",
            "2026-10-25 02:30 +0100",
        ),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "tomorrow 09:00", "2026-10-25 09:00 +0100"),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "in 24 hours", "2026-10-25 13:00 +0100"),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "in 1 day", "2026-10-25 14:00 +0100"),
    ],
)
async def test_over_a_change_of_clocks_a_post_goes_out_when_the_clocks_there_say_so(
    store, clock, now, said, shown
):
    clock.now = now
    desk = await open_desk(store, clock)
    draft = await plan(desk, said)

    await live(start(desk), clock, now + 2 * DAY)

    local = (await went_out(desk, draft)).astimezone(BERLIN)
    assert f"{local:%Y-%m-%d %H:%M %z}" == shown


async def test_posts_for_one_time_in_many_zones_go_out_one_after_the_other(desk, clock):
    zones = ["Pacific/Auckland", "Asia/Kolkata", "UTC", "America/St_Johns", "Pacific/Honolulu"]
    drafts = [await plan(desk, "24.12.2026 18:00", zone, title=zone) for zone in zones]

    await live(start(desk), clock, clock() + 40 * DAY)

    times = [await went_out(desk, draft) for draft in drafts]
    assert times == sorted(times)
    assert len(set(times)) == len(zones)


async def test_a_restart_before_the_time_changes_nothing(desk, clock):
    draft = await plan(desk, "in 10 hours")
    await live(start(desk), clock, clock() + 5 * HOUR)

    await live(start(desk), clock, clock() + 10 * HOUR)

    assert await went_out(desk, draft) == draft.publish_at


async def test_a_restart_after_the_time_publishes_nothing_again(desk, clock):
    draft = await plan(desk, "in 1 hour")
    await live(start(desk), clock, clock() + 2 * HOUR)
    before = await desk.draft(draft.id)

    for _ in range(3):
        await live(start(desk), clock, clock() + HOUR)

    assert await desk.draft(draft.id) == before
    assert len(await desk.messages(draft.id)) == 1


async def test_a_time_that_passed_while_the_bot_was_away_is_made_up_for(desk, clock):
    draft = await plan(desk, "in 1 hour")
    clock.advance(hours=20)

    await start(desk).work()

    assert await went_out(desk, draft) == clock()


async def test_a_time_that_was_missed_by_more_than_a_day_is_told_instead(desk, clock):
    draft = await plan(desk, "in 1 hour")
    clock.advance(days=3)

    assert await start(desk).work() is None

    missed = await desk.draft(draft.id)
    assert missed.state is DraftState.EDITING
    assert "missed by more than a day" in missed.note
    assert await desk.messages(draft.id) == []


async def test_posts_wait_while_they_are_held_back_and_go_out_afterwards(desk, clock):
    draft = await plan(desk, "in 1 hour")
    schedule = start(desk)
    await desk.composing.pause(GUILD, CHIEF)

    await live(schedule, clock, clock() + 5 * HOUR)
    assert await is_waiting(desk, draft)
    assert await schedule.work() is None
    await desk.composing.resume(GUILD, APPROVER)
    await schedule.work()

    assert await went_out(desk, draft) == clock()


@pytest.mark.parametrize("jump", [HOUR, DAY, -HOUR, -DAY, -40 * DAY])
async def test_a_clock_that_jumps_publishes_once(desk, clock, jump):
    draft = await plan(desk, "in 2 hours")
    schedule = start(desk)
    await live(schedule, clock, clock() + HOUR)

    clock.advance(jump)
    await schedule.work()
    clock.advance(-jump)
    await live(schedule, clock, draft.publish_at + HOUR)

    await went_out(desk, draft)
    assert desk.announced == 1


async def test_a_post_that_was_moved_goes_out_at_its_new_time(desk, clock):
    draft = await plan(desk, "in 2 hours")
    schedule = start(desk)
    await live(schedule, clock, clock() + HOUR)
    later = draft.publish_at + 5 * HOUR
    moved = await desk.composing.schedule(
        GUILD, CHIEF, draft.id, draft.version, at=later, zone="UTC"
    )

    await live(schedule, clock, draft.publish_at + HOUR)
    assert await is_waiting(desk, moved)
    await live(schedule, clock, later)

    assert await went_out(desk, draft) == later


async def test_a_post_that_was_taken_off_the_schedule_stays(desk, clock):
    draft = await plan(desk, "in 2 hours")
    await desk.composing.unschedule(GUILD, CHIEF, draft.id, draft.version)

    await live(start(desk), clock, clock() + DAY)

    assert (await desk.draft(draft.id)).state is DraftState.EDITING
    assert await desk.messages(draft.id) == []


async def test_two_processes_publish_every_post_once(database_url, keys, clock, store, desk):
    drafts = [await plan(desk, "in 1 hour", title=f"Post {number}") for number in range(15)]
    clock.advance(hours=1)
    others = [SqlStore(database_url, keys=keys, clock=clock) for _ in range(2)]

    try:
        processes = [desk, *(Desk(other, clock) for other in others)]
        await asyncio.gather(*(start(one).work() for one in processes))
    finally:
        for other in others:
            await other.close()

    for draft in drafts:
        await went_out(desk, draft)
    assert sum(one.announced for one in processes) == len(drafts)
    assert (await desk.acts()).count("post.published") == len(drafts)


async def test_a_process_that_dies_anywhere_publishes_nothing_twice_and_loses_nothing(
    store, clock, desk
):
    died = 0
    for passing in range(1, 40):
        draft = await plan(desk, "in 1 hour", title=f"Post {passing}")
        clock.advance(hours=1)
        seams = Seams()
        mortal = Desk(SeamStore(store, seams), clock)
        seams.strike_after(passing)
        try:
            await start(mortal).work()
        except Killed:
            died += 1

        await start(desk).work()

        await went_out(desk, draft)
        if not seams.is_dead:
            break

    assert died >= 4


class Ticket:
    """Posts that a test makes due."""

    def __init__(self, clock):
        self.clock = clock
        self.due = []
        self.in_other_hands = []
        self.published = []
        self.failure = None
        self.asked = 0

    async def next_due(self):
        return min(self.due + self.in_other_hands, default=None)

    async def publish_due(self, *, beat):
        beat()
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        now = [at for at in self.due if at <= self.clock()]
        self.due = [at for at in self.due if at > self.clock()]
        self.published += now
        return len(now)


@pytest.fixture
def ticket(clock):
    return Ticket(clock)


@pytest.fixture
def schedule(ticket, clock):
    return Schedule(ticket, clock=clock, random=lambda: 0.5, alarm=Alarm(clock))


async def test_the_next_look_is_when_the_next_post_is_due(ticket, schedule, clock):
    ticket.due = [clock() + HOUR, clock() + 2 * HOUR]

    assert await schedule.work() == clock() + HOUR
    clock.advance(HOUR)
    assert await schedule.work() == clock() + HOUR
    clock.advance(HOUR)
    assert await schedule.work() is None


async def test_what_is_due_and_in_other_hands_is_not_asked_for_without_a_breath(
    ticket, schedule, clock
):
    ticket.in_other_hands = [clock() - HOUR]

    assert await schedule.work() == clock() + BREATH


async def test_while_the_database_is_away_the_waits_grow_and_it_is_told_once(
    ticket, schedule, clock, caplog
):
    ticket.due = [clock()]
    ticket.failure = TemporaryError("The database is too busy.")
    waits = []
    for _ in range(8):
        waits.append(await schedule.work() - clock())
        clock.advance(waits[-1])
    ticket.failure = None

    assert await schedule.work() is None

    assert waits == sorted(waits)
    assert waits[0] < timedelta(seconds=3) < timedelta(seconds=45) < waits[-1]
    assert [one.getMessage() for one in caplog.records if one.levelname == "WARNING"] == [
        "scheduled posts have to wait"
    ]
    assert ticket.published != []


async def test_a_ring_wakes_the_worker_and_its_pulse_rests_while_it_waits(ticket, clock):
    alarm = Alarm(clock)
    schedule = Schedule(ticket, clock=clock, random=lambda: 0.5, alarm=alarm)
    working = asyncio.create_task(schedule.run())
    await until(lambda: alarm.pulse.is_resting)
    beats = alarm.pulse.beats

    ticket.due = [clock()]
    alarm.ring()
    await until(lambda: ticket.published)
    await until(lambda: alarm.pulse.is_resting)

    assert alarm.pulse.beats > beats
    assert ticket.asked == 2
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def until(happened):
    async with asyncio.timeout(5):
        while not happened():
            await asyncio.sleep(0.005)
