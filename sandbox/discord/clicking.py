"""Use the buttons and menus of messages."""

from collections.abc import Iterator, Sequence

from .composing import walk
from .records import Channel, Message, User
from .resolving import CHANNEL, MENTIONABLE, ROLE, USER, Resolver
from .rules_components import BUTTON, LINK, SELECTS, STRING_SELECT
from .stage import NotPossible
from .wire import Json
from .world import World

ENTITY_SELECTS = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
"""Kinds of menus that name something, with the matching kinds of options."""


def press(message: Message, button: str) -> Json:
    """Write the `data` of pressing a button, named by its label or custom id.

    Raises:
        NotPossible: there is no such button, it is disabled, or it is a link.
    """
    buttons = [each for each in walk(message.components) if each.get("type") == BUTTON]
    for each in buttons:
        if button in (each.get("custom_id"), each.get("label")):
            break
    else:
        known = ", ".join(repr(each.get("label")) for each in buttons)
        raise NotPossible(f"There is no button {button!r}; there are: {known or 'none'}.")
    if each.get("disabled") or each.get("style") == LINK:
        raise NotPossible(f"The button {button!r} cannot be pressed.")
    return {"component_type": BUTTON, "custom_id": each["custom_id"], "id": each.get("id", 0)}


def select(
    world: World,
    user: User,
    channel: Channel,
    message: Message,
    menu: str,
    values: Sequence[object],
) -> Json:
    """Write the `data` of choosing in a menu, named by its custom id or placeholder.

    Raises:
        NotPossible: there is no such menu or value, or too many or few were chosen.
    """
    for each in walk(message.components):
        if each.get("type") in SELECTS and menu in (each.get("custom_id"), each.get("placeholder")):
            break
    else:
        raise NotPossible(f"There is no menu {menu!r}.")
    if each.get("disabled"):
        raise NotPossible(f"The menu {menu!r} is disabled.")
    resolver = Resolver(world, user, channel)
    chosen = choose(each, values, resolver)
    data: Json = {
        "component_type": each["type"],
        "custom_id": each["custom_id"],
        "id": each.get("id", 0),
        "values": chosen,
    }
    return data | {"resolved": resolver.resolved} if resolver.resolved else data


def choose(menu: Json, values: Sequence[object], resolver: Resolver) -> list[str]:
    """Turn what a user picks in `menu` into the values that are sent.

    Raises:
        NotPossible: there is no such option, or too many or few were chosen.
    """
    least = menu.get("min_values")
    least, most = 1 if least is None else least, menu.get("max_values") or 1
    if menu.get("required") is False and not values:
        least = 0
    if not least <= len(values) <= most:
        raise NotPossible(f"Between {least} and {most} values must be chosen.")
    if menu["type"] in ENTITY_SELECTS:
        chosen = [resolver.value(ENTITY_SELECTS[menu["type"]], value) for value in values]
    else:
        chosen = [option_value(menu, value) for value in values]
    if len(set(chosen)) < len(chosen):
        raise NotPossible("Nothing can be chosen twice.")
    return chosen


def option_value(menu: Json, wanted: object) -> str:
    """Find an option by value or label; returns its value.

    Raises:
        NotPossible: there is none.
    """
    options = menu.get("options") or []
    for option in options:
        if wanted in (option["value"], option["label"]):
            return str(option["value"])
    labels = ", ".join(repr(option["label"]) for option in options)
    raise NotPossible(f"There is no option {wanted!r}; there are: {labels}.")


def words(message: Message) -> str:
    """Join everything that can be read in `message`, one piece a line."""
    return "\n".join(each for each in _pieces(message) if each)


def _pieces(message: Message) -> Iterator[str]:
    yield message.content
    for embed in message.embeds:
        yield (embed.get("author") or {}).get("name") or ""
        yield embed.get("title") or ""
        yield embed.get("description") or ""
        for field in embed.get("fields") or ():
            yield f"{field['name']}: {field['value']}"
        yield (embed.get("footer") or {}).get("text") or ""
    for each in walk(message.components):
        yield each.get("content") or each.get("label") or each.get("placeholder") or ""
        if each.get("type") == STRING_SELECT:
            yield from (option["label"] for option in each.get("options") or ())
