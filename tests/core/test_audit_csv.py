"""The audit as a table: whatever somebody wrote, a spreadsheet shows it as text."""

import csv
import io
import re

import pytest

from core.audit import AuditEntry
from core.audit_csv import HEADER, beginning, harmless, line_of
from tests.factories import NOW

DANGEROUS = "=+-@＝＋－＠\t\r\n"


def entry(**overrides):
    valid = {
        "at": NOW,
        "guild_id": 1234567890123456789,
        "user_id": 42,
        "action": "words.reset",
        "detail": "Joined.",
    }
    return AuditEntry(**(valid | overrides))


def rows(text, delimiter=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_the_table_begins_with_a_mark_for_excel_and_the_names_of_the_columns():
    assert beginning().startswith("\ufeff")
    assert rows(beginning()[1:]) == [list(HEADER)]


def test_an_entry_is_one_line_with_the_time_as_spreadsheets_read_it():
    line = line_of(entry(detail='He said "no",\r\nand left.'))

    assert line.endswith("\r\n")
    assert line.count("\n") == 1
    assert rows(line) == [
        [
            "2026-11-21 12:00:00",
            "'1234567890123456789",
            "42",
            "words.reset",
            'He said "no", and left.',
        ]
    ]


def test_who_is_not_known_stays_empty():
    (row,) = rows(line_of(entry(guild_id=None, user_id=None)))

    assert row[1:3] == ["", ""]


@pytest.mark.parametrize("start", DANGEROUS)
@pytest.mark.parametrize("before", ["", " ", "\u200b", "\x00"])
def test_no_cell_begins_like_a_formula(start, before):
    text = harmless(f"{before}{start}cmd|' /C calc'!A0")

    assert text[0] not in DANGEROUS


@pytest.mark.parametrize("delimiter", [";", ",", "|", "\t"])
@pytest.mark.parametrize(
    "attack",
    [
        '=HYPERLINK("http://evil.example")',
        'x;=cmd()"',
        'x";=cmd()',
        'x"; =cmd()',
        "x,@SUM(1)",
        "x|-2+3",
        "x\t+1",
        "';=1",
        ";;=1",
        ";';\"=1",
    ],
)
def test_no_cell_is_a_formula_where_another_sign_separates_cells(attack, delimiter):
    for text in (attack, f"Role {attack}"):
        cells = [cell for row in rows(line_of(entry(detail=text)), delimiter) for cell in row]

        armed = [cell for cell in cells if re.match(r"[\s\"]*[=+\-@]", cell)]
        assert armed == []


@pytest.mark.parametrize("text", ["Campaign 1001.", "a-b", "1 + 1 = 2", "mail: x@y", "2026-11-21"])
def test_ordinary_text_stays_as_it_is(text):
    assert harmless(text) == text
