"""Dialogs: a line to type, and a list to choose from or to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from porcelain.cli.look.browser.pane import Pane


class Ask(ModalScreen[str | None]):
    """Asks for a line of text; None if the user leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, question: str, text: str = "", example: str = "") -> None:
        """Show a question, and a text to begin with."""
        super().__init__()
        self._question, self._text, self._example = question, text, example

    def compose(self) -> ComposeResult:
        """Lay out the question and the line."""
        with Vertical(classes="dialog"):
            yield Static(Text(self._question, "bold"))
            yield Input(self._text, placeholder=self._example)
            yield Static(Text("Enter goes on, Esc leaves it", "dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the line."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Return nothing."""
        self.dismiss(None)


class Choose(ModalScreen[int | None]):
    """Shows rows below a title; returns the number of the chosen one, None if the user leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Leave")]

    def __init__(self, title: str, rows: Sequence[Text]) -> None:
        """Take the title and the rows."""
        super().__init__()
        self._title, self._rows = title, rows

    def compose(self) -> ComposeResult:
        """Lay out the title and the rows."""
        with Vertical(classes="dialog wide"):
            yield Static(Text(self._title, "bold"))
            yield Pane(classes="rows")

    def on_mount(self) -> None:
        """Show the rows."""
        pane = self.query_one(Pane)
        pane.show_texts(self._rows)
        pane.focus()

    def on_pane_chosen(self, event: Pane.Chosen) -> None:
        """Return the row under the cursor."""
        self.dismiss(event.pane.cursor)

    def action_leave(self) -> None:
        """Return nothing."""
        self.dismiss(None)
