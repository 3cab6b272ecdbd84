"""Fill in modals as the client would."""

from collections.abc import Mapping
from typing import Any

from .clicking import choose, option_value
from .records import Channel, User
from .resolving import Resolver
from .rules_components import (
    CHECKBOX,
    CHECKBOXES,
    FILE_UPLOAD,
    LABEL,
    RADIO,
    ROW,
    SELECTS,
    TEXT_INPUT,
)
from .stage import NotPossible
from .wire import Json
from .world import World


def submission(
    world: World, user: User, channel: Channel, modal: Json, values: Mapping[str, object]
) -> Json:
    """Write the `data` of submitting `modal`, its fields named by label or custom id.

    Raises:
        NotPossible: a field is unknown, or the client would refuse a value.
    """
    resolver = Resolver(world, user, channel)
    left = dict(values)
    components = [_part(part, at, left, resolver) for at, part in enumerate(modal["components"])]
    if left:
        raise NotPossible(f"The modal has no field {', '.join(map(repr, left))}.")
    data: Json = {"custom_id": modal["custom_id"], "components": components}
    return data | {"resolved": resolver.resolved} if resolver.resolved else data


def _part(part: Json, at: int, left: dict[str, object], resolver: Resolver) -> Json:
    about: Json = {"type": part["type"], "id": part.get("id") or at + 1}
    if part["type"] == LABEL:
        field = part["component"]
        return about | {"component": _field(field, part["label"], left, resolver)}
    if part["type"] == ROW:
        inner = [
            _field(field, field.get("label", ""), left, resolver) for field in part["components"]
        ]
        return about | {"components": inner}
    return about


def _field(field: Json, label: str, left: dict[str, object], resolver: Resolver) -> Json:
    name = field["custom_id"] if field["custom_id"] in left else label
    is_given = name in left
    given: Any = left.pop(name, None)
    kind = field["type"]
    about: Json = {"type": kind, "id": field.get("id") or 0, "custom_id": field["custom_id"]}
    if kind == TEXT_INPUT:
        return about | {"value": _text(field, label, given if is_given else field.get("value"))}
    if kind == CHECKBOX:
        return about | {"value": bool(given if is_given else field.get("default"))}
    if not is_given:
        given = [each["value"] for each in field.get("options") or () if each.get("default")]
    picked = given if isinstance(given, list) else [] if given is None else [given]
    required = field.get("required") is not False
    if required and not picked:
        raise NotPossible(f"The field {label} is required.")
    if kind == RADIO:
        return about | {"value": option_value(field, picked[0]) if picked else None}
    if kind == FILE_UPLOAD:
        return about | {"values": _files(field, label, picked, resolver)}
    if kind == CHECKBOXES:
        field = {**field, "max_values": field.get("max_values") or len(field["options"])}
    if kind in SELECTS or kind == CHECKBOXES:
        return about | {"values": choose(field, picked, resolver)}
    raise NotPossible(f"A field of type {kind} is unknown.")


def _text(field: Json, label: str, given: object) -> str:
    text = "" if given is None else str(given)
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if not text:
        if field.get("required") is not False:
            raise NotPossible(f"The field {label} is required.")
        return text
    if not least <= len(text) <= most:
        raise NotPossible(f"The field {label} takes {least} to {most} characters.")
    return text


def _files(field: Json, label: str, picked: list[Any], resolver: Resolver) -> list[str]:
    least = field.get("min_values")
    least, most = 1 if least is None else least, field.get("max_values") or 1
    if picked and not least <= len(picked) <= most:
        raise NotPossible(f"The field {label} takes {least} to {most} files.")
    return [resolver.file(*each) for each in picked]
