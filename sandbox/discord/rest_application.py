"""Routes about the bot itself: its account, its application, the gateway, its commands."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from aiohttp import web

from . import payloads, portal
from .access import Access
from .calls import Call, Route
from .errors import Refused, missing_access, unknown
from .rules_commands import check_command, check_commands
from .wire import Json, reply
from .world import World

MAX_CREATES_PER_DAY = 200


class ApplicationRoutes:
    """Describes the bot and registers its commands."""

    def __init__(self, world: World, access: Access, gateway_url: Callable[[], str]) -> None:
        self._world = world
        self._access = access
        self._gateway_url = gateway_url
        self._created: dict[int | None, deque[datetime]] = {}

    def routes(self) -> list[Route]:
        """List the routes."""
        app = "/applications/{application_id}"
        routes = [
            Route("GET", "/users/@me", self.me),
            Route("GET", "/users/@me/guilds", self.my_guilds),
            Route("POST", "/users/@me/channels", self.open_direct),
            Route("GET", "/users/{user_id}", self.user),
            Route("GET", "/oauth2/applications/@me", self.application),
            Route("GET", "/applications/@me", self.application),
            Route("GET", app, self.application),
            Route("GET", "/gateway", self.gateway, needs_token=False),
            Route("GET", "/gateway/bot", self.gateway_bot),
            Route("GET", app + "/emojis", self.emojis),
        ]
        for root in (app + "/commands", app + "/guilds/{guild_id}/commands"):
            routes += [
                Route("GET", root, self.commands),
                Route("PUT", root, self.replace),
                Route("POST", root, self.create),
                Route("GET", root + "/{command_id}", self.command),
                Route("PATCH", root + "/{command_id}", self.update),
                Route("DELETE", root + "/{command_id}", self.remove),
            ]
        return routes

    async def me(self, call: Call) -> web.Response:
        """Return the bot's account."""
        return reply(payloads.user(self._world.bot) | {"verified": True, "mfa_enabled": False})

    async def my_guilds(self, call: Call) -> web.Response:
        """List the guilds that the bot is in."""
        bot_id = self._world.bot.id
        return reply(
            [
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": guild.owner_id == bot_id,
                    "permissions": str(int(self._world.guild_permissions(guild.id, bot_id))),
                    "features": [],
                }
                for guild in self._world.guilds.values()
                if bot_id in guild.members
            ]
        )

    async def open_direct(self, call: Call) -> web.Response:
        """Open the direct messages with somebody."""
        user = self._world.users.get(int(call.json.get("recipient_id") or 0))
        if user is None:
            raise unknown("User", 10013)
        return reply(self._world.channel_json(self._world.direct_channel(user)))

    async def user(self, call: Call) -> web.Response:
        """Return anybody's account."""
        user = self._world.users.get(call.id("user_id"))
        if user is None:
            raise unknown("User", 10013)
        return reply(payloads.user(user))

    async def application(self, call: Call) -> web.Response:
        """Return the bot's registration."""
        if "application_id" in call.request.match_info:
            self._own(call)
        app = self._world.application
        return reply(portal.application(app, self._world.users[app.owner_id]))

    async def gateway(self, call: Call) -> web.Response:
        """Tell where the gateway is."""
        return reply({"url": self._gateway_url()})

    async def gateway_bot(self, call: Call) -> web.Response:
        """Tell where the gateway is and how often one may connect."""
        limit: Json = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return reply({"url": self._gateway_url(), "shards": 1, "session_start_limit": limit})

    async def emojis(self, call: Call) -> web.Response:
        """List the application's emoji: it has none."""
        self._own(call)
        return reply({"items": []})

    async def commands(self, call: Call) -> web.Response:
        """List the commands of a scope."""
        return reply(self._world.commands.all(self._scope(call)))

    async def replace(self, call: Call) -> web.Response:
        """Replace all commands of a scope."""
        scope = self._scope(call)
        check_commands(call.body)
        self._count_new(scope, call.body)
        return reply(self._world.commands.replace(call.body, scope))

    async def create(self, call: Call) -> web.Response:
        """Create one command, or replace the one of its name."""
        scope = self._scope(call)
        others = self._world.commands.all(scope)
        known = any(each["name"] == call.json.get("name") for each in others)
        check_command(call.json, others)
        self._count_new(scope, [call.json])
        return reply(self._world.commands.put(call.json, scope), status=200 if known else 201)

    async def command(self, call: Call) -> web.Response:
        """Return one command."""
        return reply(self._known(call))

    async def update(self, call: Call) -> web.Response:
        """Change one command."""
        known = self._known(call)
        rest = [each for each in self._world.commands.all(self._scope(call)) if each != known]
        check_command({**known, **call.json}, rest)
        return reply(self._world.commands.update(known, call.json, self._scope(call)))

    async def remove(self, call: Call) -> web.Response:
        """Remove one command."""
        self._known(call)
        self._world.commands.remove(call.id("command_id"), self._scope(call))
        return reply(None)

    def _known(self, call: Call) -> Json:
        command = self._world.commands.get(call.id("command_id"), self._scope(call))
        if command is None:
            raise unknown("application command", 10063)
        return command

    def _scope(self, call: Call) -> int | None:
        self._own(call)
        if "guild_id" not in call.request.match_info:
            return None
        return self._access.guild(call.id("guild_id")).id

    def _count_new(self, scope: int | None, bodies: Iterable[Json]) -> None:
        """Refuse more than 200 new names in a day; registering a known name again is free.

        Source: Discord developer documentation, "Application Commands", "Registering a Command".
        """
        known = {each["name"] for each in self._world.commands.all(scope)}
        new = sum(1 for each in bodies if each["name"] not in known)
        now = self._world.clock()
        created = self._created.setdefault(scope, deque(maxlen=MAX_CREATES_PER_DAY))
        while created and created[0] <= now - timedelta(days=1):
            created.popleft()
        if len(created) + new > MAX_CREATES_PER_DAY:
            message = "Max number of daily application command creates has been reached (200)"
            raise Refused(400, 30034, message)
        created.extend([now] * new)

    def _own(self, call: Call) -> None:
        if call.id("application_id") != self._world.application.id:
            raise missing_access()
