"""The port to whatever brings a finished draft to Patreon."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.drafts import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way to a page of a draft, until it ends: `url` is for whoever was given it alone."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A post that Patreon took and says is published."""

    post_id: str
    url: str | None = None


class PostPublisher(Protocol):
    """Brings a draft to Patreon, as far as Patreon lets a program.

    `can_publish` tells whether it publishes by itself. One that does not gives the way to the page
    from which a person does, and nobody may call that published.
    """

    @property
    def can_publish(self) -> bool: ...  # noqa: D102

    async def publish(self, draft: Draft, *, user_id: int) -> Published | Link:
        """Publish a draft for the Discord user who asked, or lead them to do it.

        Raises:
            UserError: it is not possible; the sentence says what to do.
        """
        ...
