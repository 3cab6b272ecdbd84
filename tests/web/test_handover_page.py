"""Whatever a title, a description or a tier says, the page stays the page."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from core.drafts import AudienceKind, HandOver
from core.handover_pack import Pack
from tests.factories import NOW
from tests.web.handing import picture
from web.handover_page import pack_page

HOSTILE = st.sampled_from(
    ["</p><script>", '" onload="x', "'><img src=x>", "</title>", "<!--", "]]>", "&lt;", "\u202e",
     "@everyone", "Z\u0351\u0343a\u0349", "\U0001f389", "\x00", "\ud800", "{minimum}"]
)  # fmt: skip
TEXT = st.lists(HOSTILE | st.text(max_size=8), max_size=4).map("".join)


class Elements(HTMLParser):
    """Notes which elements there are, with their attributes' names."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


def page(title, description, tier, text):
    pack = Pack(
        title=title,
        html="<p>x</p>",
        text=text,
        pictures=(picture(b"", name=f"{title}.png", description=description),),
        campaign=title,
        audience=AudienceKind.MINIMUM,
        tiers=(tier,),
        minimum="$5",
        is_paid=True,
        hand_over=HandOver.NONE,
        until=NOW,
    )
    return Elements(pack_page(pack, "0" * 64).body).found


PLAIN = page("x", "x", "x", "x")


@given(title=TEXT, description=TEXT.map(lambda text: text + "x"), tier=TEXT, text=TEXT)
def test_nothing_foreign_becomes_an_element_or_an_attribute(title, description, tier, text):
    assert page(f"x{title}", description, tier, text) == PLAIN
