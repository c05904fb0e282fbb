"""The page as HTML: the files of `template/` put together, with the data as JSON.

The page has one style, one script and its data, and a content security policy that allows these
by their hashes and nothing else: no address is asked for anything. The data is never parsed as
HTML; the script makes text nodes of it, and the policy keeps it from doing otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import NamedTuple

_SCRIPTS = (
    "model.js",
    "words.js",
    "prose.js",
    "message.js",
    "conversation.js",
    "tree.js",
    "difference.js",
    "search.js",
    "main.js",
)
_STYLES = ("page.css", "message.css")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


class Page(NamedTuple):
    """A page in UTF-8, and the policy that a server sends with it."""

    data: bytes
    policy: str


def make_page(title: str, data: dict[str, object], *, served: bool = False) -> Page:
    """Return the page that shows some data; a served one may ask its own server for more."""
    style = "\n".join(_template(name) for name in _STYLES)
    script = "\n".join(_template(name) for name in _SCRIPTS)
    policy = _policy(script, style, served=served)
    places = {
        "policy": html.escape(policy),
        "title": html.escape(title),
        "style": style,
        "script": script,
        "data": _json_in_html(data),
    }
    made = _PLACE.sub(lambda match: places[match[1]], _template("page.html"))
    return Page(made.encode("utf-8", "replace"), policy)


def _template(name: str) -> str:
    return files(__package__).joinpath("template", name).read_text("utf-8")


def _policy(script: str, style: str, *, served: bool) -> str:
    rules = [
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        *(("connect-src 'self'",) if served else ()),
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    return "; ".join(rules)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _json_in_html(data: dict[str, object]) -> str:
    """Return JSON that no HTML parser finds a tag or an end of a script in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
