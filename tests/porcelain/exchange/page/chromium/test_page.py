"""The page in Chromium: read, searched and compared by keyboard; calm under a hostile transcript."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from porcelain.exchange.page.server import PageServer
from porcelain.repo.reader import RepoReader
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.exchange.page.chromium.conftest import Opened
from tests.porcelain.exchange.page.stories import HOSTILE, hostile, long_talk, retries

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]
TITLES = "[...document.querySelectorAll('.entry-title')].map((one) => one.textContent)"
SHOWN = "document.querySelector('h1').textContent"
CHOSEN = "document.querySelector('.chosen')?.id"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def page(box: Sandbox) -> Path:
    retries(box)
    box.ok("export --all --format html -o page.html")
    return box.folder / "page.html"


def test_a_file_shows_the_conversation_and_the_tree(opened: Open, page: Path) -> None:
    seen = opened(page)

    assert len(seen.value(TITLES)) == 3
    assert seen.value("open.messages.length") == 11
    assert "def delay" in seen.value("document.querySelector('pre code').textContent")
    assert seen.value("document.querySelector('.prose strong').textContent") == "before"
    assert seen.value("document.querySelectorAll('.prose table tr').length") == 3
    assert (
        seen.value("document.querySelector('.prose a').nextSibling.textContent") == " (example.org)"
    )
    assert len(seen.asked) == 1


def test_messages_are_walked_by_keyboard_and_their_links_stay(opened: Open, page: Path) -> None:
    seen = opened(page)

    seen.press("j", "j", "j", "k")
    second = seen.value(CHOSEN)
    assert second.endswith("/2")
    seen.press("G")
    assert seen.value(CHOSEN).endswith("/11")
    seen.press("g", "n")
    assert seen.value(CHOSEN).endswith("/8")

    again = opened(f"file://{page}#{second}")
    assert again.value(CHOSEN) == second


def test_tool_calls_and_thinking_are_folded_until_they_are_opened(opened: Open, page: Path) -> None:
    seen = opened(page)

    assert seen.value("document.querySelectorAll('details.fold[open]').length") == 0
    assert seen.value("document.querySelectorAll('details.fold pre').length") == 0
    seen.press("j", "j", "j", "o")
    seen.wait("document.querySelector('details[open] pre')")
    assert "upload/retry.py" in seen.value(
        "document.querySelector('details[open] pre').textContent"
    )
    seen.press("o")
    assert seen.value("document.querySelectorAll('details.fold[open]').length") == 0


def test_the_tree_is_used_by_keyboard(opened: Open, page: Path) -> None:
    seen = opened(page)

    seen.press("t", "Home", "ArrowDown")
    focused = seen.value("document.activeElement.closest('li').dataset.line")
    seen.press("Enter")
    seen.wait(
        "document.querySelector('[aria-current]').dataset.line === document.activeElement.closest('li')?.dataset.line"
    )
    assert seen.value("document.querySelector('[aria-current]').dataset.line") == focused
    seen.press("t", "ArrowUp", "ArrowUp")
    for letter in "jitter":
        seen.press(letter)
    assert len(seen.value(TITLES)) == 1


def test_search_goes_to_a_message(opened: Open, page: Path) -> None:
    seen = opened(page)

    seen.press("/")
    for letter in "spread out":
        seen.press(letter)
    seen.wait("document.querySelector('#hits mark')?.textContent === 'spread'")
    assert seen.value("document.querySelectorAll('#hits li').length") == 2
    seen.press("ArrowDown", "Enter")
    seen.wait("document.querySelector('.chosen')")
    assert "spread out" in seen.value("document.querySelector('.chosen').textContent")
    assert not seen.value("document.querySelector('#search').open")


def test_two_branches_are_compared_word_by_word(opened: Open, page: Path) -> None:
    seen = opened(page)

    seen.press("t", "Home", "ArrowDown", "Enter")
    seen.wait(f"{SHOWN}.includes('jitter')")
    seen.press("c", "ArrowDown", "Enter")
    seen.wait("document.querySelector('.sides')")
    removed, added = (
        seen.value(f"[...document.querySelectorAll('{name}')].map((one) => one.textContent)")
        for name in ("del", "ins")
    )
    assert "jitter" in " ".join([*removed, *added])
    assert "library" in " ".join([*removed, *added])
    assert "delay" not in " ".join([*removed, *added])
    assert "They share" in seen.value("document.querySelector('.facts').textContent")
    seen.tab.reload()
    seen.wait("document.querySelector('.sides')")


def test_a_telephone_reads_it_and_finds_the_tree_behind_a_button(opened: Open, page: Path) -> None:
    seen = opened(page, **PHONE)

    assert seen.value("document.documentElement.scrollWidth") <= 390
    assert not seen.tab.is_visible("#tree")
    seen.tab.tap("#show-tree")
    assert seen.tab.is_visible("#tree")
    seen.tab.tap(".entry >> nth=1")
    seen.wait("!document.querySelector('.side.open')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_reader(opened: Open, page: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is missing")
    seen = opened(page, color_scheme=scheme)
    found: list[Any] = []
    for keys in (
        (),
        ("/",),
        ("Escape", "?"),
        ("Escape", "t", "Home", "Enter", "c", "End", "Enter"),
    ):
        seen.press(*keys)
        # The policy of the page keeps a script of axe's out; the driver runs it beside the page.
        found += axe.Axe().run(seen.tab).response["violations"]

    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_a_hostile_transcript_runs_nothing_and_breaks_nothing(opened: Open, box: Sandbox) -> None:
    hostile(box)
    box.ok("export --all --format html -o page.html --allow-secrets")

    seen = opened(box.folder / "page.html")
    for _ in range(4 * len(HOSTILE)):
        seen.press("j")
    seen.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    seen.tab.wait_for_timeout(200)

    assert len(seen.asked) == 1
    addresses = seen.value("[...document.querySelectorAll('#messages a')].map((one) => one.href)")
    assert all(one.startswith(("file://", "https://example.org")) for one in addresses)
    assert all(
        one.startswith(f"file://{box.folder}/page.html#")
        for one in addresses
        if one.startswith("file:")
    )
    inside = "#messages img, #messages svg, #messages iframe, #messages script, #messages style, base, form:not([method])"
    assert seen.value(f"document.querySelectorAll('{inside}').length") == 0
    assert seen.value("document.documentElement.scrollWidth") <= 1366
    assert "U+202E" in seen.value("document.querySelector('#messages').textContent")
    assert "\u202e" not in seen.value("document.body.innerText")


def test_even_a_script_that_got_into_the_page_would_not_run(opened: Open, page: Path) -> None:
    seen = opened(page)

    seen.value("""() => {
        const made = document.createElement('script');
        try { made.textContent = 'window.ran = 1'; document.body.append(made); } catch {}
        try { document.body.innerHTML += '<img src=x onerror="window.ran = 2">'; } catch {}
    }""")

    assert seen.value("window.ran") is None
    assert seen.said != []
    seen.said.clear()


@pytest.mark.parametrize("messages", [1000, 10_000])
def test_a_long_conversation_is_painted_at_once_and_scrolls(
    opened: Open, box: Sandbox, messages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    long_talk(box, messages)
    box.ok("export long --format html -o page.html")

    seen = opened(box.folder / "page.html")
    seen.wait("performance.getEntriesByName('first-contentful-paint').length > 0")
    paint = seen.value("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    shown = seen.value("performance.getEntriesByName('conversation')[0].startTime")
    scrolled = seen.value("""async () => {
        const took = [];
        for (let turn = 0; turn < 41; turn++) {
            const before = performance.now();
            window.scrollBy(0, 700);
            await new Promise(requestAnimationFrame);
            took.push(performance.now() - before);
        }
        return took.sort((a, b) => a - b)[20];
    }""")
    filled = seen.value("document.querySelectorAll('.message-head').length")
    with capsys.disabled():
        sys.stdout.write(
            f"\n{messages} messages: first paint {paint:.0f} ms, shown {shown:.0f} ms, "
            f"median of 41 scrolls {scrolled:.0f} ms\n"
        )

    assert seen.value("open.messages.length") == messages
    assert filled < 600  # what is not seen is not laid out
    seen.press("G")
    assert f"Message {messages - 1}." in seen.value("document.querySelector('.chosen').textContent")


@pytest.fixture
def address(box: Sandbox) -> Iterator[str]:
    """Serve a repository with two forks, and return the address."""
    retries(box)
    with PageServer(RepoReader.look(os.fspath(box.repo), "host")) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


def test_a_served_page_loads_a_conversation_when_it_is_opened(opened: Open, address: str) -> None:
    seen = opened(address)

    assert len(seen.value(TITLES)) == 3
    loaded = len(seen.asked)
    seen.press("t", "Home", "ArrowDown", "Enter")
    seen.wait(f"segments.size === 2 && {SHOWN}.includes('jitter')")
    assert len(seen.asked) == loaded + 1
    assert "random number" in seen.value("document.querySelector('#messages').textContent")
    assert all(one.startswith(address) for one in seen.asked)


def test_a_served_page_searches_all_conversations(opened: Open, address: str) -> None:
    seen = opened(address)

    seen.press("/")
    for letter in "spread ou":
        seen.press(letter)
    seen.wait("document.querySelectorAll('#hits li').length === 2")
    seen.press("Enter")
    seen.wait("document.querySelector('.chosen')?.textContent.includes('spread out')")
