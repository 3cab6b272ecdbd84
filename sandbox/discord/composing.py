"""Turn a request's body into a message."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .calls import Upload
from .errors import Findings
from .permissions import Permission
from .records import Attachment, Channel, Message, MessageFlag
from .state import State
from .wire import Json

_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE_MENTION = re.compile(r"<@&(\d+)>")
_UNSAFE = re.compile(r"[^\w.\-]+", re.ASCII)


class Composer:
    """Fills messages with what requests ask for: files, embeds, components, mentions."""

    def __init__(self, state: State) -> None:
        self._state = state

    def fill(self, message: Message, body: Json, uploads: Sequence[Upload]) -> Message:
        """Return a copy of `message` with the fields that `body` names replaced.

        Raises:
            Refused: it refers to a file that was not sent.
        """
        filled = copy.copy(message)
        findings = Findings()
        if "flags" in body:
            fixed = MessageFlag.EPHEMERAL | MessageFlag.LOADING | MessageFlag.CROSSPOSTED
            fixed |= MessageFlag.COMPONENTS_V2
            filled.flags = (message.flags & fixed) | int(body["flags"] or 0)
        self._attach(filled, body, uploads, findings)
        names = {each.filename: each for each in filled.attachments}
        if "content" in body:
            filled.content = body["content"] or ""
        if "embeds" in body:
            filled.embeds = [
                _embed(each, names, f"embeds.{place}", findings)
                for place, each in enumerate(body["embeds"] or ())
            ]
        if "components" in body:
            filled.components = _components(body["components"] or [], names, findings)
        self._mention(filled, body)
        findings.check()
        return filled

    def _attach(
        self, message: Message, body: Json, uploads: Sequence[Upload], findings: Findings
    ) -> None:
        wanted = body.get("attachments")
        described: Mapping[str, Json] = {str(each["id"]): each for each in wanted or ()}
        kept = list(message.attachments)
        if wanted is not None:
            kept = [each for each in kept if str(each.id) in described]
        known = {str(each.id) for each in kept} | {each.key for each in uploads}
        for place, each in enumerate(wanted or ()):
            if str(each["id"]) not in known:
                findings.add(
                    f"attachments.{place}.id", "ATTACHMENT_NOT_FOUND", "Attachment data not found"
                )
        new = [self._file(message, each, described.get(each.key, {})) for each in uploads]
        message.attachments = kept + new

    def _file(self, message: Message, upload: Upload, described: Json) -> Attachment:
        filename = _UNSAFE.sub("_", described.get("filename") or upload.filename)
        attachment_id = self._state.ids.next()
        where = "ephemeral-attachments" if message.ephemeral else "attachments"
        path = f"{where}/{message.channel_id}/{attachment_id}/{quote(filename)}"
        return Attachment(
            attachment_id,
            filename,
            upload.content_type,
            upload.data,
            f"{self._state.cdn_url}/{path}?ex=0&is=0&hm=0",
            description=described.get("description"),
            ephemeral=message.ephemeral,
            spoiler=filename.startswith("SPOILER_") or bool(described.get("is_spoiler")),
        )

    def _mention(self, message: Message, body: Json) -> None:
        allowed = body.get("allowed_mentions")
        texts = [message.content, *(each["content"] for each in texts_in(message.components))]
        text = "\n".join(texts)
        channel = self._state.channels.get(message.channel_id)
        message.mention_ids = _allowed(_MENTION, text, allowed, "users", self._state.users)
        guild = self._state.guilds.get(channel.guild_id or 0) if channel else None
        roles = guild.roles if guild else {}
        message.mention_role_ids = _allowed(_ROLE_MENTION, text, allowed, "roles", roles)
        may = allowed is None or "everyone" in (allowed.get("parse") or ())
        if channel and channel.guild_id and message.webhook_id is None:
            held = self._state.permissions(message.author_id, channel)
            may = may and bool(held & Permission.MENTION_EVERYONE)
        message.mention_everyone = may and ("@everyone" in text or "@here" in text)


def starting(state: State, channel: Channel, **more: Any) -> Message:
    """Begin an empty message of the bot in `channel`; `more` are further fields of it."""
    return Message(state.ids.next(), channel.id, state.bot.id, state.clock(), **more)


def walk(components: Sequence[Json]) -> Iterator[Json]:
    """Yield components and all that they contain, outermost first."""
    for each in components:
        yield each
        inner = [*(each.get("components") or ())]
        inner += [
            each[key] for key in ("accessory", "component") if isinstance(each.get(key), dict)
        ]
        yield from walk(inner)


def texts_in(components: Sequence[Json]) -> Iterator[Json]:
    """Yield the TextDisplays within `components`."""
    return (each for each in walk(components) if each.get("type") == 10)


def media_in(component: Json) -> Iterator[Json]:
    """Yield the media items that one component shows itself."""
    for key in ("media", "file"):
        if isinstance(component.get(key), dict):
            yield component[key]
    for item in component.get("items") or ():
        if isinstance(item.get("media"), dict):
            yield item["media"]


def _components(
    components: list[Json], names: Mapping[str, Attachment], findings: Findings
) -> list[Json]:
    made = copy.deepcopy(components)
    taken = {each["id"] for each in walk(made) if each.get("id")}
    fresh = (number for number in range(1, 10_000) if number not in taken)
    for each in walk(made):
        if not each.get("id"):
            each["id"] = next(fresh)
        for item in media_in(each):
            if (file := _named(item.get("url"), names, "components", findings)) is not None:
                item |= {
                    "url": file.url,
                    "proxy_url": file.url,
                    "content_type": file.content_type,
                    "attachment_id": str(file.id),
                }
                if item is each.get("file"):
                    each |= {"name": file.filename, "size": len(file.data)}
            else:
                item.setdefault("proxy_url", item.get("url"))
            item |= {"width": 1, "height": 1, "loading_state": 2}
    return made


def _embed(embed: Json, names: Mapping[str, Attachment], path: str, findings: Findings) -> Json:
    made = {"type": "rich", **copy.deepcopy(embed)}
    for part, key in (
        ("image", "url"),
        ("thumbnail", "url"),
        ("video", "url"),
        ("footer", "icon_url"),
        ("author", "icon_url"),
    ):
        holder = made.get(part)
        if not isinstance(holder, dict) or not holder.get(key):
            continue
        file = _named(holder[key], names, f"{path}.{part}.{key}", findings)
        if file is not None:
            holder[key] = file.url
        proxy = "proxy_icon_url" if key == "icon_url" else "proxy_url"
        holder[proxy] = holder[key]
        if key == "url":
            holder |= {"width": 1, "height": 1}
    return made


def _named(
    url: object, names: Mapping[str, Attachment], path: str, findings: Findings
) -> Attachment | None:
    if not isinstance(url, str) or not url.startswith("attachment://"):
        return None
    name = url.removeprefix("attachment://")
    if name not in names:
        findings.add(path, "ATTACHMENT_NOT_FOUND", f"No file of the message is called {name}.")
    return names.get(name)


def _allowed(
    pattern: re.Pattern[str], text: str, allowed: Json | None, key: str, known: Mapping[int, object]
) -> list[int]:
    found = list(dict.fromkeys(int(each) for each in pattern.findall(text)))
    found = [each for each in found if each in known]
    if allowed is None or key in (allowed.get("parse") or ()):
        return found
    named = {str(each) for each in allowed.get(key) or ()}
    return [each for each in found if str(each) in named]
