"""Shows a commit in detail: its author, its description and the messages that it adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from porcelain.cli.render.commit import NO_DESCRIPTION, Commits
from porcelain.cli.render.conflict import Shown, conflict_facts, conflict_pieces, conflicts_at
from porcelain.cli.render.message import SkippedRows, message_pieces, skipped_pieces
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted, iso_time, local_time, plain
from porcelain.graph.sub_agents import Start, start_of
from porcelain.model.view_value import SESSIONS, TAGS
from porcelain.repo.repo import Repo
from porcelain.transaction.rebase_descendants import starting_tree
from porcelain.transcript.formats import format_named
from store.document.agent_facts import NO_FACTS
from store.document.row_format import runs_of
from store.ids import EMPTY_TREE, TreeId
from store.objects.commit import Commit, Signature, read_commit
from store.objects.objects import Scratch
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import common_prefix, read_session

if TYPE_CHECKING:
    from porcelain.transcript.row import Row
    from store.objects.objects import ObjectReader


class Added(NamedTuple):
    """The rows that a commit adds to its first parent, and those that it removes.

    `rows` are (number, row), numbered from 1 in the whole conversation; for a row that cannot
    be read, the sentence that gives the reason. `removed` are the numbers of the first and last
    removed row of the parent.
    """

    rows: list[tuple[int, Row | str]]
    removed: tuple[int, int] | None


def show_commit(
    context: Context, position: int, *, full: bool, body: Callable[[], list[Piece]] | None = None
) -> None:
    """Write a commit in detail to stdout; `body` gives what replaces the messages that it adds."""
    repo, output = context.repo, context.output
    commits = Commits(repo)
    output.text(_header(repo, commits, position))
    if not position:
        return
    if repo.row(position).problem is not None:
        reason = plain(repo.row(position).problem or "", None)
        output.text([("unreadable", f"The conversation cannot be read: {reason}\n")])
        return
    if body is not None:
        output.text(body())
        return
    added = added_rows(repo, position)
    if added.removed is not None:
        first, last = added.removed
        output.text([("removed", f"Removed rows {first} to {last} of its parent\n")])
    if not added.rows and added.removed is None and not repo.row(position).conflict:
        output.text([("note", "It adds no messages\n")])
    skipped: list[tuple[int, str]] = []
    conflicts = _Conflicts(context, position, full=full)
    for number, row in added.rows:
        if conflicts.write_up_to(number, lambda: _write_skipped(context, skipped)):
            continue
        if not full and not isinstance(row, str) and row.role is None:
            skipped.append((number, row.kind))
            continue
        _write_skipped(context, skipped)
        output.text(message_pieces(number, row, full=full))
    _write_skipped(context, skipped)
    conflicts.write_up_to(None, lambda: None)


def commit_details(repo: Repo, position: int) -> dict[str, object]:
    """Return the same as data, with the whole messages that the commit adds."""
    data = Commits(repo).data(position)
    if not position:
        nobody = {"author": None, "committer": None, "started_at": None}
        return data | nobody | {"added": [], "removed": None, "conflicts": []}
    row = repo.row(position)
    commit = read_commit(repo.repository, row.id)
    data["description"] = "" if row.generated else commit.message.rstrip("\n")
    child = repo.index.conversation(row)
    start = start_of(repo.index, child) if child.facts.started_by else None
    data["started_at"] = None if start is None else _start_data(start)
    data["author"] = _person(commit.author)
    data["committer"] = _person(commit.committer)
    if row.problem is not None:
        return data | {"added": [], "removed": None, "conflicts": []}
    added = added_rows(repo, position)
    removed = {"first": added.removed[0], "last": added.removed[1]} if added.removed else None
    data |= {"added": [row_data(*item) for item in added.rows], "removed": removed}
    return data | {"conflicts": [_conflict_data(one) for one in conflicts_at(repo, position)]}


def added_rows(repo: Repo, position: int) -> Added:
    """Return the rows that a commit adds to its parent's conversation, or its parents' merged one.

    Raises:
        InvalidSession, ObjectError: it cannot be read.
    """
    row = repo.row(position)
    tree, reader = TreeId(row.tree), repo.repository
    shared = there = 0
    start, objects = _start(repo, position)
    if start is not None and EMPTY_TREE not in (tree, start):
        shared = common_prefix(objects, tree, start)
        there = read_facts(objects, start).rows
    removed = (shared + 1, there) if there > shared else None
    if tree == EMPTY_TREE:
        return Added([], removed)
    session = read_session(reader, tree)
    names = [
        name for name, count in runs_of(session.format, len(session.messages)) for _ in range(count)
    ]
    found: list[tuple[int, Row | str]] = []
    for number in range(shared, len(session.messages)):
        try:
            read = format_named(names[number]).read_row(session.messages[number].raw)
        except Exception as error:  # noqa: BLE001 - a row that cannot be read is shown as such
            found.append((number + 1, f"cannot be read: {error}"))
        else:
            found.append((number + 1, read))
    return Added(found, removed)


def _start(repo: Repo, position: int) -> tuple[TreeId | None, ObjectReader]:
    """Return the transcript that a commit starts from, or None, and a reader of it."""
    parents = [repo.row(parent) for parent in repo.graph.parents(position) if parent]
    if not parents or any(parent.problem is not None for parent in parents):
        return None, repo.repository
    if len(parents) == 1:
        return parents[0].tree, repo.repository

    scratch = Scratch(repo.repository)
    return starting_tree(scratch, tuple(parent.id for parent in parents)), scratch


class _Conflicts:
    """Writes the conflicts of a commit one by one, each at its place."""

    def __init__(self, context: Context, position: int, *, full: bool) -> None:
        self._output = context.output
        self._full = full
        self._found = conflicts_at(context.repo, position)
        self._next = 0
        self._end = 0  # rows up to here were written as a side of a conflict

    def write_up_to(self, number: int | None, before: Callable[[], None]) -> bool:
        """Write the conflicts up to a row, all for None; tell whether one of them showed the row.

        `before` is called before each of them.
        """
        while self._next < len(self._found):
            shown = self._found[self._next]
            if number is not None and shown.conflict.start >= number:
                break
            before()
            self._next += 1
            place = self._next, len(self._found)
            self._output.text(conflict_pieces(shown, place, full=self._full))
            if self._full or not shown.inherited:
                self._end = shown.conflict.stop
        return number is not None and number <= self._end


def _header(repo: Repo, commits: Commits, position: int) -> list[Piece]:
    pieces: list[Piece] = [
        *_field("Commit ID", "commit_id", repo.graph.commit_id(position)),
        *_field("Change ID", "change_id", repo.change_id(position)),
    ]
    if not position:
        return pieces
    row = repo.row(position)
    commit = read_commit(repo.repository, row.id)
    for title, part in (("Sessions", SESSIONS), ("Tags", TAGS)):
        names = commits.names(row, part)
        if names:
            pieces += _field(title, part, " ".join(plain(name) for name in names))
    pieces += [*_signed("Author", commit.author), *_signed("Committer", commit.committer)]
    if row.model:
        pieces += _field("Model", "model", plain(row.model))
    native_id, facts = repo.index.conversation(row)
    if native_id not in ("", row.session) or facts != NO_FACTS:
        agent = f"{row.format or ''} {facts.version}".strip()
        known = [("Native ID", native_id), ("Title", facts.title), ("Project", facts.project)]
        for name, text in [*known, ("Branch", facts.branch), ("Agent", agent)]:
            pieces += _field(name, "", plain(text, None)) if text else []
        if facts.started_by:
            pieces += _field("Started", "", plain(_start_line(repo, position), None))
    if row.messages is not None:
        pieces += _field("Messages", "", f"{row.messages} in {counted(row.rows or 0, 'row')}")
    return [*pieces, ("", "\n"), *_description(commit, generated=bool(row.generated)), ("", "\n")]


def _start_data(start: Start) -> dict[str, object]:
    return {
        "session": start.session,
        "commit_id": start.commit,
        "number": start.number,
        "id": start.native_id,
        "text": start.text,
    }


def _start_line(repo: Repo, position: int) -> str:
    """Return the sentence about the message that started a sub-agent."""
    child = repo.index.conversation(repo.row(position))
    start = start_of(repo.index, child)
    if start is None:
        return f"by {child.facts.started_by}, which is not here"
    if start.number is None:
        return f"by {start.session}"
    return f"by message {start.number} of {start.session}, {start.commit[:8]}: {start.text}"


def _field(title: str, labels: str, text: str) -> Iterator[Piece]:
    yield "", f"{title:<9}: "
    yield labels, text
    yield "", "\n"


def _conflict_data(shown: Shown) -> dict[str, object]:
    """Return a conflict as data, with its whole messages."""
    conflict, inherited, terms = shown
    return {
        **conflict_facts(conflict),
        "inherited": inherited,
        "terms": [
            {
                "side": term.side,
                "rows": [
                    row_data(conflict.start + 1 + at if term.side == 1 else None, row)
                    for at, row in enumerate(term.rows)
                ],
            }
            for term in terms
        ],
    }


def _signed(title: str, who: Signature) -> Iterator[Piece]:
    yield "", f"{title:<9}: "
    yield "author", f"{plain(who.name)} <{plain(who.email)}>"
    yield "", " ("
    yield "timestamp", local_time(who.time)
    yield "", ")\n"


def _description(commit: Commit, *, generated: bool) -> Iterator[Piece]:
    text = commit.message.strip("\n")
    if not text:
        yield "description placeholder", f"    {NO_DESCRIPTION}\n"
        return
    for line in text.split("\n"):
        yield ("note" if generated else "description"), f"    {plain(line, None)}".rstrip() + "\n"


def _write_skipped(context: Context, skipped: list[tuple[int, str]]) -> None:
    if skipped:
        kinds = tuple(dict.fromkeys(kind or "?" for _, kind in skipped))
        context.output.text(skipped_pieces(SkippedRows(skipped[0][0], skipped[-1][0], kinds)))
        skipped.clear()


def _person(who: Signature) -> dict[str, str | None]:
    return {"name": who.name, "email": who.email, "timestamp": iso_time(who.time)}


def row_data(number: int | None, row: Row | str) -> dict[str, object]:
    """Return a row as data; for one that cannot be read, the reason.

    The number is None where the row is not in the conversation, but in a conflict.
    """
    if isinstance(row, str):
        return {"number": number, "problem": row}
    return {
        "number": number,
        "role": row.role,
        "kind": row.kind,
        "text": row.text,
        "time": row.time,
        "id": row.native_id,
        "model": row.model,
        "calls": list(row.calls),
        "results": list(row.results),
    }
