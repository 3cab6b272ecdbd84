"""Checking what people may do, and giving rights to roles."""

import logging
from dataclasses import dataclass

from core.audit import AuditEntry
from core.errors import UserError
from core.ports import Clock
from core.rights import EVERY_RIGHT, Granted, Person, Right, rights_of
from core.store import Store, Work
from core.turns import take_turn

log = logging.getLogger(__name__)

NAMES = {
    Right.SEE_MEMBERS: "see members",
    Right.COMPOSE: "compose posts",
    Right.APPROVE: "approve posts",
    Right.ADMINISTRATE: "administrate",
    Right.SEE_AMOUNTS: "see amounts",
}
"""Every right as people say it, in the order in which they are listed."""

_ASK = (
    "the permission Manage Server, or a role with the right “{name}”. Somebody with Manage Server "
    "gives it with `/patreon permissions`."
)
_NEEDS = {
    Right.SEE_MEMBERS: (
        "This needs the Manage Messages permission, or a role with the right “{name}”. Somebody "
        "with Manage Server gives it with `/patreon permissions`."
    ),
    Right.COMPOSE: "Writing posts needs " + _ASK,
    Right.APPROVE: "Approving posts needs " + _ASK,
    Right.ADMINISTRATE: "This changes settings, so it needs " + _ASK,
    Right.SEE_AMOUNTS: "Amounts are hidden: seeing them needs " + _ASK,
}


class Unconfirmed(UserError):  # noqa: N818  the name says what is missing
    """A right would go to everybody in the server, and nobody has confirmed that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChange:
    """What a role was given and what was taken from it; both empty: nothing changed."""

    given: frozenset[Right]
    taken: frozenset[Right]


class Rights:
    """What people may do in a guild. `moderator_role_ids` are the roles of the configuration."""

    def __init__(
        self, store: Store, *, clock: Clock, moderator_role_ids: frozenset[int] = frozenset()
    ) -> None:
        self._store = store
        self._clock = clock
        self.moderator_role_ids = moderator_role_ids

    async def held(self, person: Person, guild_id: int) -> frozenset[Right]:
        """Tell everything that a person may do in a guild."""
        if person.can_manage_guild:
            # The answer is the same without the database.
            return EVERY_RIGHT
        return self._rights_of(person, await self.granted(guild_id))

    async def check(self, person: Person, guild_id: int, right: Right) -> None:
        """Refuse a person who does not have `right` in a guild.

        Discord shows the commands to whom a guild's Integrations settings allow; this is the
        bot's own check behind it, because those settings can be opened by mistake.

        Raises:
            UserError: the sentence says what is missing and who can give it.
        """
        if right not in await self.held(person, guild_id):
            raise UserError(refusal(right))

    async def granted(self, guild_id: int) -> Granted:
        """The rights that the guild gave to its roles, also to roles that Discord has deleted."""
        async with self._store.read() as work:
            return await work.role_rights.of_guild(guild_id)

    async def change(
        self,
        guild_id: int,
        role_id: int,
        rights: frozenset[Right],
        *,
        by: Person,
        role_name: str,
        is_confirmed: bool = False,
    ) -> RightsChange:
        """Make `rights` the rights of a role, for somebody who may administrate the guild.

        Nobody can give or take what they do not have themselves. `role_name` is for the audit.

        Raises:
            Unconfirmed: everybody would get a right, and that was not confirmed.
            UserError: `by` may not do this.
        """
        async with self._store.write() as work:
            await take_turn(work, f"rights.changed:{guild_id}")
            granted = await work.role_rights.of_guild(guild_id)
            held = self._rights_of(by, granted)
            if Right.ADMINISTRATE not in held:
                raise UserError(refusal(Right.ADMINISTRATE))
            before = granted.get(role_id, frozenset())
            change = RightsChange(given=rights - before, taken=before - rights)
            if beyond := (change.given | change.taken) - held:
                raise UserError(
                    f"You do not have the right to {listed(beyond)} yourself, so you can neither "
                    "give nor take it. Ask somebody with Manage Server."
                )
            if role_id == guild_id and change.given and not is_confirmed:
                raise Unconfirmed(
                    f"Everybody in this server would be able to {listed(change.given)}."
                )
            if change.given or change.taken:
                await self._save(work, guild_id, role_id, rights, change, by, role_name)
        return change

    async def _save(
        self,
        work: Work,
        guild_id: int,
        role_id: int,
        rights: frozenset[Right],
        change: RightsChange,
        by: Person,
        role_name: str,
    ) -> None:
        at = self._clock()
        await work.role_rights.replace(guild_id, role_id, rights, at=at)
        what = [
            f"{verb} “{listed(moved)}”"
            for verb, moved in (("given", change.given), ("taken", change.taken))
            if moved
        ]
        await work.audit.add(
            AuditEntry(
                at=at,
                guild_id=guild_id,
                user_id=by.user_id,
                action="rights.changed",
                detail=f"Role {role_name} ({role_id}): {', '.join(what)}.",
            )
        )
        log.info("rights changed", extra={"guild": guild_id, "role": role_id, "by": by.user_id})

    def _rights_of(self, person: Person, granted: Granted) -> frozenset[Right]:
        return rights_of(person, moderator_role_ids=self.moderator_role_ids, granted=granted)


def refusal(right: Right) -> str:
    """Say what a person lacks, and who can give it."""
    return _NEEDS[right].format(name=NAMES[right])


def listed(rights: frozenset[Right]) -> str:
    """Name rights, such as "see members, compose posts"."""
    return ", ".join(name for right, name in NAMES.items() if right in rights)
