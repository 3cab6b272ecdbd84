"""What Discord refuses in the components of messages.

Source: Discord developer documentation, "Component Reference" and "Using Message Components".
"""

from collections.abc import Collection, Sequence

from .composing import texts_in, walk
from .errors import Findings
from .wire import Json

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS = (3, 5, 6, 7, 8)

LINK, PREMIUM = 5, 6

_IN_CONTAINER = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
_TOP = (*_IN_CONTAINER, CONTAINER)


def check_rows(components: Sequence[Json], findings: Findings) -> None:
    """Note what is wrong with the components of an ordinary message: up to five action rows."""
    findings.length("components", list(components), 0, 5)
    for at, row in enumerate(components):
        if row.get("type") == ROW:
            _check_row(row, f"components.{at}", findings)
        else:
            text = "Only action rows may stand here without the IS_COMPONENTS_V2 flag."
            findings.add(f"components.{at}.type", "BASE_TYPE_CHOICES", text)
    check_unique(components, findings)


def check_layout(components: Sequence[Json], findings: Findings) -> None:
    """Note what is wrong with the components of a message with the Components V2 flag."""
    if sum(1 for _ in walk(components)) > 40:
        text = "The total number of components must not exceed 40."
        findings.add("components", "BASE_TYPE_MAX_LENGTH", text)
    if sum(len(each.get("content") or "") for each in texts_in(components)) > 4000:
        text = "The combined text of all components must not exceed 4000 characters."
        findings.add("components", "COMPONENT_MAX_TOTAL_TEXT_DISPLAY_CONTENT_LENGTH", text)
    for at, each in enumerate(components):
        _check_block(each, f"components.{at}", _TOP, findings)
    check_unique(components, findings)


def check_unique(components: Sequence[Json], findings: Findings) -> None:
    """Note custom ids and component ids that occur twice."""
    for key, code in (
        ("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ("id", "COMPONENT_ID_DUPLICATED"),
    ):
        values = [each[key] for each in walk(components) if each.get(key)]
        for value in sorted({each for each in values if values.count(each) > 1}):
            findings.add("components", code, f"Component {key} {value} is duplicated")


def check_select(select: Json, path: str, findings: Findings) -> None:
    """Note what is wrong with a select menu of any kind."""
    findings.length(f"{path}.placeholder", select.get("placeholder"), 0, 150)
    least, most = select.get("min_values"), select.get("max_values")
    if least is not None and most is not None and least > most:
        text = "min_values must not exceed max_values."
        findings.add(f"{path}.min_values", "NUMBER_TYPE_MAX", text)
    for key, bound in (("min_values", least), ("max_values", most)):
        if bound is not None and not 0 <= bound <= 25:
            findings.add(f"{path}.{key}", "NUMBER_TYPE_RANGE", "Must be between 0 and 25.")
    if select.get("type") != STRING_SELECT:
        return
    options = select.get("options") or []
    check_options(options, path, findings, least=1, most=25)
    for limit in (least, most):
        if limit is not None and limit > len(options):
            text = "The select has fewer options than values must be chosen."
            findings.add(f"{path}.options", "COMPONENT_SELECT_VALUES", text)
            break
    if sum(bool(each.get("default")) for each in options) > (most if most is not None else 1):
        text = "More options are preselected than may be chosen."
        findings.add(f"{path}.options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", text)


def check_options(
    options: Sequence[Json], path: str, findings: Findings, *, least: int, most: int
) -> None:
    """Note what is wrong with the options of a select, radio group or checkbox group."""
    findings.length(f"{path}.options", list(options), least, most)
    for at, option in enumerate(options):
        findings.length(f"{path}.options.{at}.label", option.get("label"), 1, 100)
        findings.length(f"{path}.options.{at}.value", option.get("value"), 1, 100)
        findings.length(f"{path}.options.{at}.description", option.get("description"), 1, 100)
    values = [each.get("value") for each in options]
    if len(set(values)) != len(values):
        text = "The specified option value is already used"
        findings.add(f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)


def check_custom_id(component: Json, path: str, findings: Findings) -> None:
    """Note a missing or too long custom id."""
    if not component.get("custom_id"):
        findings.required(f"{path}.custom_id")
    findings.length(f"{path}.custom_id", component.get("custom_id"), 1, 100)


def _check_row(row: Json, path: str, findings: Findings) -> None:
    children = row.get("components") or []
    kinds = [each.get("type") for each in children]
    selects = [kind for kind in kinds if kind in SELECTS]
    findings.length(f"{path}.components", children, 1, 1 if selects else 5)
    for at, each in enumerate(children):
        where = f"{path}.components.{at}"
        if each.get("type") == BUTTON:
            _check_button(each, where, findings)
        elif each.get("type") in SELECTS:
            check_custom_id(each, where, findings)
            check_select(each, where, findings)
        else:
            _misplaced(where, findings)


def _check_button(button: Json, path: str, findings: Findings) -> None:
    findings.length(f"{path}.label", button.get("label"), 0, 80)
    style = button.get("style")
    if style == LINK:
        if button.get("custom_id"):
            text = "A custom id and url cannot both be specified"
            findings.add(path, "COMPONENT_CUSTOM_ID_AND_URL", text)
        if not button.get("url"):
            findings.required(f"{path}.url")
        findings.length(f"{path}.url", button.get("url"), 1, 512)
    elif style != PREMIUM:
        if button.get("url"):
            findings.add(f"{path}.url", "BUTTON_COMPONENT_URL", "Only link buttons have a url.")
        check_custom_id(button, path, findings)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        findings.required(f"{path}.label")


def _check_block(block: Json, path: str, allowed: Collection[int], findings: Findings) -> None:
    kind, children = block.get("type"), block.get("components") or []
    if kind not in allowed:
        _misplaced(path, findings)
    elif kind == ROW:
        _check_row(block, path, findings)
    elif kind == CONTAINER:
        findings.length(f"{path}.components", children, 1, 40)
        for at, each in enumerate(children):
            _check_block(each, f"{path}.components.{at}", _IN_CONTAINER, findings)
    elif kind == SECTION:
        _check_section(block, path, findings)
    elif kind == TEXT:
        findings.length(f"{path}.content", block.get("content"), 1, 4000)
    elif kind == GALLERY:
        findings.length(f"{path}.items", block.get("items") or [], 1, 10)
    elif kind == FILE and not str((block.get("file") or {}).get("url")).startswith("attachment://"):
        text = "A file component shows attachments only."
        findings.add(f"{path}.file.url", "COMPONENT_FILE_NOT_ATTACHMENT", text)


def _check_section(section: Json, path: str, findings: Findings) -> None:
    children = section.get("components") or []
    findings.length(f"{path}.components", children, 1, 3)
    for at, each in enumerate(children):
        _check_block(each, f"{path}.components.{at}", (TEXT,), findings)
    accessory = section.get("accessory") or {}
    if accessory.get("type") == BUTTON:
        _check_button(accessory, f"{path}.accessory", findings)
    elif accessory.get("type") != THUMBNAIL:
        findings.required(f"{path}.accessory")


def _misplaced(path: str, findings: Findings) -> None:
    text = "This component type may not stand here."
    findings.add(f"{path}.type", "COMPONENT_TYPE_INVALID", text)
