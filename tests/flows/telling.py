"""Changes that are announced in channels, and what the channels tell of them, for tests."""

import re
from datetime import timedelta

import pytest

from core.alarm import Alarm
from core.changes import Kind
from core.digest import DigestPolicy
from core.outbox import Outbox
from tests import factories
from tests.flows.channels import Channels

FEED, OTHER, GUILD = 10, 20, 1
POLICY = DigestPolicy(above=5, stale=timedelta(hours=12))


@pytest.fixture
def channels(clock):
    return Channels(clock)


@pytest.fixture
def new_outbox(store, channels, clock):
    """Make an outbox, as a process does that starts."""

    def make(policy=POLICY):
        return Outbox(
            store,
            channels,
            clock=clock,
            random=lambda: 0.5,
            alarm=Alarm(clock),
            digests=policy,
            monotonic=lambda: clock().timestamp(),
        )

    return make


@pytest.fixture
def outbox(new_outbox):
    return new_outbox()


@pytest.fixture
async def link(store):
    await factories.save_campaign(store)
    return await factories.save_link(store, guild_id=GUILD, feed_channel_id=FEED)


@pytest.fixture
def happen(store, clock, link):
    """Let changes be announced, one for each title."""

    async def happen(*titles, channel_id=FEED, link_id=None, kind=Kind.JOINED):
        async with store.write() as work:
            changes = [factories.change(kind=kind)] * len(titles)
            ids = await work.changes.add(changes, at=clock())
            for change_id, title in zip(ids, titles, strict=True):
                await work.announcements.add(
                    factories.card(marker=f"m-{change_id}-{channel_id}", title=title),
                    channel_id=channel_id,
                    link_id=link_id or link.id,
                    change_id=change_id,
                    at=clock(),
                )

    return happen


@pytest.fixture
def notify(store, clock, link):
    """Post something that is no change."""

    async def notify(title):
        async with store.write() as work:
            await work.announcements.add(
                factories.card(marker=f"n-{title}", title=title),
                channel_id=FEED, link_id=link.id, change_id=None, at=clock(),
            )  # fmt: skip

    return notify


async def drain(outbox, clock, rounds=20):
    for _ in range(rounds):
        while await outbox.deliver_due():
            pass
        clock.advance(seconds=30)


def names(first, last):
    return [f"P{number} joined" for number in range(first, last + 1)]


def told(channels, channel_id=FEED):
    """Every change that the channel tells, in order, whether alone or in a digest."""
    found = []
    for shown in channels.shown:
        if shown.channel_id != channel_id:
            continue
        if not re.match(r"[\d,]+ changes ", shown.card.title):
            found.append(shown.card.title)
            continue
        found += shown.card.text.partition("\n\n")[2].split("\n")
    return found


async def backlog(store):
    async with store.read() as work:
        return await work.announcements.backlog()


async def restart(store):
    """What a process does first that starts alone."""
    async with store.write() as work:
        await work.announcements.release_leases()
