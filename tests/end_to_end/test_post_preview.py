"""A post is looked at as it will look on Patreon, on the real bot's own server."""

import re

import aiohttp

from tests.end_to_end.place import PATIENCE, open_place
from tests.end_to_end.posting import BODY, PICTURE, TITLE, Author

SAID = 'A red "week"'


async def test_the_preview_of_a_described_picture_is_opened_and_dies_with_its_draft(tmp_path):
    async with open_place(tmp_path, has_public_url=True) as place:
        await place.bot.start()
        await place.bot.ready()
        author = Author(place)
        await author.write()
        panel = author.panel
        await panel.press("Pictures", timeout=PATIENCE)
        await panel.until(lambda a: "No description." in a.text, timeout=PATIENCE)
        form = await panel.press("Describe it…", timeout=PATIENCE)
        await form.submit({"description": SAID}, timeout=PATIENCE)
        await panel.until(lambda a: "A red" in a.text, timeout=PATIENCE)
        await panel.press("Back", timeout=PATIENCE)
        await panel.until(lambda a: "Draft · #" in a.text, timeout=PATIENCE)

        reply = await panel.press("Preview for Patreon", timeout=PATIENCE)
        message = await reply.followed_up(timeout=PATIENCE)
        [[button]] = [row["components"] for row in message.components]
        status, page = await get(button["url"])
        [(address, alternative)] = re.findall(r'<img src="([^"]+)" alt="([^"]*)">', page.decode())
        found, picture = await get(button["url"].rpartition("/")[0] + "/" + address)
        await panel.press("Discard", timeout=PATIENCE)
        await panel.until(lambda a: "Discarded · #" in a.text, timeout=PATIENCE)
        gone, _ = await get(button["url"])
        await place.bot.stop()

    assert button["url"].startswith(f"{place.bot.url}/preview/")
    assert (status, found, gone) == (200, 200, 404)
    assert "nothing is published" in page.decode()
    assert TITLE in page.decode()
    assert "Nothing <strong>new</strong>" in page.decode()
    assert BODY not in page.decode()
    assert alternative == "A red &quot;week&quot;"
    assert picture == PICTURE
    token = button["url"].rpartition("/")[2]
    assert token not in "\n".join(place.bot.lines)
    assert token.encode() not in (tmp_path / "bot.db").read_bytes()


async def get(url):
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read()
