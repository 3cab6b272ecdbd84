"""Find a command as a user would, and fill in its options as the client would."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .permissions import ALL
from .records import Channel, User
from .resolving import Resolver
from .stage import NotPossible
from .wire import Json
from .world import World

_SUBCOMMAND, _GROUP = 1, 2
_STRING, _INTEGER, _BOOLEAN, _NUMBER = 3, 4, 5, 10


def offered(world: World, user: User, channel: Channel) -> list[Json]:
    """List the commands that the client shows to `user` in `channel`."""
    held = world.permissions(user.id, channel)
    if channel.guild_id is not None and not held & (1 << 31):
        return []
    return [
        each for each in world.commands.offered(channel.guild_id) if _permits(each, held, channel)
    ]


def _permits(command: Json, held: int, channel: Channel) -> bool:
    needed = command["default_member_permissions"]
    if needed is None or channel.guild_id is None or held == ALL:
        return True
    return int(needed) != 0 and held & int(needed) == int(needed)


def find(commands: Iterable[Json], words: str) -> tuple[Json, list[Json], Json]:
    """Follow a name such as "patreon images refresh".

    Returns:
        The command, the options passed on the way, and the last one of them (or the command).

    Raises:
        NotPossible: there is no such command, or it cannot be invoked itself.
    """
    first, *rest = words.removeprefix("/").split()
    for command in commands:
        if command["name"] == first and command["type"] == 1:
            break
    else:
        raise NotPossible(f"The command /{first} is not offered here.")
    path: list[Json] = []
    here = command
    for word in rest:
        inner = [each for each in here.get("options") or () if each["name"] == word]
        if not inner or inner[0]["type"] not in (_SUBCOMMAND, _GROUP):
            raise NotPossible(f"There is no {word!r} in /{words}.")
        here = inner[0]
        path.append(here)
    if any(each["type"] in (_SUBCOMMAND, _GROUP) for each in here.get("options") or ()):
        raise NotPossible(f"/{words} has subcommands and cannot be invoked itself.")
    return command, path, here


def fill(
    command: Json, path: Sequence[Json], values: Mapping[str, object], resolver: Resolver
) -> Json:
    """Write the `data` of a command's interaction.

    Raises:
        NotPossible: an option is unknown, missing, or has a value that the client refuses.
    """
    options = _options(path[-1] if path else command, values, resolver)
    return _data(command, path, options, resolver)


def fill_partly(
    command: Json,
    path: Sequence[Json],
    focused: tuple[str, object],
    values: Mapping[str, object],
    resolver: Resolver,
) -> Json:
    """Write the `data` of an autocomplete interaction: nothing is required, one option focused.

    Raises:
        NotPossible: an option is unknown, or the focused one does not autocomplete.
    """
    target = path[-1] if path else command
    name, typed = focused
    known = {each["name"]: each for each in target.get("options") or ()}
    name = _option_name(name, known)
    if not known[name].get("autocomplete"):
        raise NotPossible(f"The option {name} does not autocomplete.")
    options = [
        {"name": each["name"], "type": each["type"], "value": value}
        for each, value in _given(known, values)
        if each["name"] != name
    ]
    focus = {"name": name, "type": known[name]["type"], "value": typed, "focused": True}
    return _data(command, path, [*options, focus], resolver)


def _data(command: Json, path: Sequence[Json], options: list[Json], resolver: Resolver) -> Json:
    for part in reversed(path):
        options = [{"name": part["name"], "type": part["type"], "options": options}]
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if options:
        data["options"] = options
    if resolver.resolved:
        data["resolved"] = resolver.resolved
    return data


def _options(target: Json, values: Mapping[str, object], resolver: Resolver) -> list[Json]:
    known = {each["name"]: each for each in target.get("options") or ()}
    given = [(each, _accept(each, value, resolver)) for each, value in _given(known, values)]
    names = {each["name"] for each, _ in given}
    for name, option in known.items():
        if option.get("required") and name not in names:
            raise NotPossible(f"The option {name} is required.")
    return [{"name": each["name"], "type": each["type"], "value": value} for each, value in given]


def _given(known: Mapping[str, Json], values: Mapping[str, object]) -> list[tuple[Json, object]]:
    return [(known[_option_name(name, known)], value) for name, value in values.items()]


def _option_name(name: str, known: Mapping[str, Json]) -> str:
    for candidate in (name, name.replace("_", "-"), name.rstrip("_")):
        if candidate in known:
            return candidate
    raise NotPossible(f"There is no option {name!r}; there are: {', '.join(known) or 'none'}.")


def _accept(option: Json, value: object, resolver: Resolver) -> object:
    kind, name = option["type"], option["name"]
    fits: dict[int, tuple[type, ...]] = {
        _STRING: (str,),
        _INTEGER: (int,),
        _BOOLEAN: (bool,),
        _NUMBER: (int, float),
    }
    if kind not in fits:
        return resolver.value(kind, value)
    if not option.get("autocomplete"):
        for choice in option.get("choices") or ():
            if value in (choice["name"], choice["value"]):
                return choice["value"]
    is_wrong_bool = isinstance(value, bool) and kind != _BOOLEAN
    if option.get("choices") or not isinstance(value, fits[kind]) or is_wrong_bool:
        raise NotPossible(f"{value!r} does not fit the option {name}.")
    _check_range(option, value)
    return value


def _check_range(option: Json, value: Any) -> None:
    if option["type"] == _STRING:
        least, most, size = option.get("min_length"), option.get("max_length"), len(value)
    else:
        least, most, size = option.get("min_value"), option.get("max_value"), value
    if (least is not None and size < least) or (most is not None and size > most):
        raise NotPossible(f"{value!r} is out of the range of the option {option['name']}.")
