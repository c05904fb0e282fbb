"""The terminal browser: the tree at the left, messages at the right, commands by keys."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.widgets import Static

from porcelain.cli.look.browser.commands import Outcome, Runner
from porcelain.cli.look.browser.dialogs import Ask, Choose
from porcelain.cli.look.browser.drawn import Row, entry_text, head_text, message_rows
from porcelain.cli.look.browser.forest import Entry, Forest
from porcelain.cli.look.browser.pane import Pane
from porcelain.display import plain
from porcelain.errors import PorcelainError
from porcelain.exchange.page.segment import Message
from store.errors import StoreError

_LOOK = 1.0  # seconds between two looks for what others write
_KEYS = "Tab pane  / search  f fork  m mark  d diff  u undo  o log  ? all keys  q quit"
_HELP = """Tab        the other pane
j k ↑ ↓    move; PgUp PgDn Home End too
Enter      open a conversation; open or fold a tool call
→ ←        show and hide the turns of a conversation; n p the next and previous message
/          search everything that was said
l          list only conversations with some words
f          fork, at the message under the cursor or at the end
w          rewind the session by turns
e          describe the change
r          rename the session
m d        mark a conversation; show how another differs from it
u U        undo, redo
o          the operation log
q          quit"""


class Browser(App[None]):
    """Shows a repository and follows what others write in it."""

    CSS_PATH = "browse.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "wj browse"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("slash", "search", "Search"),
        Binding("l", "filter", "Filter"),
        Binding("right", "turns(True)", "Turns"),
        Binding("left", "turns(False)", "Turns"),
        Binding("n", "step(1)", "Next message"),
        Binding("p", "step(-1)", "Previous message"),
        Binding("f", "fork", "Fork"),
        Binding("w", "rewind", "Rewind"),
        Binding("e", "describe", "Describe"),
        Binding("r", "rename", "Rename"),
        Binding("m", "mark", "Mark"),
        Binding("d", "difference", "Difference"),
        Binding("u", "run('undo')", "Undo"),
        Binding("U", "run('redo')", "Redo"),
        Binding("o", "operations", "Operations"),
        Binding("question_mark", "help", "Help"),
    ]

    def __init__(self, forest: Forest, runner: Runner) -> None:
        """Show a repository; commands run through `runner`."""
        super().__init__()
        self.forest = forest
        self.runner = runner
        self.entries: list[Entry] = []
        self.words = ""
        self.marked = ""
        self.shown: int | None = None
        self.messages: list[Message] = []
        self.rows: list[Row] = []
        self.unfolded: set[tuple[int, int]] = set()
        self._drawn: dict[int, list[Row]] = {}
        self.failure: Exception | None = None
        self._in_order = asyncio.Lock()

    def _handle_exception(self, error: Exception) -> None:
        """End, and keep the error for the command to report; Textual would print its traceback."""
        self.failure = self.failure or error
        self.exit(return_code=1)

    def compose(self) -> ComposeResult:
        """Lay out the panes and the lines around them."""
        yield Static(id="head")
        with Horizontal(id="columns"):
            yield Pane(id="tree")
            yield Pane(id="messages")
        yield Static(id="said")
        yield Static(_KEYS, id="keys", markup=False)

    def on_mount(self) -> None:
        """Show the tree, and the conversation of `@`."""
        self.draw_tree()
        here = self.forest.repo.workspace.commit
        found = (n for n, e in enumerate(self.entries) if self._line(e).tip.id == here)
        self.outline.move_to(next(found, 0))
        self.outline.focus()
        if self.entries:
            self.call_after_refresh(self.open_line, self.entries[self.outline.cursor].line)
        else:
            self.say("There are no conversations yet: `wj import` brings some")
        self.set_interval(_LOOK, self.look)

    @property
    def outline(self) -> Pane:
        """The pane with the tree."""
        return self.query_one("#tree", Pane)

    @property
    def pane(self) -> Pane:
        """The pane with the messages."""
        return self.query_one("#messages", Pane)

    def _line(self, entry: Entry) -> Any:
        return self.forest.lines[entry.line]

    def say(self, text: str | Text) -> None:
        """Show a line about what was done."""
        self.query_one("#said", Static).update(text if isinstance(text, Text) else Text(text))

    # What is shown.

    def draw_tree(self, cursor: int | None = None) -> None:
        """Show the tree as it is now."""
        self.entries = self.forest.entries(self.words)
        self.outline.show_rows(
            len(self.entries),
            lambda row: entry_text(self.forest, self.entries[row], self.marked),
            self.outline.cursor if cursor is None else cursor,
        )

    def open_line(self, line: int, number: int | None = None) -> None:
        """Show the conversation at the end of a line; go to one of its messages."""
        self.shown = line
        self.messages = self.forest.conversation(line)
        self.unfolded = set()
        self._drawn = {}
        self.draw_messages()
        self.query_one("#head", Static).update(head_text(self.forest, line))
        problem = self.forest.segment(line).problem
        if problem is not None:
            self.say(Text(f"It cannot be read: {plain(problem, None)}", "red"))
        found = (n for n, row in enumerate(self.rows) if self._number(row) == number)
        if number is not None:
            self.pane.move_to(next(found, 0))

    def _number(self, row: Row) -> int | None:
        return self.messages[row.message].number

    def draw_messages(self, cursor: int = 0) -> None:
        """Show the messages, wrapped to the width of their pane."""
        width = max(10, self.pane.content_size.width - 1)
        self.rows = message_rows(self.messages, width, self.unfolded, self._drawn)
        self.pane.show_rows(len(self.rows), lambda row: self.rows[row].text, cursor)

    def on_resize(self, _: Resize) -> None:
        """Wrap the messages again."""
        self._drawn = {}
        if self.shown is not None:
            self.call_after_refresh(self.draw_messages, self.pane.cursor)

    def look(self) -> None:
        """Show what others have written since."""
        try:
            if self.forest.has_moved():
                self.read_again()
        except (PorcelainError, StoreError) as error:
            self.say(Text(plain(str(error), None), "red"))

    def read_again(self) -> None:
        """Read the tree again, and keep what is shown where it is still there."""
        shown = None if self.shown is None else self.forest.lines[self.shown]
        under = self._line(self.entries[self.outline.cursor]) if self.entries else None
        self.forest.read()
        self.entries = self.forest.entries(self.words)
        self.draw_tree(self._entry_of(under.change_id) if under is not None else 0)
        if shown is not None:
            line = self.forest.line_of_change(shown.change_id)
            cursor = self.pane.cursor
            if line is not None and self.forest.lines[line].tip.id != shown.tip.id:
                self.open_line(line)
                self.pane.move_to(cursor)
            self.shown = line

    def _entry_of(self, change_id: str) -> int:
        found = (n for n, e in enumerate(self.entries) if self._line(e).change_id == change_id)
        return next(found, 0)

    # Keys in the panes.

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        """Open the conversation or turn under the cursor; open or fold a part of a message."""
        if event.pane is self.outline:
            entry = self.entries[self.outline.cursor]
            turn = entry.turn
            first = None if turn is None else self.forest.first_number(entry.line, turn)
            self.open_line(entry.line, first)
            self.pane.focus()
            return
        row = self.rows[self.pane.cursor]
        if self.shown is not None and row.part is not None:
            self.unfolded ^= {(row.message, row.part)}
            self._drawn.pop(row.message, None)
            self.draw_messages(self.pane.cursor)

    def action_turns(self, unfold: bool) -> None:
        """Show or hide the turns of the conversation under the cursor."""
        if self.outline.has_focus and self.entries:
            entry = self.entries[self.outline.cursor]
            key = self._line(entry).tip.id
            (self.forest.unfolded.add if unfold else self.forest.unfolded.discard)(key)
            self.entries = self.forest.entries(self.words)
            place = next(n for n, one in enumerate(self.entries) if one.line == entry.line)
            self.draw_tree(self.outline.cursor if unfold else place)

    def action_step(self, by: int) -> None:
        """Go to the next or the previous message."""
        if not self.rows:
            return
        here = self.rows[self.pane.cursor].message
        wanted = [n for n, row in enumerate(self.rows) if row.message == here + by]
        if wanted:
            self.pane.move_to(wanted[0])

    # Questions.

    def action_filter(self) -> None:
        """Ask for the words of the conversations to list."""

        def answered(words: str | None) -> None:
            if words is not None:
                self.words = words
                self.draw_tree(0)
                self.outline.focus()

        self.push_screen(Ask("List conversations with these words", self.words), answered)

    def action_search(self) -> None:
        """Ask for words, and show the messages with them."""

        def answered(text: str | None) -> None:
            if text and text.strip():
                self.run_worker(self._search(text))

        self.push_screen(
            Ask("Search everything that was said", example="words, or a be*"), answered
        )

    async def _search(self, text: str) -> None:
        self.say("Searching …")
        words = ("search", "-n", "200", "--", text)
        found = await asyncio.to_thread(self.runner.data, *words)
        hits = found if isinstance(found, list) else []
        self.say(f"{len(hits)} found" if hits else "Nothing was found")
        rows = [
            Text()
            .append(f"{hit['number']} ", "yellow")
            .append(f"{plain(hit['session'] or hit['change_id'][:8])} ", "magenta")
            .append(f"{hit['role']}  ", "dim")
            .append(plain(hit["excerpt"], None))
            for hit in hits
        ]
        if not rows:
            return

        def chosen(place: int | None) -> None:
            if place is None:
                return
            line = self.forest.line_of_change(hits[place]["change_id"])
            if line is not None:
                self.open_line(line, hits[place]["number"])
                self.pane.focus()

        self.push_screen(Choose(f"Messages with {plain(text)}", rows), chosen)

    def action_operations(self) -> None:
        """Show the operation log."""
        self.run_worker(self._show("Operations", "op", "log", "-n", "200"))

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(Choose("Keys", [Text(line) for line in _HELP.split("\n")]))

    async def _show(self, title: str, *words: str) -> None:
        done = await asyncio.to_thread(self.runner.run, *words, color=True)
        rows = [Text.from_ansi(line) for line in done.text.splitlines()]
        self.push_screen(Choose(title, rows or [Text("Nothing", "dim")]))

    # Commands.

    def action_run(self, *words: str) -> None:
        """Run a command, and show its command line and what it said."""
        self.run_worker(self._run(*words))

    async def _run(self, *words: str) -> None:
        async with self._in_order:  # in the order of the keys
            self.say(Text(f"Running `wj {words[0]}` …", "dim"))
            self.report(await asyncio.to_thread(self.runner.run, *words))

    def report(self, done: Outcome) -> None:
        """Show a command line and what it said, and the repository as it is now."""
        summary = Text(plain(done.summary, None), "" if done.ok else "bold red")
        line = Text().append(f"$ {plain(done.line, None)}\n", "bold green")
        self.say(line + summary)
        self.look()

    def _ask_and_run(self, question: str, text: str, *words: str) -> None:
        """Ask for the last word of a command, and run it; an empty answer leaves it out."""

        def answered(word: str | None) -> None:
            if word is not None:
                self.action_run(*words, *([word] if word.strip() else []))

        self.push_screen(Ask(question, text), answered)

    def _subject(self) -> Any:
        """Return the line that a command is about: that of the pane with the focus."""
        if self.pane.has_focus and self.shown is not None:
            return self.forest.lines[self.shown]
        return self._line(self.entries[self.outline.cursor]) if self.entries else None

    def action_fork(self) -> None:
        """Fork the conversation, at the message under the cursor where the messages have the focus."""
        line = self._subject()
        if line is None:
            return
        change, words, where = line.change_id[:12], ["fork"], "at its end"
        if self.pane.has_focus and self.rows:
            number = self._number(self.rows[self.pane.cursor])
            if number is not None:
                words += ["--at", str(number)]
                where = f"after message {number}"
        question = f"Fork {where}; the new session's name (empty: one is made)"
        self._ask_and_run(question, "", *words, "--", change)

    def action_rewind(self) -> None:
        """Move the session back by turns."""
        line = self._subject()
        if line is None or not line.sessions:
            self.say("Only a conversation with a session can be rewound")
            return
        question = f"Rewind {plain(line.sessions[0])} by how many turns?"
        self._ask_and_run(question, "1", "rewind", f"--session={line.sessions[0]}", "--")

    def action_describe(self) -> None:
        """Describe the newest change of the conversation."""
        line = self._subject()
        if line is not None:
            change = line.change_id[:12]

            def answered(text: str | None) -> None:
                if text is not None:
                    self.action_run("describe", change, f"--message={text}")

            said = "" if line.tip.generated else line.tip.subject
            self.push_screen(Ask(f"Description of {change}", said), answered)

    def action_rename(self) -> None:
        """Rename the session of the conversation."""
        line = self._subject()
        if line is None or not line.sessions:
            self.say("This conversation has no session to rename")
            return
        name = line.sessions[0]
        self._ask_and_run(f"New name of {plain(name)}", name, "session", "rename", "--", name)

    def action_mark(self) -> None:
        """Mark the conversation to compare others with it; a second time takes the mark off."""
        line = self._subject()
        if line is not None:
            self.marked = "" if self.marked == line.tip.id else line.tip.id
            self.draw_tree()

    def action_difference(self) -> None:
        """Show how the conversation differs from the marked one."""
        line = self._subject()
        marked = next((one for one in self.forest.lines if one.tip.id == self.marked), None)
        if marked is None or line is None or line is marked:
            self.say("Mark one conversation with m, then press d on another")
            return
        words = ("diff", "--from", marked.tip.id[:12], "--to", line.tip.id[:12])
        self.run_worker(self._show("wj " + " ".join(words), *words))
