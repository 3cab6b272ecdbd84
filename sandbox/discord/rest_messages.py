"""Routes under `/channels/{channel_id}/messages`."""

from datetime import datetime, timedelta

from aiohttp import web

from .access import Access
from .calls import Call, Route
from .composing import Composer, starting
from .dispatch import Intent, readable
from .errors import Findings, Refused, unknown_message
from .permissions import Permission
from .records import Channel, ChannelType, Message, MessageFlag
from .rules_messages import check_edit, check_message
from .wire import Json, reply, stamp
from .world import World

NONCE_WINDOW = timedelta(minutes=5)
"""How long a repeated nonce returns the first message. Discord says "the past few minutes"."""

_MESSAGE = "/channels/{channel_id}/messages/{message_id}"


class MessageRoutes:
    """Sends, edits, deletes and lists the messages of channels."""

    def __init__(self, world: World, access: Access, composer: Composer) -> None:
        self._world = world
        self._access = access
        self._composer = composer
        self._nonces: dict[tuple[int, str], tuple[datetime, int]] = {}

    def routes(self) -> list[Route]:
        """List the routes."""
        messages = "/channels/{channel_id}/messages"
        reaction = _MESSAGE + "/reactions/{emoji_name}/@me"
        return [
            Route("POST", messages, self.send),
            Route("GET", messages, self.list),
            Route("POST", messages + "/bulk-delete", self.bulk_delete),
            Route("GET", messages + "/pins", self.pins),
            Route("PUT", messages + "/pins/{message_id}", self.pin),
            Route("DELETE", messages + "/pins/{message_id}", self.unpin),
            Route("GET", _MESSAGE, self.get),
            Route("PATCH", _MESSAGE, self.edit),
            Route("DELETE", _MESSAGE, self.delete),
            Route("POST", _MESSAGE + "/crosspost", self.crosspost),
            Route("PUT", reaction, self.react),
            Route("DELETE", reaction, self.unreact),
        ]

    async def send(self, call: Call) -> web.Response:
        """Create a message."""
        channel, body = self._access.channel(call.id("channel_id")), call.json
        if channel.type in (ChannelType.FORUM, ChannelType.CATEGORY):
            raise Refused(400, 50008, "Cannot send messages in a non-text channel")
        self._access.may_send(channel, embeds=bool(body.get("embeds")), files=bool(call.uploads))
        check_message(body, call.uploads, self._limit(channel))
        nonce = body.get("nonce")
        known = self._repeated(channel, nonce) if body.get("enforce_nonce") else None
        if known is not None:
            return reply(self._world.message_json(known))
        message = starting(self._world, channel, nonce=nonce)
        if reference := body.get("message_reference"):
            message.reference = self._reference(channel, reference)
            message.type = 19
        if channel.thread and channel.thread.archived:
            channel.thread.archived = False
            self._world.tell_channel(channel)
        self._world.messages.add(self._composer.fill(message, body, call.uploads))
        if nonce is not None:
            self._nonces[channel.id, str(nonce)] = (self._world.clock(), message.id)
        return reply(self._world.message_json(self._access.message(channel, message.id)))

    async def list(self, call: Call) -> web.Response:
        """List messages, newest first; `before`, `after` and `around` exclude each other."""
        channel = self._access.channel(call.id("channel_id"))
        limit = call.query_int("limit", 50, least=1, most=100)
        if channel.guild_id and not self._holds(channel, Permission.READ_MESSAGE_HISTORY):
            return reply([])
        found = self._world.messages.public_in(channel)
        if (before := call.query_id("before")) is not None:
            found = [each for each in found if each.id < before][-limit:]
        elif (after := call.query_id("after")) is not None:
            found = [each for each in found if each.id > after][:limit]
        elif (around := call.query_id("around")) is not None:
            older = [each for each in found if each.id < around][-(limit // 2) :]
            newer = [each for each in found if each.id >= around][: limit - len(older)]
            found = older + newer
        return reply([self._read(each) for each in reversed(found[-limit:])])

    async def get(self, call: Call) -> web.Response:
        """Return one message."""
        return reply(self._read(self._find(call, Permission.READ_MESSAGE_HISTORY)))

    async def edit(self, call: Call) -> web.Response:
        """Change a message; others' messages only allow hiding embeds."""
        message, body = self._find(call), call.json
        if message.author_id != self._world.bot.id:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        place = self._world.channels[message.channel_id]
        if place.thread and place.thread.archived:
            raise Refused(400, 50083, "Thread is archived", is_mistake=False)
        if call.uploads:
            self._find(call, Permission.ATTACH_FILES)
        check_edit(message, body, call.uploads, self._limit_of(message))
        changed = self._composer.fill(message, body, call.uploads)
        self._world.messages.change(message, changed)
        return reply(self._world.message_json(message))

    async def delete(self, call: Call) -> web.Response:
        """Remove a message; others' messages need Manage Messages."""
        message = self._find(call)
        if message.author_id != self._world.bot.id:
            self._find(call, Permission.MANAGE_MESSAGES)
        self._world.messages.delete(message)
        return reply(None)

    async def bulk_delete(self, call: Call) -> web.Response:
        """Remove 2 to 100 messages that are younger than two weeks."""
        channel = self._access.channel(call.id("channel_id"), Permission.MANAGE_MESSAGES)
        ids = [int(each) for each in call.json.get("messages", ())]
        findings = Findings()
        findings.length("messages", ids, 2, 100)
        findings.check()
        found = [self._world.messages.get(channel.id, each) for each in ids]
        oldest = self._world.clock() - timedelta(days=14)
        if any(each and each.created_at < oldest for each in found):
            text = "You can only bulk delete messages that are under 14 days old."
            raise Refused(400, 50034, text, is_mistake=False)
        for message in found:
            if message is not None:
                self._world.messages.delete(message)
        return reply(None)

    async def crosspost(self, call: Call) -> web.Response:
        """Publish a message of an announcement channel."""
        message = self._find(call, Permission.SEND_MESSAGES)
        if message.author_id != self._world.bot.id:
            self._find(call, Permission.MANAGE_MESSAGES)
        if self._world.channels[message.channel_id].type is not ChannelType.ANNOUNCEMENT:
            raise Refused(400, 50068, "Invalid message type")
        if message.flags & MessageFlag.CROSSPOSTED:
            text = "This message has already been crossposted."
            raise Refused(400, 40033, text, is_mistake=False)
        self._world.messages.publish(message)
        return reply(self._world.message_json(message))

    async def pins(self, call: Call) -> web.Response:
        """List pinned messages, newest first."""
        channel = self._access.channel(call.id("channel_id"), Permission.READ_MESSAGE_HISTORY)
        pinned = [each for each in self._world.messages.public_in(channel) if each.pinned]
        items: list[Json] = [
            {"pinned_at": stamp(each.created_at), "message": self._read(each)}
            for each in reversed(pinned)
        ]
        return reply({"items": items, "has_more": False})

    async def pin(self, call: Call) -> web.Response:
        """Pin a message."""
        self._world.messages.pin(self._find(call, Permission.PIN_MESSAGES), pinned=True)
        return reply(None)

    async def unpin(self, call: Call) -> web.Response:
        """Unpin a message."""
        self._world.messages.pin(self._find(call, Permission.PIN_MESSAGES), pinned=False)
        return reply(None)

    async def react(self, call: Call) -> web.Response:
        """Add the bot's reaction."""
        message = self._find(call, Permission.READ_MESSAGE_HISTORY)
        if call.text("emoji_name") not in message.reactions:
            self._find(call, Permission.ADD_REACTIONS)
        self._world.messages.react(message, call.text("emoji_name"), self._world.bot.id)
        return reply(None)

    async def unreact(self, call: Call) -> web.Response:
        """Take the bot's reaction back."""
        message = self._find(call)
        self._world.messages.unreact(message, call.text("emoji_name"), self._world.bot.id)
        return reply(None)

    def _read(self, message: Message) -> Json:
        allowed = self._world.application.privileged_intents & Intent.MESSAGE_CONTENT
        return readable(self._world.message_json(message), self._world, may_read=bool(allowed))

    def _find(self, call: Call, needed: int = 0) -> Message:
        channel = self._access.channel(call.id("channel_id"), needed)
        return self._access.message(channel, call.id("message_id"))

    def _holds(self, channel: Channel, needed: int) -> bool:
        return bool(self._world.permissions(self._world.bot.id, channel) & needed)

    def _limit(self, channel: Channel) -> int:
        guild = self._world.guilds.get(channel.guild_id or 0)
        return guild.upload_limit_bytes if guild else 10 * 1024 * 1024

    def _limit_of(self, message: Message) -> int:
        return self._limit(self._world.channels[message.channel_id])

    def _repeated(self, channel: Channel, nonce: object) -> Message | None:
        """Find the message that a repeated nonce stands for.

        A repeat whose first message was deleted is refused as Unknown Message.
        """
        horizon = self._world.clock() - NONCE_WINDOW
        self._nonces = {key: each for key, each in self._nonces.items() if each[0] >= horizon}
        known = self._nonces.get((channel.id, str(nonce)))
        if known is None:
            return None
        message = self._world.messages.get(channel.id, known[1])
        if message is None:
            raise unknown_message()
        return message

    def _reference(self, channel: Channel, reference: Json) -> Json:
        target = self._world.messages.get(channel.id, int(reference.get("message_id") or 0))
        if target is None and reference.get("fail_if_not_exists", True):
            findings = Findings()
            findings.add("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            findings.check()
        guild: Json = {"guild_id": str(channel.guild_id)} if channel.guild_id else {}
        return {"type": 0, "channel_id": str(channel.id), **guild} | {
            "message_id": str(reference.get("message_id"))
        }
