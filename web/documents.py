"""Whole pages with a style, at most one script, and pictures of our own server; nothing else."""

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from aiohttp import web

_STATIC = Path(__file__).with_name("static")


def asset(name: str) -> str:
    """Read a style or a script that stands beside this file."""
    return (_STATIC / name).read_text("utf-8").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page: `body` is HTML in which everything foreign is escaped or clean, `title` plain text.

    The policy names `style` and `script` by what is in them, so that no others run, whatever
    stands in the body.
    """

    title: str
    body: str
    style: str
    script: str = ""
    cache: str = "no-store"

    def answer(self) -> web.Response:
        """Answer with the page."""
        script = f"<script>{self.script}</script>" if self.script else ""
        text = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="robots" content="noindex">'
            f"<title>{escape(self.title)}</title><style>{self.style}</style></head>"
            f"<body>{self.body}{script}</body></html>"
        )
        headers = {
            "Content-Security-Policy": self._policy(),
            "Cache-Control": self.cache,
            "X-Robots-Tag": "noindex",
        }
        return web.Response(text=text, content_type="text/html", headers=headers)

    def _policy(self) -> str:
        script = f"script-src '{_hash(self.script)}'; " if self.script else ""
        return (
            f"default-src 'none'; style-src '{_hash(self.style)}'; {script}img-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
