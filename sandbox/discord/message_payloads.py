"""Write messages and their files as the JSON that Discord sends."""

from collections.abc import Iterable

from .payloads import user
from .records import Attachment, Message, User
from .wire import Json, stamp


def attachment(record: Attachment) -> Json:
    """Write an attachment."""
    body: Json = {
        "id": str(record.id),
        "filename": record.filename,
        "size": len(record.data),
        "url": record.url,
        "proxy_url": record.url,
        "content_type": record.content_type,
    }
    if record.content_type.startswith("image/"):
        body |= {"width": 1, "height": 1}
    if record.description is not None:
        body["description"] = record.description
    if record.ephemeral:
        body["ephemeral"] = True
    return body


def message(record: Message, author: User, mentions: Iterable[User], bot_id: int) -> Json:
    """Write a message as anyone who may see it reads it."""
    body: Json = {
        "id": str(record.id),
        "type": record.type,
        "channel_id": str(record.channel_id),
        "author": user(author),
        "content": record.content,
        "embeds": record.embeds,
        "components": record.components,
        "attachments": [attachment(each) for each in record.attachments],
        "timestamp": stamp(record.created_at),
        "edited_timestamp": stamp(record.edited_at) if record.edited_at else None,
        "flags": int(record.flags),
        "tts": False,
        "pinned": record.pinned,
        "mention_everyone": record.mention_everyone,
        "mentions": [user(each) for each in mentions],
        "mention_roles": [str(role_id) for role_id in record.mention_role_ids],
        "mention_channels": [],
    }
    if record.nonce is not None:
        body["nonce"] = record.nonce
    if record.reactions:
        body["reactions"] = [
            {
                "emoji": {"id": None, "name": emoji},
                "count": len(users),
                "count_details": {"burst": 0, "normal": len(users)},
                "me": bot_id in users,
                "me_burst": False,
                "burst_colors": [],
            }
            for emoji, users in record.reactions.items()
        ]
    if record.reference is not None:
        body["message_reference"] = record.reference
    if record.interaction is not None:
        body["interaction_metadata"] = record.interaction
        body["application_id"] = str(bot_id)
    if record.webhook_id is not None:
        body["webhook_id"] = str(record.webhook_id)
    return body
