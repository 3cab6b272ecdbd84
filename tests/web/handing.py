"""Drafts, their pictures, and a server with the pages that show them."""

import asyncio
import hashlib
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from html import escape
from io import BytesIO
from typing import Any

import aiohttp
from PIL import Image

from core.accept import Inbox
from core.draft_pages import DraftPages
from core.draft_typesets import Typesets
from core.drafts import Audience, Content, Draft, DraftPicture, DraftState
from core.handover import HandOvers
from core.previews import Previews
from core.typesetting import Typeset
from core.whole import WholePosts
from storage.shelf import Shelf
from tests import factories
from tests.ports import free_port
from tests.web.conftest import EVERYTHING, _running
from web.app import WebServer, WebSettings, create_app

GUILD, OTHER_GUILD, USER = 41, 42, 7


@dataclass
class Paragraphs:
    """A typesetter that knows paragraphs, and counts; `html` is what it says instead."""

    html: str | None = None
    bodies: list[str] = field(default_factory=list)

    def typeset(self, markdown: str) -> Typeset:
        self.bodies.append(markdown)
        blocks = tuple(block for block in markdown.split("\n\n") if block.strip())
        html = "".join(f"<p>{escape(block)}</p>" for block in blocks)
        return Typeset(blocks=blocks, html=html if self.html is None else self.html)

    def from_html(self, html: str) -> Typeset:
        raise NotImplementedError


def png(colour: str = "teal", side: int = 8) -> bytes:
    image = BytesIO()
    Image.new("RGB", (side, side), colour).save(image, "PNG")
    return image.getvalue()


def picture(content: bytes, name: str = "picture.png", **changes: Any) -> DraftPicture:
    made = DraftPicture(
        digest=hashlib.sha256(content).hexdigest(),
        name=name,
        media_type="image/png",
        size_bytes=len(content),
    )
    return replace(made, **changes)


def draft(clock, **changes: Any) -> Draft:
    """A valid draft; `title`, `body`, `audience`, `is_paid` and `pictures` go to its content."""
    of_content = {
        key: changes.pop(key) for key in ("audience", "is_paid", "pictures") & changes.keys()
    }
    content = Content(
        title=changes.pop("title", "News of November"),
        parts=(changes.pop("body", "Hello.\n\nThis is new."),),
        **({"audience": Audience()} | of_content),
    )
    made = Draft(
        id=0,
        guild_id=GUILD,
        campaign_id="1001",
        author_id=USER,
        state=DraftState.EDITING,
        version=1,
        content=content,
        page_key=secrets.token_urlsafe(24),
        created_at=clock(),
        updated_at=clock(),
    )
    return replace(made, **changes)


@dataclass
class Desk:
    """A server with the pages, and what stands behind it."""

    store: Any
    clock: Any
    shelf: Shelf
    typesetter: Any
    pages: Any
    hand_overs: HandOvers
    whole: WholePosts
    previews: Previews
    base: str
    client: aiohttp.ClientSession

    async def add(self, **changes: Any) -> Draft:
        async with self.store.write() as work:
            return await work.drafts.add(draft(self.clock, **changes))

    async def get(self, draft_id: int) -> Draft:
        async with self.store.read() as work:
            return await work.drafts.get(draft_id, guild_id=GUILD)

    async def save(self, made: Draft, **changes: Any) -> Draft:
        changed = replace(made, version=made.version + 1, **changes)
        async with self.store.write() as work:
            assert await work.drafts.save(changed, expected=made.version)
        return changed

    async def offer(self, made: Draft, user_id: int = USER) -> str:
        """Ask for a link; gives its path and query."""
        link = await self.hand_overs.offer(made.id, guild_id=GUILD, user_id=user_id)
        return link.url.removeprefix(self.base)

    async def opened(self, made: Draft) -> tuple[str, dict[str, str]]:
        """Open a draft's page; gives its path and the header that shows it."""
        answer, _ = await self.ask(await self.offer(made), "POST")
        assert answer.status == 303
        return answer.headers["Location"], {"Cookie": cookie_of(answer)}

    async def ask(self, path, method="GET", headers=None):
        url = path if path.startswith("http") else self.base + path
        async with self.client.request(
            method, url, headers=headers, allow_redirects=False
        ) as answer:
            return answer, await answer.read()

    async def page(self, path, headers=None, method="GET"):
        answer, content = await self.ask(path, method, headers)
        return answer, content.decode()


def cookie_of(answer) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


@asynccontextmanager
async def open_desk(store, clock, folder, *, typesetter=None, public_url=None, port=None):
    """Serve the pages; `public_url` is told to people instead of the server's own address."""
    port = port or free_port()
    base = f"http://127.0.0.1:{port}"
    typesetter = typesetter or Paragraphs()
    shelf = Shelf(folder)
    pages = DraftPages(
        store=store,
        typesets=Typesets(typesetter),
        files=shelf,
        clock=clock,
        new_token=lambda: secrets.token_urlsafe(32),
        public_url=public_url or base,
    )
    hand_overs, whole, previews = HandOvers(pages), WholePosts(pages), Previews(pages)
    await factories.save_campaign(store)

    async def all_is_well():
        return EVERYTHING

    listening = asyncio.get_running_loop().create_future()
    settings = WebSettings(port=port)
    inbox = Inbox(store, on_stored=lambda: None)
    server = WebServer(
        lambda: create_app(
            inbox,
            store,
            all_is_well,
            settings,
            clock=clock,
            hand_overs=hand_overs,
            whole_posts=whole,
            previews=previews,
        ),
        settings,
        clock=clock,
        on_listening=listening.set_result,
    )
    async with _running(server.run()), aiohttp.ClientSession() as client:
        async with asyncio.timeout(5):
            await listening
        yield Desk(
            store, clock, shelf, typesetter, pages, hand_overs, whole, previews, base, client
        )
