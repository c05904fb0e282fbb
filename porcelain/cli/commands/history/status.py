"""`wj status`: where you are, and what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from porcelain.cli.render.commit import Commits
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.display import plain
from porcelain.index.exported_refs import locked_refs, not_exported
from porcelain.index.view_rows import conflicted_names
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.reader import RepoReader

if TYPE_CHECKING:
    from store.tree_layout.conflict_tree import MessageConflict


_LISTED = 10
_NOUNS = {SESSIONS: "Session", TAGS: "Tag"}
LOCKED = (
    "Another program holds it, or was killed; nothing is lost, and the next command that writes "
    "tries again. `wj doctor` tells whether the lock is in use"
)


def write_status(context: Context) -> None:
    """Write where the workspace stands to stdout, and after it what needs attention."""
    repo, output = context.reader, context.output
    commits = Commits(repo)
    place = repo.workspace
    position = repo.index.position(place.commit) if place.commit else None
    if position is None:
        output.text("This workspace has no current commit\n")
    else:
        line: list[Piece] = [("", "Working copy  (@) : "), *commits.summary(position)]
        output.text([*line, ("", "\n")])
        for parent in repo.graph.parents(position):
            output.text([("", "Parent commit (@-): "), *commits.summary(parent), ("", "\n")])
    if place.session is not None:
        output.text([("", "Current session   : "), ("sessions", plain(place.session)), ("", "\n")])
    attention = [*_unresolved(repo, position), *_attention(repo, commits)]
    for message, hint in attention:
        output.text([("warning heading", "Warning: "), ("warning", f"{message}\n")])
        output.text([("hint heading", "Hint: "), ("", f"{hint}\n")])


def status_data(context: Context) -> dict[str, object]:
    """Return the same as data."""
    repo = context.reader
    commits = Commits(repo)
    place = repo.workspace
    position = repo.index.position(place.commit) if place.commit else None
    parents = repo.graph.parents(position) if position is not None else ()
    return {
        "workspace": repo.workspace_name,
        "session": place.session,
        "commit": commits.data(position) if position is not None else None,
        "parents": [commits.data(parent) for parent in parents],
        "conflicts": {
            part: {
                name: parse_target(value)[::2] for name, value in conflicted_names(repo.index, part)
            }
            for part in (SESSIONS, TAGS)
        },
        "message_conflicts": _conflict_data(repo, position),
        "divergent": _divergent(repo),
        "not_exported": [{"kind": part, "name": name} for part, name in not_exported(repo.index)],
        "unreadable_refs": [
            {"ref": name, "problem": problem} for name, problem in _unreadable(repo)
        ],
    }


def _attention(repo: RepoReader, commits: Commits) -> list[tuple[str, str]]:
    """Return what needs attention, each with what can be done about it."""
    found: list[tuple[str, str]] = []
    for part, noun in _NOUNS.items():
        for name, value in conflicted_names(repo.index, part):
            sides = [term for term in parse_target(value)[::2] if term]
            shown = "".join(
                f"\n  {plain(commits.line(at), None)}"
                for at in map(repo.index.position, sides)
                if at is not None
            )
            message = f"{noun} {plain(name)} is conflicted; it could be at{shown}"
            settle = (
                f"`wj {noun.lower()} set {plain(name)} -r REV` settles it"
                if part == SESSIONS
                else ""
            )
            shows = "`wj log -r` with these ids shows them"
            found.append((message, f"{shows}; {settle}" if settle else shows))
    divergent = _divergent(repo)
    if divergent:
        shown = ", ".join(change[:8] for change in divergent)
        hint = (
            "`wj converge` makes one commit of a change's; one of them is named with `/0`, `/1`, … "
            "behind its id"
        )
        found.append((f"These changes are divergent: {shown}", hint))
    for part, name in not_exported(repo.index):
        message = f"{_NOUNS[part]} {plain(name)} cannot be a ref beside a name that it begins with"
        found.append((message, "It is kept here, and not seen by git"))
    for ref, lock in locked_refs(repo.index, repo.repository.path):
        message = f"Ref {plain(ref)} could not be written yet: {plain(lock, None)} is in the way"
        found.append((message, LOCKED))
    for ref, problem in _unreadable(repo):
        message = f"Ref {plain(ref)} cannot be read: {plain(problem, None)}"
        found.append((message, "Run `git fsck` in the repository"))
    return found


def _unresolved(repo: RepoReader, position: int | None) -> list[tuple[str, str]]:
    """Return where `@` has conflicts, and how they are settled."""
    if position is None or not _conflicts(repo, position):
        return []
    from porcelain.cli.render.conflict import unresolved

    hint = (
        "`wj show --full` shows the sides; `wj resolve :ours` or `:theirs` takes one, with "
        "numbers behind it only there; `wj restore --from REV --message N` takes another's"
    )
    return [(unresolved(repo, position), hint)]


def _conflict_data(repo: RepoReader, position: int | None) -> list[dict[str, object]]:
    found = _conflicts(repo, position)
    if not found:
        return []
    from porcelain.cli.render.conflict import conflict_facts

    return [conflict_facts(conflict) for conflict in found]


def _conflicts(repo: RepoReader, position: int | None) -> Sequence[MessageConflict]:
    row = repo.row(position) if position else None
    if row is None or not row.conflict or row.problem is not None:
        return ()
    from porcelain.actions.editing.message_conflicts import conflicts_of

    return conflicts_of(repo.repository, row.tree)


def _divergent(repo: RepoReader) -> list[str]:
    """Return the first changes of which several commits are visible."""
    # Of a change with several visible commits one at least came when it had one already.
    rows = repo.index.query(
        "SELECT change FROM changes AS own INDEXED BY changes_divergent WHERE again = 1 AND shown = 1 "
        "AND EXISTS (SELECT 1 FROM changes INDEXED BY changes_shown "
        "WHERE change = own.change AND shown = 1 AND pos <> own.pos) "
        "GROUP BY change ORDER BY max(pos) DESC LIMIT ?",
        (_LISTED,),
    )
    return [row[0] for row in rows]


def _unreadable(repo: RepoReader) -> list[tuple[str, str]]:
    sql = "SELECT name, problem FROM refs WHERE problem IS NOT NULL ORDER BY name LIMIT ?"
    return [(row[0], row[1]) for row in repo.index.query(sql, (_LISTED,))]


@make_command("status")
def command(context: Context) -> None:
    """Show `@`, its parents and the current session, and what needs attention.

    That is: messages, sessions and tags in conflict, divergent changes, names that cannot be refs, and
    refs that cannot be read.
    """
    if context.output.json:
        context.output.data(status_data(context))
    else:
        write_status(context)
