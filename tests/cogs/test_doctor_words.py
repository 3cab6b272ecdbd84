import pytest

from cogs.doctor_buttons import decode, encode
from cogs.doctor_words import LONGEST_PAGE, pages
from cogs.text import units
from core.doctor.rules import CONFIG, RULES
from core.errors import UserError
from tests.cogs.reading import HOSTILE, armed


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_others_wrote_is_shown_as_plain_text(hostile):
    (page,) = pages([CONFIG.fail(hostile, hostile, about=hostile)])

    lines = page.replace("**Files**\n", "").replace("\n> ", "\n").splitlines()
    assert [armed(line) for line in lines if armed(line)] == []


@pytest.mark.parametrize("custom_id", ["doctor1|", "doctor1|x", "doctor1|100", "doctor2|1"])
def test_a_button_of_another_version_asks_for_the_command_again(custom_id):
    with pytest.raises(UserError, match="/patreon doctor"):
        decode(custom_id)


@pytest.mark.parametrize("page", [None, 0, 7, 99])
def test_a_button_says_what_it_was_made_for(page):
    assert decode(encode(page)) == page


def test_pages_are_never_too_long_and_leave_nothing_out():
    checks = [rule.fail("x" * 5000 + "*" * 500, "y" * 5000) for rule in RULES]

    every = pages(checks)

    assert all(units(page) <= LONGEST_PAGE + 100 for page in every)
    assert sum(page.count("🔴") for page in every) == len(RULES)
    assert pages([CONFIG.ok("x")]) == ["**Files**\n🟢 Configuration: x"]
