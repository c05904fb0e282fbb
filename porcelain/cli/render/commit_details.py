"""Shows a commit in detail: its author, its description and the messages that it adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from porcelain.cli.render.commit import NO_DESCRIPTION, Commits
from porcelain.cli.render.messages.conflict import (
    Shown,
    conflict_facts,
    conflicts_at,
    numbered_term,
)
from porcelain.cli.render.messages.rows import Choice, row_data, rows_of, show_messages
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted, iso_time, local_time, plain
from porcelain.graph.sub_agents import Start, start_of
from porcelain.model.view_value import SESSIONS, TAGS
from store.document.agent_facts import NO_FACTS
from store.objects.commit import Commit, Signature, read_commit

if TYPE_CHECKING:
    from porcelain.repo.repo import Repo


def show_commit(
    context: Context, position: int, what: Choice, body: Callable[[], list[Piece]] | None = None
) -> None:
    """Write a commit in detail to stdout; `body` gives what replaces its messages."""
    context.output.text(_header(context.repo, Commits(context.repo), position))
    show_body(context, position, what, body)


def show_body(
    context: Context, position: int, what: Choice, body: Callable[[], list[Piece]] | None = None
) -> None:
    """Write the messages of a commit to stdout, or what `body` gives; nothing of the root's."""
    repo, output = context.repo, context.output
    if not position:
        return
    problem = repo.row(position).problem
    if problem is not None:
        reason = plain(problem, None)
        output.text([("unreadable", f"The conversation cannot be read: {reason}\n")])
    elif body is not None:
        output.text(body())
    else:
        show_messages(context, position, what)


def commit_details(repo: Repo, position: int, what: Choice) -> dict[str, object]:
    """Return the same as data, with whole messages."""
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
    added = rows_of(repo, position, what)
    removed = {"first": added.removed[0], "last": added.removed[1]} if added.removed else None
    shown = [one for one in added.rows if what.has(one, with_others=True)]
    data |= {"added": [row_data(one.number, one.row) for one in shown], "removed": removed}
    return data | {"conflicts": [_conflict_data(one) for one in conflicts_at(repo, position)]}


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
                "rows": [row_data(number, row) for number, row in numbered_term(conflict, term)],
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


def _person(who: Signature) -> dict[str, str | None]:
    return {"name": who.name, "email": who.email, "timestamp": iso_time(who.time)}
