"""What patrons asked for about themselves, and which members they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update

from core.members import Status
from core.people import Person
from core.privacy import BLANK, FADED
from storage.connection import AnyRow, Connection
from storage.tables import changes, members, oauth_states, people

_LOCK = (0x7065_6F70, 0)
"""PostgreSQL's lock of all wishes; whoever asks for them shares it."""

_SHARE = select(func.pg_advisory_xact_lock_shared(*_LOCK))
_FEW = 30
_FIRST = select(people).limit(_FEW + 1)
_NO_TIERS = "[]"
_IS_AWAY = and_(
    members.c.status.in_((Status.FORMER.value, Status.GONE.value)),
    members.c.entitled_cents == 0,
    members.c.is_gift.is_(False),
)
_IS_KNOWN = or_(
    *(
        members.c[name].is_not(None) if value is None else members.c[name] != value
        for name, value in FADED.items()
    )
)


class SqlPeople:
    """Implements `core.people.People`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def freeze(self) -> None:
        """Hold off every other transaction that asks for wishes or changes them.

        SQLite has one writer, so there is nobody to hold off.
        """
        if self._connection.is_postgresql:
            await self._connection.all(select(func.pg_advisory_xact_lock(*_LOCK)))

    async def wishes(self, user_ids: Sequence[str]) -> Mapping[str, Person]:
        """Those of these users about whom anything is kept; it stays so until the end."""
        if not user_ids:
            return {}
        if self._connection.is_postgresql:
            await self._connection.all(_SHARE)
        # A sync asks this for every two hundred members: reading all costs a third of naming each.
        rows = await self._connection.all(_FIRST)
        if len(rows) > _FEW:
            among = self._connection.among(people.c.user_id, user_ids)
            rows = await self._connection.all(select(people).where(among))
        asked = set(user_ids)
        return {row.user_id: _person(row) for row in rows if row.user_id in asked}

    async def get(self, user_id: str) -> Person | None:
        """What is kept about a user."""
        row = await self._connection.first(select(people).where(people.c.user_id == user_id))
        return _person(row) if row else None

    async def by_discord(self, discord_id: int) -> Person | None:
        """The user who proved to be this Discord account; of several the last."""
        row = await self._connection.first(
            select(people)
            .where(people.c.discord_id == discord_id)
            .order_by(people.c.linked_at.desc(), people.c.user_id)
            .limit(1)
        )
        return _person(row) if row else None

    async def save(self, person: Person, *, at: datetime) -> None:
        """Keep this about a user; nothing when it says nothing."""
        if person.is_needless:
            await self._connection.run(delete(people).where(people.c.user_id == person.user_id))
            return
        values = {
            "discord_id": person.discord_id,
            "linked_at": person.linked_at,
            "hides_name": person.hides_name,
            "hides_tier": person.hides_tier,
            "is_forgotten": person.is_forgotten,
            "changed_at": at,
        }
        await self._connection.run(
            self._connection.insert(people)
            .values(user_id=person.user_id, **values)
            .on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def users_at_patreon(self, discord_id: int, campaign_ids: Sequence[str]) -> Sequence[str]:
        """The users among the campaigns' members with this Discord account, last read first."""
        if not campaign_ids:
            return ()
        is_another = and_(people.c.discord_id.is_not(None), people.c.discord_id != discord_id)
        others = select(people.c.user_id).where(is_another)
        rows = await self._connection.all(
            select(members.c.user_id)
            .where(
                self._connection.among(members.c.campaign_id, campaign_ids),
                members.c.discord_id == discord_id,
                members.c.user_id.is_not(None),
                members.c.user_id.not_in(others),
            )
            .order_by(members.c.seen_at.desc(), members.c.row.desc())
        )
        return list(dict.fromkeys(row.user_id for row in rows))

    async def memberships(
        self, user_id: str, campaign_ids: Sequence[str] | None = None
    ) -> Sequence[str]:
        """The ids of a user's members, in these campaigns or in all."""
        where = [members.c.user_id == user_id]
        if campaign_ids is not None:
            if not campaign_ids:
                return ()
            where.append(self._connection.among(members.c.campaign_id, campaign_ids))
        rows = await self._connection.all(
            select(members.c.id).where(*where).order_by(members.c.row)
        )
        return [row.id for row in rows]

    async def blank(self, member_ids: Sequence[str]) -> None:
        """Forget who these members are; their stamps stay as they are."""
        await self._connection.run(
            update(members)
            .where(self._connection.among(members.c.id, member_ids))
            .values(name_folded="", **BLANK)
        )

    async def read_again(self, member_ids: Sequence[str]) -> None:
        """Let the next reading of these members count as new, whatever it says."""
        # No reading has it, and neither has a member who is marked as gone.
        await self._connection.run(
            update(members)
            .where(self._connection.among(members.c.id, member_ids))
            .values(fingerprint=b"read again")
        )

    async def forget_consents(self, discord_ids: Sequence[int]) -> None:
        """Forget what these Discord users began at Patreon and did not finish."""
        await self._connection.run(
            delete(oauth_states).where(self._connection.among(oauth_states.c.user_id, discord_ids))
        )

    async def forgotten_ids(self) -> frozenset[str]:
        """The ids of all who are forgotten: of the users and of their members."""
        rows = await self._connection.all(
            select(people.c.user_id, members.c.id)
            .outerjoin_from(people, members, members.c.user_id == people.c.user_id)
            .where(people.c.is_forgotten)
        )
        return frozenset(found for row in rows for found in row if found is not None)

    async def left_before(
        self, moment: datetime, *, after_row: int, limit: int
    ) -> Sequence[tuple[int, str]]:
        """Rows and ids of members who are away and unchanged since before `moment`, by row."""
        rows = await self._connection.all(
            select(members.c.row, members.c.id)
            .where(members.c.row > after_row, _IS_AWAY, members.c.seen_at < moment, _IS_KNOWN)
            .order_by(members.c.row)
            .limit(limit)
            .with_for_update()
        )
        return [(row.row, row.id) for row in rows]

    async def fade(self, member_ids: Sequence[str], *, at: datetime) -> None:
        """Forget who these members were, with the details of their history."""
        is_one = self._connection.among(members.c.id, member_ids)
        await self._connection.run(update(members).where(is_one).values(name_folded="", **FADED))
        await self._connection.run(
            update(changes)
            .where(self._connection.among(changes.c.member_id, member_ids))
            .values(entry=None, before=_NO_TIERS, after=_NO_TIERS)
        )
        faded = select(members.c.user_id).where(is_one, members.c.user_id.is_not(None))
        still_known = select(members.c.user_id).where(
            members.c.user_id.in_(faded), members.c.name.is_not(None)
        )
        await self._connection.run(
            update(people)
            .where(people.c.user_id.in_(faded), people.c.user_id.not_in(still_known))
            .values(discord_id=None, linked_at=None, changed_at=at)
        )


def _person(row: AnyRow) -> Person:
    return Person(
        user_id=row.user_id,
        discord_id=row.discord_id,
        linked_at=row.linked_at,
        hides_name=row.hides_name,
        hides_tier=row.hides_tier,
        is_forgotten=row.is_forgotten,
    )
