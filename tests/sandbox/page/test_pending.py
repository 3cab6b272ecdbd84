"""What a slow browser is told."""

from sandbox.page.pending import GUILD, STATE, Pending


async def test_a_change_that_repeats_is_told_once():
    pending = Pending()
    for _ in range(3):
        pending.note(GUILD)
    pending.note(("message", 1, 2))

    assert await pending.take() == (GUILD, ("message", 1, 2))


async def test_a_browser_that_is_far_behind_gets_the_whole_state_instead():
    pending = Pending(most=10)
    for number in range(1000):
        pending.note(("message", 1, number))

    assert await pending.take() == (STATE,)


async def test_the_whole_state_makes_every_smaller_change_needless():
    pending = Pending()
    pending.note(GUILD)
    pending.note(STATE)
    pending.note(GUILD)

    assert await pending.take() == (STATE,)
