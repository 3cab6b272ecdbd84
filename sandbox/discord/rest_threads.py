"""Routes for threads and forum posts."""

from datetime import datetime

from aiohttp import web

from . import payloads
from .access import Access
from .calls import Call, Route
from .composing import Composer, starting
from .errors import Refused
from .permissions import Permission
from .records import THREADS, Channel, ChannelType, MessageFlag
from .rules_messages import check_message
from .rules_threads import check_thread, chosen_tags
from .wire import Json, reply, stamp
from .world import World


class ThreadRoutes:
    """Opens, lists, joins and leaves threads."""

    def __init__(self, world: World, access: Access, composer: Composer) -> None:
        self._world = world
        self._access = access
        self._composer = composer

    def routes(self) -> list[Route]:
        """List the routes."""
        channel = "/channels/{channel_id}"
        member = channel + "/thread-members/@me"
        return [
            Route("POST", channel + "/threads", self.open_thread),
            Route("POST", channel + "/messages/{message_id}/threads", self.open_on_message),
            Route("GET", channel + "/threads/archived/public", self.archived),
            Route("GET", channel + "/thread-members", self.thread_members),
            Route("PUT", member, self.join),
            Route("DELETE", member, self.leave),
            Route("GET", "/guilds/{guild_id}/threads/active", self.active),
        ]

    async def open_thread(self, call: Call) -> web.Response:
        """Open a thread, or a forum post with its first message."""
        channel, body = self._find(call), call.json
        check_thread(body)
        if channel.type is ChannelType.FORUM:
            return self._open_post(channel, call)
        if channel.type not in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        kind = ChannelType(body.get("type", ChannelType.PRIVATE_THREAD))
        if kind not in THREADS:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        is_private = kind is ChannelType.PRIVATE_THREAD
        needed = (
            Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS
        )
        self._find(call, needed)
        thread = self._open(channel, body, None, kind)
        return reply(self._world.channel_json(thread), status=201)

    async def open_on_message(self, call: Call) -> web.Response:
        """Open a thread that starts with a message and has its id."""
        channel = self._find(call, Permission.CREATE_PUBLIC_THREADS)
        message = self._access.message(channel, call.id("message_id"))
        check_thread(call.json)
        if message.thread_id is not None:
            text = "A thread has already been created for this message"
            raise Refused(400, 160004, text, is_mistake=False)
        is_news = channel.type is ChannelType.ANNOUNCEMENT
        kind = ChannelType.ANNOUNCEMENT_THREAD if is_news else ChannelType.PUBLIC_THREAD
        thread = self._open(channel, call.json, message.id, kind)
        message.thread_id = thread.id
        message.flags |= MessageFlag.HAS_THREAD
        return reply(self._world.channel_json(thread), status=201)

    async def archived(self, call: Call) -> web.Response:
        """List a channel's archived public threads, the latest archived first."""
        channel = self._find(call, Permission.READ_MESSAGE_HISTORY)
        threads = [
            each
            for each in self._world.channels.values()
            if each.parent_id == channel.id and each.thread and each.thread.archived
        ]
        threads.sort(key=_closed_at, reverse=True)
        limit = call.query_int("limit", 50, least=2, most=100)
        before = call.request.query.get("before")
        if before is not None:
            threads = [each for each in threads if stamp(_closed_at(each)) < before]
        return reply(self._listed(threads[:limit]) | {"has_more": len(threads) > limit})

    async def active(self, call: Call) -> web.Response:
        """List a guild's open threads that the bot sees."""
        guild = self._access.guild(call.id("guild_id"))
        bot_id = self._world.bot.id
        threads = [
            each
            for each in self._world.channels.values()
            if each.guild_id == guild.id
            and each.thread
            and not each.thread.archived
            and self._world.permissions(bot_id, each) & Permission.VIEW_CHANNEL
        ]
        return reply(self._listed(threads))

    async def thread_members(self, call: Call) -> web.Response:
        """List who has joined a thread."""
        thread = self._find(call)
        ids = thread.thread.member_ids if thread.thread else set()
        joined = self._world.clock()
        return reply([payloads.thread_member(thread.id, each, joined) for each in sorted(ids)])

    async def join(self, call: Call) -> web.Response:
        """Let the bot join a thread."""
        if (thread := self._find(call).thread) is not None:
            thread.member_ids.add(self._world.bot.id)
        return reply(None)

    async def leave(self, call: Call) -> web.Response:
        """Let the bot leave a thread."""
        if (thread := self._find(call).thread) is not None:
            thread.member_ids.discard(self._world.bot.id)
        return reply(None)

    def _open_post(self, forum: Channel, call: Call) -> web.Response:
        body, content = call.json, call.json.get("message") or {}
        files = bool(call.uploads)
        self._access.may_send(forum, embeds=bool(content.get("embeds")), files=files)
        guild = self._world.guilds[forum.guild_id or 0]
        check_message(content, call.uploads, guild.upload_limit_bytes)
        body["applied_tags"] = chosen_tags(self._access, forum, body)
        thread = self._open(forum, body, None, ChannelType.PUBLIC_THREAD)
        message = starting(self._world, thread)
        message.id = thread.id
        message = self._composer.fill(message, content, call.uploads)
        self._world.messages.add(message)
        first = self._world.message_json(message)
        return reply(self._world.channel_json(thread) | {"message": first}, status=201)

    def _open(
        self, parent: Channel, body: Json, thread_id: int | None, kind: ChannelType
    ) -> Channel:
        return self._world.add_thread(
            parent,
            body["name"],
            self._world.bot.id,
            id=thread_id,
            kind=kind,
            tag_ids=[int(each) for each in body.get("applied_tags") or ()],
            auto_archive_minutes=body.get("auto_archive_duration") or 1440,
        )

    def _listed(self, threads: list[Channel]) -> Json:
        joined = self._world.clock()
        bot_id = self._world.bot.id
        mine = [each for each in threads if each.thread and bot_id in each.thread.member_ids]
        return {
            "threads": [self._world.channel_json(each) for each in threads],
            "members": [payloads.thread_member(each.id, bot_id, joined) for each in mine],
        }

    def _find(self, call: Call, needed: int = 0) -> Channel:
        return self._access.channel(call.id("channel_id"), needed)


def _closed_at(thread: Channel) -> datetime:
    if thread.thread is None:
        raise ValueError(f"Channel {thread.id} is no thread.")
    return thread.thread.archived_at or thread.thread.created_at
