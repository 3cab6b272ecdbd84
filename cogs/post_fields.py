"""What somebody filled in: read from what Discord sent, so that it works after a restart, too."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import discord

from core.draft_rows import Answer

MOST_UPLOADS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a form; `size_bytes` is what Discord says."""

    name: str
    url: str
    size_bytes: int
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form that came back. `texts` and `checks` are by the custom ids of the fields."""

    custom_id: str
    texts: Mapping[str, str]
    checks: Mapping[str, bool]
    uploads: tuple[Upload, ...] = ()

    def text(self, name: str) -> str:
        """What was typed into a field or picked there, "" when nothing was."""
        return self.texts.get(name, "")

    def is_checked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.checks.get(name, False)

    def answers(self) -> dict[str, Answer]:
        """Give everything as it came, to be stored."""
        uploads = [json.dumps(asdict(upload)) for upload in self.uploads]
        return {**self.texts, **self.checks, **({"uploads": uploads} if uploads else {})}


def custom_id_of(interaction: discord.Interaction[Any]) -> str:
    """Give the custom id of what was used or sent, "" without one."""
    return str(dict(interaction.data or {}).get("custom_id", ""))


def values_of(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """Give what was picked in a menu: ids of channels and roles as text."""
    values = dict(interaction.data or {}).get("values")
    return tuple(str(each) for each in values) if isinstance(values, list) else ()


def filled_of(interaction: discord.Interaction[Any]) -> Filled:
    """Read a form, whatever its fields are; what is missing or odd counts as not filled in.

    Source: docs.discord.com, "Receiving and Responding", "Modal Submit Data Structure".
    """
    data: Mapping[str, Any] = dict(interaction.data or {})
    texts: dict[str, str] = {}
    checks: dict[str, bool] = {}
    ids: list[str] = []
    for field in _fields(data.get("components") or ()):
        name, value = str(field.get("custom_id")), field.get("value")
        if isinstance(value, bool):
            checks[name] = value
        elif isinstance(value, str):
            texts[name] = value
        values = field.get("values")
        if isinstance(values, list):
            ids += [str(each) for each in values]
    attachments = (data.get("resolved") or {}).get("attachments") or {}
    uploads = [_upload(attachments[each]) for each in ids if each in attachments]
    return Filled(
        custom_id=custom_id_of(interaction),
        texts=texts,
        checks=checks,
        uploads=tuple(uploads[:MOST_UPLOADS]),
    )


def _fields(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        field = component.get("component")
        if isinstance(field, dict):
            yield field


def _upload(attachment: Mapping[str, Any]) -> Upload:
    return Upload(
        name=str(attachment.get("filename", "file")),
        url=str(attachment.get("url", "")),
        size_bytes=int(attachment.get("size", 0)),
        description=attachment.get("description"),
    )
