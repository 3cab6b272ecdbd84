"""Time zones by the names that people give them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from core.errors import UserError
from core.names import visible

LONGEST_ZONE = 64
MOST_SUGGESTED = 3

_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_NICKNAMES: Mapping[str, str] = {
    "acst": "Australia/Adelaide",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
    "awst": "Australia/Perth",
    "akst": "America/Anchorage",
    "bst": "Europe/London",
    "cdt": "America/Chicago",
    "cst": "America/Chicago",
    "cest": "Europe/Berlin",
    "edt": "America/New_York",
    "eest": "Europe/Helsinki",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "mdt": "America/Denver",
    "msk": "Europe/Moscow",
    "nzst": "Pacific/Auckland",
    "pdt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "west": "Europe/Lisbon",
}
"""What people write who mean a place; none of them is unambiguous, so they are only suggested."""


@dataclass(frozen=True, slots=True)
class _Atlas:
    names: Mapping[str, str]
    cities: Mapping[str, Sequence[str]]


@cache
def _atlas() -> _Atlas:
    names = sorted(available_timezones() - _NOT_ZONES)
    cities: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        area, _, city = name.rpartition("/")
        if area:
            cities[_folded(city)].append(name)
    return _Atlas({_folded(name): name for name in names}, cities)


def find_zone(name: str) -> str:
    """Give the IANA name of a zone: case and blanks do not matter, a city's name alone will do.

    Raises:
        UserError: there is no such zone, or several; the sentence suggests some.
    """
    wanted = _wanted(name)
    atlas = _atlas()
    if found := atlas.names.get(wanted):
        return found
    cities = atlas.cities.get(wanted, ())
    if len(cities) == 1:
        return cities[0]
    shown = visible(name[: 4 * LONGEST_ZONE])[:LONGEST_ZONE].replace("`", "'")
    said = f"There is no time zone “{shown}”" if shown else "No time zone was given"
    suggested = suggest_zones(name, limit=MOST_SUGGESTED)
    if suggested:
        choice = " or ".join(f"`{zone}`" for zone in suggested)
        raise UserError(f"{said}. Did you mean {choice}?")
    raise UserError(f"{said}. Name a large city near you, such as `Europe/Berlin`.")


def suggest_zones(text: str, *, limit: int) -> list[str]:
    """Give the zones that somebody may mean who has written this so far, the likeliest first."""
    wanted = _wanted(text)
    if not wanted:
        return []
    atlas = _atlas()
    found = [*atlas.cities.get(wanted, ())]
    if wanted in _NICKNAMES:
        found.append(_NICKNAMES[wanted])
    found += [names[0] for city, names in atlas.cities.items() if city.startswith(wanted)]
    found += [name for folded, name in atlas.names.items() if folded.startswith(wanted)]
    found += [name for folded, name in atlas.names.items() if wanted in folded]
    if not found:
        for city in get_close_matches(wanted, atlas.cities, n=limit, cutoff=0.75):
            found += atlas.cities[city]
    return list(dict.fromkeys(found))[:limit]


def _wanted(text: str) -> str:
    shown = visible(text[: 4 * LONGEST_ZONE])
    return _folded(shown) if len(shown) <= LONGEST_ZONE else ""


def _folded(name: str) -> str:
    return "_".join(name.casefold().split())
