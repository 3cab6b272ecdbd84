"""What people read on the way to Patreon: the page to copy from, and those around it."""

from collections.abc import Iterator
from html import escape

from core.drafts import AudienceKind, DraftPicture, HandOver
from core.handover import EDITOR
from core.handover_pack import Pack
from web.documents import Document, asset
from web.pages import Page
from web.sending import numbered

_STYLE = asset("posts.css")
_SCRIPT = asset("handover.js")
_AGAIN = "For a new link, press the button under the draft in Discord once more."
_AUDIENCES = {
    AudienceKind.PUBLIC: "Who can see it: everybody (free access).",
    AudienceKind.PATRONS: "Who can see it: all paid members.",
    AudienceKind.TIERS: "Who can see it: only these tiers:",
    AudienceKind.MINIMUM: "Who can see it: members who pay at least {minimum}, so these tiers:",
}
_NOTES = {
    HandOver.DOUBTFUL: (
        "A post on Patreon may already be this one. Answer the question in Discord before you "
        "publish it again."
    ),
    HandOver.LINKED: "Patreon has this post already. Publishing it again makes a second one.",
}


def pack_page(pack: Pack, digest: str) -> Document:
    """Show everything to copy, in the order in which it is needed."""
    parts = [
        "<h1>Bring this post to Patreon</h1>",
        *_introduction(pack),
        _title(pack),
        _text(pack, digest),
        *_pictures(pack, digest),
        _audience(pack),
        _last(pack),
    ]
    return Document(
        title="Bring this post to Patreon", body="".join(parts), style=_STYLE, script=_SCRIPT
    )


def confirm_page() -> Page:
    """Ask before the link is used up: programs look at links, too."""
    return Page(
        title="Bring a post to Patreon",
        sentences=(
            "Here you find the text, the pictures and the settings of your draft, ready to be "
            "copied into Patreon's editor.",
            "The page opens once, and stays open for two hours in this browser only. Use the "
            "browser in which you are logged in to Patreon.",
        ),
        button="Open it here",
    )


def unknown_page() -> Page:
    """Say that a link is not good (any more)."""
    return Page(
        title="This link does not work",
        sentences=(
            "It was opened before, replaced by a newer one, or never given out. If you have "
            "opened it yourself, look for the page in that browser.",
            _AGAIN,
        ),
        status=404,
    )


def expired_page() -> Page:
    """Say that the time of a link is over."""
    return Page(
        title="This link has expired", sentences=("It was good for half an hour.", _AGAIN),
        status=410,
    )  # fmt: skip


def closed_page() -> Page:
    """Say that a page is not open in this browser."""
    return Page(
        title="This page is not open here",
        sentences=(
            "It opens in one browser only, and closes after two hours. The draft itself is safe.",
            _AGAIN,
        ),
        status=404,
    )


def refusal_page(reason: str) -> Page:
    """Say what the person can do about it."""
    return Page(title="Not possible", sentences=(reason,), status=409)


def figures(pictures: tuple[DraftPicture, ...], below: str) -> Iterator[str]:
    """Show pictures whose addresses stand `below` an address, relative to the page."""
    for picture in pictures:
        text = escape(picture.description or "")
        caption = f"<figcaption>{text}</figcaption>" if text else ""
        address = escape(f"{below}/{picture.digest}")
        yield f'<figure><img src="{address}" alt="{text}" loading="lazy">{caption}</figure>'


def _introduction(pack: Pack) -> Iterator[str]:
    note = _NOTES.get(pack.hand_over)
    if note is not None:
        yield f'<p class="note">{escape(note)}</p>'
    where = f" of {escape(pack.campaign)}" if pack.campaign else ""
    yield (
        "<section><h2>1. Open Patreon's editor</h2>"
        "<p>Patreon lets no program write posts, so this part is yours: copy, check, publish. "
        f"Log in to Patreon with the account{where} first.</p>"
        f'<p><a class="go" target="_blank" rel="noopener noreferrer" href="{escape(EDITOR)}">'
        "Open Patreon's editor</a></p>"
        "<small>It begins a new draft there each time it is opened.</small></section>"
    )


def _title(pack: Pack) -> str:
    return (
        "<section><h2>2. Title</h2>"
        f'<p class="take title" id="title" dir="auto">{escape(pack.title)}</p>'
        + _button("title", "Copy title")
        + "</section>"
    )


def _text(pack: Pack, digest: str) -> str:
    if not pack.html.strip():
        return "<section><h2>3. Text</h2><p>This draft has no text.</p></section>"
    return (
        "<section><h2>3. Text</h2>"
        "<p>Copy it and paste it into the editor (Ctrl+V, ⌘V on a Mac). Headings, links and the "
        "rest come along as far as the editor takes them, so look it through there.</p>"
        f'<article class="take" id="rich" dir="auto">{pack.html}</article>'
        + _button("rich", "Copy as rich text")
        + "<details><summary>As plain text, or as a file</summary>"
        f'<p><textarea id="plain" readonly dir="auto" aria-label="The text, plain">\n'
        f"{escape(pack.text)}</textarea></p>"
        f'<p><a href="{digest}/post.html">Download the text as an HTML file</a></p>'
        "</details></section>"
    )


def _pictures(pack: Pack, digest: str) -> Iterator[str]:
    if not pack.pictures:
        return
    yield (
        "<section><h2>4. Pictures</h2><p>Add them to the post in this order.</p>"
        '<ol class="pictures">'
    )
    for position, picture in enumerate(pack.pictures):
        address = f"{digest}/pictures/{escape(picture.digest)}"
        description = escape(picture.description or "")
        alternative = f"<br><small>Description: {description}</small>" if description else ""
        yield (
            f'<li><img src="{address}" alt="{description}" loading="lazy">'
            f'<span><a href="{address}?save" download>{escape(numbered(position, picture))}</a>'
            f"{alternative}</span></li>"
        )
    yield "</ol>"
    if len(pack.pictures) > 1:
        yield f'<p><a href="{digest}/pictures.zip" download>Download all of them</a></p>'
    yield "</section>"


def _audience(pack: Pack) -> str:
    number = 5 if pack.pictures else 4
    sentence = _AUDIENCES[pack.audience].format(minimum=pack.minimum)
    if pack.audience is AudienceKind.MINIMUM and not pack.tiers:
        sentence = f"Who can see it: members who pay at least {pack.minimum}. No tier costs that."
    points = [_point(sentence), *(_point(tier, is_part=True) for tier in pack.tiers)]
    if pack.is_paid:
        points.append(_point("It is a paid post: switch on that patrons are charged for it."))
    else:
        points.append(_point("It is not a paid post: patrons are not charged for it."))
    return (
        f"<section><h2>{number}. Who may read it, and the price</h2>"
        "<p>The bot cannot set these. Tick off what you have set in the editor.</p>"
        f'<ul class="check">{"".join(points)}</ul></section>'
    )


def _last(pack: Pack) -> str:
    number = 6 if pack.pictures else 5
    until = pack.until
    return (
        f"<section><h2>{number}. Publish there</h2>"
        "<p>Look through everything once more and press Publish on Patreon. The bot notices by "
        "itself, as long as the title stays the same, and adds the link to what it posted in "
        "Discord. Until then the draft is <em>ready to publish on Patreon</em>.</p>"
        "<small>This page stays open in this browser until "
        f'<time datetime="{until.isoformat()}">{until:%H:%M} UTC</time>. After that, the button '
        "in Discord gives a new one.</small></section>"
    )


def _point(text: str, *, is_part: bool = False) -> str:
    place = ' class="part"' if is_part else ""
    return f'<li{place}><label><input type="checkbox"><span>{escape(text)}</span></label></li>'


def _button(name: str, label: str) -> str:
    """Write a button that only shows where a script can make it work."""
    return (
        f'<button type="button" id="copy-{name}" hidden>{label}</button>'
        f'<span class="said" id="said-{name}" role="status"></span>'
    )
