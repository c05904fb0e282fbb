"""The difference between two conversations: as text, as statistics, as git's patch, as data.

- 5 user 2026-03-12T09:14:08.000Z
    a message that only the first has
+ 5 user 2026-03-12T10:02:00.000Z
    a message that only the second has
~ 7 assistant 2026-03-12T10:02:09.000Z
    - a line as it was
    + a line as it is
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING

from porcelain.cli.render.difference.changed_text import line_counts, text_pieces
from porcelain.cli.render.difference.interdiff import field_pieces
from porcelain.cli.render.messages.message import message_pieces
from porcelain.cli.render.messages.rows import row_data
from porcelain.cli.run.colors import Piece
from porcelain.display import counted, plain
from porcelain.index.text.said import said
from porcelain.model.message_numbers import Numbered
from porcelain.repo.conversation_diff import ConversationDiff, MessageChange, Trees
from porcelain.transcript.row import first_line
from store.ids import EMPTY_TREE, TreeId
from store.objects.objects import read_blob
from store.tree_layout.layout import read_document, read_root, read_session
from store.tree_layout.message_tree import GROUP

if TYPE_CHECKING:
    from porcelain.transcript.row import Row

_MARKS = {"removed": "-", "added": "+", "changed": "~"}
_LETTERS = {"removed": "D", "added": "A", "changed": "M"}
_WIDEST_BAR = 40


def diff_pieces(diff: ConversationDiff, *, full: bool) -> Iterator[Piece]:
    """Yield the difference; rows that are no messages are counted, and shown if `full`."""
    for field in diff.fields if full else ():
        yield from field_pieces(field)
    hidden = 0
    for change in diff.rows:
        if not full and not is_message(change):
            hidden += 1
        elif change.before is not None and change.after is not None:
            yield from _changed(change, full=full)
        else:
            yield change.kind, _MARKS[change.kind]
            yield "", " "
            yield from message_pieces(*_side(change), full=full)
    if hidden:
        differ = "that is no message differs" if hidden == 1 else "that are no messages differ"
        yield "note", f"({counted(hidden, 'row')} {differ}; `--full`)\n"


def stat_pieces(diff: ConversationDiff) -> Iterator[Piece]:
    """Yield a line for each message that differs, with its lines as a bar, and their sum."""
    sums = {"added": 0, "removed": 0, "changed": 0}
    lines = [0, 0]
    for change in filter(is_message, diff.rows):
        plus, minus = line_counts(*_texts(change))
        plus, minus = (plus, 0) if change.kind == "added" else (plus, minus)
        plus, minus = (0, minus) if change.kind == "removed" else (plus, minus)
        sums[change.kind] += 1
        lines = [lines[0] + plus, lines[1] + minus]
        yield from _heading(change)
        yield "", f" | {plus + minus} "
        width = min(_WIDEST_BAR, plus + minus)
        part = round(width * plus / (plus + minus or 1))
        yield "added", "+" * part
        yield "removed", "-" * (width - part)
        yield "", "\n"
    said = [counted(count, "message") + f" {kind}" for kind, count in sums.items() if count]
    yield "", f"{', '.join(said) or 'No messages differ'}"
    yield "", f"; {counted(lines[0], 'line')} added, {lines[1]} removed\n" if said else "\n"


def summary_pieces(diff: ConversationDiff) -> Iterator[Piece]:
    """Yield a line for each message that differs: a letter, its number, and its first line."""
    for change in filter(is_message, diff.rows):
        label = "" if change.kind == "changed" else change.kind
        yield label, f"{_LETTERS[change.kind]} "
        yield from _heading(change)
        _, row = _side(change)
        text = row if isinstance(row, str) else row.text
        yield "", f" {plain(first_line(text))}\n"


def git_pieces(trees: Trees) -> Iterator[Piece]:
    """Yield the difference of the stored files as `git diff` shows it."""
    old, new = (_files(trees, tree) for tree in (trees.before, trees.after))
    for path in [*old, *(path for path in new if path not in old)]:
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        yield "", f"diff --git a/{path} b/{path}\n"
        if before is None or after is None:
            yield "", f"{'new' if before is None else 'deleted'} file mode 100644\n"
        yield "", f"--- {f'a/{path}' if before is not None else '/dev/null'}\n"
        yield "", f"+++ {f'b/{path}' if after is not None else '/dev/null'}\n"
        texts = [(side or b"").decode("utf-8", "replace") for side in (before, after)]
        ours, theirs = (text.splitlines(keepends=True) for text in texts)
        for line in [*unified_diff(ours, theirs)][2:]:
            label = {"-": "removed", "+": "added"}.get(line[0], "")
            yield label, plain(line.rstrip("\n"), None)
            yield "", "\n" if line.endswith("\n") else "\n\\ No newline at end of file\n"


def diff_data(diff: ConversationDiff) -> dict[str, object]:
    """Return the difference as data, whole messages in it."""
    return {
        "fields": {one.name: {"before": one.before, "after": one.after} for one in diff.fields},
        "rows": [
            {
                "kind": change.kind,
                "before": None if change.before is None else row_data(*change.before),
                "after": None if change.after is None else row_data(*change.after),
            }
            for change in diff.rows
        ],
    }


def _changed(change: MessageChange, *, full: bool) -> Iterator[Piece]:
    number, row = _side(change)
    yield "", "~ "
    if isinstance(row, str):
        yield from message_pieces(number, row, full=full)
        return
    yield from message_pieces(number, row._replace(text=""), full=True)
    before, after = _texts(change)
    if before == after:
        yield "note", "    (it differs in members that are not shown)\n"
    yield from text_pieces(before, after, full=full)


def _texts(change: MessageChange) -> tuple[str, str]:
    """Return the texts to compare: all of a message's where the readable ones are equal."""
    sides = [side[1] if side is not None else "" for side in (change.before, change.after)]
    before, after = (_readable(side) for side in sides)
    if before == after:
        before, after = (side if isinstance(side, str) else said(side) for side in sides)
    return before, after


def _readable(row: Row | str) -> str:
    return (row if isinstance(row, str) else row.text).strip("\n")


def is_message(change: MessageChange) -> bool:
    """Tell whether a row that differs is a message, or cannot be read."""
    _, row = _side(change)
    return isinstance(row, str) or row.role is not None


def _side(change: MessageChange) -> Numbered:
    side = change.after or change.before
    assert side is not None
    return side


def _heading(change: MessageChange) -> Iterator[Piece]:
    number, row = _side(change)
    yield "number", "" if number is None else f"{number}"
    role = "?" if isinstance(row, str) else row.role or row.kind
    yield f"role {role}", f" {plain(role)}"


def _files(trees: Trees, tree: TreeId) -> dict[str, bytes]:
    """Return the stored files of a session: the document, and each message."""
    if tree == EMPTY_TREE:
        return {}
    reader = trees.reader
    blob, _ = read_document(reader, tree, read_root(reader, tree))
    found = {"session.json": read_blob(reader, blob)}
    for number, message in enumerate(read_session(reader, tree).messages):
        found[f"messages/{number // GROUP:04d}/{number % GROUP:02d}.json"] = message.raw
    return found
