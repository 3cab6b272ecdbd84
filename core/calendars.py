"""Times as people write them, in the time zone that they mean."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import UserError
from core.names import visible
from core.time_zones import find_zone

LONGEST = 80
FURTHEST = timedelta(days=366)
LATELY = timedelta(days=30)
"""A date without a year that is over for less than this is a mistake, not one of next year."""

EXAMPLES = "`2026-12-24 18:00`, `24.12. 18:00`, `tomorrow 6pm`, `friday 18:00` or `in 3 hours`"

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FILLERS = frozenset({"at", "on", "the", "o'clock"})
_DAYS_AHEAD = {"today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2}
_DAYS = {"w": 7, "d": 1}
_MINUTES = {"h": 60, "m": 1}
_EXACT = re.compile(
    r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(z|utc|gmt|[+-]\d\d:?\d\d)",
    re.ASCII,
)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)t(\d\d:\d\d)", re.ASCII)
_DISCORD = re.compile(r"<t:(\d{1,12})(?::[a-z])?>", re.ASCII)
_TIME = re.compile(
    r"(?<![^ ])(?:(\d{1,2})(?::(\d\d)(?::\d\d)?)? ?(am|pm)|(\d{1,2}):(\d\d)(?::\d\d)?"
    r"|noon|midnight)(?![^ ])",
    re.ASCII,
)
_NUMBERS = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})(?:\.(?: ?(\d{4}))?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)? ([a-z]{3,9})\.?(?: (\d{4}))?", re.ASCII)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?", re.ASCII)
_SLASHES = re.compile(r"\d{1,4}/\d{1,2}(?:/\d{1,4})?", re.ASCII)
_SPAN = re.compile(
    r"(\d{1,4}|an?) ?(w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?)(?![a-z])", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment in UTC, and the IANA name of the zone in which it was meant.

    `note` tells what was made of a time that was not as simple as it looked.
    """

    at: datetime
    zone: str
    note: str | None = None


def parse_when(text: str, zone_name: str, now: datetime) -> When:
    """Read a time as somebody in a zone wrote it; `now` is aware.

    A time of day alone is the next one, a weekday the next of its name, a date without a year the
    next such date. Of a time that comes twice when clocks go back, the first is meant; one that is
    skipped when they go forward is as much later.

    Raises:
        UserError: it cannot be read, is over, or is more than a year ahead; or there is no such
            zone.
    """
    zone = find_zone(zone_name)
    said = _plain(text)
    try:
        return _near(_read(said, ZoneInfo(zone), now), now)
    except (OverflowError, ValueError) as error:
        raise UserError(_unclear(text)) from error


def _near(when: When, now: datetime) -> When:
    local = when.at.astimezone(ZoneInfo(when.zone))
    spelled = f"{_day(local)}, {local:%H:%M} ({when.zone})"
    if when.at <= now:
        raise UserError(f"{spelled} is over already: choose a time in the future.")
    if when.at - now > FURTHEST:
        raise UserError(f"{spelled} is more than a year ahead: choose a nearer time.")
    return when


def _plain(text: str) -> str:
    words = visible(text[: 4 * LONGEST]).casefold()
    if len(words) > LONGEST:
        return ""
    words = words.replace("a.m.", "am").replace("p.m.", "pm").replace(",", " ")
    return " ".join(word for word in words.split() if word not in _FILLERS)


def _unclear(text: str) -> str:
    shown = visible(text[: 4 * LONGEST]).replace("`", "'")
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    said = f"“{shown}” is no time that I understand" if shown else "No time was given"
    return f"{said}. Write it like {EXAMPLES}."


def _read(said: str, zone: ZoneInfo, now: datetime) -> When:
    """Read a whole text; ValueError when nothing fits."""
    if not said:
        raise ValueError("nothing to read")
    if exact := _EXACT.fullmatch(said):
        offset = "+00:00" if exact[3] in ("z", "utc", "gmt") else exact[3]
        moment = datetime.fromisoformat(f"{exact[1]}T{exact[2]}{offset}")
        return When(at=moment.astimezone(UTC), zone=zone.key)
    if stamp := _DISCORD.fullmatch(said):
        return When(at=datetime.fromtimestamp(int(stamp[1]), UTC), zone=zone.key)
    if said.startswith("in "):
        return _after(said.removeprefix("in "), zone, now)
    if _SLASHES.search(said):
        raise UserError(
            "A date with slashes is read differently around the world: write it like "
            "`2026-12-24 18:00`."
        )
    said = _ISO.sub(r"\1 \2", said)
    times = list(_TIME.finditer(said))
    if len(times) > 1:
        raise ValueError(said)
    if not times:
        # Whether it is a day at all.
        _on_day(said, time(), zone, now)
        raise UserError(f"Say at what time, too. Write it like {EXAMPLES}.")
    [match] = times
    day = f"{said[: match.start()]} {said[match.end() :]}"
    return _on_day(" ".join(day.split()), _time_of(match), zone, now)


def _time_of(match: re.Match[str]) -> time:
    if match[0] == "noon":
        return time(12)
    if match[0] == "midnight":
        return time()
    hour_of_half, minute_of_half, half, hour, minute = match.groups()
    if half is None:
        return time(int(hour), int(minute))
    if not 1 <= int(hour_of_half) <= 12:
        raise ValueError(match[0])
    return time(int(hour_of_half) % 12 + (12 if half == "pm" else 0), int(minute_of_half or 0))


def _after(said: str, zone: ZoneInfo, now: datetime) -> When:
    """Read a span: days and weeks keep the time of day, hours and minutes are what they are."""
    days, minutes = 0, 0
    rest = said
    while rest:
        match = _SPAN.match(rest)
        if match is None:
            raise ValueError(said)
        count = int(match[1]) if match[1].isdecimal() else 1
        unit = match[2][0]
        days += count * _DAYS.get(unit, 0)
        minutes += count * _MINUTES.get(unit, 0)
        rest = rest[match.end() :].strip().removeprefix("and ")
    start = now.astimezone(zone)
    if not days:
        return When(at=now.astimezone(UTC) + timedelta(minutes=minutes), zone=zone.key)
    local = start.replace(tzinfo=None, fold=0) + timedelta(days=days)
    when = _in_zone(local, zone, now)
    return When(at=when.at + timedelta(minutes=minutes), zone=zone.key, note=when.note)


def _on_day(said: str, at: time, zone: ZoneInfo, now: datetime) -> When:
    today = now.astimezone(zone).date()

    def on(day: date) -> When:
        return _in_zone(datetime.combine(day, at), zone, now)

    if not said:
        first = on(today)
        if first.at > now:
            return first
        later = on(today + timedelta(days=1))
        over = f"{at:%H:%M} is over today, so it is tomorrow."
        note = over if later.note is None else f"{over} {later.note}"
        return When(at=later.at, zone=later.zone, note=note)
    if said in _DAYS_AHEAD:
        return on(today + timedelta(days=_DAYS_AHEAD[said]))
    name = said.removeprefix("this ")
    for number, weekday in enumerate(_WEEKDAYS):
        if name in (weekday, weekday[:3]):
            first = on(today + timedelta(days=(number - today.weekday()) % 7))
            return first if first.at > now else on(today + timedelta(days=7))
        if name in (f"next {weekday}", f"next {weekday[:3]}"):
            raise UserError(
                f"“{name.capitalize()}” is read differently by different people: write the date, "
                "like `2026-12-24 18:00`."
            )
    day, month, year = _date_of(said)
    if year is not None:
        return on(date(year, month, day))
    for number in (today.year - 1, today.year, today.year + 1):
        try:
            when = on(date(number, month, day))
        except ValueError:
            continue
        if when.at > now - LATELY:
            return when
    raise ValueError(said)


def _date_of(said: str) -> tuple[int, int, int | None]:
    """Read a day, a month and perhaps a year."""
    if match := _NUMBERS.fullmatch(said):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _DOTTED.fullmatch(said):
        return int(match[1]), int(match[2]), int(match[3]) if match[3] else None
    if match := _DAY_FIRST.fullmatch(said):
        return int(match[1]), _month(match[2]), int(match[3]) if match[3] else None
    if match := _MONTH_FIRST.fullmatch(said):
        return int(match[2]), _month(match[1]), int(match[3]) if match[3] else None
    raise ValueError(said)


def _month(word: str) -> int:
    for number, month in enumerate(_MONTHS, 1):
        if month.casefold().startswith(word):
            return number
    raise ValueError(word)


def _in_zone(local: datetime, zone: ZoneInfo, now: datetime) -> When:
    """Find the moment of a local time, which clocks may skip or show twice.

    Source: PEP 495, "Local Time Disambiguation".
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return When(at=first, zone=zone.key)
    place = f"on {_day(local)} in {zone.key}, where the clocks go"
    shown = first.astimezone(zone)
    if shown.replace(tzinfo=None, fold=0) != local:
        note = f"{local:%H:%M} is skipped {place} forward: it is {shown:%H:%M}."
        return When(at=first, zone=zone.key, note=note)
    if first > now:
        note = f"{local:%H:%M} comes twice {place} back: this is the first."
        return When(at=first, zone=zone.key, note=note)
    note = f"{local:%H:%M} comes twice {place} back: this is the second, the first is over."
    return When(at=second, zone=zone.key, note=note)


def _day(local: datetime) -> str:
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
