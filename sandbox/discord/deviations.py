"""What discord.py sends although Discord's OpenAPI document does not allow it.

Discord accepts each of these. Everything else that deviates is a real finding.
"""

import copy
from typing import Any

from .composing import walk
from .wire import Json

_NO_TTS = (
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original"),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"),
)
_CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
_THREADS = ("POST", "/channels/{channel_id}/threads")
_MEDIA_CHANNEL = 16
_SAID_OF_KEPT_FILES = ("content_type", "height", "proxy_url", "size", "spoiler", "url", "width")


def forgive(method: str, route: str, body: Any) -> Any:
    """Return a copy of `body` without the known deviations."""
    body = copy.deepcopy(body)
    if "/commands" in route:
        for command in body if isinstance(body, list) else [body]:
            if isinstance(command, dict):
                _command(command)
        return body
    if not isinstance(body, dict):
        return body
    if (method, route) == ("POST", "/users/@me/channels"):
        body["recipient_id"] = str(body.get("recipient_id"))
    if route.startswith("/guilds/{guild_id}/roles"):
        _to_numbers(body, "permissions")
    if (method, route) == ("PUT", "/channels/{channel_id}/permissions/{overwrite_id}"):
        _to_numbers(body, "allow", "deny")
        body.pop("id", None)
    message: Any = body
    if (method, route) == _CALLBACK:
        message = body.get("data")
    elif (method, route) == _THREADS and "message" in body:
        body.pop("type", None)
        message = body["message"]
    if isinstance(message, dict):
        if message is not body or (method, route) in _NO_TTS:
            message.pop("tts", None)
        _message(message)
    return body


def _to_numbers(body: Json, *names: str) -> None:
    for name in names:
        if isinstance(value := body.get(name), str) and value.isdecimal():
            body[name] = int(value)


def _command(command: Json) -> None:
    command.pop("nsfw", None)
    for option in walk_options(command):
        _channel_types(option)


def _message(message: Json) -> None:
    for embed in message.get("embeds") or ():
        if isinstance(embed, dict):
            embed.pop("flags", None)
    for attachment in message.get("attachments") or ():
        if isinstance(attachment, dict) and isinstance(attachment.get("id"), int):
            attachment["id"] = str(attachment["id"])
        if isinstance(attachment, dict):
            for name in _SAID_OF_KEPT_FILES:
                attachment.pop(name, None)
    allowed: Any = message.get("allowed_mentions")
    if isinstance(allowed, dict):
        for key in ("users", "roles"):
            if isinstance(allowed.get(key), list):
                allowed[key] = [str(each) if type(each) is int else each for each in allowed[key]]
    components = message.get("components")
    if isinstance(components, list) and all(isinstance(each, dict) for each in components):
        for component in walk(components):
            _channel_types(component)


def _channel_types(holder: Json) -> None:
    if isinstance(kinds := holder.get("channel_types"), list):
        holder["channel_types"] = [each for each in kinds if each != _MEDIA_CHANNEL]


def walk_options(command: Json) -> list[Json]:
    """List a command's options with all that they contain."""
    found: list[Json] = []
    for option in command.get("options") or ():
        if isinstance(option, dict):
            found += [option, *walk_options(option)]
    return found
