"""What people see of a draft before it is on Patreon, and of links that show none."""

from collections.abc import Iterator
from html import escape

from core.drafts import AudienceKind, DraftPicture, DraftState
from core.handover_pack import Pack
from core.previews import Preview
from core.typesetting import Finding, Remark
from web.documents import Document, asset
from web.pages import Page

_STYLE = asset("posts.css")
_AGAIN = "For a new link, press “Preview for Patreon” under the draft in Discord."
_MOST_QUOTED = 8
_AUDIENCES = {
    AudienceKind.PUBLIC: "Everybody can read it",
    AudienceKind.PATRONS: "All paid members can read it",
    AudienceKind.TIERS: "Only these tiers can read it: {tiers}",
    AudienceKind.MINIMUM: "Members who pay at least {minimum} can read it: {tiers}",
}
_STATES = {
    DraftState.EDITING: "It is a draft.",
    DraftState.WAITING: "It waits for approval.",
    DraftState.SCHEDULED: "It is scheduled for Discord.",
    DraftState.PUBLISHED: "In Discord it is published; on Patreon, this page publishes nothing.",
    DraftState.RETRACTED: "It was taken back in Discord.",
    DraftState.TEMPLATE: "It is a template: variables in braces are filled in later.",
}
_REMARKS = {
    Remark.TABLE: "Tables become lines of text, because Patreon's editor takes none",
    Remark.IMAGE: "Pictures in the text are left out or become links; add them as files",
    Remark.DEEP_HEADING: "Patreon has three levels of headings, so deeper ones get the third",
    Remark.HTML: "HTML is shown as it was typed, not carried out",
    Remark.BROKEN_LINK: "What leads nowhere stays text and is no link",
    Remark.UNKNOWN_MENTION: "Patreon knows no mentions from Discord, so they stay text",
    Remark.TOO_DEEP: "What is nested deep, Patreon's editor may show flat",
    Remark.TOO_MUCH: "There is too much formatting: it is shown as it was typed from here on",
}
"""What looks otherwise on Patreon than it was written; a line across looks like one there."""


def preview_page(preview: Preview, token: str) -> Document:
    """Show a draft as Patreon will show it, with a note around it that it is not there."""
    pack = preview.pack
    body = [
        '<div class="banner" role="note"><strong>This is a preview; nothing is published.</strong> '
        f"<span>{escape(_STATES.get(preview.state, ''))}</span></div>",
        '<main class="post">',
        f'<p class="faint">{escape(pack.campaign)}</p>' if pack.campaign else "",
        f'<h1 dir="auto">{escape(pack.title)}</h1>',
        f'<p class="audience">{_audience(pack)}</p>',
        *_pictures(pack.pictures, token),
        f'<article dir="auto">{pack.html}</article>'
        if pack.html.strip()
        else '<p class="faint">This draft has no text yet.</p>',
        "</main>",
        *_converted(preview.findings),
        *_undescribed(pack.pictures),
        _last(pack),
    ]
    return Document(title=f"Preview: {pack.title}", body="".join(body), style=_STYLE)


def unknown_page() -> Page:
    """Say that a link is not good (any more)."""
    return Page(
        title="This link shows no preview",
        sentences=(
            "It was replaced by a newer one, its draft was thrown away, or it was never given out.",
            _AGAIN,
        ),
        status=404,
    )


def expired_page() -> Page:
    """Say that the time of a link is over."""
    return Page(
        title="This link has expired",
        sentences=("It was good for a day. The draft itself is safe.", _AGAIN),
        status=410,
    )


def _audience(pack: Pack) -> str:
    """Say who can read it, and what it costs."""
    is_open = pack.audience is AudienceKind.PUBLIC
    tiers = ", ".join(pack.tiers)
    if pack.audience is AudienceKind.MINIMUM and pack.minimum is None:
        said = "Members from an amount on can read it, which is not set yet"
    elif pack.audience is AudienceKind.MINIMUM and not tiers:
        said = f"Members who pay at least {pack.minimum} can read it; no tier costs that"
    elif pack.audience is AudienceKind.TIERS and not tiers:
        said = "Only chosen tiers can read it, and none is chosen yet"
    else:
        said = _AUDIENCES[pack.audience].format(tiers=tiers, minimum=pack.minimum)
    price = "a paid post: patrons are charged for it" if pack.is_paid else "not a paid post"
    sign = "🌐" if is_open else "🔒"
    return f'<span aria-hidden="true">{sign}</span> {escape(said)} · {price}'


def _pictures(pictures: tuple[DraftPicture, ...], token: str) -> Iterator[str]:
    """Show the pictures in their order; their addresses are relative to the page."""
    for picture in pictures:
        address = escape(f"{token}/{picture.digest}")
        description = escape(picture.description or "")
        yield f'<figure><img src="{address}" alt="{description}"></figure>'


def _converted(findings: tuple[Finding, ...]) -> Iterator[str]:
    shown = [one for one in findings if one.remark in _REMARKS]
    yield '<section id="converted"><h2>What was converted</h2>'
    if not shown:
        yield "<p>Nothing: all of the text can be shown on Patreon as it was written.</p></section>"
        return
    yield "<ul>"
    for remark in dict.fromkeys(one.remark for one in shown):
        details = [one.detail for one in shown if one.remark is remark and one.detail.strip()]
        quoted = ", ".join(f"<q>{escape(one)}</q>" for one in details[:_MOST_QUOTED])
        if len(details) > _MOST_QUOTED:
            quoted += f" and {len(details) - _MOST_QUOTED} more"
        yield f"<li>{escape(_REMARKS[remark])}{': ' if quoted else ''}{quoted}.</li>"
    yield "</ul></section>"


def _undescribed(pictures: tuple[DraftPicture, ...]) -> Iterator[str]:
    """Say which pictures nobody hears anything about who cannot see them."""
    without = [str(number) for number, one in enumerate(pictures, 1) if not one.description]
    if not without:
        return
    which = (
        "The picture has"
        if len(pictures) == 1
        else f"{'Picture' if len(without) == 1 else 'Pictures'} {', '.join(without)} "
        f"{'has' if len(without) == 1 else 'have'}"
    )
    yield (
        '<section id="undescribed"><h2>For those who cannot see the pictures</h2>'
        f"<p>{which} no description. Write one with “Pictures” under the draft in Discord.</p>"
        "</section>"
    )


def _last(pack: Pack) -> str:
    until = f'<time datetime="{pack.until.isoformat()}">{pack.until:%d %B %Y, %H:%M} UTC</time>'
    return (
        "<p><small>Load this page again after a change of the draft: it shows the draft as it is "
        "then. Colours, letters and the place of the pictures are Patreon's own in the end. This "
        f"link works until {until}, for everybody who has it.</small></p>"
    )
