"""Small pages for people: a title, a few sentences, sometimes one link or button. No scripts."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aiohttp import web

_STYLE = (
    "body{font:17px/1.55 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem;"
    "background:#f6f6f7;color:#1f2124}main{background:#fff;border:1px solid #dcdde1;"
    "border-radius:14px;padding:1.5rem 2rem 2rem}h1{font-size:1.5rem;margin:.25rem 0 1rem}"
    "p{margin:.75rem 0;overflow-wrap:anywhere}small{color:#5b5e66}"
    ".go{display:inline-block;margin-top:.5rem;padding:.6rem 1.4rem;border-radius:99px;border:0;"
    "background:#1f2124;color:#fff;text-decoration:none;font:inherit;cursor:pointer}"
    ".go:focus-visible{outline:3px solid #5865f2}"
    "@media(prefers-color-scheme:dark){body{background:#1b1c1f;color:#eceef2}"
    "main{background:#26272b;border-color:#3a3c42}small{color:#a7abb5}"
    ".go{background:#eceef2;color:#1f2124}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says, as plain text. `link` is a label and an address; `small` stands below.

    `button` sends the page's own address back with POST.
    """

    title: str
    sentences: Sequence[str]
    status: int = 200
    link: tuple[str, str] | None = None
    button: str = ""
    small: str = ""


def render(page: Page, *, retry_after_seconds: int | None = None) -> web.Response:
    """Answer with a page; everything in it is escaped."""
    parts = [f"<h1>{escape(page.title)}</h1>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in page.sentences if sentence]
    if page.link is not None:
        label, address = page.link
        parts.append(
            f'<p><a class="go" rel="noreferrer" href="{escape(address)}">{escape(label)}</a></p>'
        )
    if page.button:
        label = escape(page.button)
        parts.append(f'<form method="post"><button class="go">{label}</button></form>')
    if page.small:
        parts.append(f"<p><small>{escape(page.small)}</small></p>")
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
    action = "'self'" if page.button else "'none'"
    headers = {
        "Content-Security-Policy": _POLICY + f"form-action {action}; frame-ancestors 'none'",
        "X-Robots-Tag": "noindex",
    }
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(retry_after_seconds)
    return web.Response(text=text, status=page.status, content_type="text/html", headers=headers)
