"""People: what patrons asked for about themselves, and how the bot knows that they are it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.privacy import Privacy


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One Patreon user.

    `discord_id` is set when they proved at `linked_at` that the Discord account is theirs. Of a
    person who is forgotten, nothing else is kept than that they are.
    """

    user_id: str
    discord_id: int | None = None
    linked_at: datetime | None = None
    hides_name: bool = False
    hides_tier: bool = False
    is_forgotten: bool = False

    @property
    def privacy(self) -> Privacy:
        """What is not to be told about them; of the forgotten, nothing is."""
        return Privacy(
            hides_name=self.hides_name or self.is_forgotten,
            hides_tier=self.hides_tier or self.is_forgotten,
        )

    @property
    def is_needless(self) -> bool:
        """Whether the record says nothing that would have to be kept."""
        is_plain = not (self.hides_name or self.hides_tier or self.is_forgotten)
        return is_plain and self.discord_id is None


class People(Protocol):
    """What is kept about people by Patreon's user id, and which members they are."""

    async def freeze(self) -> None:
        """Hold off every other transaction that asks for wishes or changes them.

        To be called first in a transaction that changes what `wishes` gives.
        """
        ...

    async def wishes(self, user_ids: Sequence[str]) -> Mapping[str, Person]:
        """Those of these users about whom anything is kept; it stays so until the end.

        To be called before the rows of any member are locked.
        """
        ...

    async def get(self, user_id: str) -> Person | None:
        """What is kept about a user."""
        ...

    async def by_discord(self, discord_id: int) -> Person | None:
        """The user who proved to be this Discord account."""
        ...

    async def save(self, person: Person, *, at: datetime) -> None:
        """Keep this about a user; nothing when it says nothing."""
        ...

    async def users_at_patreon(self, discord_id: int, campaign_ids: Sequence[str]) -> Sequence[str]:
        """The users among the campaigns' members with this Discord account at Patreon.

        The last one that was read comes first. Whoever proved to be another Discord account is
        left out.
        """
        ...

    async def memberships(
        self, user_id: str, campaign_ids: Sequence[str] | None = None
    ) -> Sequence[str]:
        """The ids of a user's members, in these campaigns or in all."""
        ...

    async def blank(self, member_ids: Sequence[str]) -> None:
        """Forget who these members are; their stamps stay as they are."""
        ...

    async def read_again(self, member_ids: Sequence[str]) -> None:
        """Let the next reading of these members count as new, whatever it says."""
        ...

    async def forget_consents(self, discord_ids: Sequence[int]) -> None:
        """Forget what these Discord users began at Patreon and did not finish."""
        ...

    async def forgotten_ids(self) -> frozenset[str]:
        """The ids of all who are forgotten: of the users and of their members."""
        ...

    async def left_before(
        self, moment: datetime, *, after_row: int, limit: int
    ) -> Sequence[tuple[int, str]]:
        """Rows and ids of members who are away and unchanged since before `moment`, by row.

        Only those of whom anything is left to be forgotten.
        """
        ...

    async def fade(self, member_ids: Sequence[str], *, at: datetime) -> None:
        """Forget who these members were, with the details of their history."""
        ...
