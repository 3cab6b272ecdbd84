"""Routes for guilds, their members and roles."""

from aiohttp import web

from . import payloads
from .access import Access
from .calls import Call, Route
from .errors import Findings, missing_access, missing_permissions, unknown
from .members import find_members
from .permissions import Permission
from .records import THREADS, ChannelType, Guild, Member, Overwrite, Role
from .wire import Json, reply
from .world import World

_MEMBERS_INTENT = 1 << 1


class GuildRoutes:
    """Reads guilds; changes members' roles, roles and channels."""

    def __init__(self, world: World, access: Access) -> None:
        self._world = world
        self._access = access

    def routes(self) -> list[Route]:
        """List the routes."""
        guild = "/guilds/{guild_id}"
        member = guild + "/members/{user_id}"
        return [
            Route("GET", guild, self.get),
            Route("DELETE", "/users/@me/guilds/{guild_id}", self.leave),
            Route("GET", guild + "/channels", self.channels),
            Route("POST", guild + "/channels", self.add_channel),
            Route("GET", guild + "/members", self.members),
            Route("GET", guild + "/members/search", self.search),
            Route("PATCH", guild + "/members/@me", self.change_self),
            Route("GET", member, self.member),
            Route("PATCH", member, self.change_member),
            Route("PUT", member + "/roles/{role_id}", self.add_role_to),
            Route("DELETE", member + "/roles/{role_id}", self.remove_role_from),
            Route("GET", guild + "/roles", self.roles),
            Route("POST", guild + "/roles", self.add_role),
            Route("GET", guild + "/roles/{role_id}", self.role),
            Route("PATCH", guild + "/roles/{role_id}", self.change_role),
            Route("DELETE", guild + "/roles/{role_id}", self.delete_role),
            Route("GET", guild + "/webhooks", self.webhooks),
        ]

    async def get(self, call: Call) -> web.Response:
        """Return a guild."""
        return reply(payloads.guild(self._guild(call)))

    async def leave(self, call: Call) -> web.Response:
        """Let the bot leave a guild."""
        self._world.remove_member(self._guild(call).members[self._world.bot.id])
        return reply(None)

    async def channels(self, call: Call) -> web.Response:
        """List a guild's channels, threads apart."""
        guild = self._guild(call)
        own = [each for each in self._world.channels.values() if each.guild_id == guild.id]
        return reply([payloads.channel(each) for each in own if each.type not in THREADS])

    async def add_channel(self, call: Call) -> web.Response:
        """Create a channel."""
        guild, body = self._guild(call, Permission.MANAGE_CHANNELS), call.json
        findings = Findings()
        findings.length("name", body.get("name"), 1, 100)
        findings.check()
        overwrites = [
            Overwrite(
                int(each["id"]),
                each.get("type") == 0,
                int(each.get("allow") or 0),
                int(each.get("deny") or 0),
            )
            for each in body.get("permission_overwrites") or ()
        ]
        kind = ChannelType(body.get("type") or 0)
        tags = [each["name"] for each in body.get("available_tags") or ()]
        channel = self._world.add_channel(
            guild, body["name"], kind, overwrites=overwrites, tags=tags, topic=body.get("topic")
        )
        return reply(self._world.channel_json(channel), status=201)

    async def members(self, call: Call) -> web.Response:
        """List members by id; needs the members intent in the portal."""
        guild = self._guild(call)
        if not self._world.application.privileged_intents & _MEMBERS_INTENT:
            raise missing_access()
        limit = call.query_int("limit", 1, least=1, most=1000)
        after = call.query_id("after") or 0
        found = [guild.members[each] for each in sorted(guild.members) if each > after]
        return reply([self._world.member_json(each) for each in found[:limit]])

    async def search(self, call: Call) -> web.Response:
        """Search members by the start of a name."""
        guild, query = self._guild(call), call.request.query.get("query", "")
        findings = Findings()
        findings.length("query", query, 1, 100)
        findings.check()
        limit = call.query_int("limit", 1, least=1, most=1000)
        found = find_members(self._world, guild, query, limit)
        return reply([self._world.member_json(each) for each in found])

    async def member(self, call: Call) -> web.Response:
        """Return one member."""
        return reply(self._world.member_json(self._member(call)))

    async def change_self(self, call: Call) -> web.Response:
        """Change the bot's own nickname."""
        guild = self._guild(call)
        member = guild.members[self._world.bot.id]
        member.nick = call.json.get("nick", member.nick)
        self._world.tell_member(member)
        return reply(self._world.member_json(member))

    async def change_member(self, call: Call) -> web.Response:
        """Change a member's nickname or whole set of roles."""
        guild, member, body = self._guild(call), self._member(call), call.json
        if "nick" in body:
            self._guild(call, Permission.MANAGE_NICKNAMES)
            member.nick = body["nick"]
        if "roles" in body:
            wanted = {int(each) for each in body["roles"] or ()}
            for role_id in wanted ^ member.role_ids:
                self._assignable(guild, role_id)
            member.role_ids = wanted
        self._world.tell_member(member)
        return reply(self._world.member_json(member))

    async def add_role_to(self, call: Call) -> web.Response:
        """Give a member a role."""
        guild, member = self._guild(call, Permission.MANAGE_ROLES), self._member(call)
        role = self._assignable(guild, call.id("role_id"))
        self._world.set_roles(member, member.role_ids | {role.id})
        return reply(None)

    async def remove_role_from(self, call: Call) -> web.Response:
        """Take a role from a member."""
        guild, member = self._guild(call, Permission.MANAGE_ROLES), self._member(call)
        role = self._assignable(guild, call.id("role_id"))
        self._world.set_roles(member, member.role_ids - {role.id})
        return reply(None)

    async def roles(self, call: Call) -> web.Response:
        """List a guild's roles."""
        return reply([payloads.role(each) for each in self._guild(call).roles.values()])

    async def role(self, call: Call) -> web.Response:
        """Return one role."""
        return reply(payloads.role(self._role(self._guild(call), call.id("role_id"))))

    async def add_role(self, call: Call) -> web.Response:
        """Create a role just above @everyone."""
        guild, body = self._guild(call, Permission.MANAGE_ROLES), call.json
        role = self._world.add_role(guild, body.get("name") or "new role")
        for each in guild.roles.values():
            each.position += 1 if each.position else 0
        role.position = 1
        self._apply(guild, role, body)
        return reply(payloads.role(role))

    async def change_role(self, call: Call) -> web.Response:
        """Change a role below the bot's highest."""
        guild = self._guild(call, Permission.MANAGE_ROLES)
        role = self._below(guild, call.id("role_id"))
        self._apply(guild, role, call.json)
        return reply(payloads.role(role))

    async def delete_role(self, call: Call) -> web.Response:
        """Remove a role below the bot's highest."""
        guild = self._guild(call, Permission.MANAGE_ROLES)
        self._world.delete_role(self._assignable(guild, call.id("role_id")))
        return reply(None)

    async def webhooks(self, call: Call) -> web.Response:
        """List a guild's webhooks: it has none."""
        self._guild(call, Permission.MANAGE_WEBHOOKS)
        return reply([])

    def _apply(self, guild: Guild, role: Role, body: Json) -> None:
        wanted = int(body.get("permissions") or role.permissions)
        held = self._world.guild_permissions(guild.id, self._world.bot.id)
        if (wanted ^ role.permissions) & ~held:
            raise missing_permissions()
        role.permissions = wanted
        role.name = body.get("name") or role.name
        colors = body.get("colors") or {}
        role.color = body.get("color") or colors.get("primary_color") or role.color
        role.hoist = bool(body.get("hoist", role.hoist))
        role.mentionable = bool(body.get("mentionable", role.mentionable))
        self._world.tell_role(role)

    def _guild(self, call: Call, needed: int = 0) -> Guild:
        return self._access.guild(call.id("guild_id"), needed)

    def _member(self, call: Call) -> Member:
        member = self._guild(call).members.get(call.id("user_id"))
        if member is None:
            raise unknown("Member", 10007)
        return member

    def _role(self, guild: Guild, role_id: int) -> Role:
        role = guild.roles.get(role_id)
        if role is None:
            raise unknown("Role", 10011)
        return role

    def _below(self, guild: Guild, role_id: int) -> Role:
        self._access.guild(guild.id, Permission.MANAGE_ROLES)
        role = self._role(guild, role_id)
        if role.position >= self._access.highest_position(guild):
            raise missing_permissions()
        return role

    def _assignable(self, guild: Guild, role_id: int) -> Role:
        role = self._below(guild, role_id)
        if role.managed or role.id == guild.id:
            raise missing_permissions()
        return role
