"""Patreon's API as one creator sees it: `core.ports.Patreon` over httpx."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from core.accounts import TokenState
from core.errors import Blocked, OutcomeUnknown, TemporaryError, Throttled
from core.ports import (
    CampaignRead,
    Identity,
    MemberRead,
    MembersPage,
    PostsPage,
    RemoteHook,
)
from core.posts import Post
from patreon import documents, members
from patreon.answers import Answer, NotFound, Unauthorized
from patreon.protocol import Request, Requests
from patreon.tokens import Tokens
from patreon.transport import Transport

log = logging.getLogger(__name__)

_MOST_PAGES = 50
_BREAK_SECONDS = 0.003
"""So long a page that is read lets others have their turns while webhooks come in: one is stored
in less."""

Item = TypeVar("Item")


class PatreonClient:
    """Implements `core.ports.Patreon` for one creator. `PatreonClients` makes it.

    `is_pressed` tells whether others wait for their turns in the loop.
    """

    def __init__(
        self,
        creator_id: int,
        *,
        tokens: Tokens,
        transport: Transport,
        is_pressed: Callable[[], bool],
    ) -> None:
        self._id = creator_id
        self._is_pressed = is_pressed
        self._tokens = tokens
        self._transport = transport
        self._requests = Requests(transport.settings.api_url)

    async def identity(self) -> Identity:
        """Ask who the token belongs to."""
        answer = await self._call(self._requests.identity())
        return documents.read_identity(answer.body)

    async def campaigns(self) -> Sequence[CampaignRead]:
        """Read all campaigns of the creator with their tiers."""

        async def page(cursor: str | None) -> tuple[tuple[CampaignRead, ...], str | None]:
            answer = await self._call(self._requests.campaigns(cursor=cursor))
            return documents.read_campaigns(answer.body, asked_at=answer.asked_at)

        return await _all_pages(page)

    async def members_page(self, campaign_id: str, *, cursor: str | None = None) -> MembersPage:
        """Read a page of up to 1,000 members.

        Raises:
            CursorExpired: start again without a cursor.
        """
        answer = await self._call(self._requests.members(campaign_id, cursor=cursor))
        await self._break()
        parts = members.read_in_parts(
            answer.body, campaign_id=campaign_id, asked_at=answer.asked_at
        )
        while True:
            try:
                next(parts)
            except StopIteration as end:
                page: MembersPage = end.value
                return page
            await self._break()

    async def _break(self) -> None:
        # A longer one when nobody waits would only cost: what is at hand is cold afterwards.
        await asyncio.sleep(_BREAK_SECONDS if self._is_pressed() else 0)

    async def member(self, member_id: str) -> MemberRead | None:
        """Read one member, None when there is no such member (any more)."""
        try:
            answer = await self._call(self._requests.member(member_id))
        except NotFound:
            return None
        return members.read_member(answer.body, asked_at=answer.asked_at)

    async def posts_page(self, campaign_id: str, *, cursor: str | None = None) -> PostsPage:
        """Read a page of posts (about 20, whatever is asked).

        Raises:
            CursorExpired: start again without a cursor.
        """
        answer = await self._call(self._requests.posts(campaign_id, cursor=cursor))
        return documents.read_posts(answer.body, campaign_id=campaign_id, asked_at=answer.asked_at)

    async def post(self, post_id: str) -> Post | None:
        """Read one post, None when there is no such post (any more)."""
        try:
            answer = await self._call(self._requests.post(post_id))
        except NotFound:
            return None
        return documents.read_post(answer.body)

    async def hooks(self) -> Sequence[RemoteHook]:
        """Read the webhooks that this client made; others are invisible."""

        async def page(cursor: str | None) -> tuple[tuple[RemoteHook, ...], str | None]:
            answer = await self._call(self._requests.hooks(cursor=cursor))
            return documents.read_hooks(answer.body)

        return await _all_pages(page)

    async def create_hook(
        self, campaign_id: str, *, uri: str, triggers: Sequence[str]
    ) -> RemoteHook:
        """Ask Patreon to call `uri`; the answer carries the secret that signs the calls.

        Raises:
            OutcomeUnknown: the webhook may have been made; `hooks` tells.
        """
        request = self._requests.create_hook(campaign_id, uri=uri, triggers=triggers)
        return await self._hook(request)

    async def update_hook(
        self,
        hook_id: str,
        *,
        uri: str | None = None,
        triggers: Sequence[str] | None = None,
        paused: bool | None = None,
    ) -> RemoteHook:
        """Change what is given; `paused=False` makes Patreon send what it kept."""
        given = {
            "uri": uri,
            "triggers": None if triggers is None else list(triggers),
            "paused": paused,
        }
        attributes = {name: value for name, value in given.items() if value is not None}
        return await self._hook(self._requests.update_hook(hook_id, attributes))

    async def delete_hook(self, hook_id: str) -> None:
        """Remove a webhook; one that is already gone is fine."""
        try:
            await self._call(self._requests.delete_hook(hook_id))
        except NotFound:
            log.debug("hook already gone", extra={"hook_id": hook_id})

    async def _hook(self, request: Request) -> RemoteHook:
        hooks, _ = documents.read_hooks((await self._call(request)).body)
        if len(hooks) != 1:
            raise OutcomeUnknown("Patreon's answer about the webhook does not tell it.")
        return hooks[0]

    async def _call(self, request: Request) -> Answer:
        """Send a request and give its success."""
        try:
            async with asyncio.timeout(self._transport.settings.deadline.total_seconds()):
                return await self._call_with_tokens(request)
        except TimeoutError as error:
            lost = TemporaryError if request.method == "GET" else OutcomeUnknown
            raise lost(f"There was no time left for {request.method} {request.path}.") from error

    async def _call_with_tokens(self, request: Request) -> Answer:
        pair = await self._tokens.current()
        answer = await self._send(request, access=pair.access)
        if answer.status == 401:
            pair = await self._tokens.after_refusal(pair, scope=request.scope)
            answer = await self._send(request, access=pair.access)
        error = self._transport.error_of(answer, asked=f"{request.method} {request.path}")
        if isinstance(error, Unauthorized):
            raise self._tokens.lacks(request.scope, pair) from error
        if isinstance(error, Throttled):
            await self._tokens.note(TokenState.THROTTLED, reason=str(error))
        if isinstance(error, Blocked):
            await self._tokens.note(TokenState.BLOCKED, reason=str(error))
        if error is not None:
            raise error
        await self._tokens.note(TokenState.OK)
        return answer

    async def _send(self, request: Request, *, access: str) -> Answer:
        return await self._transport.send(request, access=access, creator_id=self._id)


async def _all_pages(
    page: Callable[[str | None], Awaitable[tuple[tuple[Item, ...], str | None]]],
) -> Sequence[Item]:
    found: list[Item] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        items, following = await page(cursor)
        found.extend(items)
        if following is None or following == cursor:
            break
        cursor = following
    return found
