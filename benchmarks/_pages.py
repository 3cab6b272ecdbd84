"""Pages of members as Patreon sends them, made from one page of the stand-in.

`python -m benchmarks._pages MEMBERS` serves a campaign of so many thousands in a process of its
own and prints its port: a page costs a few replacements, so that whoever reads it is measured.
`GET /times` gives when each request for members came, in seconds, and forgets them.
"""

import asyncio
import json
import sys
import time
from functools import lru_cache
from urllib.parse import urlencode

import httpx
from aiohttp import web

from patreon.protocol import MEMBERS_PER_PAGE, Requests
from sandbox.patreon import Limits, PatreonServer, PatreonWorld
from sandbox.patreon.fields import FIELDS

CAMPAIGN_ID = "1234567"
_ID_END = b'%06x"' % int(CAMPAIGN_ID)
_KEPT = 64
"""Pages that the server keeps once they are made."""

_CURSOR, _TOTAL = "the-next-cursor", 123_454_321


async def fetch_page(*, has_every_field: bool = False) -> bytes:
    """Read 1,000 members with their users and tiers from the stand-in, as the bot asks for them.

    With `has_every_field` Patreon is asked for every attribute that it documents.
    """
    world = PatreonWorld(seed=3)
    campaign_id = world.seed_campaign(members=MEMBERS_PER_PAGE + 1, posts=0).id
    headers = {"Authorization": f"Bearer {world.creator_token.access_token}", "User-Agent": "bench"}
    async with PatreonServer(world, limits=Limits.off()) as server:
        url = Requests(server.api_url).members(campaign_id, cursor=None).url
        if has_every_field:
            url = f"{url.partition('?')[0]}?{urlencode(_everything())}"
        async with httpx.AsyncClient(headers=headers, timeout=30) as http:
            return (await http.get(url)).raise_for_status().content


def _everything() -> list[tuple[str, str]]:
    fields = [(f"fields[{kind}]", ",".join(FIELDS[kind])) for kind in ("member", "user", "tier")]
    return [*fields, ("include", "currently_entitled_tiers,user"), ("page[count]", "1000")]


class Pages:
    """Any number of pages, each with members and users of its own."""

    def __init__(self, page: bytes, *, count: int) -> None:
        document = json.loads(page)
        pagination = {"cursors": {"next": _CURSOR}, "total": _TOTAL}
        document |= {"meta": {"pagination": pagination}, "links": None}
        self._template = json.dumps(document, separators=(",", ":")).encode()
        self.count = count

    def page(self, number: int) -> bytes:
        """Write the page `number`, counted from 0."""
        cursor = f'"{number + 1}"' if number + 1 < self.count else "null"
        users = b"4%04d" % number
        return (
            self._template.replace(_ID_END, b'%06x"' % number)
            .replace(b'"40000', b'"' + users)
            .replace(b"/40000", b"/" + users)
            .replace(f'"{_CURSOR}"'.encode(), cursor.encode())
            .replace(str(_TOTAL).encode(), str(self.count * MEMBERS_PER_PAGE).encode())
        )


def member_documents(page: bytes) -> dict[str, bytes]:
    """Write a document for each member of a page, as Patreon gives one of them, by id."""
    campaign = {"data": {"type": "campaign", "id": CAMPAIGN_ID}}
    found = {}
    for member in json.loads(page)["data"]:
        member["relationships"]["campaign"] = campaign
        found[member["id"]] = json.dumps({"data": member, "included": []}).encode()
    return found


def _app(pages: Pages) -> web.Application:
    times: list[float] = []
    single = member_documents(pages.page(0))
    # Patreon does not make its pages on the bot's own cores and in their caches.
    body_of = lru_cache(maxsize=_KEPT)(pages.page)

    async def member(request: web.Request) -> web.Response:
        return web.Response(body=single[request.match_info["id"]])

    async def members(request: web.Request) -> web.Response:
        times.append(time.perf_counter())
        body = body_of(int(request.query.get("page[cursor]", "0")))
        return web.Response(body=body, content_type="application/vnd.api+json")

    async def campaigns(_: web.Request) -> web.Response:
        attributes = {"name": "Lantern Observatory", "currency": "USD"}
        return web.json_response(
            {"data": [{"type": "campaign", "id": CAMPAIGN_ID, "attributes": attributes}]}
        )

    async def posts(_: web.Request) -> web.Response:
        return web.json_response({"data": []})

    async def identity(_: web.Request) -> web.Response:
        return web.json_response({"data": {"type": "user", "id": "1", "attributes": {}}})

    async def tell_times(_: web.Request) -> web.Response:
        told, times[:] = times[:], []
        return web.json_response(told)

    app = web.Application()
    app.router.add_get("/identity", identity)
    app.router.add_get("/campaigns", campaigns)
    app.router.add_get("/campaigns/{id}/members", members)
    app.router.add_get("/members/{id}", member)
    app.router.add_get("/campaigns/{id}/posts", posts)
    app.router.add_get("/times", tell_times)
    return app


async def main(members: int) -> None:
    """Serve until killed."""
    pages = Pages(await fetch_page(), count=members // MEMBERS_PER_PAGE)
    runner = web.AppRunner(_app(pages), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
