from datetime import timedelta

import pytest
from discord import app_commands

from cogs.replies import LONGEST_ANSWER, duration, reference_of, word
from core.errors import PermanentError, TemporaryError, UserError

REFERENCE = "abcd1234"


def test_what_the_person_can_mend_is_said_as_it_is():
    assert word(UserError("Pick another tier."), REFERENCE) == "Pick another tier."


def test_what_needs_the_admin_is_said_as_it_is():
    assert word(PermanentError("Connect again."), REFERENCE) == "Connect again."


def test_what_may_work_later_says_when():
    asked = TemporaryError("Patreon is away.", retry_after=timedelta(seconds=30))

    assert word(asked, REFERENCE) == "Patreon is away. Try again in 30 seconds."
    assert word(TemporaryError("Patreon is away."), REFERENCE).endswith("in a few minutes.")


def test_a_bug_is_told_by_its_reference_only():
    text = word(ValueError("secret detail"), REFERENCE)

    assert "`abcd1234`" in text
    assert "secret" not in text


def test_a_command_that_changed_is_no_bug():
    assert "Restart Discord" in word(app_commands.CommandNotFound("x", []), REFERENCE)


def test_no_answer_is_too_long_for_discord():
    assert len(word(UserError("x" * 5_000), REFERENCE)) == LONGEST_ANSWER


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 seconds"),
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
    ],
)
def test_spans_are_written_roughly(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words


def test_a_reference_is_short_and_belongs_to_its_interaction():
    assert reference_of(1) == reference_of(1)
    assert reference_of(1) != reference_of(2)
    assert len(reference_of(1)) == 8
