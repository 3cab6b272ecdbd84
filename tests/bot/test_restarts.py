from datetime import timedelta

import pytest

from bot.restarts import GiveUp, Restart, RestartPolicy, decide
from bot.watchdog import HangError
from core.errors import PermanentError, TemporaryError, UserError

POLICY = RestartPolicy()


def after(error, *ends):
    return decide(
        "outbox",
        error,
        [timedelta(seconds=end) for end in ends],
        policy=POLICY,
        random=lambda: 1.0,
    )


@pytest.mark.parametrize("error", [ValueError("a bug"), UserError("x"), None])
def test_three_crashes_within_the_window_are_forgiven_with_doubling_waits(error):
    waits = [after(error, 0), after(error, 0, 10), after(error, 0, 10, 599)]

    assert waits == [Restart(timedelta(seconds=s)) for s in (1, 2, 4)]


def test_the_fourth_crash_within_the_window_ends_the_process_and_names_the_part():
    decision = after(ValueError("a bug"), 0, 10, 20, 599)

    assert isinstance(decision, GiveUp)
    assert "'outbox' failed (ValueError) 4 times within 10 minutes" in decision.reason


def test_crashes_before_the_window_are_forgotten():
    assert after(ValueError(), 0, 1, 2, 603) == Restart(timedelta(seconds=1))


def test_ending_by_itself_counts_like_a_crash():
    decision = after(None, 0, 1, 2, 3)

    assert isinstance(decision, GiveUp)
    assert "ended by itself" in decision.reason


def test_what_fails_for_good_ends_the_process_at_once_with_its_own_sentence():
    assert after(PermanentError("The token is refused."), 0) == GiveUp("The token is refused.")


def test_what_is_only_away_is_tried_for_ever_at_most_a_minute_apart():
    decision = after(TemporaryError("The database is away."), *range(40))

    assert decision == Restart(timedelta(minutes=1))


def test_a_wait_that_the_other_side_asked_for_is_kept_within_reason():
    asked = [after(TemporaryError("x", retry_after=timedelta(seconds=s)), 0) for s in (7, 9999)]

    assert asked == [Restart(timedelta(seconds=7)), Restart(timedelta(minutes=1))]


def test_hangs_are_counted_over_a_longer_time_because_each_takes_long_to_notice():
    minutes = [15 * 60 * n for n in (1, 2, 3, 4)]

    forgiven = after(HangError("x"), *minutes[:3])
    decision = after(HangError("x"), *minutes)

    assert isinstance(forgiven, Restart)
    assert isinstance(decision, GiveUp)
    assert "(HangError) 4 times within 120 minutes" in decision.reason
