"""Reduce what Discord sends to what a person sees, alike for both stand-ins.

Dropped: ids of components (both number them as they like), sizes of pictures, addresses of the
media proxy, and empty values.
"""

import re

import discord

_ID = re.compile(r"\d{15,}")
_UNSEEN = {
    "id",
    "proxy_url",
    "proxy_icon_url",
    "width",
    "height",
    "loading_state",
    "attachment_id",
    "content_type",
}


def message(body, names):
    """Describe a message; `names` gives what is shown instead of an id."""
    files = {each["url"]: f"cdn:{each['filename']}" for each in body["attachments"]}
    flags = discord.MessageFlags._from_value(body["flags"])
    look = {
        "content": body["content"],
        "embeds": body["embeds"],
        "components": body["components"],
        "files": [
            {"name": each["filename"], "size": each["size"], "about": each.get("description")}
            for each in body["attachments"]
        ],
        "flags": sorted(name for name, is_set in flags if is_set),
        "mentions": sorted(each["username"] for each in body["mentions"]),
        "mention_roles": sorted(body["mention_roles"]),
        "mention_everyone": body["mention_everyone"],
        "author": "the bot" if body["author"].get("bot") else body["author"]["username"],
        "edited": body["edited_timestamp"] is not None,
    }
    return plain(look, names, files)


def plain(value, names=None, files=None):
    """Drop what nobody sees, and write names for ids and file addresses."""
    names, files = names or {}, files or {}
    if isinstance(value, dict):
        pairs = {
            key: plain(each, names, files) for key, each in value.items() if key not in _UNSEEN
        }
        return {key: each for key, each in pairs.items() if not _is_empty(each)}
    if isinstance(value, list | tuple):
        return [plain(each, names, files) for each in value]
    if isinstance(value, str):
        return files.get(value) or _ID.sub(lambda found: names.get(found[0], "?"), value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _is_empty(value):
    return value is None or value is False or value in ("", [], {})
