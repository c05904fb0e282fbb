"""`wj status`: the current commit, and what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.looks.look import look_of
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.render.terms.status_terms import StatusTerms
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.display import plain
from porcelain.index.exported_refs import locked_refs, not_exported
from porcelain.index.view_rows import conflicted_names
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.reader import RepoReader

if TYPE_CHECKING:
    from porcelain.actions.editing.message_conflicts import NumberedConflict

_LISTED = 10
_NOUNS = {SESSIONS: "Session", TAGS: "Tag"}
_LOCKED = (
    "Another program holds it, or was killed; nothing is lost, and the next writing command "
    "tries again. `wj doctor` tells whether the lock is in use"
)


@make_command("status")
@click.option("-T", "--template", help="Render the position using this template")
def command(context: Context, template: str | None) -> None:
    """Show `@`, its parents and the current session, and what needs attention.

    These need attention: conflicted messages, sessions and tags; divergent changes; names that
    cannot be refs; refs that cannot be read.
    """
    repo = context.reader
    commits = ShownCommits(context)
    place = repo.workspace
    position = repo.index.position(place.commit) if place.commit else None
    if context.output.json:
        context.output.data(_data(repo, commits, position))
        return
    here = StatusTerms(context, commits, position)
    context.output.text(look_of(context, "status", template).render(here, "status"))
    for message, hint in [*_unresolved(repo, position), *_attention(repo, commits)]:
        context.output.text([("warning heading", "Warning: "), ("warning", f"{message}\n")])
        context.output.text([("hint heading", "Hint: "), ("", f"{hint}\n")])


def _data(repo: RepoReader, commits: Commits, position: int | None) -> dict[str, object]:
    parents = repo.graph.parents(position) if position is not None else ()
    return {
        "workspace": repo.workspace_name,
        "session": repo.workspace.session,
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


def _attention(repo: RepoReader, commits: ShownCommits) -> list[tuple[str, str]]:
    """Return what needs attention, each with advice."""
    found: list[tuple[str, str]] = []
    for part, noun in _NOUNS.items():
        for name, value in conflicted_names(repo.index, part):
            sides = [term for term in parse_target(value)[::2] if term]
            lines = "".join(
                f"\n  {plain(commits.line(at), None)}"
                for at in map(repo.index.position, sides)
                if at is not None
            )
            message = f"{noun} {plain(name)} is conflicted; it could be at{lines}"
            hint = "`wj log -r` with these ids shows them"
            if part == SESSIONS:
                hint += f"; `wj session set {plain(name)} -r REV` resolves it"
            found.append((message, hint))
    if divergent := _divergent(repo):
        changes = ", ".join(change[:8] for change in divergent)
        hint = (
            "`wj converge` makes one commit of the versions of a change; `/0`, `/1`, … after its "
            "id names one version"
        )
        found.append((f"These changes are divergent: {changes}", hint))
    for part, name in not_exported(repo.index):
        message = f"{_NOUNS[part]} {plain(name)} cannot be a ref beside a name that it begins with"
        found.append((message, "`wj` keeps it; git does not see it"))
    for ref, lock in locked_refs(repo.index, repo.repository.path):
        message = f"Ref {plain(ref)} could not be written yet: {plain(lock, None)} is in the way"
        found.append((message, _LOCKED))
    for ref, problem in _unreadable(repo):
        message = f"Ref {plain(ref)} cannot be read: {plain(problem, None)}"
        found.append((message, "Run `git fsck` in the repository"))
    return found


def _unresolved(repo: RepoReader, position: int | None) -> list[tuple[str, str]]:
    """Return the conflicts of `@`, with advice."""
    if position is None or not _conflicts(repo, position):
        return []
    from porcelain.cli.render.messages.conflict import unresolved

    hint = (
        "`wj show --full` shows the sides; `wj resolve :ours` or `:theirs` takes one, at some "
        "messages if numbers follow; `wj restore --from REV --message N` takes another commit's"
    )
    return [(unresolved(repo, position), hint)]


def _conflict_data(repo: RepoReader, position: int | None) -> list[dict[str, object]]:
    found = _conflicts(repo, position)
    if not found:
        return []
    from porcelain.cli.render.messages.conflict import conflict_facts

    return [conflict_facts(conflict) for conflict in found]


def _conflicts(repo: RepoReader, position: int | None) -> Sequence[NumberedConflict]:
    row = repo.row(position) if position else None
    if row is None or not row.conflict or row.problem is not None:
        return ()
    from porcelain.actions.editing.message_conflicts import conflicts_of

    return conflicts_of(repo.repository, row.tree)


def _divergent(repo: RepoReader) -> list[str]:
    """Return the newest changes that have several visible commits."""
    # At least one commit of a divergent change came when the change had a commit already.
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
