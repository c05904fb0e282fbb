"""A server on this machine alone that shows a repository as the page, loaded as it is read.

    /TOKEN/                     the page with the tree
    /TOKEN/line/COMMIT.json     what the line that ends in a commit adds
    /TOKEN/change/CHANGE.json   the line that a change is in
    /TOKEN/search.json?q=WORDS  messages with these words, newest first

It answers GET alone and changes nothing. The token is a secret of each start, so that no other
user of the machine and no page of another place gets an answer; `Host` and `Origin` are checked
as well, which keeps out names that a hostile name server points here.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from porcelain.errors import PorcelainError
from porcelain.exchange.page.lines import Line, find_lines
from porcelain.exchange.page.page import Page, make_page
from porcelain.exchange.page.page_data import MESSAGE_CHANGE, line_data, segment_data
from porcelain.exchange.page.segment import read_segment
from porcelain.index.text.find import Wanted
from porcelain.index.text.question import Words
from porcelain.repo.reader import RepoReader
from porcelain.repo.search import Hit, Scope, search
from store.errors import StoreError

_HOST = "127.0.0.1"
_MOST_HITS = 200
_AROUND = 120
_SECONDS = 20
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Conversations:
    """A repository as the server's answers; one is made at a time."""

    def __init__(self, repo: RepoReader) -> None:
        """Read nothing yet."""
        self._repo = repo
        self._lock = Lock()
        self._lines: dict[str, Line] = {}
        self._owners: dict[int, str] = {}

    def page(self) -> Page:
        """Return the page with the newest tree."""
        with self._lock:
            self._repo.reload()
            lines = find_lines(self._repo, self._repo.graph.visible())
            self._lines |= {line.tip.id: line for line in lines}
            self._owners = {pos: line.tip.id for line in lines for pos in line.commits}
            current = self._repo.workspace.commit
            data = [line_data(line, current) for line in lines]
        return make_page("Conversations", {"served": True, "lines": data}, served=True)

    def line(self, key: str) -> dict[str, object] | None:
        """Return what a line adds; None if no page has shown it."""
        with self._lock:
            line = self._lines.get(key)
            return None if line is None else segment_data(read_segment(self._repo, line))

    def change(self, change_id: str) -> dict[str, object] | None:
        """Return the key of the line that a change is in."""
        with self._lock:
            for position in self._repo.graph.with_prefix("change", change_id):
                if position in self._owners:
                    return {"key": self._owners[position]}
        return None

    def search(self, text: str) -> dict[str, object]:
        """Return the newest messages with some words; the last word may go on."""
        if not text.strip():
            return {"hits": []}
        question = Words(text if text[-1] in '"* ' else f"{text}*")
        with self._lock:
            self._repo.reload()
            found = search(self._repo, Wanted(question), Scope())
            return {"hits": [self._hit(hit, question) for hit in islice(found, _MOST_HITS)]}

    def _hit(self, hit: Hit, question: Words) -> dict[str, object]:
        text = hit.found.text
        start = next((start for start, _ in question.spans(text)), 0)
        change = self._repo.change_id(hit.place.row.pos)[:MESSAGE_CHANGE]
        return {
            "id": f"{change}/{hit.number}",
            "number": hit.number,
            "role": hit.found.row.role,
            "session": hit.session or change,
            "text": text[max(0, start - _AROUND) : start + 2 * _AROUND],
        }


class PageServer(ThreadingHTTPServer):
    """Serves on a loopback port; `serve_forever` runs until it is shut down."""

    daemon_threads = True

    def __init__(self, repo: RepoReader, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        super().__init__((_HOST, port), _Handler)
        self.conversations = Conversations(repo)
        self.token = secrets.token_urlsafe(24)

    @property
    def address(self) -> str:
        """The page's address, with the token."""
        return f"http://{_HOST}:{self.server_port}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that broke."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version = "wajutsu"
    sys_version = ""
    timeout = _SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Write nothing: an address has the token in it."""

    def do_GET(self) -> None:
        """Answer one request."""
        try:
            self._answer()
        except PorcelainError as error:
            self._send(400, str(error))
        except StoreError as error:
            self._send(500, str(error))

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        token, _, path = parts.path[1:].partition("/")
        if not self._is_own() or not hmac.compare_digest(
            token.encode(), self.server.token.encode()
        ):
            self._send(404, "There is nothing here")
            return
        if not path:
            page = self.server.conversations.page()
            headers = {"Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'"}
            self._send(200, page.data, "text/html; charset=utf-8", headers)
            return
        found = self._data(path, parts.query)
        if found is None:
            self._send(404, "It is not here any more; load the page again")
        else:
            data = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
            self._send(200, data, "application/json; charset=utf-8")

    def _data(self, path: str, query: str) -> dict[str, object] | None:
        conversations = self.server.conversations
        folder, _, name = path.partition("/")
        name = unquote(name.removesuffix(".json"))
        if folder == "line":
            return conversations.line(name)
        if folder == "change":
            return conversations.change(name)
        if path == "search.json":
            return conversations.search(parse_qs(query).get("q", [""])[0][:1000])
        return None

    def _is_own(self) -> bool:
        """Tell whether a browser asks for itself, by this address, not for a page of another place."""
        hosts = {f"{name}:{self.server.server_port}" for name in (_HOST, "localhost")}
        host, origin = self.headers.get("Host"), self.headers.get("Origin")
        asks_for = self.headers.get("Sec-Fetch-Site", "none")
        return (
            host in hosts
            and origin in (None, f"http://{host}")
            and asks_for in ("none", "same-origin")
        )

    def _send(
        self,
        status: int,
        data: str | bytes,
        kind: str = "text/plain; charset=utf-8",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body = data if isinstance(data, bytes) else data.encode("utf-8", "replace")
        self.send_response(status)
        for name, value in (_HEADERS | {"Content-Type": kind} | dict(headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
