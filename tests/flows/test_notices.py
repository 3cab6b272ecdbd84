"""Staff are told once that a trouble starts and once that it ends."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts import Creator, TokenState
from core.alarm import Alarm
from core.cards import Tone
from core.notices import Notices
from core.token_watch import PATIENCE, TokenWatch, troubles_of
from core.troubles import (
    HOOK_PAUSED,
    TOKENS_BLOCKED,
    TOKENS_BROKEN,
    TOKENS_THROTTLED,
    TROUBLES,
    open_troubles,
)
from tests.factories import NOW, link, replace_links, save_campaign

STAFF = 9001
OF_TOKENS = (TOKENS_BROKEN, TOKENS_BLOCKED, TOKENS_THROTTLED)


class Telling:
    """Notices over a database, and what they asked to be shown."""

    def __init__(self, store, clock) -> None:
        self.store = store
        self.clock = clock
        self.rings = 0
        self._markers = itertools.count()
        self.restart()

    def restart(self) -> None:
        self.notices = Notices(
            self.store,
            new_marker=lambda: f"notice-{next(self._markers)}",
            clock=self.clock,
            on_announced=self._ring,
        )

    def _ring(self) -> None:
        self.rings += 1

    async def note(self, is_on, trouble=HOOK_PAUSED, reason="") -> bool:
        async with self.store.read() as work:
            stored = await work.campaigns.get("1001")
        return await self.notices.note(stored, trouble, is_on=is_on, reason=reason)

    async def link(self, *links) -> None:
        async with self.store.write() as work:
            await replace_links(work, links, at=self.clock())

    async def shown(self):
        """Take everything that is to be shown, oldest first: channel and card."""
        found = []
        while True:
            async with self.store.write() as work:
                claimed = await work.announcements.claim_due(
                    self.clock(), lease=timedelta(minutes=2), limit=50
                )
                for item in claimed:
                    await work.announcements.note_shown(
                        item.id, message_id=1, version=item.version, at=self.clock()
                    )
            if not claimed:
                return [(item.channel_id, item.shows) for item in sorted(found, key=_by_id)]
            found += claimed


def _by_id(announcement) -> int:
    return announcement.id


@pytest.fixture
async def telling(store, clock):
    await save_campaign(store)
    telling = Telling(store, clock)
    await telling.link(link(staff_channel_id=STAFF))
    return telling


async def test_a_trouble_is_told_once_when_it_starts_and_once_when_it_ends(telling, clock):
    news = [await telling.note(is_on) for is_on in (False, True, True)]
    clock.advance(hours=3)
    telling.restart()
    news += [await telling.note(is_on) for is_on in (True, False, False)]

    (start_in, start), (end_in, end) = await telling.shown()
    assert news == [False, True, False, False, True, False]
    assert start_in == end_in == STAFF
    assert (start.tone, start.title) == (
        Tone.WARNING,
        "Patreon paused the webhook of Ada's Workshop",
    )
    assert (end.tone, end.title) == (Tone.GOOD, "The webhook of Ada's Workshop works again")
    assert [fact.moment for fact in end.facts] == [NOW]
    assert telling.rings == 2


async def test_a_trouble_that_comes_back_is_told_again(telling):
    for is_on in (True, False, True):
        await telling.note(is_on)

    assert len(await telling.shown()) == 3


async def test_troubles_of_different_kinds_are_told_apart(telling):
    await telling.note(True)
    await telling.note(True, TOKENS_BROKEN, reason="It was revoked.")
    await telling.note(False)

    titles = [card.title for _, card in await telling.shown()]
    async with telling.store.read() as work:
        [lasting] = await open_troubles(work, "1001")
    assert len(titles) == 3
    assert (lasting.trouble, lasting.since, lasting.reason) == (
        TOKENS_BROKEN,
        NOW,
        "It was revoked.",
    )


async def test_the_reason_is_told_with_the_start(telling):
    await telling.note(True, TOKENS_BROKEN, reason="It was revoked.")

    [(_, card)] = await telling.shown()
    assert [fact.text for fact in card.facts if fact.name == "Reason"] == ["It was revoked."]


async def test_every_guild_is_told_in_its_own_staff_channel_only(telling):
    await telling.link(
        link(staff_channel_id=STAFF),
        link(guild_id=6002, staff_channel_id=9002),
        link(guild_id=6003, staff_channel_id=None),
    )

    await telling.note(True)

    assert {channel for channel, _ in await telling.shown()} == {STAFF, 9002}


async def test_a_staff_channel_that_comes_later_is_told_while_the_trouble_lasts(telling):
    await telling.link(link())
    await telling.note(True)
    assert await telling.shown() == []

    await telling.link(link(staff_channel_id=STAFF))
    is_news = await telling.note(True)

    assert not is_news
    assert [channel for channel, _ in await telling.shown()] == [STAFF]


async def test_the_end_is_told_to_nobody_who_did_not_hear_of_the_start(telling):
    await telling.link(link())
    await telling.note(True)
    await telling.link(link(staff_channel_id=STAFF))

    assert await telling.note(False)

    assert await telling.shown() == []


def test_every_trouble_has_a_topic_and_words_of_its_own():
    assert len({trouble.topic for trouble in TROUBLES}) == len(TROUBLES)
    for trouble in TROUBLES:
        assert "{campaign}" in trouble.begins
        assert "{campaign}" in trouble.ends
        assert trouble.advice
        assert trouble.relief


@pytest.mark.parametrize(
    ("state", "age", "expected"),
    [
        (TokenState.OK, PATIENCE, dict.fromkeys(OF_TOKENS, False)),
        (TokenState.BROKEN, timedelta(), dict.fromkeys(OF_TOKENS, False) | {TOKENS_BROKEN: True}),
        (TokenState.BLOCKED, PATIENCE, {TOKENS_BLOCKED: True}),
        (TokenState.BLOCKED, PATIENCE / 2, {}),
        (TokenState.UNTRIED, PATIENCE, {}),
        (TokenState.THROTTLED, PATIENCE, {TOKENS_THROTTLED: True}),
        (TokenState.THROTTLED, PATIENCE - timedelta(seconds=1), {}),
        (TokenState.DISCONNECTED, PATIENCE, {}),
    ],
)
def test_only_what_is_known_for_sure_starts_or_ends_a_trouble(state, age, expected):
    creator = Creator(id=1, token_state=state, token_checked_at=NOW - age)

    assert troubles_of(creator, now=NOW) == expected
    assert troubles_of(replace(creator, token_checked_at=None), now=NOW).get(TOKENS_BLOCKED) in (
        None,
        False,
    )


async def test_broken_tokens_are_told_until_new_ones_work(telling, clock):
    watch = TokenWatch(telling.store, telling.notices, clock=clock, alarm=Alarm(clock))
    for state in (
        TokenState.OK,
        TokenState.BROKEN,
        TokenState.BROKEN,
        TokenState.UNTRIED,
        TokenState.OK,
    ):
        async with telling.store.write() as work:
            await work.creators.set_token_state(
                1, state, reason="Patreon refuses them.", at=clock.advance(minutes=1)
            )
        await watch.look()

    assert [card.title for _, card in await telling.shown()] == [
        "Patreon refuses the tokens of Ada's Workshop",
        "The tokens of Ada's Workshop work again",
    ]
