"""Whatever a draft says, its preview stays the page that it is."""

from html.parser import HTMLParser

import pytest
from hypothesis import given

from core.drafts import AudienceKind, DraftState, HandOver
from core.handover_pack import Pack
from core.previews import Preview
from core.typesetting import Finding, Remark
from tests.factories import NOW
from tests.web.handing import picture
from tests.web.test_handover_page import TEXT, Elements
from web.preview_page import preview_page

TOKEN = "t" * 43


def shown(**changes):
    """The HTML of a preview; `findings` and `state` are the preview's, the rest the pack's."""
    pack = {
        "title": "News",
        "html": "<p>x</p>",
        "text": "",
        "pictures": (),
        "campaign": "Ada's Workshop",
        "audience": AudienceKind.PUBLIC,
        "tiers": (),
        "minimum": None,
        "is_paid": False,
        "hand_over": HandOver.NONE,
        "until": NOW,
    }
    findings = changes.pop("findings", ())
    state = changes.pop("state", DraftState.EDITING)
    preview = Preview(pack=Pack(**(pack | changes)), state=state, findings=findings)
    return preview_page(preview, TOKEN).body


class Words(HTMLParser):
    """What a page says."""

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_data(self, data):
        self.text += data


def said(**changes):
    return Words(shown(**changes)).text


def elements(title, description, tier, detail):
    return Elements(
        shown(
            title=title,
            campaign=title,
            pictures=(picture(b"", name=f"{title}.png", description=description),),
            audience=AudienceKind.TIERS,
            tiers=(tier,),
            findings=(Finding(Remark.HTML, detail),),
        )
    ).found


PLAIN = elements("x", "x", "x", "x")


@given(
    title=TEXT,
    description=TEXT.map(lambda text: text + "x"),
    tier=TEXT,
    detail=TEXT.map(lambda text: text + "x"),
)
def test_nothing_foreign_becomes_an_element_or_an_attribute(title, description, tier, detail):
    assert elements(f"x{title}", description, tier, detail) == PLAIN


def test_nothing_on_it_can_be_pressed_or_sent():
    names = {name for name, _ in PLAIN}

    assert names.isdisjoint({"button", "form", "input", "textarea", "script", "a"})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Everybody can read it · not a paid post"),
        ({"audience": AudienceKind.PATRONS, "is_paid": True},
         "All paid members can read it · a paid post: patrons are charged for it"),
        ({"audience": AudienceKind.TIERS, "tiers": ("Gold ($5)", "{minimum}")},
         "Only these tiers can read it: Gold ($5), {minimum} · "),
        ({"audience": AudienceKind.TIERS}, "Only chosen tiers can read it, and none is chosen yet"),
        ({"audience": AudienceKind.MINIMUM, "minimum": "$5", "tiers": ("Gold ($5)",)},
         "Members who pay at least $5 can read it: Gold ($5) · "),
        ({"audience": AudienceKind.MINIMUM, "minimum": "$5"},
         "Members who pay at least $5 can read it; no tier costs that"),
        ({"audience": AudienceKind.MINIMUM},
         "Members from an amount on can read it, which is not set yet"),
    ],
)  # fmt: skip
def test_it_says_who_can_read_it_and_what_it_costs(changes, line):
    assert line in said(**changes)


@pytest.mark.parametrize("state", set(DraftState) - {DraftState.DISCARDED})
def test_it_says_in_every_state_that_nothing_is_published(state):
    text = said(state=state)

    assert text.startswith("This is a preview; nothing is published. ")
    assert "nothing is published. News" not in text


def test_what_was_converted_for_patreon_is_said_and_what_only_discord_lacks_is_not():
    findings = (
        Finding(Remark.TABLE, "a | b"),
        Finding(Remark.RULE, "───"),
        Finding(Remark.TOO_DEEP, " "),
    )

    text = said(findings=findings)

    assert "Tables become lines of text, because Patreon's editor takes none: a | b." in text
    assert "editor may show flat." in text
    assert "───" not in text
    assert "Nothing: all of the text" in said(findings=findings[1:2])


def test_many_conversions_are_counted():
    findings = tuple(Finding(Remark.BROKEN_LINK, f"x{number}") for number in range(23))

    assert "is no link: x0, x1, x2, x3, x4, x5, x6, x7 and 15 more." in said(findings=findings)


def test_pictures_without_a_description_are_named():
    one = picture(b"1", description="A cat")
    two, three = picture(b"2"), picture(b"3")

    assert "cannot see" not in said(pictures=(one,))
    assert "The picture has no description" in said(pictures=(two,))
    assert "Picture 2 has no description" in said(pictures=(one, two))
    assert "Pictures 2, 3 have no description" in said(pictures=(one, two, three))


def test_a_draft_without_text_says_so():
    assert "This draft has no text yet." in said(html=" ")
