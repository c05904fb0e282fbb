"""`wj browse` by keys: each action is a command, whose line is shown, and others' work appears."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from porcelain.cli.run.params import Globals
from porcelain.repo.reader import RepoReader
from tests.porcelain.cli.sandbox import Sandbox

pytest.importorskip("textual", reason="`wj browse`: Textual is missing (`pip install .[tui]`)")

from textual.pilot import Pilot
from textual.widgets import Input, Static

from porcelain.cli.look.browser.app import Browser
from porcelain.cli.look.browser.commands import Runner
from porcelain.cli.look.browser.forest import Forest

Story = Callable[[Browser, "Pilot[None]"], Coroutine[Any, Any, None]]


def play(box: Sandbox, story: Story) -> None:
    """Run a story in a browser of 100 columns and 30 lines."""

    async def run() -> None:
        repo = RepoReader.look(os.fspath(box.repo), "host")
        app = Browser(Forest(repo), Runner(os.fspath(box.repo), Globals()))
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            await story(app, pilot)
        assert app.failure is None

    asyncio.run(run())


async def until(pilot: Pilot[None], test: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(400):
        if test():
            return
        await pilot.pause(0.05)
    raise AssertionError("it never held")


def said(app: Browser) -> str:
    return str(app.query_one("#said", Static).render())


def shown(app: Browser) -> str:
    return "\n".join(row.text.plain for row in app.rows)


def test_a_conversation_is_read_and_forked_at_a_message(chat: Sandbox) -> None:
    async def story(app: Browser, pilot: Pilot[None]) -> None:
        assert "q1" in shown(app)
        await pilot.press("enter", "n", "n", "n", "f")
        await pilot.pause()
        app.screen.query_one(Input).value = "try"
        await pilot.press("enter")
        await until(pilot, lambda: "Forked" in said(app))
        assert said(app).startswith("$ wj fork --at 4 -- ")
        await until(pilot, lambda: len(app.entries) == 2)
        await pilot.press("u")
        await until(pilot, lambda: said(app).startswith("$ wj undo\nUndid operation"))
        await until(pilot, lambda: len(app.entries) == 1)
        await pilot.press("U")
        await until(pilot, lambda: len(app.entries) == 2)

    play(chat, story)
    assert set(chat.sessions()) == {"demo", "try"}
    assert chat.json("op log")[2]["args"][:2] == ["wj", "fork"]


def test_a_command_that_is_refused_says_why(chat: Sandbox) -> None:
    async def story(app: Browser, pilot: Pilot[None]) -> None:
        await pilot.press("r")
        await pilot.pause()
        app.screen.query_one(Input).value = "no//name"
        await pilot.press("enter")
        await until(pilot, lambda: "Error" in said(app))
        assert said(app).startswith("$ wj session rename -- demo no//name\n")

    play(chat, story)
    assert set(chat.sessions()) == {"demo"}


def test_a_session_is_rewound_by_turns(chat: Sandbox) -> None:
    async def story(app: Browser, pilot: Pilot[None]) -> None:
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "Rewound session demo by 1 turn" in said(app))

    play(chat, story)
    assert chat.sessions() == {"demo": "q3"}


def test_what_others_write_appears_by_itself(chat: Sandbox) -> None:
    async def story(app: Browser, pilot: Pilot[None]) -> None:
        chat.ok("append -m 'from elsewhere'")
        app.look()
        await until(pilot, lambda: "from elsewhere" in shown(app))

    play(chat, story)


def test_search_goes_to_the_message(chat: Sandbox) -> None:
    async def story(app: Browser, pilot: Pilot[None]) -> None:
        await pilot.press("slash", "r", "3", "enter")
        await until(pilot, lambda: "1 found" in said(app))
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: app.rows[app.pane.cursor].message == 5)
        assert app.pane.has_focus

    play(chat, story)


def test_text_from_a_transcript_cannot_upset_the_terminal(chat: Sandbox) -> None:
    chat.ok("append -m '\x1b[31m[bold]red[/bold] \u202e'")

    async def story(app: Browser, pilot: Pilot[None]) -> None:
        assert "\\x1b[31m[bold]red[/bold] \\u202e" in shown(app)

    play(chat, story)
