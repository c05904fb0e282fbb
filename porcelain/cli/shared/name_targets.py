"""What the commands say that point sessions and tags at a commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from porcelain.actions.naming.point import Pointed, move_sessions
from porcelain.cli.render.name_list import patterns_of
from porcelain.cli.run.context import Context
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.name_args import typed_name, warn_unmatched
from porcelain.cli.shared.revision_args import resolve_commit
from porcelain.graph.name_list import fits, match_names
from porcelain.index.view_rows import part_rows
from porcelain.model.view import SESSIONS, parse_target
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

Point = Callable[[Transaction, Sequence[str], CommitId], Pointed]


def point(
    context: Context, part: str, names: Sequence[str], revision: str | None, act: Point
) -> None:
    """Point names at a commit in one operation, and say which were made and which moved."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = resolve_commit(context, revision)
        done = act(tx, [typed_name(name) for name in names], commit)
        _warn_if_empty(context, tx, commit)
    if done.created:
        mutation.say(f"Created {len(done.created)} {part} pointing to", commit)
    if done.moved:
        mutation.say(f"Moved {len(done.moved)} {part} to", commit)
    mutation.report(tx, commit_id=commit, named=list(done.created), moved=list(done.moved))


def move(
    context: Context,
    names: Sequence[str],
    sources: Sequence[str],
    revision: str | None,
    *,
    backwards: bool,
) -> None:
    """Move the sessions that fit a name and are at a source, where these are given."""
    patterns = patterns_of(names)
    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = resolve_commit(context, revision)
        matched = match_names(tx.index, SESSIONS, patterns)
        chosen = _at(context, tx, sources) if sources else list(matched.names)
        if sources and names:
            chosen = [name for name in chosen if fits(patterns, name)]
        moved = move_sessions(tx, chosen, commit, backwards=backwards)
        if moved:
            _warn_if_empty(context, tx, commit)
    warn_unmatched(context, SESSIONS, matched.unmatched)
    if moved:
        mutation.say(f"Moved {len(moved)} sessions to", commit)
        if len(moved) > 1 and not names:
            mutation.notes.append("Name a session to move just that one")
    else:
        mutation.say("No sessions to update.")
    mutation.report(tx, commit_id=commit, named=[], moved=list(moved))


def _at(context: Context, tx: Transaction, sources: Sequence[str]) -> list[str]:
    """Return the sessions of which a side is in a revset."""
    chosen, index = context.select(*sources), tx.index

    def is_chosen(commit_id: CommitId | None) -> bool:
        position = index.position(commit_id) if commit_id is not None else None
        return position is not None and chosen.contains(position)

    rows = part_rows(index, SESSIONS)
    return [name for name, value in rows if any(map(is_chosen, parse_target(value)[::2]))]


def _warn_if_empty(context: Context, tx: Transaction, commit_id: CommitId) -> None:
    row = tx.row(commit_id)
    if row.empty and (row.generated or not row.subject):
        context.output.warning("Target revision is empty.")
