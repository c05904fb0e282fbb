"""The page as a file: its policy names what it has by hash, and its data cannot leave its place."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

from porcelain.exchange.page.page import make_page

EVIL = (
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> {{script}} \u2028 \ud800"
)


class Reader(HTMLParser):
    """Collects the elements of a page, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside = ""
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside in self.texts:
            self.texts[self.inside].append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def read(data: dict[str, object], *, served: bool = False) -> tuple[Reader, str]:
    made = make_page(EVIL, data, served=served)
    return Reader(made.data.decode()), made.policy


def hashed(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_the_page_s_own_script_and_style_and_nothing_else() -> None:
    page, policy = read({"lines": []})

    (metas,) = [a["content"] for tag, a in page.elements if a.get("http-equiv")]
    assert metas == policy
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{hashed(page.texts['script'][1])}'; " in policy
    assert f"style-src 'sha256-{hashed(page.texts['style'][0])}'; " in policy
    assert "connect-src" not in policy
    assert "unsafe" not in policy


def test_a_served_page_may_ask_its_own_server() -> None:
    assert "connect-src 'self'; " in read({"lines": []}, served=True)[1]


def test_nothing_in_the_data_is_taken_for_markup() -> None:
    page, _ = read({"lines": [{"title": EVIL}]})

    assert len(page.texts["script"]) == 2
    assert json.loads(page.texts["script"][0])["lines"][0]["title"] == EVIL.replace("\ud800", "?")
    assert not [tag for tag, _ in page.elements if tag == "img"]


def test_the_page_names_no_other_place_and_no_handler() -> None:
    page, _ = read({"lines": []})

    for _, attributes in page.elements:
        assert not {"src", "onclick", "onload", "style"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    assert not re.search(r"@import|url\(|innerHTML|eval\(|document\.write", "".join(
        (*page.texts["script"], *page.texts["style"])))  # fmt: skip
