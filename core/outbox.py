"""The outbox: brings channels to what is wanted, one step at a time."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.alarm import Alarm
from core.announcements import (
    SEND_TIMEOUT,
    Announcement,
    Sends,
    Step,
    Wanted,
    deadline_of,
    next_step,
)
from core.backoff import Random, delay
from core.digest import NO_DIGESTS, DigestPolicy, Digests
from core.errors import (
    BotError,
    MessageGone,
    OutcomeUnknown,
    PermanentError,
    TemporaryError,
)
from core.meters import ANNOUNCEMENTS, NO_METERS, Meters
from core.ports import Clock, Publisher
from core.sheets import Showable, is_forum_post, upload_bytes, wants_crosspost
from core.steps import step as passing
from core.store import Store, Work

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""More than `SEND_TIMEOUT`, so that there are never two senders; longer uploads get more."""

AT_ONCE = 20
MOST_ATTEMPTS = 10
"""So often is tried what fails for a reason of its own, before it is set aside."""

SLACK = timedelta(hours=1)
"""How far Discord's clock and ours may differ when a message is searched by time."""

LATE = timedelta(minutes=2)
"""So long after its start a forum's post may still appear: one that is not there is waited for."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An announcement as it was claimed; `is_started`: its first send is noted as started."""

    announcement: Announcement
    is_started: bool


class Outbox:
    """Delivers announcements. Every step may be repeated without harm.

    `allowed` says how long a step with some content may take.
    """

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        *,
        clock: Clock,
        random: Random,
        alarm: Alarm,
        digests: DigestPolicy = NO_DIGESTS,
        monotonic: Callable[[], float] = time.monotonic,
        meters: Meters = NO_METERS,
        allowed: Callable[[Showable], timedelta] = deadline_of,
    ) -> None:
        self._meters = meters
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._random = random
        self._alarm = alarm
        self._digests = Digests(digests)
        self._sends = Sends(monotonic)
        self._allowed = allowed

    async def run(self) -> None:
        """Deliver announcements as they become due, for good.

        A channel that answers slowly holds up no other: whenever a delivery ends, the next due
        announcement is taken.
        """
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                if len(running) < AT_ONCE:
                    for claimed in await self._claim(AT_ONCE - len(running)):
                        delivery = asyncio.create_task(self._deliver(claimed))
                        running.add(delivery)
                        delivery.add_done_callback(running.discard)
                        delivery.add_done_callback(lambda _: self._alarm.ring())
                if not running:
                    self._alarm.go_on()
                async with self._store.read() as work:
                    next_due = await work.announcements.next_due()
                await self._alarm.wait(
                    next_due if len(running) < AT_ONCE else None, in_hand=bool(running)
                )
        except asyncio.CancelledError:
            for delivery in running:
                delivery.cancel()
            raise
        finally:
            # Deliveries in hand may finish; each is written down as started, so one that is
            # cancelled is not sent twice.
            await asyncio.gather(*running, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Take one step for the oldest due announcement of each channel; gives how many."""
        claimed = await self._claim(AT_ONCE)
        await asyncio.gather(*(self._deliver(one) for one in claimed))
        return len(claimed)

    async def revive(self, *, younger_than: timedelta) -> int:
        """Try parked announcements again whose cause may be mended by now; gives how many."""
        now = self._clock()
        async with self._store.write() as work:
            count = await work.announcements.revive(now, since=now - younger_than)
        if count:
            self._alarm.ring()
        return count

    async def _claim(self, limit: int) -> Sequence[_Claimed]:
        async with self._store.write() as work:
            now = self._clock()
            due = await work.announcements.claim_due(now, lease=LEASE, limit=limit)
            for one in due:
                if upload_bytes(one.shows):
                    more = self._allowed(one.shows) - SEND_TIMEOUT
                    await work.announcements.hold(one.id, until=now + LEASE + more)
            claimed = [_Claimed(one, await self._start_alone(work, one)) for one in due]
        if claimed:
            passing("deliver.claimed")
        return claimed

    async def _start_alone(self, work: Work, announcement: Announcement) -> bool:
        """Note a first send as started at once when there is nothing that it could be folded with.

        It is sent right after this transaction; one for the claim and one for the start would
        cost the time of a second commit.
        """
        if not announcement.is_unsent:
            return False
        is_started = await work.announcements.start_alone(announcement.id, at=self._clock())
        if is_started:
            self._sends.begin(announcement.id)
        return is_started

    async def _deliver(self, claimed: _Claimed) -> None:
        """Take one step and write down how it ended; never raises.

        What cannot be written down comes back when the lease runs out.
        """
        announcement = claimed.announcement
        try:
            await self._deliver_or_raise(claimed)
        except BotError as error:
            log.warning(
                "delivery not noted",
                extra={"announcement": announcement.id, "reason": str(error)},
            )
        except Exception:
            log.exception("delivery not noted", extra={"announcement": announcement.id})
        finally:
            self._alarm.pulse.beat()

    async def _deliver_or_raise(self, claimed: _Claimed) -> None:
        announcement = claimed.announcement
        since_start = self._sends.since(announcement.id)
        step = next_step(announcement, now=self._clock(), since_start=since_start)
        is_upload = step in (Step.SEND, Step.EDIT) and upload_bytes(announcement.shows) > 0
        deadline = self._allowed(announcement.shows) if is_upload else SEND_TIMEOUT
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                await self._take(step, claimed)
        except TimeoutError:
            await self._timed_out(announcement, deadline if is_upload else None)
        except TemporaryError as error:
            await self._retry(announcement, error)
        except BotError as error:
            await self._park(announcement, error)
        except Exception as error:
            log.exception("announcement failed", extra={"announcement": announcement.id})
            if announcement.attempts >= MOST_ATTEMPTS:
                await self._park(announcement, PermanentError(type(error).__name__))
            else:
                await self._retry(announcement, OutcomeUnknown(type(error).__name__))

    async def _timed_out(self, announcement: Announcement, upload: timedelta | None) -> None:
        """Try again what Discord did not answer, but an `upload` of so long not for ever.

        A send that is set aside stays noted as started: it is looked for before another one.
        """
        if upload is None or announcement.attempts < MOST_ATTEMPTS:
            await self._retry(announcement, OutcomeUnknown("Discord did not answer in time."))
            return
        minutes = math.ceil(upload / timedelta(minutes=1))
        await self._park(
            announcement,
            PermanentError(
                f"Its pictures could not be sent to Discord within {minutes} minutes: the bot's "
                "connection is too slow for them, or Discord is. Use fewer or smaller ones."
            ),
        )

    async def _take(self, step: Step, claimed: _Claimed) -> None:
        """Take one step; each ends with what is shown now written down."""
        announcement = claimed.announcement
        message_id = announcement.message_id
        channel_id, content = announcement.channel_id, announcement.shows
        if step is Step.SEND:
            await self._send(claimed)
        elif step is Step.SEARCH:
            await self._search(announcement)
        elif step is Step.EDIT and message_id is not None:
            await self._publisher.edit(channel_id, message_id, content)
            if announcement.shown_version == 0 and wants_crosspost(content):
                await self._publisher.crosspost(channel_id, message_id)
            await self._note(announcement, message_id, "edited")
        elif step is Step.CROSSPOST and message_id is not None:
            await self._publisher.crosspost(channel_id, message_id)
            await self._note(announcement, message_id, "crossposted")
        elif step is Step.DELETE and message_id is not None:
            await self._publisher.delete(channel_id, message_id, in_forum=is_forum_post(content))
            await self._note(announcement, None, "deleted")
        else:
            await self._note(announcement, message_id)

    async def _send(self, claimed: _Claimed) -> None:
        announcement = claimed.announcement
        is_first = announcement.send_started_at is None
        if not claimed.is_started:
            announcement = await self._start(announcement)
        passing("deliver.started")
        try:
            message_id = await self._publisher.send(announcement.channel_id, announcement.shows)
        except (OutcomeUnknown, MessageGone):
            raise
        # A refused call sent nothing; an earlier one of unknown outcome stays noted.
        except TemporaryError as error:
            await self._retry(announcement, error, forget_start=is_first)
            return
        except PermanentError as error:
            await self._park(announcement, error, forget_start=is_first)
            return
        passing("deliver.sent")
        # What is to be handed on is not wholly shown yet: that is the next step, so that no
        # trouble with it can ever lead back to sending.
        is_whole = not wants_crosspost(announcement.shows)
        await self._note(announcement, message_id, "sent", is_whole=is_whole)
        passing("deliver.noted")

    async def _start(self, announcement: Announcement) -> Announcement:
        """Note a send as started, with what is folded into it; gives what to send."""
        if announcement.send_started_at is None:
            self._sends.begin(announcement.id)
        async with self._store.write() as work:
            announcement = await self._digests.fold(work, announcement, now=self._clock())
            await work.announcements.mark_started(announcement.id, at=self._clock())
        return announcement

    async def _search(self, announcement: Announcement) -> None:
        """Find out how a send ended whose nonce Discord may have forgotten."""
        started = announcement.send_started_at or announcement.created_at
        earliest = min(started, announcement.created_at, self._clock())
        in_forum = is_forum_post(announcement.shows)
        message_id = await self._publisher.find(
            announcement.channel_id,
            announcement.shows.marker,
            after=earliest - SLACK,
            in_forum=in_forum,
        )
        if message_id is None:
            await self._give_up(announcement, started, may_be_late=in_forum)
            return
        # What it shows may be an older version, which perhaps was not handed on: the next step
        # does what is missing, deletes it, or finds nothing to do.
        is_shown = announcement.wanted is Wanted.SHOWN and not wants_crosspost(announcement.shows)
        async with self._store.write() as work:
            await work.announcements.note_shown(
                announcement.id,
                message_id=message_id,
                version=min(announcement.version, 1) if is_shown else 0,
                at=self._clock(),
            )
        self._meters.count(ANNOUNCEMENTS, "found")

    async def _give_up(
        self, announcement: Announcement, started: datetime, *, may_be_late: bool
    ) -> None:
        """Note that a send did not arrive, unless it may still do so: then look again later."""
        now = self._clock()
        late = LATE + self._allowed(announcement.shows) - SEND_TIMEOUT
        is_fresh = may_be_late and timedelta() <= now - started < late
        async with self._store.write() as work:
            await work.announcements.retry(
                announcement.id,
                due_at=started + late if is_fresh else now,
                reason="may have been sent" if is_fresh else "was not sent",
                forget_start=not is_fresh,
            )

    async def _note(
        self,
        announcement: Announcement,
        message_id: int | None,
        end: str | None = None,
        *,
        is_whole: bool = True,
    ) -> None:
        async with self._store.write() as work:
            await work.announcements.note_shown(
                announcement.id,
                message_id=message_id,
                version=announcement.version if is_whole else 0,
                at=self._clock(),
            )
        if end is not None:
            self._meters.count(ANNOUNCEMENTS, end)

    async def _retry(
        self, announcement: Announcement, error: TemporaryError, *, forget_start: bool = False
    ) -> None:
        self._meters.count(ANNOUNCEMENTS, "put_off")
        wait = error.retry_after or delay(announcement.attempts, random=self._random)
        is_first = announcement.attempts == 1
        log.log(
            logging.WARNING if is_first else logging.DEBUG,
            "announcement put off",
            extra={"channel_id": announcement.channel_id, "reason": str(error)},
        )
        async with self._store.write() as work:
            await work.announcements.retry(
                announcement.id,
                due_at=self._clock() + wait,
                reason=str(error),
                forget_start=forget_start,
            )

    async def _park(
        self, announcement: Announcement, error: BotError, *, forget_start: bool = False
    ) -> None:
        self._meters.count(ANNOUNCEMENTS, "set_aside")
        log.warning(
            "announcement parked",
            extra={"channel_id": announcement.channel_id, "reason": str(error)},
        )
        async with self._store.write() as work:
            if isinstance(error, MessageGone):
                await work.announcements.close(announcement.id, reason=str(error))
            else:
                await work.announcements.park(
                    announcement.id, reason=str(error), forget_start=forget_start
                )
