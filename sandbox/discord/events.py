"""Tell everybody who watches what happens in the world."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias, TypedDict

from .wire import Json


class Event(TypedDict):
    """One change. `kind` is a gateway event's name in lower case, or one of this stand-in's own.

    Own kinds: `interaction_answer`, `commands_update`, `violation`, `gateway_connect` (a client
    has a session) and `gateway_disconnect`. Ids are strings, as on the wire; `viewer_id` is set
    when only that user sees the change.
    """

    kind: str
    guild_id: str | None
    channel_id: str | None
    viewer_id: str | None
    data: Json


Listener: TypeAlias = Callable[[Event], None]


class Subscription:
    """A bounded queue of events; for a slow reader, the oldest are dropped and counted."""

    def __init__(self, size: int, on_close: Callable[["Subscription"], None]) -> None:
        self._events: deque[Event] = deque(maxlen=size)
        self._arrived = asyncio.Event()
        self._on_close = on_close
        self.missed = 0
        """How many events were dropped unread."""

    def push(self, event: Event) -> None:
        """Add `event`, dropping the oldest one when there is no room."""
        if len(self._events) == self._events.maxlen:
            self.missed += 1
        self._events.append(event)
        self._arrived.set()

    async def next(self, *, timeout: float = 5.0) -> Event:
        """Take the oldest unread event, waiting up to `timeout` seconds for one.

        Raises:
            TimeoutError: nothing happened.
        """
        async with asyncio.timeout(timeout):
            while not self._events:
                self._arrived.clear()
                await self._arrived.wait()
        return self._events.popleft()

    async def wait_for(self, kind: str, *, timeout: float = 5.0) -> Event:
        """Take events until one of `kind` comes, and return that one.

        Raises:
            TimeoutError: none came within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while (event := await self.next(timeout=timeout))["kind"] != kind:
                pass
        return event

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yield events for ever; one second without any yields nothing and waits on."""
        while True:
            try:
                yield await self.next(timeout=1.0)
            except TimeoutError:
                continue

    def close(self) -> None:
        """Stop receiving events."""
        self._on_close(self)

    def __enter__(self) -> "Subscription":
        """Use the subscription for the length of a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


class Observers:
    """Passes each event to listeners (at once) and to subscriptions (through their queues)."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._subscriptions: list[Subscription] = []
        self._changed: set[asyncio.Event] = set()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event, in order; returns the function that ends this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def subscribe(self, size: int = 1000) -> Subscription:
        """Open a queue that holds up to `size` unread events."""
        subscription = Subscription(size, self._subscriptions.remove)
        self._subscriptions.append(subscription)
        return subscription

    def tell(self, event: Event) -> None:
        """Pass `event` on."""
        for listener in tuple(self._listeners):
            listener(event)
        for subscription in tuple(self._subscriptions):
            subscription.push(event)
        for changed in self._changed:
            changed.set()

    async def until(self, happened: Callable[[], bool], *, timeout: float, what: str) -> None:
        """Wait until `happened()` is true; it is asked again after every event.

        Raises:
            TimeoutError: it did not become true within `timeout` seconds; the text names `what`.
        """
        changed = asyncio.Event()
        self._changed.add(changed)
        try:
            async with asyncio.timeout(timeout):
                while not happened():
                    changed.clear()
                    await changed.wait()
        except TimeoutError as error:
            raise TimeoutError(f"Waited {timeout:g} s in vain for {what}.") from error
        finally:
            self._changed.discard(changed)
