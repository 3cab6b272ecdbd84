"""What Discord refuses in answers to interactions.

Source: Discord developer documentation, "Receiving and Responding", "Using Modal Components".
"""

from collections.abc import Sequence

from .calls import Upload
from .errors import Findings
from .interactions import Interaction, Kind, Response
from .records import MessageFlag
from .rules_components import (
    CHECKBOX,
    CHECKBOXES,
    FILE_UPLOAD,
    LABEL,
    RADIO,
    ROW,
    SELECTS,
    TEXT,
    TEXT_INPUT,
    check_custom_id,
    check_options,
    check_select,
    check_unique,
)
from .rules_messages import check_edit, check_message
from .wire import Json

_IN_LABEL = (*SELECTS, TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX)


def check_callback(
    interaction: Interaction, body: Json, uploads: Sequence[Upload], upload_limit_bytes: int
) -> None:
    """Refuse a first answer of the wrong kind or with wrong content.

    Raises:
        Refused: it breaks a rule.
    """
    allowed = allowed_responses(interaction)
    kind, data = body.get("type"), body.get("data") or {}
    if kind not in allowed:
        findings = Findings()
        names = ", ".join(each.name for each in allowed)
        findings.add("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{names}}}.")
        findings.check()
    if kind == Response.MESSAGE:
        check_message(data, uploads, upload_limit_bytes)
    elif kind == Response.UPDATE and interaction.source is not None:
        check_edit(interaction.source, data, uploads, upload_limit_bytes)
    elif kind == Response.DEFER_MESSAGE:
        if int(data.get("flags") or 0) & ~MessageFlag.EPHEMERAL:
            findings = Findings()
            text = "Only the EPHEMERAL flag may be set with a deferral."
            findings.add("data.flags", "BITFIELD_INVALID", text)
            findings.check()
    elif kind == Response.MODAL:
        _check_modal(data)
    elif kind == Response.CHOICES:
        check_choices(data.get("choices") or [])


def allowed_responses(interaction: Interaction) -> Sequence[Response]:
    """List the first answers that fit what the user did."""
    if interaction.kind is Kind.AUTOCOMPLETE:
        return (Response.CHOICES,)
    allowed = [Response.MESSAGE, Response.DEFER_MESSAGE]
    if interaction.source is not None:
        allowed += [Response.UPDATE, Response.DEFER_UPDATE]
    if interaction.kind is not Kind.MODAL:
        allowed.append(Response.MODAL)
    return allowed


def check_choices(choices: Sequence[Json]) -> None:
    """Refuse autocomplete choices that break a rule.

    Raises:
        Refused: there are more than 25, or a name or value is empty or over 100 characters.
    """
    findings = Findings()
    findings.length("data.choices", list(choices), 0, 25)
    for at, choice in enumerate(choices):
        findings.length(f"data.choices.{at}.name", choice.get("name"), 1, 100)
        findings.length(f"data.choices.{at}.value", choice.get("value"), 0, 100)
    findings.check()


def _check_modal(modal: Json) -> None:
    findings = Findings()
    components = modal.get("components") or []
    findings.length("data.title", modal.get("title"), 1, 45)
    check_custom_id(modal, "data", findings)
    findings.length("data.components", components, 1, 5)
    for at, each in enumerate(components):
        path = f"data.components.{at}"
        if each.get("type") == LABEL:
            _check_label(each, path, findings)
        elif each.get("type") == ROW:
            inner = each.get("components") or []
            findings.length(f"{path}.components", inner, 1, 1)
            for field in inner:
                _check_row_field(field, f"{path}.components.0", findings)
        elif each.get("type") != TEXT:
            text = "This component type may not stand in a modal."
            findings.add(f"{path}.type", "COMPONENT_TYPE_INVALID", text)
    check_unique(components, findings)
    findings.check()


def _check_label(label: Json, path: str, findings: Findings) -> None:
    findings.length(f"{path}.label", label.get("label"), 1, 45)
    findings.length(f"{path}.description", label.get("description"), 1, 100)
    field, path = label.get("component") or {}, f"{path}.component"
    kind = field.get("type")
    if kind not in _IN_LABEL:
        text = "This component type may not stand in a label."
        findings.add(f"{path}.type", "COMPONENT_TYPE_INVALID", text)
        return
    check_custom_id(field, path, findings)
    if field.get("disabled"):
        text = "Nothing in a modal may be disabled."
        findings.add(f"{path}.disabled", "COMPONENT_DISABLED_IN_MODAL", text)
    if kind == TEXT_INPUT:
        if field.get("label"):
            text = "A text input within a label has no label of its own."
            findings.add(f"{path}.label", "COMPONENT_LABEL_IN_LABEL", text)
        _check_text_input(field, path, findings)
    elif kind in SELECTS:
        check_select(field, path, findings)
    elif kind == RADIO:
        check_options(field.get("options") or [], path, findings, least=2, most=10)
    elif kind == CHECKBOXES:
        check_options(field.get("options") or [], path, findings, least=1, most=10)
    elif kind == FILE_UPLOAD:
        for key, least in (("min_values", 0), ("max_values", 1)):
            if not least <= (1 if field.get(key) is None else field[key]) <= 10:
                text = f"Must be between {least} and 10."
                findings.add(f"{path}.{key}", "NUMBER_TYPE_RANGE", text)
    if field.get("required") is not False and field.get("min_values") == 0:
        text = "A required component needs min_values of at least 1."
        findings.add(f"{path}.min_values", "COMPONENT_REQUIRED_MIN_VALUES", text)


def _check_row_field(field: Json, path: str, findings: Findings) -> None:
    if field.get("type") != TEXT_INPUT:
        text = "Only a text input may stand in a modal's action row."
        findings.add(f"{path}.type", "COMPONENT_TYPE_INVALID", text)
        return
    check_custom_id(field, path, findings)
    if not field.get("label"):
        findings.required(f"{path}.label")
    findings.length(f"{path}.label", field.get("label"), 1, 45)
    _check_text_input(field, path, findings)


def _check_text_input(field: Json, path: str, findings: Findings) -> None:
    findings.length(f"{path}.placeholder", field.get("placeholder"), 0, 100)
    findings.length(f"{path}.value", field.get("value"), 0, 4000)
    least, most = field.get("min_length") or 0, field.get("max_length")
    if not 0 <= least <= 4000:
        findings.add(f"{path}.min_length", "NUMBER_TYPE_RANGE", "Must be between 0 and 4000.")
    if most is not None and not max(1, least) <= most <= 4000:
        text = "Must be between min_length (at least 1) and 4000."
        findings.add(f"{path}.max_length", "NUMBER_TYPE_RANGE", text)
