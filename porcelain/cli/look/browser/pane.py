"""A pane with rows of text and a cursor; only rows that are on the screen are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

_HERE = Style(color="white", bgcolor="color(24)", dim=False)
_AWAY = Style(bgcolor="color(236)")


class Pane(ScrollView, can_focus=True):
    """Rows that are made as text when they are drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "edge(0)", "First", show=False),
        Binding("end,G", "edge(-1)", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    class Moved(Message):
        """The cursor moved."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    class Chosen(Message):
        """The row under the cursor was chosen."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Begin without rows; the arguments are Textual's."""
        super().__init__(id=id, classes=classes)
        self.cursor = 0
        self._count = 0
        self._text: Callable[[int], Text] = lambda _: Text()

    def show_rows(self, count: int, text: Callable[[int], Text], cursor: int = 0) -> None:
        """Show so many rows, and put the cursor on one; `text` makes the text of a row."""
        self._count, self._text = count, text
        self.virtual_size = Size(0, count)
        self.cursor = max(0, min(cursor, count - 1))
        self._follow()
        self.refresh()

    def show_texts(self, texts: Sequence[Text], cursor: int = 0) -> None:
        """Show texts, a row each."""
        self.show_rows(len(texts), texts.__getitem__, cursor)

    def render_line(self, y: int) -> Strip:
        """Return a line of the screen."""
        width = self.scrollable_content_region.width
        row = y + self.scroll_offset.y
        if row >= self._count:
            return Strip.blank(width, self.rich_style)
        text = self._text(row).copy()
        text.truncate(width, overflow="ellipsis", pad=True)
        style, above = self.rich_style, None
        if row == self.cursor:
            above = _HERE if self.has_focus else _AWAY
        segments = Segment.apply_style(text.render(self.app.console), style, above)
        return Strip([one for one in segments if one.text != "\n"]).crop_extend(0, width, style)

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by screens."""
        self.move_to(self.cursor + by * max(1, self.size.height - 1))

    def action_edge(self, row: int) -> None:
        """Move the cursor to the first or last row."""
        self.move_to(row if row >= 0 else self._count - 1)

    def move_to(self, row: int) -> None:
        """Move the cursor to a row."""
        row = max(0, min(row, self._count - 1))
        if row != self.cursor and self._count:
            self.cursor = row
            self._follow()
            self.refresh()
            self.post_message(self.Moved(self))

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._count:
            self.post_message(self.Chosen(self))

    def _follow(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
