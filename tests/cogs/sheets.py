"""What tests of sheets share."""

from core.sheets import Sheet, SheetPicture
from tests.factories import NOW

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
CROSSPOST = MESSAGE + "/crosspost"
SHEET = Sheet(
    marker="m-1",
    title="New video",
    text="**Out** now, see `@everyone`.",
    at=NOW,
    url="https://www.patreon.com/posts/1",
    footer="For patrons of Gold",
)


def picture(number, **more):
    return SheetPicture(digest=f"{number:064x}", name=f"picture {number}.PNG", **more)


class Shelf:
    """Pictures by their digests, as in the file store."""

    def __init__(self):
        self.content = {picture(number).digest: b"picture %d" % number for number in range(20)}
        self.failure = None
        self.reads = []

    async def __call__(self, digest):
        self.reads.append(digest)
        if self.failure is not None:
            raise self.failure
        return self.content.get(digest)


def content(message):
    return [file.data.decode() for file in message.attachments]


def images(message):
    return [embed["image"]["url"] for embed in message.embeds if "image" in embed]


def requests(server, method, route):
    return [one for one in server.exchanges if (one.method, one.route) == (method, route)]
