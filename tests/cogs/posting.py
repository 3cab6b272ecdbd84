"""Posts as tests write them: services with everything that `/patreon post` needs."""

import asyncio
import itertools
import secrets

from cogs.post_ids import look_id
from core.composing import Composing
from core.draft_pages import DraftPages
from core.draft_rows import DraftQuery
from core.draft_typesets import Typesets
from core.handover import HandOvers, ManualHandOver
from core.post_doubts import PostDoubts
from core.post_feed import PostFeed
from core.previews import Previews
from core.rights import Person
from core.uploads import Uploads
from markup.typesetter import MarkdownTypesetter
from patreon.image_types import media_type_of
from sandbox.discord.cdn import png
from storage.shelf import Shelf
from tests.factories import save_campaign, save_link

PUBLIC_URL = "https://bot.example.com"
WHO, PUBLIC, TIERS, MINIMUM = "Who may read it on Patreon", "public", "tiers", "minimum"
OWNER = Person(user_id=1, can_manage_guild=True)


def post_services(store, clock, folder, imager):
    """Give the services of posts by their names; pictures are kept in `folder`."""
    numbers = itertools.count(1)
    shelf = Shelf(folder)
    typesetter = MarkdownTypesetter()
    typesets = Typesets(typesetter)
    pages = DraftPages(
        store=store,
        typesets=typesets,
        files=shelf,
        clock=clock,
        new_token=lambda: secrets.token_urlsafe(32),
        public_url=PUBLIC_URL,
    )
    return {
        "composing": Composing(
            store,
            typesets,
            clock=clock,
            new_marker=lambda: secrets.token_hex(8),
            new_key=lambda: f"page-{next(numbers)}-{secrets.token_hex(12)}",
            on_announced=lambda: None,
            page_url=lambda key: f"{PUBLIC_URL}/posts/{key}",
            look_id=look_id,
        ),
        "previews": Previews(pages),
        "post_publisher": ManualHandOver(HandOvers(pages)),
        "uploads": Uploads(shelf, imager, media_type_of=media_type_of),
        "post_doubts": PostDoubts(
            store,
            PostFeed(typesetter, new_marker=lambda: secrets.token_hex(8)),
            clock=clock,
            on_announced=lambda: None,
        ),
    }


async def follow(store, world, guild, **channels):
    """Let the guild follow the synced campaign 1001; channels are #general and #staff."""
    await save_campaign(store)
    return await save_link(
        store,
        guild_id=guild.id,
        **{
            "feed_channel_id": world.channel_named("patreon-feed").id,
            "posts_channel_id": world.channel_named("general").id,
            "staff_channel_id": world.channel_named("staff").id,
            **channels,
        },
    )


async def drafts_of(services, guild, **filters):
    """The posts of a guild as their list has them."""
    page = await services.composing.listed(OWNER, DraftQuery(guild_id=guild.id, **filters))
    return [(await services.composing.get(guild.id, OWNER, line.id)).draft for line in page.lines]


async def written(actor, title="Hello", body="Some text.", **values):
    """Write a post with the form; gives the answer that shows its panel."""
    form = await actor.slash("patreon post")
    given = {"Title": title, "Text": body, **values}
    answer = await form.submit(given)
    return await answer.until(lambda a: not a.thinking and a.embeds, what="the panel")


async def pressed(answer, button, *, until=None):
    """Press a button of the panel and wait until the panel says so, or says anything new."""
    count = len(answer.edits)
    reply = await answer.press(button)
    if until is None:
        await answer.until(lambda a: len(a.edits) > count or reply.followups, what=button)
    else:
        await answer.until(lambda a: until in a.text, what=until)
    return reply


async def chosen(answer, menu, *values, until=None):
    """Choose in a menu of the panel, and wait until the panel shows something else."""
    count = len(answer.edits)
    reply = await answer.select(menu, *values)
    if until is None:
        await answer.until(lambda a: len(a.edits) > count or reply.followups, what=menu)
    else:
        await answer.until(lambda a: until in a.text, what=until)
    return reply


def labels(answer):
    """The labels of the buttons, and the placeholders of the menus."""
    return [
        each.get("label") or each.get("placeholder")
        for row in answer.components
        for each in row["components"]
    ]


def filled_in(form):
    """What the text fields of a form hold."""
    inner = [part["component"] for part in form.modal["components"] if "component" in part]
    return [field.get("value") for field in inner if field["type"] == 4]


def picture(name="cat.png", colour=(200, 30, 30)):
    """A file for a form."""
    return (name, png(*colour))


class Failing:
    """Composing of which the calls in `names` fail."""

    def __init__(self, composing, names, error):
        self.composing = composing
        self.names = names
        self.error = error

    def __getattr__(self, name):
        if name in self.names:
            raise self.error
        return getattr(self.composing, name)


class Hanging(Failing):
    """Composing of which the calls in `names` never end."""

    def __init__(self, composing, names):
        super().__init__(composing, names, None)

    def __getattr__(self, name):
        return self._hang if name in self.names else getattr(self.composing, name)

    async def _hang(self, *args, **kwargs):
        await asyncio.Event().wait()
