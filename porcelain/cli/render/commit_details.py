"""Shows what a commit adds, and a commit in detail as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.messages.conflict import (
    Shown,
    conflict_facts,
    conflicts_at,
    numbered_term,
)
from porcelain.cli.render.messages.rows import Choice, row_data, rows_of, show_messages
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import iso_time, plain
from porcelain.graph.sub_agents import Start, start_of
from store.objects.commit import Signature, read_commit
from store.tree_layout.attachments import sizes_of_attached

if TYPE_CHECKING:
    from porcelain.repo.repo import Repo


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
        return data | nobody | {"added": [], "removed": None, "conflicts": [], "attachments": []}
    row = repo.row(position)
    commit = read_commit(repo.repository, row.id)
    data["description"] = "" if row.generated else commit.message.rstrip("\n")
    child = repo.index.conversation(row)
    start = start_of(repo.index, child) if child.facts.started_by else None
    data["started_at"] = None if start is None else _start_data(start)
    data["author"] = _person(commit.author)
    data["committer"] = _person(commit.committer)
    sizes = sizes_of_attached(repo.repository, commit.tree)
    data["attachments"] = [{"name": name, "bytes": size} for name, size in sizes.items()]
    if row.problem is not None:
        return data | {"added": [], "removed": None, "conflicts": []}
    added = rows_of(repo, position, what)
    removed = {"first": added.removed[0], "last": added.removed[1]} if added.removed else None
    shown = [one for one in added.rows if what.has(one, with_others=True)]
    data |= {"added": [row_data(one.number, one.row) for one in shown], "removed": removed}
    return data | {"conflicts": [_conflict_data(one) for one in conflicts_at(repo, position)]}


def _start_data(start: Start) -> dict[str, object]:
    return {
        "session": start.session,
        "commit_id": start.commit,
        "number": start.number,
        "id": start.native_id,
        "text": start.text,
    }


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


def _person(who: Signature) -> dict[str, str | None]:
    return {"name": who.name, "email": who.email, "timestamp": iso_time(who.time)}
