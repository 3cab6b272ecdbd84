"""One browser at the page: what it is told, and what its person does."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import WSMsgType, web

from sandbox.discord.events import Event
from sandbox.discord.records import User
from sandbox.discord.stage import NotPossible
from sandbox.discord.wire import Json

from .discord_view import guild_view, may_see, message_view, messages_view, person_view
from .doing import Doing
from .happenings import Happenings
from .patreon_view import deliveries_view, delivery_body, members_view, patreon_view
from .pending import GUILD, STATE, Pending, Topic
from .protocol import Action, BadAction, NotNow, read_action
from .scene import Scene
from .troubles import Troubles

log = logging.getLogger(__name__)

MAX_RUNNING = 16
"""How many actions of one browser may wait for the bot at a time."""
SEND_SECONDS = 10.0
_STRUCTURE = ("guild_", "channel_", "thread_", "commands_")
_PARTS = {"owner": "owner", "moderator": "moderator", "member": "ordinary member"}


class Session:
    """Keeps one browser's view true and carries out its actions, until it goes."""

    def __init__(
        self,
        scene: Scene,
        socket: web.WebSocketResponse,
        *,
        happenings: Happenings,
        troubles: Troubles,
    ) -> None:
        self._scene = scene
        self._socket = socket
        self._happenings = happenings
        self._troubles = troubles
        self._doing = Doing(scene, scene.people[0])
        self._running: set[asyncio.Task[None]] = set()
        self.pending = Pending()

    def become(self, user_id: int) -> Json:
        """Look through somebody else's eyes from now on.

        Raises:
            NotNow: there is nobody of that id to be.
        """
        for user in self._scene.people:
            if user.id == user_id:
                self._doing = Doing(self._scene, user)
                self.pending.note(STATE)
                return {}
        raise NotNow("There is nobody of that name.")

    async def run(self) -> None:
        """Serve the browser until its connection ends."""
        stop_listening = self._scene.world.listen(self._hear)
        self.pending.note(STATE)
        teller = asyncio.create_task(self._tell(), name="page updates")
        try:
            await self._listen()
        finally:
            stop_listening()
            tasks = [teller, *self._running]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # Telling

    def _hear(self, event: Event) -> None:
        kind = event["kind"]
        if event["viewer_id"] not in (None, str(self._user.id)):
            return
        if kind in ("message_create", "message_update", "message_delete"):
            self.pending.note(("message", int(event["channel_id"] or 0), int(event["data"]["id"])))
        elif kind.startswith("message_reaction"):
            ids = int(event["channel_id"] or 0), int(event["data"]["message_id"])
            self.pending.note(("message", *ids))
        elif kind in ("channel_update", "channel_create", "guild_member_update"):
            # What the viewer may see may be another now.
            self.pending.note(STATE)
        elif kind.startswith(_STRUCTURE):
            self.pending.note(GUILD)

    async def _tell(self) -> None:
        try:
            while True:
                for topic in await self.pending.take():
                    if (update := self._update(topic)) is not None:
                        await self._send(update)
        except (ConnectionError, TimeoutError):
            await self._socket.close()
        except Exception:
            log.exception("an update of the page failed")
            await self._socket.close(code=1011)

    def _update(self, topic: Topic) -> Json | None:
        kind, channel_id, message_id = topic
        match kind:
            case "state":
                return self._state()
            case "guild":
                return {"type": kind, **guild_view(self._scene, self._user)}
            case "patreon":
                return {"type": kind, "patreon": patreon_view(self._scene)}
            case "deliveries":
                return {"type": kind, "deliveries": deliveries_view(self._scene.campaigns)}
            case "troubles":
                return {"type": kind, "troubles": self._troubles.view()}
        world = self._scene.world
        message = world.messages.get(channel_id, message_id)
        if message is None:
            return {"type": "gone", "channel_id": str(channel_id), "message_id": str(message_id)}
        hidden = message.viewer_id not in (None, self._user.id)
        if hidden or not may_see(world, self._user, channel_id):
            return None
        return {"type": "message", "message": message_view(world, message)}

    def _state(self) -> Json:
        scene = self._scene
        return {
            "type": "state",
            "viewer": person_view(scene.world, self._user),
            "people": [
                person_view(scene.world, each) | {"part": _PARTS.get(each.username, "member")}
                for each in scene.people
            ],
            "media": scene.media_bases,
            "messages": messages_view(scene.world, self._user),
            "patreon": patreon_view(scene),
            "deliveries": deliveries_view(scene.campaigns),
            "troubles": self._troubles.view(),
            **guild_view(scene, self._user),
        }

    async def _send(self, body: Json) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self._socket.send_str(json.dumps(body, separators=(",", ":"), default=str))

    # Listening

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                await self._socket.close(code=1003, message=b"Only text is understood here.")
                return
            try:
                action = read_action(message.data)
            except BadAction as error:
                await self._socket.close(code=1008, message=str(error).encode()[:120])
                return
            if len(self._running) >= MAX_RUNNING:
                await self._reply(action, {"ok": False, "error": "Too much at once."})
                continue
            task = asyncio.create_task(self._answer(action), name=f"page {action.do}"[:40])
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, action: Action) -> None:
        try:
            body = {"ok": True, **await self._do(action)}
        except (NotNow, NotPossible, BadAction) as error:
            body = {"ok": False, "error": str(error)}
        except Exception:
            log.exception("an action of the page failed", extra={"action": action.do})
            body = {"ok": False, "error": "The demo itself failed; its log tells why."}
        await self._reply(action, body)

    async def _reply(self, action: Action, body: Json) -> None:
        try:
            await self._send({"type": "reply", "seq": action.seq, **body})
        except (ConnectionError, TimeoutError):
            await self._socket.close()

    async def _do(self, action: Action) -> Json:
        doing, campaigns = self._doing, self._scene.campaigns
        waits: Mapping[str, Callable[[Action], Awaitable[Json]]] = {
            "command": doing.command,
            "suggest": doing.suggest,
            "press": doing.press,
            "select": doing.select,
            "submit": doing.submit,
            "trouble": self._trouble,
        }
        if action.do in waits:
            return await waits[action.do](action)
        match action.do:
            case "become":
                return self.become(action.snowflake("user_id"))
            case "say":
                return doing.say(action)
            case "dismiss":
                return doing.dismiss(action)
            case "happen":
                return {"text": self._happen(action)}
            case "members":
                text = action.text("text", longest=100)
                return members_view(campaigns, text, action.number("page", least=1))
            case "delivery":
                return {"body": delivery_body(campaigns, action.number("id"))}
        raise BadAction("There is no such action.")

    def _happen(self, action: Action) -> str:
        event = action.text("event", longest=20)
        name = action.maybe_text("name")
        if event == "join":
            kind = action.text("kind", longest=20)
            return self._happenings.join(action.text("tier_id", longest=40), kind, name)
        if event == "publish":
            return self._happenings.publish(name)
        return self._happenings.let(event, action.maybe_text("member_id"))

    async def _trouble(self, action: Action) -> Json:
        name, on = action.text("name", longest=40), action.fields.get("on") is True
        return {"text": await self._troubles.make(name, on=on)}

    @property
    def _user(self) -> User:
        return self._doing.user
