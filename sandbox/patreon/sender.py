"""Send webhooks over HTTP, in order per hook, and try again as Patreon does."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import aiohttp

from sandbox.patreon.clock import Clock
from sandbox.patreon.hooks import Attempt, Delivery, Hook, HookBook, sign

POLL = 0.25
ANSWER_LIMIT = 500


class HookSender:
    """Deliver what waits in a `HookBook`; a background task does so while the sender is open.

    `timeout` is how many seconds a receiver may take (Patreon's own limit is not documented).
    """

    def __init__(self, book: HookBook, now: Clock, *, timeout: float = 10.0) -> None:
        self._book = book
        self._now = now
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._unsubscribe = book.subscribe(self._notice)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=self._timeout, headers={"User-Agent": "Patreon sandbox"}, trust_env=False
        )
        self._task = asyncio.create_task(self._run(), name="patreon sandbox webhooks")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unsubscribe()
        tasks = [*self._busy.values()]
        if self._task is not None:
            tasks.append(self._task)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    def wake(self) -> None:
        """Look for due events soon."""
        self._notice()

    async def drain(self, timeout: float = 5.0) -> None:
        """Wait until no event is due now; failed ones that wait for their next try do not count.

        Raises:
            TimeoutError: that took longer than `timeout` seconds.
        """
        self._notice()
        async with asyncio.timeout(timeout):
            await self._idle.wait()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            for hook in tuple(self._book.hooks.values()):
                if hook.id not in self._busy and self._book.next_for(hook) is not None:
                    self._busy[hook.id] = asyncio.create_task(self._serve(hook))
            if not self._busy:
                self._idle.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._wake.wait()

    async def _serve(self, hook: Hook) -> None:
        try:
            while (delivery := self._book.next_for(hook)) is not None:
                attempt = await self._attempt(hook, delivery)
                self._book.settle(hook, delivery, attempt)
        finally:
            self._busy.pop(hook.id, None)
            self._wake.set()

    async def _attempt(self, hook: Hook, delivery: Delivery) -> Attempt:
        delivery.headers = {
            "Content-Type": "application/json",
            "X-Patreon-Event": delivery.trigger,
            "X-Patreon-Signature": sign(delivery.body, hook.secret),
        }
        at = self._now()
        assert self._session is not None  # noqa: S101 - the task runs only while it is open
        try:
            async with self._session.post(
                hook.uri, data=delivery.body, headers=delivery.headers, allow_redirects=False
            ) as answer:
                text = (await answer.content.read(ANSWER_LIMIT)).decode(errors="replace")
                return Attempt(at, answer.status, text)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            return Attempt(at, None, f"{type(error).__name__}: {error}"[:ANSWER_LIMIT])

    def _notice(self) -> None:
        self._idle.clear()
        self._wake.set()
