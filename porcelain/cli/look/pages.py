"""Conversations gathered to be looked at outside: as a page, as Markdown, as text.

What is written so is made to be shared. Everything in it is searched for secrets first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from porcelain.cli.run.context import Context
from porcelain.cli.shared.revision_args import resolve_position
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.page.lines import Line, find_lines
from porcelain.exchange.page.page import make_page
from porcelain.exchange.page.page_data import line_data, segment_data, shown_messages
from porcelain.exchange.page.plain_text import (
    Difference,
    Style,
    conversation_text,
    difference_text,
    titled,
)
from porcelain.exchange.page.segment import Message, Segment, read_messages, read_segment
from porcelain.maintenance.redacting.secret_scan import secrets_in_row, secrets_in_text
from porcelain.repo.conversation_diff import diff_trees, trees_between
from store.ids import EMPTY_TREE
from store.tree_layout.layout import common_prefix

MOST_BYTES = 50_000_000
_SHOWN = 5

Place = tuple[str, str | bytes]
"""A place as an error names it, and its text or its stored row."""


def page_of(context: Context, revisions: Sequence[str], *, allow_secrets: bool) -> bytes:
    """Return the page of the conversations at some revisions.

    Raises:
        Refused: there is nothing to show, it holds secrets, or the page is too large.
    """
    repo = context.repo
    lines = find_lines(repo, context.select(*revisions).positions())
    if not lines:
        raise Refused("There is no conversation to show yet", code="nothing_to_show")
    segments: list[Segment] = []
    size = 0
    for line in lines:
        segments.append(read_segment(repo, line))
        size += sum(len(message.raw) for message in shown_messages(segments[-1]))
        if size > 4 * MOST_BYTES:
            _refuse_size(size)
    if not allow_secrets:
        refuse_secrets(
            place
            for line, one in zip(lines, segments, strict=True)
            for place in places_of(line, one)
        )
    current = repo.workspace.commit
    data: dict[str, object] = {
        "lines": [line_data(line, current) for line in lines],
        "segments": [segment_data(segment) for segment in segments],
    }
    page = make_page(lines[0].title if len(lines) == 1 else "Conversations", data).data
    if len(page) > MOST_BYTES:
        _refuse_size(len(page))
    return page


def _refuse_size(size: int) -> None:
    raise Refused(
        f"The page would have over {size // 1_000_000} MB, and a browser shows at most "
        f"{MOST_BYTES // 1_000_000} MB well",
        "`wj serve` shows a whole repository in the browser, and loads what is looked at",
        "Name fewer revisions",
        code="too_large",
    )


def places_of(line: Line, segment: Segment) -> Iterator[Place]:
    """Yield every text of a line that is shown, with its place."""
    name = plain(line.sessions[0] if line.sessions else line.change_id[:12])
    for text in (*line.sessions, *line.tags, *line.conversation.facts, line.title):
        yield f"the names and titles of {name}", text
    for turn in segment.turns:
        yield f"the title of change {turn.change_id[:12]}", turn.title
        yield from ((f"the tags of change {turn.change_id[:12]}", tag) for tag in turn.tags)
    yield from places_in(shown_messages(segment), name)


def places_in(messages: Iterable[Message], name: str) -> Iterator[Place]:
    """Yield the stored rows of messages, with their places."""
    for message in messages:
        number = message.number
        what = f"row {message.place}" if number is None else f"message {number}"
        yield f"{what} of {name}", message.raw


def refuse_secrets(places: Iterable[Place]) -> None:
    """Refuse to write texts with secrets in them.

    Raises:
        Refused: with the places of the first few.
    """
    found = ((where, one) for where, text in places for one in _secrets(text))
    first = [*islice(found, _SHOWN)]
    if not first:
        return
    more = sum(1 for _ in found)
    shown = "; ".join(f"{where}: `{plain(one)}`" for where, one in first)
    count = len(first) + more
    what = (
        f"{counted(count, 'text')} that {'looks' if count == 1 else 'look'} like a key or password"
    )
    raise Refused(
        f"Nothing was written, because it would hold {what}: "
        f"{shown}{f'; and {more} more' if more else ''}",
        "`wj redact --secrets --dry-run` lists where the repository has them",
        "`--allow-secrets` writes them all the same",
        code="secrets",
    )


def _secrets(text: str | bytes) -> list[str]:
    return secrets_in_row(text) if isinstance(text, bytes) else secrets_in_text(text)


def text_of(
    context: Context, revisions: Sequence[str], style: Style, *, allow_secrets: bool
) -> bytes:
    """Return one conversation, or the difference of two, as text in UTF-8.

    Raises:
        Refused: there is nothing to show, or it holds secrets.
        InvalidSession, ObjectError: a transcript cannot be read.
    """
    places = [resolve_position(context, revision) for revision in revisions]
    found = [_conversation(context, place) for place in places]
    if not allow_secrets:
        refuse_secrets(place for one in found for place in _places(*one))
    if len(found) == 1:
        head = titled(found[0][0], sum(_is_message(one) for one in found[0][1]))
        return conversation_text(head, found[0][1], style).encode("utf-8", "replace")
    trees = trees_between(context.repo, places[0], places[1])
    shared = common_prefix(trees.reader, trees.before, trees.after)
    names = [line.sessions[0] if line.sessions else line.title for line, _ in found]
    diff = Difference(shared, diff_trees(trees).rows, style)
    return difference_text(names, (found[0][1], found[1][1]), diff).encode("utf-8", "replace")


def _conversation(context: Context, position: int) -> tuple[Line, list[Message]]:
    """Return the line at a commit, and all rows of its transcript."""
    repo = context.repo
    row = repo.row(position)
    if row.problem is not None:
        raise Refused(f"The conversation cannot be read: {plain(row.problem, None)}")
    if not position or row.tree == EMPTY_TREE:
        raise Refused("The commit has no conversation yet", code="nothing_to_show")
    line = next(one for one in find_lines(repo, [position]) if one.tip.pos == position)
    return line, [*read_messages(repo, row.tree)]


def _is_message(message: Message) -> bool:
    return not isinstance(message.row, str) and message.row.role is not None


def _places(line: Line, messages: Sequence[Message]) -> Iterator[Place]:
    name = plain(line.sessions[0] if line.sessions else line.change_id[:12])
    for text in (*line.sessions, *line.tags, line.title):
        yield f"the names and titles of {name}", text
    yield from places_in(messages, name)
