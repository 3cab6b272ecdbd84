"""What Discord refuses in messages.

Source: Discord developer documentation, "Message", "Embed Limits" and "Uploading Files". The
OpenAPI document misses some of these: it allows 4,000 characters of content, embeds of any total
length, and empty field values.
"""

from collections.abc import Collection, Sequence

from .calls import Upload
from .composing import media_in, walk
from .errors import Findings, Refused
from .records import Message, MessageFlag
from .rules_components import check_layout, check_rows
from .wire import Json

MAX_CONTENT = 2000
MAX_EMBEDS = 10
MAX_EMBED_TOTAL = 6000
MAX_ATTACHMENTS = 10
MAX_NONCE = 25
_V2 = MessageFlag.COMPONENTS_V2


def check_message(body: Json, uploads: Sequence[Upload], upload_limit_bytes: int) -> None:
    """Refuse a new message that breaks a rule.

    Raises:
        Refused: with the first kind of fault: too large, empty, or an invalid form.
    """
    _check_uploads(uploads, upload_limit_bytes)
    findings = Findings()
    _check_parts(body, findings)
    if len(uploads) > MAX_ATTACHMENTS:
        findings.add("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > MAX_NONCE:
        findings.add("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    if int(body.get("flags") or 0) & _V2:
        _check_only_layout(body, findings)
        check_layout(body.get("components") or [], findings)
        _check_exposed(body, {each.filename for each in uploads}, findings)
    else:
        check_rows(body.get("components") or [], findings)
    findings.check()
    parts = ("embeds", "components", "sticker_ids", "poll", "shared_client_theme")
    is_blank = not str(body.get("content") or "").strip()
    if not uploads and is_blank and not any(body.get(part) for part in parts):
        raise Refused(400, 50006, "Cannot send an empty message")


def check_edit(
    message: Message, body: Json, uploads: Sequence[Upload], upload_limit_bytes: int
) -> None:
    """Refuse an edit of `message` that breaks a rule, or leaves it empty.

    Raises:
        Refused: as `check_message` does.
    """
    _check_uploads(uploads, upload_limit_bytes)
    findings = Findings()
    _check_parts(body, findings)
    kept = {str(each["id"]) for each in body.get("attachments") or ()}
    left = [
        each for each in message.attachments if "attachments" not in body or str(each.id) in kept
    ]
    if len(left) + len(uploads) > MAX_ATTACHMENTS:
        findings.add("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    result: Json = {
        "content": body.get("content", message.content),
        "embeds": body.get("embeds", message.embeds),
        "components": body.get("components", message.components),
    }
    if (message.flags | int(body.get("flags") or 0)) & _V2:
        _check_only_layout(result, findings)
        if "components" in body or uploads:
            check_layout(result["components"] or [], findings)
            names = {each.filename for each in left} | {each.filename for each in uploads}
            _check_exposed(result, names, findings)
    elif "components" in body:
        check_rows(body["components"] or [], findings)
    findings.check()
    result["content"] = str(result["content"] or "").strip()
    if not left and not uploads and not any(result.values()):
        raise Refused(400, 50006, "Cannot send an empty message")


def _check_uploads(uploads: Sequence[Upload], limit_bytes: int) -> None:
    if any(len(each.data) > limit_bytes for each in uploads):
        raise Refused(413, 40005, "Request entity too large", is_mistake=True)


def _check_parts(body: Json, findings: Findings) -> None:
    findings.length("content", body.get("content"), 0, MAX_CONTENT)
    embeds = body.get("embeds") or []
    findings.length("embeds", embeds, 0, MAX_EMBEDS)
    total = sum(_check_embed(embed, f"embeds.{at}", findings) for at, embed in enumerate(embeds))
    if total > MAX_EMBED_TOTAL:
        text = f"Embed size exceeds maximum size of {MAX_EMBED_TOTAL}"
        findings.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", text)


def _check_embed(embed: Json, path: str, findings: Findings) -> int:
    footer, author = embed.get("footer") or {}, embed.get("author") or {}
    texts = [
        ("title", embed.get("title"), 256),
        ("description", embed.get("description"), 4096),
        ("footer.text", footer.get("text"), 2048),
        ("author.name", author.get("name"), 256),
    ]
    fields = embed.get("fields") or []
    findings.length(f"{path}.fields", fields, 0, 25)
    for at, field in enumerate(fields):
        for key, most in (("name", 256), ("value", 1024)):
            if not str(field.get(key) or "").strip():
                findings.required(f"{path}.fields.{at}.{key}")
            texts.append((f"fields.{at}.{key}", field.get(key), most))
    for key, text, most in texts:
        findings.length(f"{path}.{key}", text, 0, most)
    shown = any(embed.get(key) for key in ("title", "description", "fields", "image", "thumbnail"))
    if not shown and not footer and not author:
        findings.required(f"{path}.description")
    for key, url in (
        ("url", embed.get("url")),
        ("image.url", (embed.get("image") or {}).get("url")),
        ("thumbnail.url", (embed.get("thumbnail") or {}).get("url")),
        ("author.url", author.get("url")),
    ):
        if url and not str(url).startswith(("http://", "https://", "attachment://")):
            text = "Scheme must be one of ('http', 'https')."
            findings.add(f"{path}.{key}", "URL_TYPE_INVALID_SCHEME", text)
    return sum(len(text) for _, text, _ in texts if isinstance(text, str))


def _check_only_layout(body: Json, findings: Findings) -> None:
    for key in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(key):
            text = f"The 'IS_COMPONENTS_V2' flag cannot be used with '{key}'."
            findings.add(key, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)


def _check_exposed(body: Json, filenames: Collection[str], findings: Findings) -> None:
    shown = {
        str(item.get("url", "")).removeprefix("attachment://").split("?")[0].rsplit("/", 1)[-1]
        for each in walk(body.get("components") or [])
        for item in media_in(each)
    }
    for name in sorted(set(filenames) - shown):
        text = f"No component shows the file {name}."
        findings.add("attachments", "COMPONENT_ATTACHMENT_NOT_REFERENCED", text)
