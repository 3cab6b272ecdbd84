"""Keep the application's registered commands."""

from collections.abc import Iterable, Sequence

from .state import State
from .wire import Json


class Registry:
    """The commands as Discord would list them, global ones and those of each guild."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._scopes: dict[int | None, list[Json]] = {}

    def replace(self, bodies: Iterable[Json], guild_id: int | None = None) -> list[Json]:
        """Make `bodies` all the commands of a scope; a command that stays keeps its id."""
        kept = {(each["type"], each["name"]): each["id"] for each in self.all(guild_id)}
        self._scopes[guild_id] = [
            self._complete(body, guild_id, kept.get((body.get("type", 1), body["name"])))
            for body in bodies
        ]
        self._tell(guild_id)
        return self.all(guild_id)

    def put(self, body: Json, guild_id: int | None = None) -> Json:
        """Create one command, or replace the one of the same type and name."""
        key = (body.get("type", 1), body["name"])
        old = [each for each in self.all(guild_id) if (each["type"], each["name"]) == key]
        command = self._complete(body, guild_id, old[0]["id"] if old else None)
        rest = [each for each in self.all(guild_id) if each not in old]
        self._scopes[guild_id] = [*rest, command]
        self._tell(guild_id)
        return command

    def update(self, command: Json, changes: Json, guild_id: int | None = None) -> Json:
        """Change the given fields of one command."""
        changed = {**command, **changes, "version": str(self._state.ids.next())}
        self._scopes[guild_id] = [
            changed if each["id"] == command["id"] else each for each in self.all(guild_id)
        ]
        self._tell(guild_id)
        return changed

    def remove(self, command_id: int, guild_id: int | None = None) -> None:
        """Remove one command."""
        self._scopes[guild_id] = [
            each for each in self.all(guild_id) if each["id"] != str(command_id)
        ]
        self._tell(guild_id)

    def all(self, guild_id: int | None = None) -> list[Json]:
        """List a scope's commands in the order in which they were registered."""
        return list(self._scopes.get(guild_id, ()))

    def get(self, command_id: int, guild_id: int | None = None) -> Json | None:
        """Find one command by its id."""
        for each in self.all(guild_id):
            if each["id"] == str(command_id):
                return each
        return None

    def offered(self, guild_id: int | None) -> Sequence[Json]:
        """List what somebody in a guild (None: in a direct message) is offered; guild ones win."""
        if guild_id is None:
            return [each for each in self.all() if 1 in _contexts(each)]
        own = self.all(guild_id)
        names = {(each["type"], each["name"]) for each in own}
        common = [each for each in self.all() if 0 in _contexts(each)]
        return [*own, *(each for each in common if (each["type"], each["name"]) not in names)]

    def _complete(self, body: Json, guild_id: int | None, known_id: str | None) -> Json:
        command: Json = {
            "id": known_id or str(self._state.ids.next()),
            "application_id": str(self._state.application.id),
            "version": str(self._state.ids.next()),
            "type": 1,
            "name_localizations": None,
            "description": "",
            "description_localizations": None,
            "options": [],
            "default_member_permissions": None,
            "dm_permission": True,
            "contexts": None,
            "integration_types": [0],
            "nsfw": False,
        } | {key: value for key, value in body.items() if key != "id"}
        if guild_id is not None:
            command["guild_id"] = str(guild_id)
        return command

    def _tell(self, guild_id: int | None) -> None:
        self._state.emit("commands_update", {"commands": self.all(guild_id)}, guild_id=guild_id)


def _contexts(command: Json) -> Sequence[int]:
    """List where a global command may be used; `dm_permission` counts when there is no list."""
    if command["contexts"] is not None:
        return list(command["contexts"])
    return (0, 1, 2) if command["dm_permission"] is not False else (0,)
