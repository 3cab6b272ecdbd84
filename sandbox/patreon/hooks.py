"""Webhooks: who wants which events, what waits to be sent, and what became of it.

Source: reference "Delivery": a 2xx answer is success; otherwise tries follow after about 30 s,
5 min, 15 min, 1 h, 3 h, 1 day and 1 week; while a hook fails its events are stored, and the next
success (or `paused: false`) brings them all.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.patreon.clock import Clock

TRIGGERS = (
    "members:create",
    "members:update",
    "members:delete",
    "members:pledge:create",
    "members:pledge:update",
    "members:pledge:delete",
    "posts:publish",
    "posts:update",
    "posts:delete",
)
RETRY_AFTER = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(weeks=1),
)
MAX_WAITING = 100_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver; `status` is `None` when no answer came, and `answer` tells why."""

    at: datetime
    status: int | None
    answer: str

    @property
    def succeeded(self) -> bool:
        """Whether the receiver answered with a 200-class status."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True, eq=False)
class Delivery:
    """One event on its way to one hook: the exact body, its headers and every attempt."""

    id: int
    hook_id: str
    trigger: str
    body: bytes
    created_at: datetime
    not_before: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    delivered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def signature(self) -> str | None:
        """The signature that was last sent; `None` before the first attempt."""
        return self.headers.get("X-Patreon-Signature")

    async def wait(self, timeout: float = 5.0) -> None:
        """Wait until the receiver took it.

        Raises:
            TimeoutError: that took longer than `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            await self.delivered.wait()


@dataclass(slots=True, eq=False)
class Hook:
    """A webhook of a campaign. `client_id` is `None` for one made by hand in the portal."""

    id: str
    campaign_id: str
    uri: str
    secret: str
    triggers: tuple[str, ...]
    client_id: str | None = None
    paused: bool = False
    failures: int = 0
    last_attempted_at: datetime | None = None
    next_attempt_at: datetime | None = None
    waiting: deque[Delivery] = field(default_factory=lambda: deque(maxlen=MAX_WAITING))


@dataclass(slots=True)
class Traffic:
    """Switches that make deliveries as untidy as they are in the field.

    `copies` sends each event that many times; `is_reversed` turns the events of one happening
    around; `delay` holds each back; `is_held` holds all back until it is switched off.
    """

    copies: int = 1
    is_reversed: bool = False
    delay: timedelta = timedelta(0)
    is_held: bool = False


def sign(body: bytes, secret: str) -> str:
    """Compute `X-Patreon-Signature`: the hex HMAC-MD5 of the raw body.

    Source: docs.patreon.com, "Webhooks".
    """
    return hmac.new(secret.encode(), body, hashlib.md5).hexdigest()


class HookBook:
    """All hooks and their events. `pause_after` failures in a row pause a hook."""

    def __init__(self, now: Clock, *, kept: int = 1000) -> None:
        self.hooks: dict[str, Hook] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=kept)
        self.traffic = Traffic()
        self.pause_after = len(RETRY_AFTER) + 1
        self._now = now
        self._next_hook = 756_000
        self._next_delivery = 1
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when something may be ready to send; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wake(self) -> None:
        """Tell the listeners to look again, as after a change of `traffic`."""
        for listener in tuple(self._listeners):
            listener()

    def add(
        self,
        campaign_id: str,
        uri: str,
        *,
        triggers: Iterable[str] = TRIGGERS,
        secret: str | None = None,
        client_id: str | None = None,
    ) -> Hook:
        """Register a hook and give it a secret."""
        hook = Hook(
            id=str(self._next_hook),
            campaign_id=campaign_id,
            uri=uri,
            secret=secret if secret is not None else secrets.token_urlsafe(48),
            triggers=tuple(triggers),
            client_id=client_id,
        )
        self._next_hook += 1
        self.hooks[hook.id] = hook
        return hook

    def remove(self, hook_id: str) -> None:
        """Delete a hook and what waited for it."""
        self.hooks.pop(hook_id).waiting.clear()

    def unpause(self, hook: Hook) -> None:
        """Send a paused hook everything that was stored for it."""
        hook.paused = False
        hook.next_attempt_at = None
        self.wake()

    def enqueue(self, campaign_id: str, events: Sequence[tuple[str, bytes]]) -> list[Delivery]:
        """Store `(trigger, body)` pairs of one happening for every hook that wants them."""
        ordered = tuple(reversed(events)) if self.traffic.is_reversed else tuple(events)
        stored = [
            self.store(hook, trigger, body)
            for hook in tuple(self.hooks.values())
            if hook.campaign_id == campaign_id
            for trigger, body in ordered
            if trigger in hook.triggers
            for _ in range(self.traffic.copies)
        ]
        if stored:
            self.wake()
        return stored

    def store(self, hook: Hook, trigger: str, body: bytes) -> Delivery:
        """Put one body into a hook's queue, whatever its triggers are; `wake` sends it."""
        now = self._now()
        delivery = Delivery(
            id=self._next_delivery,
            hook_id=hook.id,
            trigger=trigger,
            body=body,
            created_at=now,
            not_before=now + self.traffic.delay,
        )
        self._next_delivery += 1
        hook.waiting.append(delivery)
        self.deliveries.append(delivery)
        return delivery

    def next_for(self, hook: Hook) -> Delivery | None:
        """Pick the event that a hook should be sent now; `None` when it has to wait."""
        now = self._now()
        if self.traffic.is_held or hook.paused or hook.id not in self.hooks or not hook.waiting:
            return None
        if hook.next_attempt_at is not None and now < hook.next_attempt_at:
            return None
        return next((item for item in hook.waiting if item.not_before <= now), None)

    def has_due(self) -> bool:
        """Say whether any event should be sent now."""
        return any(self.next_for(hook) is not None for hook in self.hooks.values())

    def settle(self, hook: Hook, delivery: Delivery, attempt: Attempt) -> None:
        """Note what became of an attempt, and when the next one is due."""
        delivery.attempts.append(attempt)
        hook.last_attempted_at = attempt.at
        if attempt.succeeded:
            hook.failures = 0
            hook.next_attempt_at = None
            if delivery in hook.waiting:
                hook.waiting.remove(delivery)
            delivery.delivered.set()
            return
        hook.failures += 1
        hook.paused = hook.failures >= self.pause_after
        delay = RETRY_AFTER[min(hook.failures, len(RETRY_AFTER)) - 1]
        hook.next_attempt_at = attempt.at + delay
