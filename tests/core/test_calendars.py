"""Times as people write them: what is meant, what is refused, and what clocks do to it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import FURTHEST, parse_when
from core.errors import UserError
from core.time_zones import find_zone, suggest_zones

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""A Saturday, 13:00 in Berlin."""


def read(text, now=NOW, zone=BERLIN):
    """The time as the zone's clocks show it."""
    when = parse_when(text, zone, now)
    assert when.at.tzinfo is UTC
    return f"{when.at.astimezone(ZoneInfo(when.zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-24 18:00", "2026-12-24 18:00"),
        ("2026-12-24T18:00", "2026-12-24 18:00"),
        ("2026-12-24T18:00:00", "2026-12-24 18:00"),
        ("2026-12-24T18:00+02:00", "2026-12-24 17:00"),
        ("2026-12-24T18:00:30.5-0500", "2026-12-25 00:00"),
        ("2026-12-24 18:00 Z", "2026-12-24 19:00"),
        ("2026-12-24 18:00 utc", "2026-12-24 19:00"),
        ("24.12.2026 18:00", "2026-12-24 18:00"),
        ("24.12. 18:00", "2026-12-24 18:00"),
        ("24. 12. 18:00", "2026-12-24 18:00"),
        ("1.3. 18:00", "2027-03-01 18:00"),
        ("18:00 24.12.2026", "2026-12-24 18:00"),
        ("24 December 2026, 18:00", "2026-12-24 18:00"),
        ("Dec 24th at 6pm", "2026-12-24 18:00"),
        ("24. Dec 6 PM", "2026-12-24 18:00"),
        ("tomorrow 18:00", "2026-11-22 18:00"),
        ("the day after tomorrow at noon", "2026-11-23 12:00"),
        ("tonight 8pm", "2026-11-21 20:00"),
        ("friday 18:00", "2026-11-27 18:00"),
        ("this Fri at 18:00", "2026-11-27 18:00"),
        ("saturday 18:00", "2026-11-21 18:00"),
        ("saturday 12:59", "2026-11-28 12:59"),
        ("6 pm on sunday", "2026-11-22 18:00"),
        ("18:00", "2026-11-21 18:00"),
        ("6pm", "2026-11-21 18:00"),
        ("6:30 p.m.", "2026-11-21 18:30"),
        ("12am", "2026-11-22 00:00"),
        ("12pm", "2026-11-22 12:00"),
        ("midnight", "2026-11-22 00:00"),
        ("9:05", "2026-11-22 09:05"),
        ("in 3 hours", "2026-11-21 16:00"),
        ("in 90 minutes", "2026-11-21 14:30"),
        ("in 1h 30m", "2026-11-21 14:30"),
        ("in an hour and 5 min", "2026-11-21 14:05"),
        ("in a week", "2026-11-28 13:00"),
        ("in 2 days and 3 hours", "2026-11-23 16:00"),
        ("  \u202e TOMORROW \u00a0 18:00 \n", "2026-11-22 18:00"),
        ("<t:1798131600:F>", "2026-12-24 18:00"),
    ],
)
def test_a_time_is_read_as_it_is_meant(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "soon",
        "18",
        "18:60",
        "24:00",
        "13pm",
        "0am",
        "18:00 19:00",
        "31.2. 18:00",
        "29.2.2027 18:00",
        "2026-13-01 18:00",
        "1.1.1 18:00",
        "tuesdayish 18:00",
        "ma 3 18:00",
        "in 5",
        "in",
        "in hours",
        "in -3 hours",
        "in 99999 hours",
        "0000-01-01 18:00",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "2026-12-24T18:00+25:00",
        "<t:999999999999:F>",
        "<t:1798131600:FF>",
        "\u0661\u0668:\u0660\u0660",
        "18:00" + "\u0301" * 500,
        "[" * 100_000,
        "1" * 100_000,
        "@everyone [x](http://evil)",
    ],
)
def test_what_is_no_time_is_answered_with_examples(text):
    with pytest.raises(UserError, match="`friday 18:00` or `in 3 hours`") as refused:
        parse_when(text, BERLIN, NOW)

    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("text", ["24.12.", "tomorrow", "friday", "2026-12-24", "Dec 24"])
def test_a_day_without_a_time_is_asked_for_one(text):
    with pytest.raises(UserError, match="Say at what time, too"):
        parse_when(text, BERLIN, NOW)


@pytest.mark.parametrize("text", ["12/24/2026 18:00", "4/5 18:00", "2026/12/24 18:00"])
def test_a_date_with_slashes_is_asked_for_again(text):
    with pytest.raises(UserError, match="slashes"):
        parse_when(text, BERLIN, NOW)


def test_next_friday_is_asked_for_by_date():
    with pytest.raises(UserError, match="“Next friday” is read differently"):
        parse_when("next friday 18:00", BERLIN, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 13:00",
        "today 12:00",
        "in 0 minutes",
        "20.11. 10:00",
        "2020-01-01 10:00",
        "0001-01-01T00:00Z",
        "<t:0>",
    ],
)
@pytest.mark.parametrize("zone", [BERLIN, "America/Los_Angeles"])
def test_a_time_that_is_over_is_refused(text, zone):
    now = NOW if zone == BERLIN else NOW + timedelta(hours=9)
    with pytest.raises(UserError, match=r"is over already|no time that I understand"):
        parse_when(text, zone, now)


@pytest.mark.parametrize(
    "text", ["2028-01-01 10:00", "in 60 weeks", "9999-12-31T23:59Z", "9999-12-31 12:00"]
)
def test_a_time_more_than_a_year_ahead_is_refused(text):
    with pytest.raises(UserError, match=r"more than a year ahead|no time that I understand"):
        parse_when(text, BERLIN, NOW)


def test_a_time_of_day_that_is_over_is_tomorrow_and_said_so():
    when = parse_when("12:30", BERLIN, NOW)

    assert when.note == "12:30 is over today, so it is tomorrow."
    assert parse_when("13:30", BERLIN, NOW).note is None


def test_around_new_year_a_date_without_a_year_is_the_next_one():
    assert read("2.1. 10:00", datetime(2026, 12, 30, tzinfo=UTC)) == "2027-01-02 10:00"
    with pytest.raises(UserError, match=r"24 December 2026, 18:00 .* is over already"):
        read("24.12. 18:00", datetime(2027, 1, 5, tzinfo=UTC))


def test_the_29th_of_february_without_a_year_is_the_next_one():
    assert read("29.2. 18:00", datetime(2027, 12, 1, tzinfo=UTC)) == "2028-02-29 18:00"


class TestWhenClocksGoForward:
    NOW = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)

    def test_a_time_that_is_skipped_is_as_much_later_and_said_so(self):
        when = parse_when("29.3.2026 02:30", BERLIN, self.NOW)

        assert when.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
        assert when.note == (
            "02:30 is skipped on 29 March 2026 in Europe/Berlin, where the clocks go forward: "
            "it is 03:30."
        )

    def test_the_time_of_day_stays_over_days_and_hours_are_hours(self):
        assert read("in 1 day", self.NOW) == "2026-03-29 13:00"
        assert read("in 24 hours", self.NOW) == "2026-03-29 14:00"

    @pytest.mark.parametrize("text", ["01:59", "03:00"])
    def test_times_beside_the_gap_are_simple(self, text):
        when = parse_when(f"29.3.2026 {text}", BERLIN, self.NOW)

        assert when.note is None

    def test_half_an_hour_may_be_skipped_too(self):
        now = datetime(2026, 10, 1, tzinfo=UTC)

        when = parse_when("2026-10-04 02:10", "Australia/Lord_Howe", now)

        assert "it is 02:40" in when.note


class TestWhenClocksGoBack:
    NOW = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)

    def test_of_a_time_that_comes_twice_the_first_is_meant_and_said_so(self):
        when = parse_when("tomorrow 02:30", BERLIN, self.NOW)

        assert when.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert when.note == (
            "02:30 comes twice on 25 October 2026 in Europe/Berlin, where the clocks go back: "
            "this is the first."
        )

    def test_the_second_is_meant_when_the_first_is_over(self):
        when = parse_when("02:30", BERLIN, datetime(2026, 10, 25, 0, 45, tzinfo=UTC))

        assert when.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert "the second" in when.note

    def test_an_offset_says_which_is_meant(self):
        when = parse_when("2026-10-25T02:30+01:00", BERLIN, self.NOW)

        assert (when.at, when.note) == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), None)

    def test_now_may_be_in_the_hour_that_comes_twice(self):
        for minute in (0, 30, 60, 90):
            now = datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minute)
            assert read("in 1 day", now)[11:] == f"{now.astimezone(ZoneInfo(BERLIN)):%H:%M}"


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" Berlin ", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/new_york", "America/New_York"),
        ("buenos aires", None),
        ("utc", "UTC"),
    ],
)
def test_zones_are_found_by_their_name_or_city(name, zone):
    if zone is None:
        with pytest.raises(UserError, match="`America/Argentina/Buenos_Aires`"):
            find_zone(name)
    else:
        assert find_zone(name) == zone


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Berlni", "`Europe/Berlin`"),
        ("CEST", "`Europe/Berlin`"),
        ("pst", "`America/Los_Angeles`"),
        ("Louisville", "`America/Louisville`"),
        ("Europe/Berl", "`Europe/Berlin`"),
        ("UTC+25", "such as `Europe/Berlin`"),
        ("", "such as `Europe/Berlin`"),
        ("`@everyone` " * 5000, "such as `Europe/Berlin`"),
        ("../../etc/passwd", "such as `Europe/Berlin`"),
        ("/etc/localtime", "such as `Europe/Berlin`"),
        ("localtime", "such as `Europe/Berlin`"),
    ],
)
def test_a_zone_that_is_not_there_is_answered_with_suggestions(name, suggested):
    with pytest.raises(UserError) as refused:
        find_zone(name)

    assert suggested in str(refused.value)
    assert len(str(refused.value)) < 300


def test_zones_are_suggested_while_somebody_types():
    assert suggest_zones("ber", limit=5)[0] == "Europe/Berlin" or "Europe/Berlin" in suggest_zones(
        "ber", limit=5
    )
    assert suggest_zones("", limit=5) == []
    assert len(suggest_zones("a", limit=25)) == 25


moments = st.integers(0, 730 * 86_400).map(
    lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


@given(
    now=moments,
    ahead=st.timedeltas(timedelta(minutes=2), timedelta(days=360)),
    zone=st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})),
)
def test_a_time_that_a_zones_clocks_show_is_read_back(now, ahead, zone):
    local = (now + ahead).astimezone(ZoneInfo(zone))

    when = parse_when(f"{local:%Y-%m-%d %H:%M}", zone, now)

    shown = when.at.astimezone(ZoneInfo(zone))
    assert f"{shown:%Y-%m-%d %H:%M}" == f"{local:%Y-%m-%d %H:%M}"
    assert now < when.at <= now + FURTHEST


@given(
    text=st.lists(
        st.sampled_from(
            ["in", "3", "24", "12", ".", ":", " ", "-", "2026", "18:00", "6pm", "friday", "next",
             "tomorrow", "hours", "a", "week", "dec", "T", "Z", "+", "/", "<t:", ">", "\u202e", "٣"]
        )
    ).map("".join),
    now=moments,
)  # fmt: skip
def test_whatever_is_written_it_is_a_future_time_or_a_sentence(text, now):
    try:
        when = parse_when(text, BERLIN, now)
    except UserError as refused:
        said = str(refused)
    else:
        said = when.zone
        assert timedelta() < when.at - now <= FURTHEST
    assert 0 < len(said) < 400
