"""URLs of remotes: checked before git sees them, and shown without passwords."""

from __future__ import annotations

import re

from store.errors import RemoteFailure

_USER = re.compile(r"\A(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#]*)@")
_SHOWN_PASSWORD = "***"


def check_url(url: str) -> str:
    """Return a URL, or a path, that git may be given as an argument.

    Raises:
        RemoteFailure: it would be an option, or has control characters.
    """
    if not url:
        raise RemoteFailure(url, "the URL is empty")
    if url.startswith("-"):
        raise RemoteFailure(ascii(url)[1:-1], "a URL cannot begin with `-`")
    if any(ord(char) < 0x20 or char == "\x7f" for char in url):
        raise RemoteFailure(ascii(url)[1:-1], "the URL has a control character")
    return url


def shown_url(url: str) -> str:
    """Return a URL without its password."""
    match = _USER.match(url)
    if match is None or ":" not in match["user"]:
        return url
    user = match["user"].partition(":")[0]
    return f"{match['scheme']}{user}:{_SHOWN_PASSWORD}@{url[match.end() :]}"


def without_password(url: str, text: str) -> str:
    """Return a text of git's without the password of a URL."""
    match = _USER.match(url)
    secret = match["user"].partition(":")[2] if match is not None else ""
    return text.replace(url, shown_url(url)).replace(secret, _SHOWN_PASSWORD) if secret else text
