"""Headless Chromium, and pages opened in it; what goes wrong in a page fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.porcelain.cli.sandbox import Sandbox

_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--disable-quic",
)  # fmt: skip


class Opened:
    """A page in the browser: everything that it says on the console, and every address it asks."""

    def __init__(self, browser: Any, **context: Any) -> None:
        self._context = browser.new_context(
            **{"viewport": {"width": 1366, "height": 800}} | context
        )
        self.tab = self._context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("dialog", self._dismiss)
        self.tab.on("popup", lambda popup: self.said.append(f"opened {popup.url}"))

    def _dismiss(self, dialog: Any) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def go(self, address: str) -> Opened:
        """Open an address and wait until a conversation is shown."""
        self.tab.goto(address)
        self.wait(
            "performance.getEntriesByName('conversation').length > 0 || !!document.querySelector('.sides')"
        )
        return self

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, as a user without a mouse does."""
        for key in keys:
            self.tab.keyboard.press(key)

    def value(self, script: str) -> Any:
        """Return what a script finds in the page."""
        return self.tab.evaluate(script)

    def wait(self, script: str) -> None:
        """Wait until a script finds something true; the driver's own wait would need `eval`."""
        for _ in range(600):
            if self.tab.evaluate(script):
                return
            self.tab.wait_for_timeout(25)
        raise AssertionError(f"never true: {script}")

    def close(self) -> None:
        self._context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return Chromium, driven by Playwright, whose event loop must end with the module."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("the page in a browser: chromium is missing (`make browser-test`)")
    driver = pytest.importorskip(
        "playwright.sync_api",
        reason="the page in a browser: playwright is missing (`make browser-test`)",
    )
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[*_QUIET])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Opened]]:
    """Return a function that opens pages; none may complain, or ask another place for anything."""
    pages: list[Opened] = []

    def open_page(address: str | Path, **context: Any) -> Opened:
        made = Opened(browser, **context)
        pages.append(made)
        return made.go(address if isinstance(address, str) else f"file://{os.fspath(address)}")

    yield open_page
    said = [text for page in pages for text in page.said]
    places = {url.split("#")[0].rsplit("/", 1)[0] for page in pages for url in page.asked}
    for page in pages:
        page.close()
    assert said == []
    assert all(place.startswith(("file://", "http://127.0.0.1:")) for place in places)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a user without a repository."""
    return Sandbox(tmp_path, monkeypatch)
