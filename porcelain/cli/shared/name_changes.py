"""Changes of sessions and tags that several commands make: pointing and deletion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from porcelain.actions.naming import sessions_and_tags
from porcelain.actions.naming.set_names import NamesSet, shown_all
from porcelain.cli.render.names.name_list import no_match, patterns_of
from porcelain.cli.run.context import Context
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit, typed_name
from porcelain.display import counted
from porcelain.graph.name_list import match_names
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

Point = Callable[[Transaction, Sequence[str], CommitId], NamesSet]


def point(
    context: Context, part: str, names: Sequence[str], revision: str | None, act: Point
) -> None:
    """Point names at a commit in one operation, and report the created and the moved ones."""
    noun = part.removesuffix("s")
    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = resolve_commit(context, revision)
        done = act(tx, [typed_name(name) for name in names], commit)
        warn_if_empty(context, tx, commit)
    if done.created:
        mutation.say(f"Created {counted(len(done.created), noun)} pointing to", commit)
    if done.moved:
        mutation.say(f"Moved {counted(len(done.moved), noun)} to", commit)
    mutation.report(tx, commit_id=commit, named=list(done.created), moved=list(done.moved))


def delete_names(context: Context, part: str, names: Sequence[str]) -> None:
    """Delete the sessions or tags that match any of the patterns."""
    patterns = patterns_of(names)
    mutation = Mutation(context)
    with context.transaction() as tx:
        matched = match_names(tx.index, part, patterns)
        sessions_and_tags.delete_names(tx, part, matched.names)
    warn_unmatched(context, part, matched.unmatched)
    if matched.names:
        noun = counted(len(matched.names), part.removesuffix("s"))
        mutation.say(f"Deleted {noun}: {shown_all(matched.names)}")
    else:
        mutation.say(f"No {part} to delete.")
    mutation.report(tx, deleted=list(matched.names))


def warn_unmatched(context: Context, part: str, names: Sequence[str]) -> None:
    """Warn of names that match nothing."""
    if names:
        context.output.warning(no_match(part, names))


def warn_if_empty(context: Context, tx: Transaction, commit_id: CommitId) -> None:
    """Warn of a target without messages and description."""
    row = tx.row(commit_id)
    if row.empty and (row.generated or not row.subject):
        context.output.warning("Target revision is empty.")
