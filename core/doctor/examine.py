"""The examination that a server may ask for: its own matters, and the bot as a whole."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.accounts import TokenState
from core.doctor.checks import Check, arranged, without
from core.doctor.guild import GuildFacts, judge_connection, judge_guild
from core.doctor.hook import Door, judge_door, judge_hooks
from core.doctor.machine import Machine, judge_clocks, judge_machine
from core.doctor.patreon import Found, ask, judge_account, judge_found, judge_state, load_account
from core.doctor.rules import COMMANDS, OPENS
from core.doctor.work import Choices, judge_links, judge_usage, judge_work
from core.errors import BotError, TemporaryError
from core.guilds import Link
from core.ports import Clock, Connection, PatreonOf
from core.status import Status, StatusReport
from core.store import Store

PATIENCE = timedelta(seconds=20)
"""How long one account at Patreon, or what is around the bot, may take to answer."""

DEADLINE = timedelta(seconds=90)
KEEP = timedelta(minutes=10)
PAUSE = timedelta(seconds=10)
"""An examination that is younger is shown again, so that a button cannot ask Patreon for ever."""

MOST_KEPT = 200
MOST_ACCOUNTS = 5


class Surroundings(Protocol):
    """What is around the bot. Nothing here raises what it finds."""

    async def machine(self) -> Machine:
        """Look at the machine."""
        ...

    async def clocks(self) -> tuple[timedelta | None, timedelta | None]:
        """Tell how far the clock is ahead of Patreon's and of Discord's, None when unknown."""
        ...

    async def door(self, *, is_live: bool) -> Door:
        """Look at the server's port and, when `is_live`, at its public address."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found for a server at a time, the worst first."""

    at: datetime
    checks: Sequence[Check]


class Doctor:
    """Examines, for one server at a time. It changes nothing.

    `secrets` gives what no check may say. What was found is kept for ten minutes, so that its
    pages can be turned.
    """

    def __init__(
        self,
        store: Store,
        status: Status,
        patreon_of: PatreonOf,
        surroundings: Surroundings,
        choices: Choices,
        *,
        clock: Clock,
        secrets: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._store = store
        self._status = status
        self._patreon_of = patreon_of
        self._surroundings = surroundings
        self._choices = choices
        self._clock = clock
        self._secrets = secrets
        self._kept: dict[int, Examination] = {}
        self._lock = asyncio.Lock()

    def latest(self, guild_id: int) -> Examination | None:
        """Give the server's latest examination, None when it is too old or there was none."""
        kept = self._kept.get(guild_id)
        is_fresh = kept is not None and timedelta() <= self._clock() - kept.at < KEEP
        return kept if is_fresh else None

    async def links_of(self, guild_id: int) -> Sequence[Link]:
        """Give the server's links, whose channels are to be examined; none without a database."""
        try:
            async with self._store.read() as work:
                return await work.links.of_guild(guild_id)
        except BotError:
            return ()

    async def examine(self, guild: GuildFacts, connection: Connection) -> Examination:
        """Examine for a server. Others' names, accounts and channels are never told.

        Raises:
            TemporaryError: it took too long.
        """
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()), self._lock:
                known = self.latest(guild.guild_id)
                if known is not None and self._clock() - known.at < PAUSE:
                    return known
                checks = await self._checks(guild, connection)
        except TimeoutError as error:
            raise TemporaryError("The examination took too long.") from error
        done = Examination(at=self._clock(), checks=arranged(without(checks, self._secrets())))
        self._kept.pop(guild.guild_id, None)
        self._kept[guild.guild_id] = done
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return done

    async def _checks(self, guild: GuildFacts, connection: Connection) -> list[Check]:
        around = await asyncio.gather(
            self._surroundings.machine(),
            self._surroundings.clocks(),
            self._surroundings.door(is_live=True),
        )
        machine, clocks, door = around
        checks = [*judge_machine(machine), *judge_clocks(*clocks), *judge_door(door)]
        checks.append(judge_connection(connection))
        checks.append(COMMANDS.ok("Discord knows them: you have just used one."))
        try:
            await self._store.check()
            checks.append(OPENS.ok("It can be read and written."))
            checks += await self._of_store(guild, door)
        except BotError as error:
            checks.append(OPENS.fail(str(error), "Ask the bot's admin to look at the log."))
            checks += judge_guild(guild)
        return checks

    async def _of_store(self, guild: GuildFacts, door: Door) -> list[Check]:
        report = await self._status.of_guild(guild.guild_id)
        async with self._store.read() as work:
            granted = await work.role_rights.of_guild(guild.guild_id)
            creators = {c.creator.id: c.creator for c in report.campaigns if c.creator}
            accounts = [await load_account(work, creator) for creator in creators.values()]
        checks = [*judge_guild(guild, granted)]
        checks += judge_links([campaign.link for campaign in report.campaigns], self._choices)
        now = self._clock()
        checks += judge_work(report, self._choices, now=now)
        checks.append(judge_usage(report.usage))
        for account in accounts:
            checks += judge_account(account, now=now)
        founds = await self._ask(report)
        for creator in creators.values():
            found = founds.get(creator.id)
            if found is None:
                checks.append(judge_state(creator))
            else:
                linked = linked_to(report, creator.id)
                checks += judge_found(found, creator, linked, lists_all=False)
        return [*checks, *judge_hooks(report, founds, door, now=now)]

    async def _ask(self, report: StatusReport) -> Mapping[int, Found]:
        """Ask Patreon as each of the server's accounts; those without tokens are left out."""
        creators = {c.creator.id: c.creator for c in report.campaigns if c.creator}
        asked = [
            creator.id
            for creator in creators.values()
            if creator.token_state not in (TokenState.BROKEN, TokenState.DISCONNECTED)
        ][:MOST_ACCOUNTS]
        founds = await asyncio.gather(
            *(ask(self._patreon_of(creator_id), timeout=PATIENCE) for creator_id in asked)
        )
        return dict(zip(asked, founds, strict=True))


def linked_to(report: StatusReport, creator_id: int) -> list[str]:
    """List the followed campaigns of an account, as the database knows them."""
    return [
        campaign.link.campaign_id
        for campaign in report.campaigns
        if campaign.creator is not None and campaign.creator.id == creator_id
    ]
