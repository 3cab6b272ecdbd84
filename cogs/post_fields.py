"""What somebody filled in: read from what Discord sent, so that it works after a restart, too."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import discord

from core.draft_rows import Answer
from core.drafts import DraftPicture

MOST_UPLOADS = 10
UPLOADS = "uploads"
"""The name under which a form's files are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a form; `size_bytes` is what Discord says.

    `content` is what is in it, in base64, once a text was read; `picture` is what lies on the shelf
    once a picture was kept.
    """

    name: str
    url: str
    size_bytes: int
    description: str | None = None
    content: str | None = None
    picture: DraftPicture | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the bot has what is in it, so that Discord's link is needed no more."""
        return self.content is not None or self.picture is not None


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
        uploads = {UPLOADS: spelled(self.uploads)} if self.uploads else {}
        return {**self.texts, **self.checks, **uploads}


def spelled(uploads: Iterable[Upload]) -> list[str]:
    """Write files to be stored with their form; `uploads_in` reads them."""
    return [json.dumps(asdict(upload)) for upload in uploads]


def uploads_in(fields: Mapping[str, Answer]) -> tuple[Upload, ...]:
    """Read the files of a form that was stored."""
    uploads = fields.get(UPLOADS)
    if not isinstance(uploads, Sequence) or isinstance(uploads, str):
        return ()
    return tuple(_read(json.loads(text)) for text in uploads)


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


def _read(stored: dict[str, Any]) -> Upload:
    picture = stored.pop("picture", None)
    return Upload(**stored, picture=DraftPicture(**picture) if picture else None)


def _upload(attachment: Mapping[str, Any]) -> Upload:
    return Upload(
        name=str(attachment.get("filename", "file")),
        url=str(attachment.get("url", "")),
        size_bytes=int(attachment.get("size", 0)),
        description=attachment.get("description"),
    )
