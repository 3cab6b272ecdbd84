"""Routes for channels."""

from aiohttp import web

from .access import Access
from .calls import Call, Route
from .errors import Findings
from .permissions import Permission
from .records import THREADS, Channel, Overwrite
from .rules_threads import chosen_tags
from .wire import Json, reply
from .world import World


class ChannelRoutes:
    """Reads and changes channels, threads included."""

    def __init__(self, world: World, access: Access) -> None:
        self._world = world
        self._access = access

    def routes(self) -> list[Route]:
        """List the routes."""
        channel = "/channels/{channel_id}"
        overwrite = channel + "/permissions/{overwrite_id}"
        return [
            Route("GET", channel, self.get),
            Route("PATCH", channel, self.change),
            Route("DELETE", channel, self.delete),
            Route("POST", channel + "/typing", self.typing),
            Route("PUT", overwrite, self.set_overwrite),
            Route("DELETE", overwrite, self.delete_overwrite),
        ]

    async def get(self, call: Call) -> web.Response:
        """Return one channel."""
        return reply(self._world.channel_json(self._find(call)))

    async def change(self, call: Call) -> web.Response:
        """Change a channel; the bot may close its own threads without Manage Threads.

        A locked one is opened by those alone who have it.
        """
        channel, body = self._find(call), call.json
        is_thread = channel.type in THREADS
        own = channel.thread is not None and channel.thread.owner_id == self._world.bot.id
        is_locked = channel.thread is not None and channel.thread.locked
        if not own or is_locked:
            needed = Permission.MANAGE_THREADS if is_thread else Permission.MANAGE_CHANNELS
            self._find(call, needed)
        findings = Findings()
        findings.length("name", body.get("name"), 1, 100)
        findings.length("topic", body.get("topic"), 0, 1024)
        findings.check()
        channel.name = body.get("name") or channel.name
        channel.topic = body.get("topic", channel.topic)
        channel.slowmode_seconds = body.get("rate_limit_per_user") or channel.slowmode_seconds
        if "applied_tags" in body:
            parent = self._world.channels[channel.parent_id or 0]
            channel.applied_tag_ids = chosen_tags(self._access, parent, body)
        if channel.thread is not None:
            thread = channel.thread
            thread.locked = body.get("locked", thread.locked)
            if body.get("archived", thread.archived) != thread.archived:
                thread.archived, thread.archived_at = body["archived"], self._world.clock()
            minutes = body.get("auto_archive_duration")
            thread.auto_archive_minutes = minutes or thread.auto_archive_minutes
        self._world.tell_channel(channel)
        return reply(self._world.channel_json(channel))

    async def delete(self, call: Call) -> web.Response:
        """Remove a channel or thread."""
        is_thread = self._find(call).type in THREADS
        needed = Permission.MANAGE_THREADS if is_thread else Permission.MANAGE_CHANNELS
        channel = self._find(call, needed)
        body = self._world.channel_json(channel)
        self._world.delete_channel(channel)
        return reply(body)

    async def typing(self, call: Call) -> web.Response:
        """Show that the bot is typing."""
        channel = self._find(call)
        self._access.may_send(channel)
        body: Json = {
            "channel_id": str(channel.id),
            "user_id": str(self._world.bot.id),
            "timestamp": int(self._world.clock().timestamp()),
        }
        if channel.guild_id:
            body["guild_id"] = str(channel.guild_id)
        self._world.emit("typing_start", body, guild_id=channel.guild_id, channel_id=channel.id)
        return reply(None)

    async def set_overwrite(self, call: Call) -> web.Response:
        """Set what a role or member may do in a channel; one cannot give what one lacks."""
        channel, body = self._find(call, Permission.MANAGE_ROLES), call.json
        target = call.id("overwrite_id")
        allow, deny = int(body.get("allow") or 0), int(body.get("deny") or 0)
        held = self._world.permissions(self._world.bot.id, channel)
        if (allow | deny) & ~held:
            self._find(call, allow | deny)
        channel.overwrites[target] = Overwrite(target, body.get("type") == 0, allow, deny)
        self._world.tell_channel(channel)
        return reply(None)

    async def delete_overwrite(self, call: Call) -> web.Response:
        """Remove a channel's overwrite."""
        channel = self._find(call, Permission.MANAGE_ROLES)
        channel.overwrites.pop(call.id("overwrite_id"), None)
        self._world.tell_channel(channel)
        return reply(None)

    def _find(self, call: Call, needed: int = 0) -> Channel:
        return self._access.channel(call.id("channel_id"), needed)
