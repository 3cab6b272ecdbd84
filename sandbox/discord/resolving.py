"""Turn what a user picks (people, roles, channels, files) into ids and resolved data."""

from collections.abc import Callable

from . import message_payloads, payloads
from .records import Attachment, Channel, Role, User
from .stage import NotPossible
from .wire import Json
from .world import World

USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT = 6, 7, 8, 9, 11
"""Kinds of command options that name something."""


class Resolver:
    """Collects the `resolved` part of an interaction for one user in one channel."""

    def __init__(self, world: World, viewer: User, place: Channel) -> None:
        self._world = world
        self._viewer = viewer
        self._place = place
        self.resolved: Json = {}

    def user(self, who: User | str) -> str:
        """Name a person by record or user name; returns the id."""
        user = self._world.user_named(who) if isinstance(who, str) else who
        self._note("users", user.id, payloads.user(user))
        if (member := self._world.member(self._place.guild_id or 0, user.id)) is not None:
            body = self._world.member_json(member, with_user=False)
            held = self._world.permissions(user.id, self._place)
            self._note("members", user.id, body | {"permissions": str(int(held))})
        return str(user.id)

    def role(self, which: Role | str) -> str:
        """Name a role by record or name; returns the id."""
        role = self._world.role_named(which) if isinstance(which, str) else which
        self._note("roles", role.id, payloads.role(role))
        return str(role.id)

    def mentionable(self, what: User | Role | str) -> str:
        """Name a person or a role; returns the id."""
        if isinstance(what, str):
            try:
                return self.user(what)
            except LookupError:
                return self.role(what)
        return self.user(what) if isinstance(what, User) else self.role(what)

    def channel(self, where: Channel | str) -> str:
        """Name a channel by record or name; returns the id."""
        channel = self._world.channel_named(where) if isinstance(where, str) else where
        held = self._world.permissions(self._viewer.id, channel)
        body = self._world.channel_json(channel) | {"permissions": str(int(held))}
        self._note("channels", channel.id, body)
        return str(channel.id)

    def file(self, name: str, data: bytes, content_type: str = "application/octet-stream") -> str:
        """Upload a file; returns the attachment's id."""
        world = self._world
        attachment_id = world.ids.next()
        path = f"ephemeral-attachments/{self._place.id}/{attachment_id}/{name}"
        url = f"{world.cdn_url}/{path}?ex=0&is=0&hm=0"
        file = Attachment(attachment_id, name, content_type, data, url, ephemeral=True)
        world.files[file.id] = file
        self._note("attachments", file.id, message_payloads.attachment(file))
        return str(file.id)

    def value(self, kind: int, value: object) -> str:
        """Name whatever an option of `kind` takes; a file is a pair of name and bytes.

        Raises:
            NotPossible: `value` is nothing that the option takes.
        """
        if kind == ATTACHMENT and isinstance(value, tuple):
            return self.file(*value)
        takers: dict[int, tuple[tuple[type, ...], Callable[..., str]]] = {
            USER: ((str, User), self.user),
            ROLE: ((str, Role), self.role),
            CHANNEL: ((str, Channel), self.channel),
            MENTIONABLE: ((str, User, Role), self.mentionable),
        }
        accepted, take = takers.get(kind, ((), self.user))
        if not isinstance(value, accepted):
            raise NotPossible(f"{value!r} does not fit an option of type {kind}.")
        return take(value)

    def _note(self, group: str, snowflake: int, body: Json) -> None:
        self.resolved.setdefault(group, {})[str(snowflake)] = body
